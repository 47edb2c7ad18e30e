"""Figures in README.md and docs/ are those of recorded documents; the checker sees the others."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .tree import ROOT, needs_tree

pytestmark = needs_tree


def load(name: str) -> ModuleType:
    path = ROOT / "benchmarks" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"benchmarks_{name}", path)
    assert spec is not None and spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def fill() -> ModuleType:
    return load("fill")


def result(subject: str, value: float, median: float, **more: Any) -> dict[str, Any]:
    ratio = {"median": median, "low": median - 0.1, "high": median + 0.1}
    return {"subject": subject, "value": value, "spread": 0.4, "ratio": ratio, **more}


DOCUMENT = {
    "versions": {"uvloop": "0.23.0"},
    "scenarios": [
        {
            "name": "echo-1k",
            "base": "uvloop",
            "results": [
                result("uvloop", 150_000.0, 1.0, cpu_us={"user": 2.0, "system": 4.5}),
                result(
                    "aio-protocol",
                    171_234.0,
                    1.1349,
                    instructions=1494.6,
                    cpu_us={"user": 1.5, "system": 4.5},
                    points=[
                        {"connections": 16, "value": 200.0},
                        {"connections": 9000, "value": 150.0},
                        {"load": 0.8, "latency_us": {"p99": 312.0}},
                    ],
                ),
                {"subject": "rloop", "missing": "not installed"},
            ],
        }
    ],
}


COUNTED = {"results": [{"subject": "splice", "instructions": 330.4}]}


def documents(name: str) -> dict[str, Any]:
    return {"run": DOCUMENT, "counts": COUNTED}[name]


@pytest.fixture
def check(fill: ModuleType) -> Any:
    return lambda text: fill.check(text, documents)


TABLE = """\
<!-- figures: run; -; value:,.0f; ratio.median:.2f; - -->

| server | messages/s | ratio | goal |
|---|--:|--:|--:|
| ours <!-- echo-1k aio-protocol --> | 171,234 | 1.13 | 1.04 |
| uvloop <!-- echo-1k uvloop --> | 150,000 | 1.00 | |
"""
SENTENCE = "It is <!-- figure: run echo-1k aio-protocol ratio.median:.2f -->1.13 times as fast."

# ------------------------------------------------------------------------- the pages


def names() -> list[str]:
    """Return the pages, for the names of the tests; none where only the tests are."""
    if not (ROOT / "benchmarks" / "fill.py").exists():
        return []
    return [str(path.relative_to(ROOT)) for path in load("fill").pages()]


@pytest.mark.parametrize("name", names())
def test_every_figure_is_from_a_document(fill: ModuleType, name: str) -> None:
    wrong = fill.check((ROOT / name).read_text())
    assert not wrong, "\n".join([f"{name}:{each}" for each in wrong])


def test_the_pages_have_figures_and_the_guide_has_the_scenarios(fill: ModuleType) -> None:
    """Else nothing would have been compared."""
    readme = (ROOT / "README.md").read_text().split("\n")
    assert len(list(fill.figures(readme))) > 20
    guide = (ROOT / "docs" / "guide" / "benchmarks.md").read_text()
    for line in fill.scenarios():
        assert f"\n{line}\n" in guide
    assert len(fill.scenarios()) > 30


def test_every_document_says_how_it_was_made() -> None:
    for path in (ROOT / "benchmarks" / "results").glob("*.json"):
        found = json.loads(path.read_text())
        assert found["command"] and found["machine"]["cpus"] and found["versions"], path.name
        if "scenarios" in found:
            assert found["format"] == 2 and found["date"], path.name
            assert not found["plan"]["quick"], f"{path.name}: a rough look is no record"
            assert "interrupted" not in found, path.name


# ----------------------------------------------------------------- what the checker sees


@pytest.mark.parametrize("text", [TABLE, SENTENCE, TABLE + "\n" + SENTENCE, "No figure at all.\n"])
def test_right_figures_pass(check: Any, text: str) -> None:
    assert check(text) == []


def test_a_wrong_figure_is_caught(check: Any) -> None:
    [said] = check(TABLE.replace("171,234", "181,234"))
    assert said.startswith("5: reads '| ours") and "must read" in said and "171,234" in said
    [said] = check(SENTENCE.replace("1.13", "1.14"))
    assert "1.14 times" in said
    assert check(SENTENCE.replace("1.13", "1.1")) != []  # not as many digits as asked for
    assert check(SENTENCE.replace("1.13", "")) != []  # not filled in


def test_an_unmarked_figure_is_caught(check: Any) -> None:
    unmarked = TABLE.partition("\n")[2]
    assert [said.partition(":")[0] for said in check(unmarked)] == ["4", "4", "5", "5"]
    for text in (
        "It echoes 176 245 messages/s.",
        "It takes 1386 user-space instructions.",
        "It is 1.3 x uvloop.",
        "It is 2.2 to 2.3\ntimes as fast.",
        "A check takes 0.09 us.",
        "It is 12 % faster.",
        "A socket costs 1186 bytes of resident memory.",
    ):
        [said] = check(text)
        assert "a measurement without a mark" in said, text
    assert check(f"{SENTENCE} And 1.5 times as fast as Node.") != []  # one mark is for one figure


@pytest.mark.parametrize(
    "text",
    [
        "After 50 ms, and 65536 bytes, at port 8000.",
        "It listens twice; 100 connections; Python 3.11 x86-64.",
        "<!-- not measured: the limit of a test -->\nIt may take 500 instructions.",
        "Up to 500 instructions. <!-- not measured: a limit -->",
        "<!-- not measured: an example -->\n\n| a | us |\n|---|---|\n| b | 12 |\n",
        "| option | bytes |\n|---|---|\n| `size` | 1024 |\n",
    ],
)
def test_what_is_no_measurement_passes(check: Any, text: str) -> None:
    assert check(text) == []


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ("run echo-1k rloop value", "rloop in echo-1k is missing: not installed"),
        ("run echo-1k trio value", "no subject 'trio' in echo-1k"),
        ("run echo-9k uvloop value", "no scenario 'echo-9k'"),
        ("run echo-1k uvloop instructions", "there is no 'instructions'"),
        ("run echo-1k uvloop latency_us.p99", "there is no 'latency_us.p99'"),
        ("run echo-1k uvloop ratio", "'ratio' is not a number"),
        ("run echo-1k uvloop value:q", "Unknown format code"),
        ("run echo-1k uvloop", "a figure is DOCUMENT SCENARIO SUBJECT FIELD"),
    ],
)
def test_a_mark_that_names_nothing(check: Any, mark: str, message: str) -> None:
    assert any(message in said for said in check(f"<!-- figure: {mark} -->1"))


def test_a_document_that_is_not_there(fill: ModuleType) -> None:
    [said] = fill.check("<!-- figure: nonesuch versions.uvloop -->0.23.0")
    assert "no document benchmarks/results/nonesuch.json" in said


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (TABLE.replace("; - -->", " -->"), "3 columns are named, and here are 4"),
        (TABLE.replace("<!-- echo-1k uvloop -->", ""), "the row has no <!-- SCENARIO SUBJECT -->"),
        (TABLE.partition("\n")[0], "no table below <!-- figures: run;"),
    ],
)
def test_a_table_that_does_not_fit_its_mark(check: Any, table: str, message: str) -> None:
    assert any(message in said for said in check(table))


# ---------------------------------------------------------------------- what it writes


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("value", "171,234"),
        ("value:.0f", "171234"),
        ("spread:.0%", "40 %"),
        ("cpu_us:.1f", "6.0"),
        ("cpu_us.user:.2f", "1.50"),
        ("cpu_us@uvloop / cpu_us:.2f", "1.08"),
        ("value / value@base:.2f", "1.14"),
        ("points[9000].value / points[16].value:.2f", "0.75"),
        ("points[0.8].latency_us.p99", "312"),
        ("ratio.low:.2f", "1.03"),
    ],
)
def test_fields(fill: ModuleType, field: str, text: str) -> None:
    before = f"It is <!-- figure: run echo-1k aio-protocol {field} -->"
    for written in ("", "?", "0", "99 %"):
        after, wrong = fill.filled(f"{before}{written}, or so.", documents)
        assert (after, wrong) == (f"{before}{text}, or so.", [])
    assert fill.check(f"{before}{text}, or so.", documents) == []


def test_a_field_of_the_document(fill: ModuleType) -> None:
    before = "Taken with uvloop <!-- figure: run versions.uvloop -->"
    assert fill.filled(f"{before}?.", documents) == (f"{before}0.23.0.", [])


def test_a_document_without_scenarios(fill: ModuleType, check: Any) -> None:
    before = "It takes <!-- figure: counts - splice instructions -->"
    assert fill.filled(f"{before}? instructions.", documents) == (f"{before}330 instructions.", [])
    assert any("no scenario 'echo'" in said for said in check(before.replace(" - ", " echo ")))


def test_a_table_is_filled_in(fill: ModuleType) -> None:
    empty = TABLE.replace("171,234", "?").replace(" 1.13 ", " ").replace("150,000", "1")
    assert fill.filled(empty, documents) == (TABLE, [])


def test_what_cannot_be_written_stays(fill: ModuleType) -> None:
    text = "<!-- figure: run echo-1k rloop value -->7 and " + SENTENCE.replace("1.13", "?")
    after, wrong = fill.filled(text, documents)
    assert after == "<!-- figure: run echo-1k rloop value -->7 and " + SENTENCE
    assert len(wrong) == 1


def test_the_command(fill: ModuleType, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    (tmp_path / "docs" / "decisions").mkdir(parents=True)
    (tmp_path / "README.md").write_text(SENTENCE.replace("1.13", "?"))
    (tmp_path / "docs" / "decisions" / "README.md").write_text("It was 3 times as fast.")
    monkeypatch.setattr(fill, "ROOT", tmp_path)
    monkeypatch.setattr(fill, "recorded", documents)
    monkeypatch.setattr(fill.filled, "__defaults__", (documents,))
    monkeypatch.setattr(fill.check, "__defaults__", (documents,))
    monkeypatch.setattr(sys, "argv", ["fill.py", "--check"])
    assert fill.main() == 1
    assert "README.md:1: reads" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["fill.py"])
    assert fill.main() == 0
    assert (tmp_path / "README.md").read_text() == SENTENCE
    assert capsys.readouterr() == ("README.md\n", "")

"""The tables in the terminal, and the words that all reports share."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet.bench import figures, html, markdown, plots, report
from uvnet.bench.document import FormatError
from uvnet.bench.table import table

from .documents import OLD, document, nothing_measured, one_round, result, scenario, whole


def sections(text: str) -> dict[str, list[list[str]]]:
    """Return the words of each line, by the scenario whose heading stands above."""
    found: dict[str, list[list[str]]] = {}
    for block in text.split("\n\n\n")[1:]:
        lines = [line.split() for line in block.splitlines() if line.strip()]
        found[lines[0][0]] = lines[1:]
    return found


def row(lines: list[list[str]], subject: str) -> list[str]:
    [found] = [line for line in lines if line[0] == subject]
    return found


def test_every_scenario_has_its_table() -> None:
    text = report.render(whole())
    assert "\x1b" not in text
    found = sections(text)
    names = [scenario["name"] for scenario in whole()["scenarios"]]
    assert [name for name in found if name in names] == names
    ours = row(found["echo-1k"], "aio-protocol")
    assert ours[:4] == ["aio-protocol", "171,000", "4%", "1.14"]
    assert ours[5:9] == [">=", "1.04", "x", "uvloop"]
    assert {"pass", "1,495", "2.07", "6.00", "80", "184", "320"} <= set(ours)
    assert row(found["echo-1k"], "uvloop")[3] == "base"
    assert row(found["bulk-send"], "net-pipe")[1] == "5.10"


def test_missing_and_failed_subjects_say_why() -> None:
    lines = sections(report.render(whole()))["echo-1k"]
    assert " ".join(row(lines, "rloop")) == "rloop missing: No module named 'rloop'"
    reason = "failed: connection 3: closed by the server in message 17"
    assert " ".join(row(lines, "node-data")) == f"node-data {reason}"


def test_columns_without_anything_are_left_out() -> None:
    idle = next(s for s in whole()["scenarios"] if s["name"] == "idle")
    titles = [column.title for column in figures.columns(idle)]
    assert titles == ["bytes", "spread", "ratio", "goal", "verdict"]
    echo = figures.columns(whole()["scenarios"][0])
    assert {"instr.", "syscalls", "p99.9 us", "CPU us"} <= {column.title for column in echo}


def test_a_narrow_terminal_has_fewer_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    wide, narrow = report.render(whole()).splitlines(), []
    for columns in (1000, 100):
        monkeypatch.setattr(report, "room", lambda columns=columns: columns)
        narrow = report.render(whole()).splitlines()
        heads = [line.split() for line in narrow if line.startswith("subject")]
        assert (narrow == wide) == (columns == 1000)
        assert ("load" in heads[0]) == (columns == 1000)
    assert max(len(line) for line in narrow if line.startswith("subject")) <= 100
    assert {"messages/s", "ratio", "verdict", "p50", "p99"} <= set(heads[0])


def test_points() -> None:
    found = sections(report.render(whole()))
    assert ["9,000", "133,380", "117,000"] in found["scaling"]
    assert ["lost", "from", "peak", "22%", "22%"] in found["scaling"]
    at_80 = ["150", "/", "345", "(2.3", "x)"]
    assert ["80%", *at_80, *at_80] in found["load-latency"]


def test_goals_are_summed_up() -> None:
    text = report.render(whole())
    lines = text[text.index("2 of 4 goals reached") :].splitlines()
    assert [line.split(None, 1) for line in lines[1:]] == [
        ["not", "measured  echo-1k, rloop: >= 1.5 x uvloop"],
        ["FAIL", "idle, aio-protocol: <= 800 bytes"],
    ]


def test_a_goal_against_another_subject_than_the_base() -> None:
    goal = {"against": "node-data", "at_least": 1.15, "found": 1.31, "passed": True}
    found = scenario("echo-64", [result("net-data", 90.0, 100.0, goal=goal)], base="ceiling")
    [told] = figures.goals(document(found))
    assert (told.asked, told.reached, told.passed) == (
        ">= 1.15 x node-data",
        "1.31 x node-data",
        True,
    )


def test_one_round_on_one_processor() -> None:
    text = report.render(one_round())
    assert "One CPU only" in text and "A quick run" in text
    assert "1 round of" in text and "server on CPU" not in text
    assert not {"ratio", "spread", "goals"} & set(text.split())
    assert row(sections(text)["echo-64"], "net-data")[1] == "1,000"


def test_nothing_measured() -> None:
    lines = sections(report.render(nothing_measured()))["echo-1k"]
    assert " ".join(row(lines, "rloop")) == "rloop missing: No module named 'rloop'"


def test_remarks() -> None:
    found = whole()["scenarios"][0]
    assert figures.remarks(found) == [
        "The load was at its own limit with ceiling: compare their CPU us."
    ]
    for each in found["results"]:
        each |= {"load_busy": 0.4, "server_busy": 0.3}
    assert [note.partition(":")[0] for note in figures.remarks(found)] == [
        "Server and load both waited"
    ]
    found["parameters"]["rate"] = 1000.0  # an open loop waits on purpose
    assert figures.remarks(found) == []


@pytest.mark.parametrize(
    ("unit", "value", "shown"),
    [
        ("messages/s", 176_245.4, "176,245 messages/s"),
        ("messages/s", 2.5, "2.50 messages/s"),
        ("bytes/s", 5.1e9, "5.10 GB/s"),
        ("bytes/s", 5.1e6, "5.1 MB/s"),
        ("bytes", 1017.0, "1,017 bytes"),
        ("bytes", 5 * 1024 * 1024.0, "5.0 MiB"),
        ("ns", 55.0, "55.0 ns"),
        ("ns", 55_000.0, "55.0 us"),
        ("Gbit/s", 12.34, "12.3 Gbit/s"),
    ],
)
def test_units(unit: str, value: float, shown: str) -> None:
    scale = figures.scale_of(scenario("any", [result("uvloop", value)], unit=unit))
    assert f"{scale.text(value)} {scale.unit}" == shown


@pytest.mark.parametrize(
    ("subject", "family"),
    [
        ("aio-protocol", "uvnet"),
        ("net-data", "uvnet"),
        ("handles-buffer", "uvnet"),
        ("uvnet", "uvnet"),
        ("uvloop-streams", "uvloop"),
        ("node-pipe", "node"),
        ("ceiling", "C"),
        ("asyncio", "asyncio"),
    ],
)
def test_families(subject: str, family: str) -> None:
    assert figures.family(subject) == family


@pytest.mark.parametrize(
    "render", [report.render, markdown.render, html.render, plots.draw], ids=lambda f: f.__module__
)
@pytest.mark.parametrize("old", [OLD, {}, {"format": 3, "scenarios": []}, {"format": 2}])
def test_other_formats_are_refused(render: Callable[[Any], object], old: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match=r"format .*, and format 2 .*measure again"):
        render(old)


@pytest.mark.usefixtures("drawings")
def test_a_document_of_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports_are_there(tmp_path, capsys, drawn=True)


def test_a_document_of_before_without_matplotlib(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    reports_are_there(tmp_path, capsys, drawn=False)


def reports_are_there(tmp_path: Path, capsys: pytest.CaptureFixture[str], drawn: bool) -> None:
    path, folder = tmp_path / "some.json", tmp_path / "reports"
    path.write_text(json.dumps(one_round()))
    assert report.main([str(path), "--output", str(folder)]) == 0
    shown = capsys.readouterr()
    assert shown.out == report.render(one_round()) + "\n"
    assert ("matplotlib" in shown.err) == (not drawn)
    assert json.loads((folder / "results.json").read_text()) == one_round()
    page = (folder / "report.html").read_text("utf-8")
    text = (folder / "report.md").read_text("utf-8")
    assert page.startswith("<!doctype html>") and text.startswith("# ")
    names = plots.names(one_round()["scenarios"][0]) if drawn else []
    assert sorted(path.name for path in folder.glob("plots/*")) == sorted(names)
    assert re.findall(r"\(<plots/(.*)>\)", text) == names
    assert page.count('class="uvnet-plot"') == len(names)


@pytest.mark.parametrize("text", [json.dumps(OLD), "no JSON", None])
def test_no_such_document(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.json"
    if text is not None:
        path.write_text(text)
    assert report.main([str(path)]) == 2
    assert str(path) in capsys.readouterr().err


def test_rows_of_notes_do_not_widen_columns() -> None:
    text = table(["name", "a", "b"], [["x", "1", "22"], ["y", "missing: " + "z" * 40]], "lrr")
    assert [line.rstrip() for line in text.splitlines()] == [
        "name  a   b",
        "x     1  22",
        "y     missing: " + "z" * 40,
    ]

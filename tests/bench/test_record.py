"""benchmarks/record.py keeps what a measurement finds, and the command that found it."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from uvnet.bench.document import check

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "record.py"
QUICK = ("--scenarios", "call_soon", "--subjects", "uvnet", "--rounds", "2", "--seconds", "0.01")


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    if not SCRIPT.exists():
        pytest.skip("the source tree is not here: only the tests were copied")
    spec = importlib.util.spec_from_file_location("record", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    return module


def test_a_run_and_its_report(
    record: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(record.MEASUREMENTS, "bench", ("uvnet", "bench", *QUICK))
    assert record.record("bench") == 0
    document = json.loads((tmp_path / "bench.json").read_text())
    check(document)
    assert document["command"].startswith("python -m uvnet bench --scenarios call_soon")
    [result] = document["scenarios"][0]["results"]
    assert (result["subject"], result["value"] > 0) == ("uvnet", True)
    assert (tmp_path / "bench" / "report.html").exists()


def test_another_measurement(
    record: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = ("uvnet.bench.memory", "handles", "--connections", "20", "--json")
    monkeypatch.setitem(record.MEASUREMENTS, "memory", program)
    assert record.record("memory") == 0
    document = json.loads((tmp_path / "memory.json").read_text())
    assert document["command"] == f"python -m {' '.join(program)}"
    assert [result["subject"] for result in document["results"]] == ["handles"]


def test_a_fault_leaves_no_document(
    record: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: object
) -> None:
    monkeypatch.setitem(record.MEASUREMENTS, "memory", ("uvnet.bench.memory", "--no-such-option"))
    monkeypatch.setattr("sys.argv", ["record.py", "memory"])
    assert record.main() == 1
    assert list(tmp_path.iterdir()) == []

"""Counting instructions: the slope is steady, and its parts make up its whole."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from uvnet.bench import instructions, table


@pytest.mark.parametrize(
    ("count", "goal", "verdict"),
    [
        (500, None, ""),
        (330, 330, "pass"),
        (379, 330, "pass (within x1.15)"),
        (380, 330, "FAIL"),
    ],
)
def test_verdict(count: float, goal: int | None, verdict: str) -> None:
    assert instructions.verdict(count, goal) == verdict


def test_check_fails_on_a_missed_goal_and_on_what_was_not_counted() -> None:
    passed = {"subject": "splice", "verdict": "pass"}
    assert not instructions.failed({"results": [passed, {"subject": "asyncio", "missing": "?"}]})
    assert instructions.failed({"results": [passed, {"subject": "splice", "verdict": "FAIL"}]})
    assert instructions.failed({"results": [{"subject": "splice", "missing": "?"}]})


@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed")
def test_functions_add_up_to_the_count(tmp_path: Path) -> None:
    functions = dict(instructions.profile("ceiling", tmp_path, few=400, many=1400))
    reading = [n for name, n in functions.items() if name.startswith("uv__read ")]
    assert len(reading) == 1 and reading[0] > 10
    less, more = (instructions.total(tmp_path / f"ceiling.{run}") for run in ("few", "many"))
    per_message = (more - less) / 1000
    # C on libuv: a handful of calls, whatever the compiler; Python alone would be thousands.
    assert 100 < per_message < 1000
    assert abs(sum(functions.values()) - per_message) < 0.01 * per_message


def test_needs_valgrind() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uvnet.bench.instructions", "ceiling"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": "/nonexistent"},
    )
    assert done.returncode == 2
    assert "valgrind is not installed" in done.stderr


def test_table_aligns_and_lets_a_short_row_run_on() -> None:
    text = table.table(["name", "n"], [["a", "1"], ["bcdefg", "234"], ["missing: why"]], align="lr")
    assert text.splitlines() == ["name      n", "a         1", "bcdefg  234", "missing: why"]

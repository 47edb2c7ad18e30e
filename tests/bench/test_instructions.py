"""Counting instructions: the slope is steady, and its parts make up its whole."""

from __future__ import annotations

import json
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
    instructions.FEW, before = 500, instructions.FEW
    try:
        total = instructions.per_message("ceiling", tmp_path)
    finally:
        instructions.FEW = before

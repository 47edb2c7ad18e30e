"""Random things done to two sockets look the same with the fast paths and without them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("random_program.py")
ALL = ["flow", "write", "splice", "recycle"]  # "feed" is for `async for`: see test_fast_paths
COUNTERS = {
    "flow": "flow_reads",
    "write": "direct_writes",
    "splice": "splice_reads",
    "recycle": "chunks_recycled",
}

Python = Callable[..., "subprocess.CompletedProcess[str]"]


def lines(python: Python, first: int, count: int, off: list[str], *args: str) -> list[str]:
    switches = ",".join("-" + name for name in off)
    program = PROGRAM.read_text()
    return python(
        program, first, count, *args, timeout=3000, UVNET_FAST=switches
    ).stdout.splitlines()


def compare(python: Python, first: int, count: int, off: list[str]) -> dict[str, Any]:
    """Compare with all paths off; return the counters of the run in which they were not."""
    *fast, counters = lines(python, first, count, off)
    *plain, none = lines(python, first, count, ALL)
    assert len(fast) == len(plain) == count
    different = [line.split()[0] for line, other in zip(fast, plain, strict=True) if line != other]
    if different:
        seed = int(different[0])
        here, there = (lines(python, seed, 1, paths, "full") for paths in (off, ALL))
        log = [line for line, other in zip(here, there, strict=False) if line == other]
        first_lines = [line for line in here if line not in there][:2]
        other_lines = [line for line in there if line not in here][:2]
        pytest.fail(
            f"seeds {different} differ; {seed} after {len(log)} lines:\n"
            + "\n".join(["fast:", *first_lines, "plain:", *other_lines])
        )
    taken = {name: ast.literal_eval(none)[counter] for name, counter in COUNTERS.items()}
    assert taken == dict.fromkeys(ALL, 0), "a path is taken although it is switched off"
    return {name: ast.literal_eval(counters)[counter] for name, counter in COUNTERS.items()}


def test_with_the_fast_paths_and_without(python: Python) -> None:
    taken = compare(python, 1, 300, [])
    assert min(taken.values()) > 0, f"a path was never taken: {taken}"


@pytest.mark.parametrize("name", ALL)
def test_without_one_of_them(name: str, python: Python) -> None:
    taken = compare(python, 5000, 60, [name])
    assert taken[name] == 0
    # A splice begins where data flows.
    others = set(ALL) - {name} - ({"splice"} if name == "flow" else set())
    assert all(taken[other] > 0 for other in others), taken


@pytest.mark.slow
@pytest.mark.parametrize("off", [[], *([name] for name in ALL)], ids=str)
def test_many_programs(off: list[str], python: Python) -> None:
    compare(python, 10_000, 3000, off)


def test_it_is_the_same_twice() -> None:
    """Else a difference would mean nothing."""
    runs = [
        subprocess.run(
            [sys.executable, str(PROGRAM), "7", "5", "full"],
            capture_output=True,
            text=True,
            check=True,
            env=None,
        ).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]

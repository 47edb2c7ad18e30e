"""The n-th allocation of the interpreter fails: a MemoryError, or an error of the stream."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from .harness import Nursery

CASES = "session_cases.py"

pytest.importorskip("_testcapi", reason="this Python comes without its test module")

ENDS = {"MemoryError", "accept: ENOMEM", "server read: ENOMEM", "client read: ENOMEM"}
ENDS |= {"server write: ENOMEM", "client writev: ENOMEM"}


@pytest.mark.parametrize(
    "count", [1, 3, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 5, 10, 30))]
)
def test_nth_allocation_fails(nursery: Nursery, count: int) -> None:
    """`count` allocations in a row fail, from the first on, from the second on, ..."""
    ends: Counter[str] = Counter()
    since_last = 0
    first = 0
    while since_last < 40:
        answer = nursery.case("starved_session", first, count)
        where = f"allocations {first} to {first + count - 1}: {answer}"
        assert answer["status"] == 0, where
        assert "raised" not in answer, where
        result = answer["result"]
        assert result == "echoed" or result in ENDS, where
        assert "SystemError" not in answer["said"], where
        ends[result] += 1
        since_last = since_last + 1 if result == "echoed" else 0
        first += 1
    print(f"\nPython {sys.version_info[:2]}, {count} in a row: {first} sessions, {dict(ends)}")
    assert ends["MemoryError"] > 0


@pytest.mark.parametrize("count", [1, 3, 10])
def test_nth_allocation_of_a_close_fails(nursery: Nursery, count: int) -> None:
    """The loop is closed in spite of it, or close() raises MemoryError and works the next time."""
    ends: Counter[str] = Counter()
    for first in range(60):
        answer = nursery.case("starved_close", first, count)
        where = f"allocations {first} to {first + count - 1}: {answer}"
        assert answer["status"] == 0, where
        assert answer.get("result") in ("closed", "MemoryError"), where
        ends[answer["result"]] += 1
    print(f"\n{count} in a row: {dict(ends)}")
    assert len(ends) == 2

"""What `make ecosystem` calls a difference."""

from __future__ import annotations

import json
from pathlib import Path

from .compare import MANY, Results, judge, read, suspects

ALL_GOOD = Results({"a": "passed", "b": "skipped", "c": "failed", "d": "xfailed"})


def never_alone(test: str, ours: bool) -> bool:
    raise AssertionError(f"{test} was run again")


def test_the_same_is_no_difference() -> None:
    verdict = judge(ALL_GOOD, ALL_GOOD, {}, never_alone)
    assert not (verdict.different or verdict.known or verdict.flaky or verdict.obsolete)


def test_better_is_no_difference() -> None:
    ours = Results(dict.fromkeys(ALL_GOOD.outcomes, "passed"))
    assert suspects(ours, ALL_GOOD) == {}


def test_worse_is_a_difference() -> None:
    ours = Results({"a": "skipped", "b": "failed", "d": "failed", "e": "failed"})
    assert suspects(ours, ALL_GOOD) == {
        "a": "skipped, on asyncio passed",
        "b": "failed, on asyncio skipped",
        "c": "not run, on asyncio failed",
        "d": "failed, on asyncio xfailed",
        "e": "failed, on asyncio not run",
    }


def test_what_fails_every_time_on_ours_alone_is_different() -> None:
    again = []

    def passes_alone(test: str, ours: bool) -> bool:
        again.append((test, ours))
        return not ours

    ours = Results({**ALL_GOOD.outcomes, "a": "failed"})
    verdict = judge(ours, ALL_GOOD, {}, passes_alone)
    assert verdict.different == {"a": "failed, on asyncio passed"}
    assert again == [("a", True), ("a", True), ("a", False)]


def test_what_a_second_look_settles_is_flaky() -> None:
    ours = Results({**ALL_GOOD.outcomes, "a": "failed"})
    assert judge(ours, ALL_GOOD, {}, lambda test, ours: True).flaky == {"a": "passes alone"}
    assert judge(ours, ALL_GOOD, {}, lambda test, ours: False).flaky == {
        "a": "fails alone on asyncio's loop, too"
    }


def test_many_differences_are_not_looked_at_one_by_one() -> None:
    names = [f"t{number}" for number in range(MANY + 1)]
    stock = Results(dict.fromkeys(names, "passed"))
    ours = Results(dict.fromkeys(names, "failed"))
    assert len(judge(ours, stock, {}, never_alone).different) == MANY + 1


def test_a_known_difference_must_be_one() -> None:
    ours = Results({**ALL_GOOD.outcomes, "a": "failed"})
    verdict = judge(ours, ALL_GOOD, {"a": "why", "b": "why"}, never_alone)
    assert verdict.known == {"a": "why"}
    assert verdict.obsolete == ["b"]


def test_the_worst_of_a_test_counts(tmp_path: Path) -> None:
    events = [
        {"start": "a"},
        {"test": "a", "outcome": "passed"},
        {"test": "a", "outcome": "failed"},  # its teardown
        {"start": "b"},
        {"loops": 2},
        {"loops": 3},
    ]
    path = tmp_path / "events"
    path.write_text("".join(f"{json.dumps(event)}\n" for event in events))
    results = read(path, "by SIGSEGV")
    assert results.outcomes == {"a": "failed"}
    assert results.unfinished == ["b"]
    assert (results.loops, results.ended) == (5, "by SIGSEGV")
    assert suspects(results, Results({"a": "failed"})) == {
        "b": "begun and not ended, on asyncio None"
    }

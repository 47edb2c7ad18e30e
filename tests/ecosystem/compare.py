"""What became of a suite's tests on ours and on asyncio's loop, and which differences count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# From bad to good: a test that is reported several times is what is worst.
OUTCOMES = ("failed", "xpassed", "xfailed", "skipped", "passed")
# With more differences than this something general is wrong, and nothing is run again.
MANY = 30


@dataclass
class Results:
    """What one run of a suite has told."""

    outcomes: dict[str, str] = field(default_factory=dict)  # by the test's name
    unfinished: list[str] = field(default_factory=list)  # begun, and never heard of again
    loops: int = 0  # of ours that were made
    ended: str = ""  # how the run ended, if not by itself

    def counts(self) -> Counter[str]:
        return Counter(self.outcomes.values())

    def failed(self, test: str) -> bool:
        return self.outcomes.get(test) == "failed"


def read(path: Path, ended: str = "") -> Results:
    """Read what the recorder of adapters/record.py has written."""
    results = Results(ended=ended)
    begun: dict[str, None] = {}
    for line in path.read_text().splitlines():
        event = json.loads(line)
        if "start" in event:
            begun[event["start"]] = None
        elif "loops" in event:
            results.loops += event["loops"]
        else:
            test, outcome = event["test"], event["outcome"]
            worst = results.outcomes.get(test, outcome)
            results.outcomes[test] = min(worst, outcome, key=OUTCOMES.index)
    results.unfinished = [test for test in begun if test not in results.outcomes]
    return results


def suspects(ours: Results, stock: Results) -> dict[str, str]:
    """Return the tests that went worse on our loop, and how.

    A test that fails, is skipped, or is not run at all, where asyncio's loop does better.
    """
    found = {}
    for test, theirs in stock.outcomes.items():
        mine = ours.outcomes.get(test, "not run")
        if mine == "failed" != theirs:
            found[test] = f"failed, on asyncio {theirs}"
        elif mine == "not run" or (mine == "skipped" and theirs == "passed"):
            found[test] = f"{mine}, on asyncio {theirs}"
    for test, mine in ours.outcomes.items():
        if mine == "failed" and test not in stock.outcomes:
            found[test] = "failed, on asyncio not run"
    for test in ours.unfinished:
        found.setdefault(test, f"begun and not ended, on asyncio {stock.outcomes.get(test)}")
    return found


@dataclass
class Verdict:
    """What is said of a suite's suspects."""

    different: dict[str, str] = field(default_factory=dict)  # how; these fail the run
    known: dict[str, str] = field(default_factory=dict)  # why
    flaky: dict[str, str] = field(default_factory=dict)  # what happened when they ran alone
    obsolete: list[str] = field(default_factory=list)  # known, but there is no difference


def judge(
    ours: Results,
    stock: Results,
    known: Mapping[str, str],
    passes_alone: Callable[[str, bool], bool],
) -> Verdict:
    """Run each suspect again alone, up to twice on ours and then once on asyncio's loop.

    Args:
        ours: The run on our loop.
        stock: The run on asyncio's.
        known: Why a test must differ, by its name.
        passes_alone: Runs the named test by itself, on ours if the second argument is true.
    """
    verdict = Verdict()
    found = suspects(ours, stock)
    many = len(found) > MANY
    for test, how in found.items():
        if test in known:
            verdict.known[test] = known[test]
        elif many:
            verdict.different[test] = how
        elif passes_alone(test, True):
            verdict.flaky[test] = "passes alone"
        elif passes_alone(test, True):
            verdict.flaky[test] = "passes alone, the second time"
        elif not passes_alone(test, False):
            verdict.flaky[test] = "fails alone on asyncio's loop, too"
        else:
            verdict.different[test] = how
    verdict.obsolete = [
        test for test in known if test in ours.outcomes and test not in verdict.known
    ]
    return verdict

"""What a run's exit status is of: what failed in it that is not a rival, and goals missed."""

from __future__ import annotations

from collections.abc import Iterator

from .document import Document
from .figures import family, goals
from .loops import LOOPS

# The families that uvnet is held against: what they fail at is no fault of a run.
RIVALS = {*LOOPS, "node"} - {"uvnet"}


def rival(subject: str) -> bool:
    """Return whether a subject is one that uvnet is held against, other than plain C."""
    return family(subject) in RIVALS


def faults(document: Document, missed: bool = False) -> Iterator[str]:
    """Yield what lets a run end with exit status 1: who failed, where, and why.

    That is a subject of uvnet's, the ceiling, or the load generator, whoever was loaded by it. Of a
    rival that fails the reports say so, and the run has still done what was asked of it.

    Args:
        document: What was measured.
        missed: Yield the goals that uvnet's subjects missed, too.
    """
    for scenario in document["scenarios"]:
        for result in scenario["results"]:
            ours = result.get("load_failed") or not rival(result["subject"])
            if "failed" in result and ours:
                yield f"{scenario['name']}, {result['subject']}: failed: {result['failed']}"
    for goal in goals(document) if missed else ():
        if goal.passed is False and not rival(goal.result["subject"]):
            yield (
                f"{goal.scenario['name']}, {goal.result['subject']}: reached {goal.reached}, the "
                f"goal is {goal.asked}"
            )


def failed(document: Document) -> bool:
    """Return whether something failed that a run must not leave unsaid in its exit status."""
    return next(faults(document), None) is not None

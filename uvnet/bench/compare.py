"""Compare two documents: what has become better or worse, and by how much.

Absolute rates differ from machine to machine and from day to day, so that a ratio to the base,
which was measured in the same rounds, is compared first; values only where there is no ratio.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import stats
from .document import check
from .outcome import rival
from .table import BOLD, GREEN, RED, YELLOW, paint, table

UNCHANGED = "same"

Verdict = Literal["better", "worse", "same", "failed", "not measured", "new"]
COLOURS = {"better": GREEN, "worse": RED, "failed": RED, "not measured": YELLOW, "new": YELLOW}


@dataclass(frozen=True)
class Figure:
    """A figure with its interval.

    Attributes:
        what: What it is: "ratio to BASE", or the unit of a value.
        median: The figure.
        low: The lower end of its 95 % interval.
        high: The upper one.
        better: Whether more or less of it is better.
    """

    what: str
    median: float
    low: float
    high: float
    better: str


@dataclass(frozen=True)
class Change:
    """What became of one subject in one scenario.

    Attributes:
        scenario: Its name.
        subject: The subject's.
        verdict: What to call it.
        old: The figure before.
        new: The figure now.
        gain: How many times as good it is now: above 1 is better, whichever way the figure goes.
        reason: Why there is no figure now.
    """

    scenario: str
    subject: str
    verdict: Verdict
    old: Figure | None = None
    new: Figure | None = None
    gain: float | None = None
    reason: str = ""


def measured(result: dict[str, Any] | None) -> bool:
    """Return whether there is a figure."""
    return result is not None and "value" in result


def figure(scenario: dict[str, Any], result: dict[str, Any], ratio: bool) -> Figure:
    """Return a result's ratio, or its value with the interval of its rounds."""
    if ratio:
        found = result["ratio"]
        what = f"ratio to {scenario['base']}"
        return Figure(what, found["median"], found["low"], found["high"], "more")
    rounds = [each["value"] for each in result.get("rounds", ())] or [result["value"]]
    _, low, high = stats.interval(rounds)
    return Figure(scenario["unit"], result["value"], low, high, scenario["better"])


def judge(old: Figure, new: Figure, threshold: float) -> tuple[float, Verdict]:
    """Return how many times as good a figure has become, and what to call that.

    It is a change if it is by more than the threshold and if neither interval has the other's
    median in it: else noise alone may have made it.
    """
    before, now = (old, new) if old.better == "more" else (new, old)
    gain = now.median / before.median if before.median else 1.0
    apart = not (old.low <= new.median <= old.high or new.low <= old.median <= new.high)
    if apart and gain < 1 - threshold:
        return gain, "worse"
    if apart and gain > 1 + threshold:
        return gain, "better"
    return gain, "same"


def change(
    scenario: dict[str, Any],
    before: dict[str, Any],
    old: dict[str, Any] | None,
    new: dict[str, Any],
    threshold: float,
) -> Change | None:
    """Return what became of one result; None if there is nothing to hold against each other.

    Args:
        scenario: The new one.
        before: The old one.
        old: The old result.
        new: The new one.
        threshold: By how much a figure may move.
    """
    name, subject = scenario["name"], new["subject"]
    if not measured(new):
        if not measured(old):
            return None
        said: Verdict = "failed" if "failed" in new else "not measured"
        return Change(name, subject, said, reason=new.get("failed") or new.get("missing") or "")
    if old is None or not measured(old):
        return Change(name, subject, "new")
    same_base = scenario["base"] is not None and scenario["base"] == before["base"]
    if same_base and subject == scenario["base"]:
        return None  # its ratio is 1, and its value is the machine's
    ratio = bool(same_base and old.get("ratio") and new.get("ratio"))
    figures = figure(before, old, ratio), figure(scenario, new, ratio)
    gain, verdict = judge(*figures, threshold)
    return Change(name, subject, verdict, *figures, gain)


def changes(old: dict[str, Any], new: dict[str, Any], threshold: float) -> Iterator[Change]:
    """Yield what became of each subject of the new document in each scenario that both have."""
    before = {scenario["name"]: scenario for scenario in old["scenarios"]}
    for scenario in new["scenarios"]:
        earlier = before.get(scenario["name"])
        if earlier is None:
            continue
        by_name = {result["subject"]: result for result in earlier["results"]}
        for result in scenario["results"]:
            found = change(scenario, earlier, by_name.get(result["subject"]), result, threshold)
            if found is not None:
                yield found


def compare(old: dict[str, Any], new: dict[str, Any], threshold: float = 0.1) -> list[Change]:
    """Compare two documents.

    Args:
        old: The earlier one.
        new: The later one.
        threshold: By which part a figure may move before it is called a change.

    Returns:
        What became of each subject, the worst first.

    Raises:
        FormatError: One of them is of another format.
    """
    check(old)
    check(new)
    found = changes(old, new, threshold)
    return sorted(found, key=lambda each: (each.gain is not None, each.gain or 0.0))


def worse(found: Sequence[Change]) -> bool:
    """Return whether something got worse, or what is no rival failed that had been measured."""
    return any(
        each.verdict == "worse" or (each.verdict == "failed" and not rival(each.subject))
        for each in found
    )


def text(found: Figure | None) -> str:
    """Return a figure with its interval."""
    if found is None:
        return "-"
    digits = 2 if abs(found.median) < 100 else 0
    low, median, high = (
        f"{number:,.{digits}f}" for number in (found.low, found.median, found.high)
    )
    return f"{median} ({low}-{high})"


def few_rounds(*documents: dict[str, Any]) -> str | None:
    """Return a warning if the intervals of one of the documents are of too few rounds."""
    least = min(document.get("plan", {}).get("rounds", 1) for document in documents)
    if stats.coverage(least) >= stats.CONFIDENCE:
        return None
    return (
        f"With {least} rounds in one of the runs an interval holds the true ratio in "
        f"{stats.coverage(least):.0%} of runs only: measure again before you believe a change."
    )


def render(
    found: Sequence[Change],
    old: dict[str, Any],
    threshold: float,
    new: dict[str, Any] | None = None,
) -> str:
    """Return the changes as a table, what moved first, and a line on what did not.

    Args:
        found: The changes.
        old: The earlier document.
        threshold: That they were found with.
        new: The later document, for a warning where either has too few rounds.
    """
    if not found:
        return "Nothing to compare: the two runs have no scenario and subject in common."
    moved = [each for each in found if each.verdict != UNCHANGED]
    title = f"Since {old.get('date', '?')} (threshold {threshold:.0%})"
    lines = [paint(title, BOLD)]
    if moved:
        rows = [
            [
                each.scenario,
                each.subject,
                paint(each.verdict, COLOURS[each.verdict]),
                "-" if each.gain is None else f"{each.gain - 1:+.0%}",
                each.new.what if each.new else each.reason or "-",
                text(each.old),
                text(each.new),
            ]
            for each in moved
        ]
        header = ["scenario", "subject", "verdict", "change", "of", "before", "now"]
        lines += ["", table(header, rows, align="lllrlrr")]
    rest = [each.gain for each in found if each.verdict == UNCHANGED and each.gain is not None]
    if rest:
        least, most = min(rest) - 1, max(rest) - 1
        lines += ["", f"{len(rest)} unchanged, within noise: {least:+.0%} to {most:+.0%}"]
    warning = few_rounds(old, new) if new is not None else None
    return "\n".join([*lines, "", warning] if warning else lines)

"""What the rounds of a scenario come to: its entry in the document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import histogram, stats
from .contender import Contender, Measured
from .document import ratio, scenario_entry
from .scenarios import Goal, Scenario
from .subjects import SUBJECTS


def values(rounds: Sequence[Measured]) -> list[float]:
    """Return the rounds' values."""
    return [each.value for each in rounds]


def held_against(
    contender: Contender, other: Contender | None, better: str
) -> dict[str, float] | None:
    """Return the median of the rounds' ratios and its interval, if both were measured."""
    if other is None or not other.able:
        return None
    return ratio(values(contender.rounds), values(other.rounds), better)


def cpu_us(rounds: Sequence[Measured]) -> dict[str, float] | None:
    """Return the server's user and system CPU time per message, in microseconds.

    Over all rounds at once: the kernel's 10 ms ticks are coarse for a single one.
    """
    total = sum(each.handled for each in rounds)
    if not total:
        return None
    return {
        "user": 1e6 * sum(each.user for each in rounds) / total,
        "system": 1e6 * sum(each.system for each in rounds) / total,
    }


def merged(rounds: Sequence[Measured]) -> tuple[list[Any] | None, dict[str, float] | None]:
    """Return the histogram of all rounds together, and its percentiles; None without latency."""
    found = histogram.merge([each.histogram for each in rounds])
    if not found:
        return None, None
    said = histogram.latency(found)
    # A histogram knows the upper bounds of its buckets, the rounds the largest itself.
    largest = max(each.latency.get("max", 0.0) for each in rounds)
    percentiles = {key: min(said[key], largest) for key in ("p50", "p90", "p99", "p99_9")}
    return [list(pair) for pair in found], {**percentiles, "max": largest}


def loss(contender: Contender) -> float:
    """Return how much less the last point has than the best, as a part of the best."""
    medians = [stats.median(values(rounds)) for _, rounds in sorted(contender.at.items())]
    return 1.0 - medians[-1] / max(medians)


def tail(contender: Contender, part: float = 0.8) -> float:
    """Return how many times p50 p99 is at this part of the peak, in the median round."""
    return stats.median([each.latency["p99"] / each.latency["p50"] for each in contender.at[part]])


def reached(contender: Contender, goal: Goal, beside: Mapping[str, Contender]) -> float | None:
    """Return the figure that a goal is about, or None if it is not known."""
    scenario = contender.scenario
    if goal.against is not None:
        against = held_against(contender, beside.get(goal.against), scenario.better)
        return against["median"] if against else None
    if scenario.method == "scaling":
        return loss(contender) if set(contender.at) >= set(scenario.points) else None
    if scenario.method == "load-latency":
        return tail(contender) if contender.at.get(0.8) else None
    return stats.median(values(contender.rounds))


def verdict(contender: Contender, beside: Mapping[str, Contender]) -> dict[str, Any] | None:
    """Return a subject's goal and whether it is reached; None without one, or without its rival."""
    goal = contender.scenario.goals.get(contender.subject)
    if goal is None:
        return None
    found = reached(contender, goal, beside) if contender.able and contender.rounds else None
    if goal.at_least is not None:
        if goal.against not in beside:
            return None
        passed = None if found is None else found >= goal.at_least
        return {
            "against": goal.against,
            "at_least": goal.at_least,
            "found": found,
            "passed": passed,
        }
    assert goal.at_most is not None
    about = {"about": goal.about} if goal.about else {}
    passed = None if found is None else found <= goal.at_most
    return {**about, "at_most": goal.at_most, "found": found, "passed": passed}


def points(contender: Contender, base: Contender | None) -> list[dict[str, Any]]:
    """Return what was measured at each point of a scenario that has some."""
    found = []
    open_loop = contender.scenario.method == "load-latency"
    axis = "load" if open_loop else "connections"
    for at, rounds in sorted(contender.at.items()):
        if not at or not rounds:  # 0: the peak
            continue
        beside = base.at.get(at, []) if base is not None and base.able else []
        _, latency = merged(rounds)
        found.append(
            {
                axis: at,
                **({"rate": stats.median([each.offered for each in rounds])} if open_loop else {}),
                "value": stats.median(values(rounds)),
                "spread": stats.spread(values(rounds)),
                "ratio": ratio(values(rounds), values(beside)),
                "latency_us": latency,
            }
        )
    return found


def row(
    contender: Contender,
    base: Contender | None,
    beside: Mapping[str, Contender],
    versions: Mapping[str, str | None],
) -> dict[str, Any]:
    """Return the result of one subject."""
    subject, scenario, rounds = contender.subject, contender.scenario, contender.rounds
    found: dict[str, Any] = {
        "subject": subject,
        "label": SUBJECTS[subject].label,
        "version": versions.get(SUBJECTS[subject].package),
    }
    if contender.able and not rounds:
        contender.failed = "the run was ended before it was measured"
    goal = verdict(contender, beside)
    if contender.missing is not None:
        return {**found, "missing": contender.missing, "goal": goal, "rounds": []}
    if contender.failed is not None:
        whose = {"load_failed": True} if contender.load_failed else {}
        return {**found, "failed": contender.failed, **whose, "goal": goal, "rounds": []}
    counts, latency = merged(rounds)
    weighed = scenario.method == "idle"
    found |= {
        "value": stats.median(values(rounds)),
        "spread": stats.spread(values(rounds)),
        "ratio": held_against(contender, base, scenario.better),
        "goal": goal,
        "cpu_us": None if weighed else cpu_us(rounds),
        "memory": contender.memory,
        "latency_us": latency,
        "histogram": counts,
        "load_busy": None if weighed else stats.median([each.load_busy for each in rounds]),
        "server_busy": None if weighed else stats.median([each.server_busy for each in rounds]),
        "instructions": contender.instructions,
        "syscalls": contender.syscalls,
        "rounds": [{"value": each.value} if weighed else each.document() for each in rounds],
    }
    if scenario.points:
        found["points"] = points(contender, base)
    return found


def entry(
    scenario: Scenario,
    contenders: Sequence[Contender],
    base: str | None,
    versions: Mapping[str, str | None],
) -> dict[str, Any]:
    """Return a scenario's entry in the document."""
    beside = {contender.subject: contender for contender in contenders}
    results = [row(each, beside.get(base or ""), beside, versions) for each in contenders]
    return scenario_entry(scenario, scenario.parameters(), base, results)

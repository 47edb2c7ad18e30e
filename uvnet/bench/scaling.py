"""Scenarios with points: more and more connections, and a fixed rate at parts of the peak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .contender import Contender, RunError, in_turn
from .memory import SPARE, allow

if TYPE_CHECKING:
    from .runner import Session

CONNECTING = 120e-6  # seconds for a connection and its first messages, for the estimate
AROUND = 0.06  # seconds around each measurement
ENOUGH = 4000  # connections, from which on a measurement takes longer
PEAK = 0  # the point that is none: a closed loop, at the subject's limit


def duration(connections: float, seconds: float) -> float:
    """Return how long to measure so many connections: each must have several messages."""
    return seconds * max(1.0, connections / ENOUGH)


def cost(points: Sequence[float], seconds: float) -> float:
    """Return about how many seconds one turn of `race` takes for one subject."""
    return sum(duration(each, seconds) + AROUND + CONNECTING * each for each in points)


def affordable(points: Sequence[float]) -> tuple[list[int], str]:
    """Return the numbers of connections for which this process may have the descriptors.

    The limit is raised for it, for this process and those that it starts: so do it before servers
    and load start.

    Returns:
        (the numbers, why the others are left out).
    """
    allowed: list[int] = []
    for connections in sorted(map(int, points)):
        try:
            allow(connections + SPARE)
        except OSError as error:
            return allowed, str(error)
        allowed.append(connections)
    return allowed, ""


def race(session: Session, contenders: Sequence[Contender]) -> None:
    """Measure at every number of connections, and at each of them the subjects take turns."""
    plan = session.plan
    points, _ = affordable(contenders[0].scenario.points)
    for turn in range(plan.rounds):
        for connections in points:
            for contender in in_turn(contenders, turn):
                if not contender.able:
                    continue
                label = f"round {turn + 1}/{plan.rounds}, {connections} connections"
                session.say(
                    f"{contender.scenario.name}, {label}: {contender.subject}",
                    cost([connections], plan.seconds),
                )
                seconds = duration(connections, plan.seconds)
                measure(session, contender, connections, seconds, connections=connections)


def race_at_rates(session: Session, contenders: Sequence[Contender]) -> None:
    """Measure each subject's peak, and at once its latency at parts of it; then the next one.

    The peak is found anew each round: on a machine that others use, it moves.
    """
    plan = session.plan
    for turn in range(plan.rounds):
        for contender in in_turn(contenders, turn):
            label = f"{contender.scenario.name}, round {turn + 1}/{plan.rounds}"
            for part in (PEAK, *contender.scenario.points):
                if not contender.able:
                    break
                at = f"{part:.0%} of the peak" if part else "the peak"
                session.say(f"{label}, {at}: {contender.subject}", plan.seconds + AROUND)
                peak = contender.at[PEAK][-1].value if part else 0.0
                measure(session, contender, part, plan.seconds, rate=part * peak)


def measure(
    session: Session, contender: Contender, point: float, seconds: float, **options: float
) -> None:
    """Measure a contender at a point, or let it have failed."""
    try:
        measured = contender.measure(session.loader, seconds, **options)
    except RunError as error:
        contender.fail(error)
    else:
        contender.at.setdefault(point, []).append(measured)

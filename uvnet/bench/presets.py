"""Which scenarios and subjects a run has: all, the few that say most, or those of one face."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from .runner import Entry
from .scenarios import Scenario
from .subjects import SUBJECTS

Face = Literal["net", "asyncio"]

# For a look of less than a minute: what says most, with those that must be held against each other.
QUICK = {
    "echo-1k": (
        "ceiling",
        "net-data",
        "net-pipe",
        "node-data",
        "aio-protocol",
        "uvloop",
        "asyncio",
    ),
    "split": ("aio-split", "uvloop-split"),
    "streams": ("aio-streams", "aio-native", "uvloop-streams"),
    "tls": ("aio-tls", "uvloop-tls"),
    "sock": ("aio-sock", "uvloop-sock"),
    "call_soon": ("uvnet", "uvloop"),
    "call_later_cancel": ("uvnet", "uvloop"),
}
QUICK_ROUNDS, QUICK_SECONDS = 3, 0.25

# Scenarios in one process are of loops, but for those whose names begin with one of these.
NOT_OF_LOOPS = ("block_list", "emit")


def of_face(scenario: Scenario, face: Face) -> tuple[str, ...]:
    """Return the scenario's subjects that belong to a face: net, or asyncio and its loops."""
    if scenario.method == "node-net":
        return scenario.subjects if face == "net" else ()
    if scenario.method == "micro":
        its_own = "net" if scenario.name.startswith(NOT_OF_LOOPS) else "asyncio"
        return scenario.subjects if its_own == face else ()
    return tuple(
        name
        for name in scenario.subjects
        if (SUBJECTS[name].loop is not None) == (face == "asyncio")
    )


def base_of(scenario: Scenario, subjects: tuple[str, ...], wished: str | None) -> str | None:
    """Return whom a scenario's subjects are held against.

    That is the subject wished for, or the scenario's own base, or the first of uvloop's; None if
    none of them takes part.
    """
    of_uvloop = (name for name in subjects if name.partition("-")[0] == "uvloop")
    candidates = (wished, scenario.base, next(of_uvloop, None))
    return next((name for name in candidates if name in subjects), None)


def choose(
    known: Mapping[str, Scenario],
    scenarios: Iterable[str] = (),
    subjects: Iterable[str] = (),
    base: str | None = None,
    face: Face | None = None,
    quick: bool = False,
) -> tuple[Entry, ...]:
    """Return what a run has.

    Args:
        known: All scenarios.
        scenarios: The names of some; all of them, or the quick ones, if there is none.
        subjects: The names of some. A scenario that was asked for by name has all of them that
            speak what its load speaks, whether it lists them or not; another those that it lists.
        base: Whom to hold the others against where it takes part.
        face: Leave out the subjects of the other one.
        quick: Take few scenarios and subjects, unless others are asked for by name.

    Returns:
        An entry for each scenario that is left with a subject.
    """
    named, wanted = tuple(scenarios), tuple(subjects)
    found = []
    for name in named or (QUICK if quick and not wanted else known):
        scenario = known[name]
        if wanted:
            own = scenario.method in ("micro", "node-net") or not named
            takes_part = tuple(
                s
                for s in wanted
                if s in scenario.subjects or (not own and SUBJECTS[s].carrier == scenario.carrier)
            )
        else:
            takes_part = of_face(scenario, face) if face else scenario.subjects
            if quick:
                takes_part = tuple(s for s in takes_part if s in QUICK.get(name, takes_part))
        if takes_part:
            found.append(Entry(scenario, takes_part, base_of(scenario, takes_part, base)))
    return tuple(found)

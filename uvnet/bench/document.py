"""The document of a run, for JSON: its version, and the parts that all who make one share.

docs/guide/benchmarks.md has its fields; `figures` has what it says, in words.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from . import machine, stats

FORMAT = 2  # raised when a field changes its meaning

Document = dict[str, Any]
Scenario = dict[str, Any]
Result = dict[str, Any]


class FormatError(ValueError):
    """The document is not of the format that is read here."""


def check(document: Any) -> None:
    """Refuse what is no document of this format.

    Raises:
        FormatError: Its "format" is another, or it has none, or no scenarios.
    """
    found = document.get("format") if isinstance(document, dict) else None
    if found != FORMAT or not isinstance(document.get("scenarios"), list):
        raise FormatError(
            f"not a document of format {FORMAT}: its format is {found!r}, and format {FORMAT} with "
            "scenarios is read here; measure again with `python -m uvnet bench --json`"
        )


def frame(
    command: str,
    rounds: int,
    seconds: float,
    *,
    quick: bool = False,
    pinned: Mapping[str, int | None] | None = None,
) -> Document:
    """Return a document that has no scenario yet.

    Args:
        command: What made it.
        rounds: How often every subject of a scenario is measured.
        seconds: How long each measurement takes.
        quick: Whether it is a rough look.
        pinned: The CPUs of "server" and "load"; None where there is no load.
    """
    return {
        "format": FORMAT,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": command,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "plan": {"rounds": rounds, "seconds": seconds, "quick": quick, "pinned": pinned},
        "scenarios": [],
    }


class Described(Protocol):
    """What a scenario says of itself."""

    @property
    def name(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def tells(self) -> str: ...
    @property
    def cannot_tell(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def better(self) -> str: ...


def scenario_entry(
    measured: Described, parameters: Mapping[str, Any], base: str | None, results: list[Result]
) -> Scenario:
    """Return one of the "scenarios"."""
    return {
        "name": measured.name,
        "about": measured.about,
        "tells": measured.tells,
        "cannot_tell": measured.cannot_tell,
        "unit": measured.unit,
        "better": measured.better,
        "parameters": dict(parameters),
        "base": base,
        "results": results,
    }


def ratio(
    values: Sequence[float], others: Sequence[float], better: str = "more"
) -> dict[str, float] | None:
    """Return the median of the rounds' ratios and its interval; above 1 is better.

    Args:
        values: One value for each round.
        others: Those of what it is held against.
        better: "more", or "less" where a smaller value is the better one.

    Returns:
        "median", "low" and "high"; None if there is no round that both have.
    """
    each_round = stats.ratios(values, others, better)
    if not each_round:
        return None
    return dict(zip(("median", "low", "high"), stats.interval(each_round), strict=True))

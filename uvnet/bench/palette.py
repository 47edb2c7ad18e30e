"""The colours of drawings and pages: one per family of subjects, in a light and a dark variant."""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """A colour on a light ground and the one that stands for it on a dark ground."""

    light: str
    dark: str


INK = Colour("#1f2933", "#e4e7eb")
FAINT = Colour("#616e7c", "#9aa5b1")
GRID = Colour("#e0e4e9", "#323a45")

# uvnet is strong, what it is held against is muted.
FAMILIES = {
    "uvnet": Colour("#1a5fd0", "#6ba3ff"),
    "uvloop": Colour("#b07d2b", "#c99a4e"),
    "zuvloop": Colour("#7c8a2e", "#a3b04f"),
    "rloop": Colour("#a8617d", "#c48aa3"),
    "asyncio": Colour("#7a8590", "#919dab"),
    "node": Colour("#4f8a5b", "#74ab80"),
    "C": Colour("#4c5561", "#b6bfca"),
}
OTHER = Colour("#8a7a9c", "#a898bb")


def of(family: str) -> Colour:
    """Return the colour of a family of subjects."""
    return FAMILIES.get(family, OTHER)

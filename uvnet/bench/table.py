"""Plain text for people: aligned tables, colours where they are welcome."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from typing import IO, Any

BOLD, DIM, RED, GREEN, YELLOW = "1", "2", "31", "32", "33"
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


def colourful(stream: IO[str]) -> bool:
    """Return whether to colour what goes to the stream: a terminal, and NO_COLOR not set."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: IO[str] | None = None) -> str:
    """Return the text in a colour, if the stream (standard output by default) wants colours."""
    if not colourful(stream or sys.stdout):
        return text
    return f"\x1b[{colour}m{text}\x1b[0m"


def width(text: str) -> int:
    """Return how many columns the text takes; colours take none."""
    return len(_ESCAPE.sub("", text))


def table(header: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> str:
    """Align rows under a header.

    Args:
        header: The columns' names.
        rows: The cells. A row may be shorter than the header; its last cell may then be long.
        align: For each column "l" or "r": left or right.
    """
    widths = [width(name) for name in header]
    for row in rows:
        for column, cell in enumerate(row):
            if column < len(row) - 1 or len(row) == len(header):
                widths[column] = max(widths[column], width(cell))

    def line(cells: Sequence[str]) -> str:
        out = []
        for column, cell in enumerate(cells):
            gap = " " * (widths[column] - width(cell))
            note = len(cells) < len(header) and column == len(cells) - 1
            out.append(cell + gap if note or align[column] == "l" else gap + cell)
        return "  ".join(out).rstrip()

    return "\n".join([paint(line(header), BOLD), *map(line, rows)])


def missing(result: dict[str, Any]) -> list[str]:
    """Return the row of a subject that could not be measured: its name, and why not."""
    return [result["subject"], paint(f"missing: {result['missing']}", YELLOW)]


def verdict(passed: bool | None) -> str:
    """Return "pass" or "FAIL"; "-" where there is no goal."""
    if passed is None:
        return "-"
    return paint("pass", GREEN) if passed else paint("FAIL", RED)

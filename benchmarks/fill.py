"""Write the figures of README.md and docs/ from the documents in results/, where they are marked.

    python benchmarks/fill.py           write them anew
    python benchmarks/fill.py --check   only say what differs, or is a figure without a mark

A figure in a sentence has a mark before it; a column of a table is named above the table, the row
by a mark in it. Marks are comments, which no reader of the page sees:

    <!-- figure: DOCUMENT SCENARIO SUBJECT FIELD -->1.13 times as fast
    Taken with uvloop <!-- figure: DOCUMENT versions.uvloop -->0.23.0.

    <!-- figures: DOCUMENT; -; value:,.0f; ratio.median:.2f; value@base / value:.2f -->

    | server | messages/s | ratio | the base's share |
    |---|--:|--:|--:|
    | `socket.pipe(socket)` <!-- SCENARIO SUBJECT --> | 176,245 | 1.13 | 0.88 |

DOCUMENT is the name of a file in benchmarks/results without ".json". SCENARIO is "-" in a document
that has none, such as that of uvnet.bench.instructions. FIELD is a path in a result (or, without
SCENARIO and SUBJECT, in the document) and how to write the number, as in Python's format():
`spread:.0%`, by default `,.0f`. `latency_us.p99@uvloop` is another subject's in the scenario,
`@base` the scenario's base's; `A / B` is a quotient; `points[9000].value` is at so many
connections, or at that load; `cpu_us` alone is user and system time together. "-" is a column that
holds no measurement.

A line that looks like a measurement and is none has <!-- not measured: why --> in it or above it.
Between <!-- scenarios --> and <!-- end of scenarios --> is the table of all scenarios.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"

NO_SCENARIO = "-"

Documents = Callable[[str], dict[str, Any]]


class FigureError(ValueError):
    """A mark that cannot be understood, or that names what no document has."""


# ---------------------------------------------------------------------- what a mark refers to


def recorded(name: str) -> dict[str, Any]:
    """Return a document out of results/.

    Raises:
        FigureError: There is none of this name.
    """
    path = RESULTS / f"{name}.json"
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        raise FigureError(
            f"no document {path.relative_to(ROOT)}: see benchmarks/README.md"
        ) from None
    return found


def result(document: dict[str, Any], scenario: str, subject: str) -> dict[str, Any]:
    """Return what a document has of a subject in a scenario; "base" is the scenario's base."""
    only = {"name": NO_SCENARIO, "base": None, "results": document.get("results", ())}
    for entry in document.get("scenarios", [only]):
        if entry["name"] != scenario:
            continue
        subject = entry["base"] if subject == "base" else subject
        for found in entry["results"]:
            if found["subject"] != subject:
                continue
            for state in ("missing", "failed"):
                if state in found:
                    raise FigureError(f"{subject} in {scenario} is {state}: {found[state]}")
            return dict(found)
        raise FigureError(f"the document has no subject {subject!r} in {scenario}")
    raise FigureError(f"the document has no scenario {scenario!r}")


def look_up(place: Any, path: str) -> Any:
    """Follow a path such as "points[9000].latency_us.p99" and return what is there."""
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        if step.startswith("["):
            at = float(step[1:-1])
            found = [p for p in place if at in (p.get("connections"), p.get("load"))]
            place = found[0] if found else None
        else:
            place = place.get(step) if isinstance(place, dict) else None
        if place is None:
            raise FigureError(f"there is no {path!r}")
    return place["user"] + place["system"] if path == "cpu_us" else place


def value(documents: Documents, document: str, row: tuple[str, str] | None, field: str) -> str:
    """Return what a figure must read.

    Args:
        documents: Returns a document by its name.
        document: Its name.
        row: Scenario and subject; None for a field of the document itself.
        field: See the top of this file.

    Raises:
        FigureError: The documents have no such figure.
    """
    found = documents(document)
    expression, colon, how = field.rpartition(":")
    if not colon:
        expression, how = field, ",.0f"
    operands = []
    for operand in expression.split(" / "):
        path, _, subject = operand.strip().partition("@")
        place = found if row is None else result(found, row[0], subject or row[1])
        operands.append(look_up(place, path))
    if isinstance(operands[0], str) and len(operands) == 1:
        return operands[0]
    if not all(isinstance(each, (int, float)) for each in operands) or len(operands) > 2:
        raise FigureError(f"{field!r} is not a number, nor a quotient of two")
    number = operands[0] / operands[1] if len(operands) == 2 else operands[0]
    try:
        text = format(number, how)
    except ValueError as error:
        raise FigureError(f"{field!r}: {error}") from None
    return text.replace("%", " %")


# --------------------------------------------------------------------------- where they are

FIGURE = re.compile(r"<!-- figure: ([^>]*?) -->(\?|[+-]?\d(?:[\w.,]*\w)?(?: %)?)?")
FIGURES = re.compile(r"<!-- figures: ([^>]*?) -->")
ROW = re.compile(r"<!-- (\S+) (\S+) -->")
EXEMPT = re.compile(r"<!-- not measured: [^>]+ -->")
COMMENT = re.compile(r"<!--.*?-->")


@dataclass(frozen=True)
class Figure:
    """One marked figure.

    Attributes:
        line: Where it is, from 0.
        start: Where in the line its text begins.
        end: Where that ends.
        text: What it reads; "" if it has not been written yet.
        document: The name of the document.
        row: Scenario and subject; None for a field of the document itself.
        field: What it is there.
    """

    line: int
    start: int
    end: int
    text: str
    document: str
    row: tuple[str, str] | None
    field: str


def in_sentence(number: int, line: str) -> Iterator[Figure]:
    """Yield the figures of a line that have a mark of their own."""
    for mark in FIGURE.finditer(line):
        words = mark[1].split(maxsplit=3)
        if len(words) == 2:
            row, field = None, words[1]
        elif len(words) == 4:
            row, field = (words[1], words[2]), words[3]
        else:
            raise FigureError(f"a figure is DOCUMENT SCENARIO SUBJECT FIELD, got {mark[1]!r}")
        start, end = mark.span(2) if mark[2] else (mark.end(), mark.end())
        yield Figure(number, start, end, mark[2] or "", words[0], row, field)


def cells(line: str) -> list[tuple[int, int]]:
    """Return where the cells of a table's row are, without the blanks around what is in them."""
    bars = [bar.start() for bar in re.finditer(r"(?<!\\)\|", line)]
    found = []
    for left, right in zip(bars, bars[1:], strict=False):
        text = line[left + 1 : right]
        if text.strip():
            blanks = len(text) - len(text.lstrip())
            found.append((left + 1 + blanks, left + 1 + len(text.rstrip())))
        else:
            found.append((left + 1, right))
    return found


def in_table(lines: list[str], first: int, mark: str) -> Iterator[Figure]:
    """Yield the figures of the table that begins at a line, after a mark that names its columns."""
    document, *columns = (part.strip() for part in mark.split(";"))
    for number in range(first + 2, len(lines)):  # after the header and the rule below it
        line = lines[number]
        if not line.startswith("|"):
            return
        places = cells(line)
        if len(places) != len(columns):
            raise FigureError(f"{len(columns)} columns are named, and here are {len(places)}")
        row = ROW.search(line)
        if row is None:
            raise FigureError("the row has no <!-- SCENARIO SUBJECT -->")
        for (start, end), field in zip(places, columns, strict=True):
            if field != "-":
                text = line[start:end]
                yield Figure(number, start, end, text, document, (row[1], row[2]), field)


def tables(lines: list[str]) -> dict[int, str]:
    """Return the marked tables: the number of the first line, and what the mark says."""
    found = {}
    for number, line in enumerate(lines):
        if mark := FIGURES.search(line):
            first = number + 1
            while first < len(lines) and not lines[first].strip():
                first += 1
            if first == len(lines) or not lines[first].startswith("|"):
                raise FigureError(f"no table below {mark[0]}")
            found[first] = mark[1]
    return found


def figures(lines: list[str]) -> Iterator[Figure]:
    """Yield all marked figures of a page."""
    for first, mark in tables(lines).items():
        yield from in_table(lines, first, mark)
    for number, line in enumerate(lines):
        yield from in_sentence(number, line)


# ------------------------------------------------------------------- figures without a mark

NUMBER = r"(?<![\w.])\d(?:[\d,.]*\d)?\s*(?:to\s+\d[\d,.]*\s*)?"
WHO = r"(?:uvloop|rloop|zuvloop|Node|node|asyncio|libuv|C on)"
SPOKEN = re.compile(
    rf"{NUMBER}(?:"
    r"(?:messages|requests|connections|bytes|calls|MB|MiB|GB|GiB|Gbit)(?:/s| (?:a|per) second)"
    r"|(?:us|µs|ns|microseconds|nanoseconds)\b"
    r"|% of (?:the )?(?:instructions|throughput|time)"
    r"|(?:user-space )?instructions\b"
    r"|(?:system calls|syscalls)\b"
    rf"|(?:x|×|times)\s+(?:as\s|faster|{WHO})"
    r"|% (?:faster|slower|more|less)\b"
    r"|bytes (?:of resident|of memory|per connection|for each connection)"
    r")"
)
MEASURED_COLUMN = re.compile(
    r"/s\b|\b(?:instructions|ratio|spread|us|ns|p50|p90|p99|syscalls|system calls)\b"
    rf"|\b(?:x|×) {WHO}"
)


def unmarked(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield what looks like a measurement and has no mark: the line's number and what it is."""
    marked = tables(lines)
    number = 0
    while number < len(lines):
        line = lines[number]
        is_exempt = any(EXEMPT.search(each) for each in lines[max(0, number - 1) : number + 1])
        if line.startswith("|") and not lines[number - 1].startswith("|"):
            end = number
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            if number not in marked and not exempt_table(lines, number):
                yield from unmarked_cells(lines, number, end)
            number = end
            continue
        # A sentence goes on in the next line; a figure in it may begin in the one and end there.
        rest = COMMENT.sub("", FIGURE.sub("", line))
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if following.startswith("|") or not following.strip():
            following = ""
        follows = COMMENT.sub("", FIGURE.sub("", following)).lstrip()
        found = SPOKEN.search(f"{rest} {follows}")
        if found is not None and found.start() < len(rest) and not is_exempt:
            yield number, found[0]
        number += 1


def exempt_table(lines: list[str], first: int) -> bool:
    """Return whether the last line with something in it above a table says: not measured."""
    above = next((line for line in reversed(lines[:first]) if line.strip()), "")
    return EXEMPT.search(above) is not None


def unmarked_cells(lines: list[str], first: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the cells with a digit below a header that names a measurement."""
    header = [lines[first][a:b] for a, b in cells(lines[first])]
    for number in range(first + 2, end):
        for title, (start, stop) in zip(header, cells(lines[number]), strict=False):
            text = COMMENT.sub("", lines[number][start:stop])
            if MEASURED_COLUMN.search(title) and re.search(r"\d", text):
                yield number, f"{title}: {text}"


# ---------------------------------------------------------------------- the whole of a page

BEGIN, END = "<!-- scenarios -->", "<!-- end of scenarios -->"


def scenarios() -> list[str]:
    """Return the lines of the table of all scenarios."""
    from uvnet.bench.scenarios import registry

    lines = ["| scenario | what happens | it can tell | it cannot tell |", "|---|---|---|---|"]
    for name, each in registry().items():
        said = (text.replace("|", "\\|") for text in (each.about, each.tells, each.cannot_tell))
        lines.append(f"| `{name}` | {' | '.join(said)} |")
    return lines


def with_scenarios(lines: list[str]) -> list[str]:
    """Return the page with the table of scenarios as it must be, if it has a place for it."""
    if BEGIN not in lines:
        return lines
    before, after = lines.index(BEGIN), lines.index(END)
    return [*lines[: before + 1], "", *scenarios(), "", *lines[after:]]


def filled(text: str, documents: Documents = recorded) -> tuple[str, list[str]]:
    """Write the figures of a page.

    Returns:
        (the page, what is wrong in it: "line: what"). What cannot be written is left as it was.
    """
    lines = with_scenarios(text.split("\n"))
    wrong = []
    try:
        found = sorted(figures(lines), key=lambda figure: (figure.line, -figure.start))
        wrong += [
            f"{number + 1}: a measurement without a mark, see benchmarks/fill.py: {what}"
            for number, what in unmarked(lines)
        ]
    except FigureError as error:
        return text, [f"1: {error}"]
    for figure in found:  # from the right, so that the places before stay
        try:
            right = value(documents, figure.document, figure.row, figure.field)
        except FigureError as error:
            wrong.append(f"{figure.line + 1}: {figure.field}: {error}")
            continue
        if figure.text.isspace():  # a cell with nothing in it
            right = f" {right} "
        line = lines[figure.line]
        lines[figure.line] = line[: figure.start] + right + line[figure.end :]
    return "\n".join(lines), wrong


def check(text: str, documents: Documents = recorded) -> list[str]:
    """Return what is wrong in a page: figures that a document has otherwise, or none has."""
    right, wrong = filled(text, documents)
    old, new = text.split("\n"), right.split("\n")
    if len(old) != len(new):
        return [*wrong, "1: the table of scenarios is not that of uvnet.bench.scenarios"]
    wrong += [
        f"{number + 1}: reads {is_now!r}, must read {must!r}"
        for number, (is_now, must) in enumerate(zip(old, new, strict=True))
        if is_now != must
    ]
    return wrong


def pages() -> list[Path]:
    """Return the pages whose figures must come from a document.

    docs/decisions has figures of the day on which something was decided, and keeps them.
    """
    found = sorted((ROOT / "docs").rglob("*.md"))
    kept = ROOT / "docs" / "decisions"
    return [ROOT / "README.md", *(path for path in found if kept not in path.parents)]


def main() -> int:
    """Run the command line and return the exit status: 1 if something is wrong."""
    parser = argparse.ArgumentParser(description="Write the figures of README.md and docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing")
    only_check = parser.parse_args().check
    wrong = []
    for path in pages():
        text = path.read_text()
        name = path.relative_to(ROOT)
        if only_check:
            wrong += [f"{name}:{each}" for each in check(text)]
            continue
        right, faults = filled(text)
        wrong += [f"{name}:{each}" for each in faults]
        if right != text:
            path.write_text(right)
            print(name)
    for each in wrong:
        print(each, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

"""A document of measurements as tables for the terminal.

    python -m uvnet.bench.report results.json
    python -m uvnet.bench.report results.json --output FOLDER

The second leaves Markdown, the page and the drawings in the folder, as `python -m uvnet bench
--output` does, of a document that is there already.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from .document import Document, FormatError, Scenario, check
from .figures import (
    Cell,
    Mood,
    cells,
    columns,
    general_remarks,
    goals,
    machine_text,
    measured,
    parameters_text,
    plan_text,
    points,
    remarks,
    versions_text,
)
from .output import write
from .shell import exit_status
from .table import BOLD, DIM, GREEN, RED, YELLOW, paint, table, width

COLOURS: dict[Mood, str] = {"good": GREEN, "bad": RED, "warn": YELLOW}

# The columns that a narrow terminal does without, the least important first.
LEAST = ("load", "memory", "user + sys", "goal", "p99.9 us", "syscalls", "instr.", "spread")


def painted(cell: Cell) -> str:
    """Return a cell's text in the colour of its mood."""
    return paint(cell.text, COLOURS[cell.mood]) if cell.mood else cell.text


def render(document: Document) -> str:
    """Return the document as tables, with what it was taken on.

    Args:
        document: What `python -m uvnet bench --json` prints.

    Raises:
        FormatError: It is of another format.
    """
    check(document)
    lines = [paint(text(document), DIM) for text in (machine_text, versions_text, plan_text)]
    lines += general_remarks(document)
    for scenario in document["scenarios"]:
        lines += ["", "", *section(scenario)]
    lines += ["", *summary(document)]
    return "\n".join(lines).rstrip()


def room() -> float:
    """Return how many columns a line may have: a terminal's, or any number."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else math.inf


def results_table(scenario: Scenario) -> str:
    """Return the table of a scenario's subjects, on a narrow terminal without some columns."""
    shown = columns(scenario)
    for title in ("", *LEAST):
        shown = [column for column in shown if column.title != title]
        rows = [
            [result["subject"], *map(painted, cells(result, shown))]
            for result in scenario["results"]
        ]
        header = ["subject", *(column.title for column in shown)]
        side = "r" if any(map(measured, scenario["results"])) else "l"
        text = table(header, rows, align="l" + side * len(shown))
        if width(text.partition("\n")[0]) <= room():
            break
    return text


def section(scenario: Scenario) -> list[str]:
    """Return the lines of one scenario."""
    lines = [f"{paint(scenario['name'], BOLD)}  {scenario['about']}"]
    given = [parameters_text(scenario)]
    if scenario["base"]:
        given.append(f"ratios to {scenario['base']}")
    if any(given):
        lines.append(paint("; ".join(filter(None, given)), DIM))
    lines += ["", results_table(scenario)]
    found = points(scenario)
    if found is not None:
        align = "r" * len(found.header)
        lines += ["", found.title, "", table(found.header, found.rows, align)]
    notes = remarks(scenario)
    return [*lines, "", *notes] if notes else lines


def summary(document: Document) -> list[str]:
    """Return how many goals were reached, and which were not."""
    found = list(goals(document))
    if not found:
        return []
    passed = sum(goal.passed is True for goal in found)
    lines = ["", f"{passed} of {len(found)} goals reached"]
    for goal in found:
        if not goal.passed:
            state = Cell("not measured", "warn") if goal.passed is None else Cell("FAIL", "bad")
            name = f"{goal.scenario['name']}, {goal.result['subject']}"
            lines.append(f"  {painted(state)}  {name}: {goal.asked}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 2 if there is no such document."""
    parser = argparse.ArgumentParser(
        prog="python -m uvnet.bench.report", description="Show what was measured before."
    )
    parser.add_argument("document", type=Path, help="what --json printed, or --output left")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="leave the reports there")
    options = parser.parse_args(arguments)
    try:
        document = json.loads(options.document.read_text("utf-8"))
        text = render(document)
        if options.output is not None:
            write(document, options.output)
    except (OSError, FormatError, json.JSONDecodeError) as error:
        print(f"{parser.prog}: {options.document}: {error}", file=sys.stderr)
        return 2
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(exit_status(main))

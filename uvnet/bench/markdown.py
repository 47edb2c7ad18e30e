"""A document of measurements as Markdown, with GitHub's tables."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from .document import Document, Result, Scenario, check
from .figures import (
    Cell,
    cells,
    columns,
    fine,
    general_remarks,
    goals,
    machine_text,
    parameters_text,
    plan_text,
    points,
    remarks,
    versions_text,
)
from .plots import names


def escape(text: object) -> str:
    """Return the text so that Markdown shows it as it is, on one line, and in a table's cell."""
    line = " ".join(str(text).split())
    return re.sub(r"([\\`*_{}\[\]<>|~#&$])", r"\\\1", line)


def code(text: object) -> str:
    """Return the text as a command: on one line, and without what would end it or the cell."""
    return f"`{' '.join(str(text).split()).replace('`', chr(39)).replace('|', '/')}`"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], align: str) -> list[str]:
    """Return the lines of a table; a row may be shorter than the header. Cells are Markdown."""
    rule = {"l": ":--", "r": "--:"}
    filled = [[*row, *[""] * (len(header) - len(row))] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (header, [rule[side] for side in align], *filled)]


def subject(result: Result) -> str:
    """Return what a subject is, its name in the command line, and its version."""
    version = f" {escape(result['version'])}" if result.get("version") else ""
    return f"**{escape(result['subject'])}** {escape(result['label'])}{version}"


def shown(cell: Cell) -> str:
    """Return a cell; a missed goal and a fault are bold."""
    text = escape(cell.text if ":" in cell.text else fine(cell.text))
    return f"**{text}**" if cell.mood == "bad" else text


def render(document: Document, plots: Collection[str] = (), folder: str = "plots") -> str:
    """Return the document as Markdown.

    Args:
        document: What `python -m uvnet bench --json` prints.
        plots: The names of the drawings that are there, of `plots.draw`; none by default.
        folder: Where they are, from the Markdown's place.

    Raises:
        FormatError: It is of another format.
    """
    check(document)
    machine = table(
        ["", ""],
        [
            ["Machine", escape(machine_text(document))],
            ["Versions", escape(versions_text(document))],
            ["Measured", escape(f"{document['date']}, {plan_text(document)}")],
            ["Command", code(document["command"])],
        ],
        "ll",
    )
    lines = ["# Measurements", "", *machine, ""]
    for note in general_remarks(document):
        lines += [f"> {escape(note)}", ""]
    lines += summary(document)
    for scenario in document["scenarios"]:
        drawn = [f"{folder}/{name}" for name in names(scenario) if name in plots]
        lines += section(scenario, drawn)
    return "\n".join(lines).rstrip() + "\n"


def summary(document: Document) -> list[str]:
    """Return the goals, and what came of each."""
    found = list(goals(document))
    if not found:
        return []
    passed = sum(goal.passed is True for goal in found)
    verdicts = {True: "pass", False: "**FAIL**", None: "not measured"}
    rows = [
        [
            escape(goal.scenario["name"]),
            escape(goal.result["subject"]),
            escape(goal.asked),
            escape(goal.reached),
            verdicts[goal.passed],
        ]
        for goal in found
    ]
    header = ["scenario", "subject", "goal", "reached", ""]
    lines = table(header, rows, "llrrl")
    return ["## Goals", "", f"{passed} of {len(found)} reached.", "", *lines, ""]


def section(scenario: Scenario, drawings: Sequence[str]) -> list[str]:
    """Return the lines of one scenario."""
    chosen = columns(scenario)
    header = ["subject", *(escape(fine(column.title)) for column in chosen)]
    rows = [[subject(result), *map(shown, cells(result, chosen))] for result in scenario["results"]]
    lines = [f"## {escape(scenario['name'])}", "", f"{escape(scenario['about'])}."]
    given = [parameters_text(scenario)]
    if scenario["base"]:
        given.append(f"ratios to {scenario['base']}")
    if any(given):
        lines += ["", escape("; ".join(filter(None, given)))]
    lines += ["", *table(header, rows, "l" + "r" * len(chosen)), ""]
    found = points(scenario)
    if found is not None:
        body = [list(map(escape, row)) for row in found.rows]
        align = "r" * len(found.header)
        lines += [f"{escape(fine(found.title))}:", ""]
        lines += [*table(list(map(escape, found.header)), body, align), ""]
    for note in remarks(scenario):
        lines += [f"> {escape(note)}", ""]
    for title, key in (("Tells", "tells"), ("Cannot tell", "cannot_tell")):
        if scenario.get(key):
            lines += [f"*{title}:* {escape(scenario[key])}", ""]
    for path in drawings:
        lines += [f"![{escape(scenario['about'])}](<{path}>)", ""]
    return lines

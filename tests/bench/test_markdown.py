"""A document as Markdown: its tables are tables, whatever the document says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from uvnet.bench import markdown, plots

from .documents import hostile, nothing_measured, one_round, whole


def rows(line: str) -> list[str]:
    """Return the cells of a table's line: parted by bars that no backslash stands before."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables: lists of rows of cells."""
    found: list[list[list[str]]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("|"):
            if not inside:
                found.append([])
            found[-1].append(rows(line))
        inside = line.startswith("|")
    return found


@pytest.mark.parametrize("document", [whole(), hostile(), one_round(), nothing_measured()])
def test_tables_are_whole(document: dict[str, Any]) -> None:
    found = tables(markdown.render(document))
    assert len(found) >= 1 + len(document["scenarios"])
    for head, rule, *body in found:
        assert all(re.fullmatch(r":--|--:", cell) for cell in rule)
        assert {len(row) for row in (head, rule, *body)} == {len(head)}


def test_what_was_measured_is_there() -> None:
    text = markdown.render(whole())
    machine, goals, echo, *_ = tables(text)
    assert dict(machine[2:])["Command"] == "`python -m uvnet bench`"
    assert "Some Processor" in dict(machine[2:])["Machine"]
    assert "uvnet 0.1.0" in dict(machine[2:])["Versions"]
    verdicts = {(row[0], row[1]): row[4] for row in goals[2:]}
    assert verdicts["idle", "aio-protocol"] == "**FAIL**"
    assert verdicts["echo-1k", "aio-protocol"] == "pass"
    assert verdicts["echo-1k", "rloop"] == "not measured"
    by_subject = {row[0].split("*")[2]: row for row in echo[2:]}
    assert by_subject["aio-protocol"][1:4] == ["171,000", "4%", "1.14 (1.11–1.16)"]
    assert by_subject["aio-protocol"][4] == "≥ 1.04 × uvloop"
    assert by_subject["rloop"][1].startswith("missing: ")
    assert by_subject["node-data"][1].startswith("**failed: ")
    assert text.count("*Tells:* What a server costs") == len(whole()["scenarios"])
    assert text.count("*Cannot tell:* How it behaves") == len(whole()["scenarios"])


def test_headings_are_the_scenarios() -> None:
    heads = [line for line in markdown.render(whole()).splitlines() if line.startswith("#")]
    names = [scenario["name"].replace("_", r"\_") for scenario in whole()["scenarios"]]
    assert heads == ["# Measurements", "## Goals", *(f"## {name}" for name in names)]


def test_nothing_is_markup_that_was_text() -> None:
    text = markdown.render(hostile())
    unspanned = re.sub(r"`[^`\n]*`", "", text.replace(r"\`", ""))
    assert not re.search(r"(?<!\\)[<`\[]", unspanned)
    heads = [line for line in text.splitlines() if line.startswith("#")]
    assert len(heads) == 2 + len(whole()["scenarios"])


def test_drawings_that_are_there_are_shown() -> None:
    document = whole()
    every = [name for scenario in document["scenarios"] for name in plots.names(scenario)]
    assert len(every) > len(document["scenarios"])
    text = markdown.render(document, every, folder="pictures")
    assert re.findall(r"!\[.*\]\(<pictures/(.*)>\)", text) == every
    assert "](" not in markdown.render(document)


def test_one_round_has_no_ratios() -> None:
    text = markdown.render(one_round())
    assert "ratio" not in text and "## Goals" not in text
    assert "One CPU only" in text

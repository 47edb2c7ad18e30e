"""The page: parsed for real, with everything escaped, and nothing fetched from elsewhere."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from typing import Any

import pytest

from uvnet.bench import html

from .documents import HOSTILE, hostile, nothing_measured, one_round, whole

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """What a page consists of.

    Attributes:
        elements: Tag and attributes of each, in their order.
        tables: Of each table its rows, each a list of (text, columns that it takes).
        text: All text that is shown.
        scripts: The text of each script, with its attributes.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[tuple[str, int]]]] = []
        self.text = ""
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == [], "these are not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs)
        self.elements.append((tag, given))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append(("", int(given.get("colspan") or 1)))
        elif tag == "script":
            self.scripts.append((given, ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open[-1] == tag, f"</{tag}> in {self._open}"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if "script" in self._open:
            given, text = self.scripts[-1]
            self.scripts[-1] = (given, text + data)
            return
        self.text += data
        if "td" in self._open or "th" in self._open:
            text, span = self.tables[-1][-1][-1]
            self.tables[-1][-1][-1] = (text + data, span)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.elements if name == tag]


@pytest.fixture(params=["whole", "hostile", "one round", "nothing measured"])
def made(request: pytest.FixtureRequest) -> dict[str, Any]:
    kinds = {
        "whole": whole,
        "hostile": hostile,
        "one round": one_round,
        "nothing measured": nothing_measured,
    }
    return kinds[request.param]()


def plain(document: dict[str, Any]) -> Page:
    """Return the page without drawings, which is quickly made."""
    return Page(html.render(document, {}))


def test_tables_are_whole(made: dict[str, Any]) -> None:
    page = plain(made)
    assert len(page.tables) >= len(made["scenarios"])
    for head, *body in page.tables:
        assert {sum(span for _, span in row) for row in body} <= {len(head)}


def test_links_lead_somewhere(made: dict[str, Any]) -> None:
    page = plain(made)
    names = [given["id"] for _, given in page.elements if given.get("id")]
    assert len(names) == len(set(names))
    links = [given["href"] for given in page.named("a") if given.get("href")]
    assert {f"#{name}" for name in names} >= set(links)
    assert len(links) >= len(made["scenarios"])


def test_nothing_is_fetched(made: dict[str, Any]) -> None:
    text = html.render(made, {})
    page = Page(text)
    assert not {"link", "img", "iframe", "object", "base"} & {tag for tag, _ in page.elements}
    for _, given in page.elements:
        assert not {"src", "srcset", "action", "onclick", "onload"} & given.keys()
        assert not (given.get("href") or "#").strip("#").startswith(("http", "//", "javascript"))
    assert not re.search(r"@import|url\((?!#)", text)
    [policy] = [g["content"] for g in page.named("meta") if "http-equiv" in g]
    assert policy is not None and policy.startswith("default-src 'none'")


def test_the_document_is_inside(made: dict[str, Any]) -> None:
    [(_, data)] = [s for s in plain(made).scripts if s[0].get("type") == "application/json"]
    assert json.loads(data) == made


def test_text_stays_text() -> None:
    safe, page = plain(whole()), plain(hostile())
    assert len(page.scripts) == len(safe.scripts) == 2
    assert {tag for tag, _ in page.elements} <= {tag for tag, _ in safe.elements}
    known = {name for _, given in safe.elements for name in given}
    assert {name for _, given in page.elements for name in given} <= known
    assert HOSTILE in page.text


def test_summary_comes_first() -> None:
    page = plain(whole())
    assert page.text.index("goals reached") < page.text.index("At a glance")
    assert page.text.index("At a glance") < page.text.index("The scenario echo-1k")
    assert "2 of 4 goals reached" in page.text
    goals = page.tables[0]
    rows = [[" ".join(text.split()) for text, _ in row] for row in goals[1:]]
    assert rows[0] == ["idle", "aio-protocol", "≤ 800 bytes", "1,017 bytes", "FAIL"]
    assert rows[1][:2] + rows[1][4:] == ["echo-1k", "rloop", "not measured"]
    assert [row[4] for row in rows[2:]] == ["pass", "pass"]


def test_ratios_at_a_glance() -> None:
    page = plain(whole())
    glance = {row[0][0]: [text for text, _ in row] for row in page.tables[1][1:]}
    assert list(glance) == [scenario["name"] for scenario in whole()["scenarios"]]
    assert glance["echo-1k"][1] == "uvloop"
    assert glance["call_soon"][3] == "0.44 (0.42–0.45)"
    dots = [given for given in page.named("circle") if given.get("cy") == "9"]
    count = sum(
        1 for scenario in whole()["scenarios"] for r in scenario["results"] if r.get("ratio")
    )
    assert len(dots) == count
    middle = [given for given in dots if given["cx"] == "50.0%"]
    assert len(middle) == len(whole()["scenarios"])  # the bases


def test_each_scenario_has_all_its_subjects() -> None:
    page = plain(whole())
    subjects = [row[0][0] for row in page.tables[2][1:]]
    assert [s for s in subjects if s.startswith("rloop")] == ["rlooprloop at large"]
    [why] = [row[1] for row in page.tables[2] if row[0][0].startswith("rloop")]
    assert why == ("missing: No module named 'rloop'", len(page.tables[2][0]) - 1)
    [why] = [row[1] for row in page.tables[2] if row[0][0].startswith("node-data")]
    assert why[0] == "failed: connection 3: closed by the server in message 17"
    text = page.text
    assert text.count("What it tells") == text.count("What it cannot tell") == 6
    assert "Some Processor" in text and "python -m uvnet bench" in text and "libuv 1.52.1" in text


def test_drawings_are_inside(drawings: dict[str, str]) -> None:
    page = Page(html.render(whole(), drawings))
    assert len([g for g in page.named("svg") if g.get("class") == "uvnet-plot"]) == 8
    names = [given["id"] for _, given in page.elements if given.get("id")]
    assert len(names) == len(set(names))
    assert len(page.named("style")) == 1
    assert "Without drawings" not in page.text


@pytest.mark.usefixtures("drawings")
def test_drawings_are_made() -> None:
    page = Page(html.render(one_round()))
    assert len([g for g in page.named("svg") if g.get("class") == "uvnet-plot"]) == 2


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    page = Page(html.render(whole()))
    assert "Without drawings: drawing needs matplotlib" in page.text
    assert not [g for g in page.named("svg") if g.get("class") == "uvnet-plot"]

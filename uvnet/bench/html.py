"""A document of measurements as one page of HTML, which needs nothing from elsewhere."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

from . import palette, plots, svg
from .document import Document, Result, Scenario, check
from .figures import (
    Cell,
    Column,
    Mood,
    cells,
    columns,
    decimals,
    family,
    fine,
    general_remarks,
    goals,
    machine_text,
    measured,
    parameters_text,
    plan_text,
    points,
    ratio_text,
    remarks,
)

VERDICTS = {
    True: Cell("pass", "good"),
    False: Cell("FAIL", "bad"),
    None: Cell("not measured", "warn"),
}

# What stands below something else in the table of a scenario, or in a remark; VALUE is its first.
VALUE = ""
BELOW = {VALUE: "spread", "CPU us": "user + sys", "goal": "verdict"}
UNSHOWN = (*BELOW.values(), "load")


def render(document: Document, drawings: Mapping[str, str] | None = None) -> str:
    """Return the document as a page: what came of the goals first, then each scenario.

    Args:
        document: What `python -m uvnet bench --json` prints.
        drawings: What `plots.draw` made of it. By default they are drawn here, and the page does
            without them, and says so, where matplotlib is not installed.

    Raises:
        FormatError: It is of another format.
    """
    check(document)
    notes = general_remarks(document)
    if drawings is None:
        try:
            drawings = plots.draw(document)
        except ImportError as error:
            drawings = {}
            notes.append(f"Without drawings: {error}.")
    template = Template(files(__package__).joinpath("page.html").read_text("utf-8"))
    scenarios = document["scenarios"]
    return template.substitute(
        title=escape(f"uvnet {document['versions'].get('uvnet') or ''} benchmarks"),
        subtitle=escape(f"{day(document)} on {machine_text(document)}"),
        style=svg.STYLE,
        tiles=tiles(document),
        notes="\n".join(map(note, notes)),
        goals=goals_section(document),
        ratios=ratios_section(document),
        contents="\n".join(
            f'<li><a href="#{anchor(each)}">{escape(each["name"])}</a></li>' for each in scenarios
        ),
        scenarios="\n".join(section(each, drawings) for each in scenarios),
        facts=facts(document),
        document=json.dumps(document).replace("&", "\\u0026").replace("<", "\\u003c"),
    )


def day(document: Document) -> str:
    """Return when it was measured, to the minute."""
    return str(document["date"])[:16].replace("T", " ")


def anchor(scenario: Scenario) -> str:
    """Return what a link to a scenario ends in."""
    return "scenario-" + plots.slug(scenario["name"])


def note(text: str) -> str:
    """Return a remark."""
    return f'<p class="note">{escape(fine(text))}</p>'


def badge(cell: Cell) -> str:
    """Return a verdict."""
    return f'<span class="badge {cell.mood}">{escape(cell.text)}</span>'


def table(
    header: Sequence[str],
    rows: Iterable[str],
    about: Sequence[str] = (),
    left: int = 1,
    sortable: bool = False,
) -> str:
    """Return a table that scrolls by itself where the page is narrow.

    Args:
        header: The columns' names.
        rows: The rows, as HTML.
        about: What each column tells.
        left: How many of the first are set to the left.
        sortable: Whether a click on a name sorts by it.
    """
    heads = []
    for column, name in enumerate(header):
        title = f' title="{escape(about[column])}"' if column < len(about) else ""
        side = ' class="l"' if column < left else ""
        said = f"<button>{escape(name)}</button>" if sortable else escape(name)
        heads.append(f'<th scope="col"{side}{title}>{said}</th>')
    kind = ' class="sortable"' if sortable else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(header[0])}">'
        f"<table{kind}><thead><tr>{''.join(heads)}</tr></thead>\n"
        f"<tbody>\n{chr(10).join(rows)}\n</tbody></table></div>"
    )


def row(head: str, rest: Iterable[str], ours: bool = False) -> str:
    """Return a row of HTML cells."""
    kind = ' class="ours"' if ours else ""
    return f'<tr{kind}><th scope="row">{head}</th>{"".join(rest)}</tr>'


# ------------------------------------------------------------------------ summary


def tiles(document: Document) -> str:
    """Return the figures at the top: how many goals are reached, what was measured."""
    found = list(goals(document))
    missed = sum(goal.passed is False for goal in found)
    absent = sum(goal.passed is None for goal in found)
    scenarios = document["scenarios"]
    results = [result for scenario in scenarios for result in scenario["results"]]
    failed = sum("failed" in result for result in results)
    shown: list[tuple[object, str, Mood]] = []
    if found:
        passed = sum(goal.passed is True for goal in found)
        shown.append((f"{passed} of {len(found)}", "goals reached", "good" if not missed else ""))
    if missed:
        shown.append((missed, "goals missed", "bad"))
    if absent:
        shown.append((absent, "goals not measured", "warn"))
    shown.append((len(scenarios), "scenarios", ""))
    shown.append(
        (len({result["subject"] for result in results if measured(result)}), "subjects", "")
    )
    if failed:
        shown.append((failed, "failed", "bad"))
    each = (f'<div class="tile {m}"><b>{v}</b> {text}</div>' for v, text, m in shown)
    return f'<div class="tiles">{"".join(each)}</div>'


def link(scenario: Scenario) -> str:
    """Return a link to a scenario."""
    return f'<a href="#{anchor(scenario)}">{escape(scenario["name"])}</a>'


def goals_section(document: Document) -> str:
    """Return the goals, those first that are not reached."""
    found = sorted(goals(document), key=lambda goal: (goal.passed is True, goal.passed is None))
    if not found:
        return ""
    rows = [
        row(
            link(goal.scenario),
            (
                f'<td class="l"><code>{escape(goal.result["subject"])}</code></td>',
                f"<td>{escape(fine(goal.asked))}</td>",
                f"<td>{escape(fine(goal.reached))}</td>",
                f"<td>{badge(VERDICTS[goal.passed])}</td>",
            ),
        )
        for goal in found
    ]
    body = table(["scenario", "subject", "goal", "reached", ""], rows, left=2)
    return f'<h2 id="goals">Goals</h2>\n<section class="card">{body}</section>'


def ratios_section(document: Document) -> str:
    """Return where every subject stands against its scenario's base: a row of dots for each."""
    rows: list[str] = []
    seen: set[str] = set()
    for scenario in document["scenarios"]:
        found = [r for r in scenario["results"] if measured(r) and r.get("ratio")]
        ours = [r for r in found if family(r["subject"]) == "uvnet"]
        base = next((r for r in scenario["results"] if r["subject"] == scenario["base"]), None)
        if base is None or not found:
            continue
        seen.update(family(result["subject"]) for result in [base, *found])
        shown = [
            f'<td class="l faint">{escape(str(scenario["base"]))}</td>',
            f'<td class="dots">{dots(base, found)}</td>',
            f"<td>{escape(fine(range_text(ours)))}</td>",
        ]
        rows.append(row(link(scenario), shown))
    if not rows:
        return ""
    order = [*palette.FAMILIES, *sorted(seen.difference(palette.FAMILIES))]
    keys = "".join(
        f'<li><i style="{tint(name)}"></i>{escape(name)}</li>' for name in order if name in seen
    )
    body = table(["scenario", "base", "", "uvnet"], rows, left=2)
    return (
        '<h2 id="ratios">At a glance</h2>\n<section class="card">'
        '<p class="faint">How many times as good as the base, on a log scale from '
        "&frac14; to 4: right of the line is better. The bars are 95&nbsp;% intervals.</p>"
        f'<ul class="keys">{keys}</ul>{body}</section>'
    )


def range_text(results: Sequence[Result]) -> str:
    """Return the ratio of the one result, or the least and the largest of several."""
    if len(results) < 2:
        return ratio_text(results[0]["ratio"]) if results else "-"
    medians = [result["ratio"]["median"] for result in results]
    return f"{decimals(min(medians))} to {decimals(max(medians))}"


def tint(name: str) -> str:
    """Return a family's colours as a style, for a theme to choose from."""
    light, dark = palette.of(name)
    return f"--light:{light};--dark:{dark}"


def dots(base: Result, results: Sequence[Result]) -> str:
    """Return a line with a dot for each subject, the base's at 1; ours on top, with intervals."""
    reach = 4.0

    def at(value: float) -> str:
        inside = min(max(value, 1 / reach), reach)
        return f"{50 + 48 * math.log(inside) / math.log(reach):.1f}%"

    one = {"low": 1.0, "median": 1.0, "high": 1.0}
    every = {result["subject"]: (result, result["ratio"]) for result in results}
    every[base["subject"]] = (base, one)
    parts = [
        '<line class="track" x1="2%" x2="98%" y1="9" y2="9"/>',
        '<line class="one" x1="50%" x2="50%" y1="1" y2="17"/>',
    ]
    above = []
    for result, ratio in sorted(every.values(), key=lambda e: family(e[0]["subject"]) == "uvnet"):
        name = family(result["subject"])
        style, ours = tint(name), name == "uvnet"
        low, median, high = (at(ratio[key]) for key in ("low", "median", "high"))
        if ours:
            place = f'x1="{low}" x2="{high}" y1="9" y2="9"'
            parts.append(f'<line class="range" style="{style}" {place}/>')
        said = escape(f"{result['subject']}: {fine(ratio_text(ratio))}")
        place = f'style="{style}" cx="{median}" cy="9" r="{5 if ours else 4}"'
        above.append(f"<circle {place}><title>{said}</title></circle>")
    parts += above
    return f'<svg class="interval" role="img">{"".join(parts)}</svg>'


# ---------------------------------------------------------------------- scenarios


def section(scenario: Scenario, drawings: Mapping[str, str]) -> str:
    """Return one scenario."""
    given = [parameters_text(scenario)]
    if scenario["base"]:
        given.append(f"ratios to {scenario['base']}")
    parts = [
        f'<section class="card" id="{anchor(scenario)}">',
        f"<h3>{escape(scenario['about'])}",
        f'<code class="faint">{escape(scenario["name"])}</code></h3>',
        f'<p class="faint">{escape("; ".join(filter(None, given)))}</p>',
        figures(scenario, drawings),
        results_table(scenario),
        *map(note, remarks(scenario)),
        says(scenario),
        "</section>",
    ]
    return "\n".join(filter(None, parts))


def figures(scenario: Scenario, drawings: Mapping[str, str]) -> str:
    """Return the drawings of a scenario, and its points; the rules of style are the page's."""
    drawn = [drawings[name] for name in plots.names(scenario) if name in drawings]
    parts = []
    for text in drawn:
        found = re.search(r"<title[^>]*>(.*?)</title>", text)
        caption = (
            found[1].removeprefix(escape(scenario["about"], quote=False) + ": ") if found else ""
        )
        inline = re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        parts.append(f"<figure><figcaption>{caption}</figcaption>{inline}</figure>")
    parts += filter(None, [points_table(scenario)])
    return f'<div class="plots">{"".join(parts)}</div>' if parts else ""


def results_table(scenario: Scenario) -> str:
    """Return the table of a scenario's subjects."""
    shown = [column for column in columns(scenario) if column.title not in UNSHOWN]
    header = ["subject", *(fine(column.title) for column in shown)]
    about = ["What was measured, and its version.", *(column.about for column in shown)]
    below = {column.title: column for column in columns(scenario)}
    rows = [result_row(result, shown, below) for result in scenario["results"]]
    return table(header, rows, about, sortable=True)


def result_row(result: Result, shown: Sequence[Column], every: Mapping[str, Column]) -> str:
    """Return a subject's row.

    Args:
        result: What was measured of it.
        shown: The columns of the table.
        every: All columns, those too that have no place of their own, by title.
    """
    version = f" {result['version']}" if result.get("version") else ""
    head = (
        f"<code>{escape(result['subject'])}</code>"
        f"<small>{escape(str(result['label']) + version)}</small>"
    )
    found = cells(result, shown)
    if not measured(result):
        [why] = found
        text = f'<td class="why {why.mood}" colspan="{len(shown) or 1}">{escape(why.text)}</td>'
        return row(head, [text])
    rest: list[str] = []
    for column, cell in zip(shown, found, strict=True):
        text, more = escape(fine(cell.text)), BELOW.get(column.title if rest else VALUE, "")
        [lower] = cells(result, [every[more]]) if more in every else [Cell("-")]
        if lower.mood:
            text = f"{badge(lower)}<small>{text}</small>"
        elif lower.text != "-":
            name = "" if rest else "spread "
            text += f"<small>{name}{escape(lower.text)}</small>"
        rest.append(f"<td>{text}</td>")
    return row(head, rest, family(result["subject"]) == "uvnet")


def points_table(scenario: Scenario) -> str:
    """Return the table of a scenario's points."""
    found = points(scenario)
    if found is None:
        return ""
    rows = [row(escape(e[0]), [f"<td>{escape(fine(c))}</td>" for c in e[1:]]) for e in found.rows]
    return (
        f'<div><p class="caption">{escape(fine(found.title))}</p>{table(found.header, rows)}</div>'
    )


def says(scenario: Scenario) -> str:
    """Return what a scenario tells, and what it cannot tell."""
    parts = [
        f"<div><dt>{title}</dt><dd>{escape(scenario[key])}</dd></div>"
        for title, key in (("What it tells", "tells"), ("What it cannot tell", "cannot_tell"))
        if scenario.get(key)
    ]
    return f'<dl class="says">{"".join(parts)}</dl>' if parts else ""


# -------------------------------------------------------------------------- facts


def facts(document: Document) -> str:
    """Return what the figures depend on."""
    machine, versions = document["machine"], document["versions"]
    present = [f"{name} {version}" for name, version in versions.items() if version]
    absent = [name for name, version in versions.items() if not version]
    found = [
        ("Command", document["command"], "code"),
        ("Date", document["date"], ""),
        ("Method", plan_text(document), ""),
        ("Machine", machine_text(document), ""),
        ("Architecture", machine.get("architecture"), ""),
        ("Versions", ", ".join(present), ""),
        ("Not there", ", ".join(absent), ""),
    ]
    return "\n".join(
        f'<dt>{name}</dt><dd class="{kind}">{escape(str(text))}</dd>'
        for name, text, kind in found
        if text
    )

"""Make docs/event_order.md: python event_order.py.

The text is in event_order.md beside this file. A line `{NAME}` in it becomes the program of that
pair, if it is short, and its recorded trace; `{contents}` becomes links to the sections.
"""

from __future__ import annotations

import ast
import re
from itertools import zip_longest

try:
    from .traces import HERE, by_end, differs, our_trace
except ImportError:  # run as a program
    from traces import HERE, by_end, differs, our_trace

ROOT = HERE.parents[2]
PAGE = ROOT / "docs" / "event_order.md"
TEXT = HERE / "event_order.md"
MADE = "<!-- Made by tests/conformance/node/event_order.py. Do not edit. -->\n\n"
SHORT = 20  # lines; of longer programs there is only a link

ENDS = {
    "C": "client",
    "S": "accepted socket",
    "srv": "server",
    "D": "destination",
    "I": "proxy, inside",
    "O": "proxy, outside",
    "B": "backend",
    "-": "program",
}


def page(text: str) -> str:
    """Return the page that is made of a text."""
    titles = re.findall(r"^## (.+)", text.partition("{contents}")[2], re.M)
    links = " · ".join(f"[{title}](#{anchor(title)})" for title in titles)
    text = text.replace("{contents}", links)
    return MADE + re.sub(r"^\{(\w+)\}$", lambda found: show(found[1]), text, flags=re.M)


def pairs(text: str) -> list[str]:
    """Return the names of the pairs that a text shows."""
    return [name for name in re.findall(r"^\{(\w+)\}$", text, re.M) if name != "contents"]


def anchor(title: str) -> str:
    """Return what a heading is linked to by."""
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")


def show(pair: str) -> str:
    """Return a pair as Markdown: what differs from Node, program, trace."""
    path = (HERE / f"{pair}.py").relative_to(ROOT).as_posix()
    parts = []
    code = program(pair)
    if len(code.splitlines()) <= SHORT:
        parts.append(f"```python\n{code}\n```")
    parts.append(f"```text\n{columns(our_trace(pair).read_text())}\n```")
    reason = differs(pair)
    because = f"Node does otherwise; here {reason}. " if reason else ""
    parts.append(f"{because}[{pair}](../{path})")
    return "\n\n".join(parts)


def program(pair: str) -> str:
    """Return what the program of a pair does: without docstring, imports and declarations."""
    source = (HERE / f"{pair}.py").read_text()
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        if re.match(r"[\"']|import |from |DIFFERS|NEEDS|PLATFORM", ast.unparse(statement)):
            last = statement.end_lineno or statement.lineno
            lines[statement.lineno - 1 : last] = [""] * (last - statement.lineno + 1)
    return "\n".join(lines).strip("\n")


def columns(trace: str) -> str:
    """Return a trace with its ends side by side, each in its order."""
    ends = by_end(trace)
    table = [
        [title, *(line.removeprefix(end).lstrip(". ") for line in ends[end])]
        for end, title in ENDS.items()
        if end in ends
    ]
    assert len(table) == len(ends), f"ends without a title: {ends.keys() - ENDS.keys()}"
    widths = [max(map(len, column)) for column in table]
    for column, width in zip(table, widths, strict=True):
        column.insert(1, "-" * width)
    rows = zip_longest(*table, fillvalue="")
    return "\n".join(
        "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


if __name__ == "__main__":
    PAGE.write_text(page(TEXT.read_text()))

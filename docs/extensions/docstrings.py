"""Makes Markdown of what docstrings have beyond Google's sections, for the API reference."""

from __future__ import annotations

import inspect
import re
import textwrap
from typing import Any

import griffe

GOOGLE = ("Args", "Attributes", "Raises", "Returns", "Yields")

# What Python answers for a thing that has no docstring.
INHERITED = {inspect.getdoc(int), inspect.getdoc(object.__init__)}

# A title and the indented lines below it; several names with one text; `'event'(arguments)`.
SECTION = re.compile(r"^([A-Z][^\n]*):\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)
NAMES = re.compile(r"^(\w+(?:, \w+)+):(.*(?:\n .*)*)", re.MULTILINE)
CALL = re.compile(r"'?\b\w+'?\([^()\n]*\)(?=[:,]| then| and)")


class Docstrings(griffe.Extension):
    """Turns examples into code, and lists of events into lists, in every docstring."""

    def on_object(self, *, obj: Any, **kwargs: Any) -> None:
        if not obj.docstring:
            return
        text = inspect.cleandoc(obj.docstring.value)
        if text in INHERITED:
            obj.docstring = None
        else:
            obj.docstring.value = SECTION.sub(rewrite, text + "\n")


def rewrite(section: re.Match[str]) -> str:
    title, body = section[1], textwrap.dedent(section[2]).strip("\n")
    if title == "Start":
        return f"Start:\n\n```python\n{body}\n```\n\n"
    # A head that is longer than a line ends in a comma there.
    body = re.sub(r"^(\S[^:\n]*(?:,| and))\n", r"\1 ", body, flags=re.MULTILINE)
    if title in ("Args", "Attributes"):
        body = NAMES.sub(lambda m: "\n".join(f"{name}:{m[2]}" for name in m[1].split(", ")), body)
    if title in GOOGLE:
        body = body.replace("[, ", r"\[, ")  # which is no link
        return f"{title}:\n{textwrap.indent(body, '    ')}\n\n"
    items = re.sub(r"^(?=\S)", "- ", body, flags=re.MULTILINE)
    items = CALL.sub(r"`\g<0>`", items)
    return f"{title}:\n\n{items}\n\n"

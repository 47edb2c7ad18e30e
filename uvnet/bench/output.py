"""Everything that is made of a document of measurements, in a folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import html, markdown, plots
from .document import Document


def write(document: Document, folder: Path) -> None:
    """Leave results.json, report.md, report.html and plots/*.svg in a folder.

    Without matplotlib there are no drawings, in the reports neither, and a line on standard error
    says so.

    Args:
        document: What `python -m uvnet bench --json` prints.
        folder: Is made if it is not there.

    Raises:
        FormatError: The document is of another format.
        OSError: It cannot be written there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    compact = json.dumps(document, separators=(",", ":"))  # histograms are long
    (folder / "results.json").write_text(compact + "\n", "utf-8")
    try:
        drawn = plots.draw(document)
    except ImportError as error:
        print(f"uvnet bench: no plots: {error}", file=sys.stderr)
        drawn = {}
    (folder / "report.md").write_text(markdown.render(document, drawn), "utf-8")
    (folder / "report.html").write_text(html.render(document, drawn or None), "utf-8")
    if drawn:
        (folder / "plots").mkdir(exist_ok=True)
    for name, text in drawn.items():
        (folder / "plots" / name).write_text(text, "utf-8")

"""What matplotlib draws, as SVG for people: themed, accessible, small, fit for a page."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from . import palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
XLINK = "{http://www.w3.org/1999/xlink}href"
FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif"
CLASS = "uvnet-plot"


def dark() -> str:
    """Return rules that put its dark variant in the place of every colour of the palette."""
    colours = (palette.INK, palette.FAINT, palette.GRID, palette.OTHER)
    rules = [
        f'.{CLASS} [style*="{what}: {colour.light}"]{{{what}:{colour.dark}!important}}'
        for colour in (*colours, *palette.FAMILIES.values())
        for what in ("fill", "stroke")
    ]
    return "@media (prefers-color-scheme: dark){" + "".join(rules) + "}"


# In a page of its own a drawing has the page's ground, which then must know both themes.
STYLE = f".{CLASS}:root{{color-scheme:light dark}}.{CLASS} text{{font-family:{FONTS}}}{dark()}"


def text(figure: Figure, salt: str, title: str, description: str) -> str:
    """Return a figure's SVG.

    Args:
        figure: What is drawn.
        salt: Of its identifiers, so that those of two drawings in one page differ.
        title: What it is.
        description: What it shows, for those who do not see it.
    """
    import matplotlib

    target = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": salt}):
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(target.getvalue())
    tidy(root)
    key = re.sub(r"\W+", "-", salt)
    root.set("class", CLASS)
    root.set("role", "img")
    root.set("aria-labelledby", f"{key}-title {key}-desc")
    root.set("width", "100%")
    root.attrib.pop("height", None)
    style = ElementTree.Element(f"{{{SVG}}}style")
    style.text = STYLE
    for place, (tag, said) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{key}-{tag}"})
        element.text = said
        root.insert(place, element)
    root.insert(2, style)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def tidy(root: ElementTree.Element) -> None:
    """Take out what a page does not need: metadata, rules for the whole page, unused names."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{SVG}}}metadata", f"{{{SVG}}}style"):
                parent.remove(child)
    used = set()
    for element in root.iter():
        target = element.attrib.pop(XLINK, None)
        if target is not None:
            element.set("href", target)
        for value in element.attrib.values():
            used.update(re.findall(r"#([\w-]+)", value))
    for mark in root.findall(f".//{{{SVG}}}defs/{{{SVG}}}path"):
        # Its colours are those of each use, where the rules for dark can find them.
        mark.set("style", re.sub(r"\b(fill|stroke): [^;]*;?\s*", "", mark.get("style", "")))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if "style" in element.attrib:
            # The reader's fonts, whose names stand in one place.
            kept = re.sub(r"font-family: [^;]*;?\s*", "", element.attrib["style"])
            kept = re.sub(
                r"font: (?:([\w]+) )?([\d.]+px) [^;]*", r"font-weight: \1; font-size: \2", kept
            )
            element.attrib["style"] = kept.replace("font-weight: ; ", "").strip()

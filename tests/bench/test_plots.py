"""Drawings: SVG that parses, shows what was measured, and is the same each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from uvnet.bench import palette, plots, svg

from .documents import HOSTILE, document, hostile, nothing_measured, one_round, scenario, whole
from .documents import result as measured

SVG = "{http://www.w3.org/2000/svg}"
COLOURS = {palette.INK, palette.FAINT, palette.GRID, palette.OTHER, *palette.FAMILIES.values()}

needs_matplotlib = pytest.mark.usefixtures("drawings")


def texts(drawing: str) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(drawing).iter(f"{SVG}text")]


def filled(drawing: str, family: str) -> list[tuple[float, float]]:
    """Return (left end, length) of the bars in a family's colour."""
    found = []
    for path in ElementTree.fromstring(drawing).iter(f"{SVG}path"):
        if path.get("style", "").startswith(f"fill: {palette.of(family).light}"):
            x = [float(place) for place in re.findall(r"[ML] ([\d.]+) ", path.get("d", ""))]
            found.append((min(x), max(x) - min(x)))
    return found


def test_every_scenario_is_drawn(drawings: dict[str, str]) -> None:
    assert list(drawings) == [
        "echo-1k.svg",
        "echo-1k-latency.svg",
        "bulk-send.svg",
        "bulk-send-latency.svg",
        "scaling.svg",
        "load-latency.svg",
        "idle.svg",
        "call_soon.svg",
    ]
    assert list(drawings) == [n for each in whole()["scenarios"] for n in plots.names(each)]


def test_bars_are_as_long_as_the_values(drawings: dict[str, str]) -> None:
    drawing = drawings["echo-1k.svg"]
    [ours], [base], [ceiling] = (filled(drawing, name) for name in ("uvnet", "uvloop", "C"))
    assert ours[0] == base[0] == ceiling[0]
    assert ours[1] / base[1] == pytest.approx(171 / 150, rel=1e-3)
    assert ceiling[1] / base[1] == pytest.approx(182 / 150, rel=1e-3)
    [less], [more] = (filled(drawings["idle.svg"], name) for name in ("uvnet", "asyncio"))
    assert less[1] / more[1] == pytest.approx(1017 / 1712, rel=1e-3)


def test_text_is_text(drawings: dict[str, str]) -> None:
    said = texts(drawings["echo-1k.svg"])
    assert {"ceiling", "aio-protocol", "uvloop", "rloop", "node-data"} <= set(said)
    assert {"missing", "failed", "messages/s"} <= set(said)
    assert "150,000\N{EN SPACE}base" in said
    assert "171,000\N{EN SPACE}1.14\N{MULTIPLICATION SIGN}" in said
    curves = texts(drawings["echo-1k-latency.svg"])
    assert {"50 %", "90 %", "99 %", "99.9 %", "aio-protocol", "uvloop"} <= set(curves)
    assert "rloop" not in curves
    assert {"1", "16", "256", "9,000", "\N{MINUS SIGN}22%"} <= set(texts(drawings["scaling.svg"]))
    assert {"aio-protocol p50", "uvloop p99"} <= set(texts(drawings["load-latency.svg"]))


def test_drawings_are_the_same_each_time(drawings: dict[str, str]) -> None:
    backwards = whole()
    backwards["scenarios"] = backwards["scenarios"][:-3:-1]
    again = plots.draw(backwards)
    assert again == {name: drawings[name] for name in again} and len(again) == 2
    program = "import json, sys; from uvnet.bench import plots; document = json.load(sys.stdin); "
    program += "document['scenarios'] = document['scenarios'][:1]; "
    program += "print(plots.draw(document)['echo-1k.svg'], end='')"
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(whole()),
        capture_output=True,
        encoding="utf-8",
        check=True,
        timeout=120,
    )
    assert done.stdout == drawings["echo-1k.svg"]


def test_drawings_can_be_heard(drawings: dict[str, str]) -> None:
    for drawing in drawings.values():
        root = ElementTree.fromstring(drawing)
        by_id = {element.get("id"): element for element in root.iter() if element.get("id")}
        assert root.get("role") == "img"
        title, description = (by_id[name] for name in root.get("aria-labelledby", "").split())
        assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
        assert title.text and description.text
    bulk = ElementTree.fromstring(drawings["bulk-send.svg"]).find(f"{SVG}title")
    assert bulk is not None and bulk.text == "The scenario bulk-send: GB/s"
    first = ElementTree.fromstring(drawings["echo-1k.svg"]).find(f"{SVG}desc")
    assert first is not None and first.text is not None
    assert "uvloop at large: 150,000 messages/s" in first.text
    assert "rloop at large: missing" in first.text


def test_drawings_can_stand_in_one_page(drawings: dict[str, str]) -> None:
    seen: set[str] = set()
    for drawing in drawings.values():
        root = ElementTree.fromstring(drawing)
        names = [element.get("id", "") for element in root.iter() if element.get("id")]
        assert len(names) == len(set(names)) and not seen.intersection(names)
        seen.update(names)
        for element in root.iter():
            for value in element.attrib.values():
                assert set(re.findall(r"url\(#([\w-]+)\)", value)) <= set(names)
            href = element.get("href")
            assert href is None or href[1:] in names
        assert not root.findall(f".//{SVG}metadata")
        assert [style.text for style in root.iter(f"{SVG}style")] == [svg.STYLE]
        assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")


def test_every_colour_has_a_dark_variant(drawings: dict[str, str]) -> None:
    known = {colour.light for colour in COLOURS}
    for drawing in drawings.values():
        styles = [e.get("style", "") for e in ElementTree.fromstring(drawing).iter()]
        used = set(re.findall(r"#[0-9a-f]{6}\b", " ".join(styles)))
        assert used <= known and len(used) > 2
        # A selector does not reach into what is used elsewhere.
        for mark in ElementTree.fromstring(drawing).iterfind(f".//{SVG}defs/{SVG}path"):
            assert "#" not in mark.get("style", "")
    for light, dark in COLOURS:
        assert f"fill: {light}" in svg.STYLE and f"fill:{dark}" in svg.STYLE


def contrast(one: str, other: str) -> float:
    """Return how well two colours can be told apart, by the rule of WCAG 2."""

    def luminance(colour: str) -> float:
        parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return sum(f * c for f, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_everything_can_be_seen() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    for ink, least in ((palette.INK, 7), (palette.FAINT, 4.5)):
        assert contrast(ink.light, "#ffffff") >= least
        assert contrast(ink.dark, "#1a2028") >= least
    for colour in (*palette.FAMILIES.values(), palette.OTHER):
        assert contrast(colour.light, "#ffffff") >= 3
        assert contrast(colour.dark, "#1a2028") >= 3


def test_labels_do_not_touch() -> None:
    assert plots.apart([10.0, 1.0, 10.5], 2.0) == [10.0, 1.0, 12.0]
    assert plots.spaced([1, 4, 16, 4096, 9000]) == ["1", "4", "16", "", "9,000"]


def test_curve() -> None:
    x, y = plots.curve([[1000, 50], [2000, 40], [3000, 10]])
    assert x == pytest.approx([1, 2, 10, 100])
    assert y == [1, 1, 2, 3]


@needs_matplotlib
def test_hostile_text_stays_text() -> None:
    made = hostile()
    found = plots.draw(made)
    assert all(re.fullmatch(r"[\w=.-]+\.svg", name) for name in found)
    drawing = next(iter(found.values()))
    said = " ".join(texts(drawing))
    assert '<script>alert("1")</script> | a' in said and r"$\frac{1}{" in said
    for each in found.values():
        assert not list(ElementTree.fromstring(each).iter(f"{SVG}script"))
    assert HOSTILE.split("\n")[0] in ElementTree.fromstring(drawing)[0].text  # type: ignore[operator]


@needs_matplotlib
def test_one_round_has_no_spread() -> None:
    [bars, curves] = plots.draw(one_round()).values()
    assert len(filled(bars, "uvnet")) == 1
    assert not list(ElementTree.fromstring(bars).iter(f"{SVG}use"))  # the ends of its line
    assert "net-data" in texts(curves)


@needs_matplotlib
def test_nothing_to_draw() -> None:
    assert plots.draw(nothing_measured()) == {}


@needs_matplotlib
def test_values_of_nothing() -> None:
    zero = measured("net-data", 0.0, histogram=[[1000, 1]], rounds=[{"value": 0.0}] * 3)
    found = plots.draw(document(scenario("echo-64", [zero], base=None)))
    assert list(found) == ["echo-64.svg", "echo-64-latency.svg"]


@needs_matplotlib
def test_one_slow_round_does_not_make_all_else_small() -> None:
    slow = measured("uvloop", 100.0, rounds=[{"value": v} for v in (99.0, 100.0, 9000.0)])
    found = document(scenario("call_soon", [measured("uvnet", 80.0), slow], unit="ns"))
    drawing = plots.draw(found)["call_soon.svg"]
    [(_, length)] = filled(drawing, "uvloop")
    assert length > 388.8 / 3  # of the whole drawing


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r"matplotlib.* pip install 'uvnet\[bench\]'"):
        plots.draw(whole())

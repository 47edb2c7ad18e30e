"""A document of measurements as drawings: SVG by matplotlib, the same bytes for the same document.

Text in them is text. Their ground is transparent, and their colours follow the reader's choice of
a light or a dark theme; a viewer that knows no such choice shows the light one.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from . import palette, svg
from .document import Document, Result, Scenario, check
from .figures import (
    Scale,
    decimals,
    fall,
    family,
    fine,
    has_points,
    measured,
    scale_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.4  # inches, of 72 units of SVG each
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (7, 1.5, 1.2, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (10, 2)),
)
MARKS = ("o", "s", "^", "D", "v", "P")
SHARES = ((2, "50 %"), (10, "90 %"), (100, "99 %"), (1e3, "99.9 %"), (1e4, "99.99 %"))

SETTINGS: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": palette.FAINT.light,
    "axes.grid": True,
    "axes.labelcolor": palette.FAINT.light,
    "axes.labelsize": 9,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: every machine lays out the same
    "font.size": 9,
    "grid.color": palette.GRID.light,
    "grid.linewidth": 0.8,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.labelcolor": palette.INK.light,
    "lines.linewidth": 1.8,
    "lines.markersize": 4.5,
    "savefig.transparent": True,
    "svg.fonttype": "none",
    "text.color": palette.INK.light,
    "text.parse_math": False,
    "xtick.color": palette.FAINT.light,
    "xtick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.color": palette.FAINT.light,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
}


def slug(name: str) -> str:
    """Return a scenario's name as part of a file's."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip("-.") or "scenario"


def names(scenario: Scenario) -> list[str]:
    """Return the file names of a scenario's drawings."""
    name = slug(scenario["name"])
    able = [result for result in scenario["results"] if measured(result)]
    if not able:
        return []
    if any(has_points(scenario, axis) for axis in ("connections", "load")):
        return [f"{name}.svg"]
    curves = [f"{name}-latency.svg"] if any(result.get("histogram") for result in able) else []
    return [f"{name}.svg", *curves]


def draw(document: Document) -> dict[str, str]:
    """Draw all scenarios.

    Args:
        document: What `python -m uvnet bench --json` prints.

    Returns:
        The text of each SVG by its file name: SCENARIO.svg has bars, or lines where a scenario has
        points; SCENARIO-latency.svg has the curves of its latencies.

    Raises:
        FormatError: The document is of another format.
        ImportError: matplotlib is not installed.
    """
    check(document)
    drawings: dict[str, str] = {}
    with settings():
        for scenario in document["scenarios"]:
            drawings.update(draw_scenario(scenario))
    return drawings


@contextmanager
def settings() -> Iterator[None]:
    """Draw with our settings and nobody else's.

    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise ImportError(
            "drawing needs matplotlib, which is not installed: pip install 'uvnet[bench]'"
        ) from error
    with matplotlib.rc_context(), warnings.catch_warnings():
        # A sign that the font of the layout lacks is still in the reader's.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def draw_scenario(scenario: Scenario) -> dict[str, str]:
    """Return a scenario's drawings by their names."""
    about, unit = scenario["about"], fine(scale_of(scenario).unit)
    drawings = {}
    for number, name in enumerate(names(scenario)):
        if number:
            title, drawn = f"{about}: latency by percentile", latencies(scenario)
        elif has_points(scenario, "load"):
            title, drawn = f"{about}: latency under load", under_load(scenario)
        elif has_points(scenario, "connections"):
            title, drawn = f"{about}: {unit} by connections", scaling(scenario)
        else:
            title, drawn = f"{about}: {unit}", bars(scenario)
        drawings[name] = svg.text(drawn, name, title, description(scenario))
    return drawings


def description(scenario: Scenario) -> str:
    """Return what a drawing shows, for those who do not see it."""
    scale = scale_of(scenario)
    said = []
    for result in scenario["results"]:
        if measured(result):
            said.append(f"{result['label']}: {scale.text(result['value'])} {scale.unit}")
        else:
            said.append(f"{result['label']}: {'missing' if 'missing' in result else 'failed'}")
    return fine("; ".join(said)) + "."


def figure(height: float) -> tuple[Figure, Axes]:
    """Return an empty figure of so many inches' height, and its axes."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(WIDTH, height))
    return made, made.add_subplot()


def colour(result: Result) -> str:
    """Return the colour of a subject's family."""
    return palette.of(family(result["subject"])).light


def styles(results: list[Result]) -> Iterator[tuple[Result, dict[str, Any]]]:
    """Yield each subject with how its line looks: a family has one colour, its members dashes."""
    seen: dict[str, int] = {}
    for result in results:
        name = family(result["subject"])
        number = seen[name] = seen.get(name, -1) + 1
        look: dict[str, Any] = {"color": colour(result), "linestyle": DASHES[number % len(DASHES)]}
        yield result, look | {"zorder": 4 if name == "uvnet" else 3}


def bars(scenario: Scenario) -> Figure:
    """Draw a bar per subject: its median, with the range of its rounds; the missing by name."""
    scale, results = scale_of(scenario), scenario["results"]
    made, axes = figure(0.75 + 0.27 * len(results))
    able = [result for result in results if measured(result)]
    largest = max(max([result["value"], *each(result)]) for result in able)
    # A round that lasted ten times as long is not to make all else small: its line is cut.
    top = min(largest, 1.6 * max(result["value"] for result in able)) or 1.0
    for row, result in enumerate(results):
        if not measured(result):
            state = "missing" if "missing" in result else "failed"
            note(axes, 0, row, state, palette.FAINT.light, style="italic")
            continue
        value, rounds = result["value"], each(result)
        axes.barh(row, value, height=0.66, color=colour(result), zorder=2)
        end = value
        if len(rounds) > 1:
            low, high = min(rounds), max(rounds)
            end = min(max(end, high), top)
            error = [[max(value - low, 0)], [max(min(high, top) - value, 0)]]
            look: dict[str, Any] = {
                "color": palette.INK.light,
                "ecolor": palette.INK.light,
                "elinewidth": 1.1,
                "capsize": 2.5,
                "capthick": 1.1,
            }
            axes.errorbar(value, row, xerr=error, fmt="none", zorder=3, **look)
        note(axes, end, row, bar_text(result, scenario, scale), palette.INK.light)
    axes.set_yticks(range(len(results)), [result["subject"] for result in results])
    paint_labels(axes, results)
    axes.set_ylim(len(results) - 0.4, -0.6)
    axes.set_xlim(0, top * 1.32)
    axes.grid(visible=False, axis="y")
    number_axis(axes.xaxis, scale)
    axes.set_xlabel(fine(scale.unit) + (", less is better" if scenario["better"] == "less" else ""))
    return made


def each(result: Result) -> list[float]:
    """Return the value of each round."""
    return [r["value"] for r in result.get("rounds") or () if r.get("value") is not None]


def bar_text(result: Result, scenario: Scenario, scale: Scale) -> str:
    """Return what stands behind a bar: the value, and how many times the base's it is."""
    text = scale.text(result["value"])
    if result["subject"] == scenario["base"]:
        return f"{text}\N{EN SPACE}base"
    ratio = result.get("ratio")
    if not ratio:
        return text
    return f"{text}\N{EN SPACE}{decimals(ratio['median'])}\N{MULTIPLICATION SIGN}"


def note(axes: Axes, x: float, row: float, text: str, ink: str, **more: Any) -> None:
    """Write behind a bar's end."""
    place: dict[str, Any] = {
        "xytext": (6, 0),
        "textcoords": "offset points",
        "va": "center_baseline",
    }
    axes.annotate(text, (x, row), color=ink, fontsize=8.5, **place, **more)


def paint_labels(axes: Axes, results: list[Result]) -> None:
    """Let the names of ours stand out."""
    for tick, result in zip(axes.get_yticklabels(), results, strict=True):
        ours = family(result["subject"]) == "uvnet"
        tick.set_color(colour(result) if ours else palette.INK.light)
        tick.set_fontweight("bold" if ours else "normal")


def number_axis(axis: Any, scale: Scale) -> None:
    """Let an axis have few round numbers, thousands as k."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    def text(value: float, _: int) -> str:
        shown = value / scale.divisor
        if abs(shown) >= 10_000:
            return f"{shown / 1000:g}k"
        return f"{shown:,.0f}" if abs(shown) >= 100 else f"{shown:g}"

    if axis.get_scale() == "linear":
        axis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(text))


def legend(axes: Axes) -> None:
    """Name the lines above them, as many beside each other as there is room for."""
    handles, labels = axes.get_legend_handles_labels()
    room = 60  # letters in a row
    widest = max((len(text) for text in labels), default=1) + 6
    beside = max(1, min(len(labels), room // widest))
    place: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1.01), "borderaxespad": 0.0}
    axes.legend(handles, labels, ncols=beside, handlelength=2.2, columnspacing=1.4, **place)


def curve(histogram: list[list[int]]) -> tuple[list[float], list[float]]:
    """Return a histogram as a curve: 1 / (1 - p) and the microseconds that p is below.

    The last point stands at the largest latency, for which p would be 1: at the number of messages.
    """
    counts = [count for _, count in histogram]
    total = sum(counts)
    before = [total - done for done in accumulate(counts, initial=0)]
    x = [1.0, *(total / (left or 1) for left in before[1:])]
    y = [bound / 1000 for bound, _ in histogram]
    return x, [y[0], *y]


def latencies(scenario: Scenario) -> Figure:
    """Draw latency by percentile, out to where only some messages are slower."""
    from matplotlib.ticker import NullLocator

    made, axes = figure(3.3)
    results = [r for r in scenario["results"] if measured(r) and r.get("histogram")]
    far = 100.0
    for result, look in styles(results):
        x, y = curve(result["histogram"])
        far = max(far, x[-1])
        axes.plot(x, y, label=result["subject"], **look)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(1, min(far, 2e4))
    shown = [(at, text) for at, text in SHARES if at <= far]
    axes.set_xticks([at for at, _ in shown], [text for _, text in shown])
    axes.xaxis.set_minor_locator(NullLocator())
    time_axis(axes)
    axes.set_xlabel("share of messages that were as fast or faster")
    legend(axes)
    return made


def time_axis(axes: Axes) -> None:
    """Let the vertical axis have microseconds, milliseconds and seconds."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    def text(value: float, _: int) -> str:
        if value >= 1e6:
            return f"{value / 1e6:g} s"
        return f"{value / 1e3:g} ms" if value >= 1e3 else f"{value:g} \N{MICRO SIGN}s"

    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(10, (1.0, 2.0, 5.0) if high < 300 * low else (1.0,)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(text))


def scaling(scenario: Scenario) -> Figure:
    """Draw a subject's value against the number of connections, and how much it falls."""
    from matplotlib.ticker import NullLocator

    scale = scale_of(scenario)
    made, axes = figure(3.5)
    results = [r for r in scenario["results"] if measured(r) and r.get("points")]
    places: set[int] = set()
    for (result, look), mark in zip(styles(results), MARKS * len(results), strict=False):
        x = [point["connections"] for point in result["points"]]
        y = [point["value"] for point in result["points"]]
        places.update(x)
        axes.plot(x, y, marker=mark, label=result["subject"], **look)
    ticks = sorted(places)
    axes.set_xscale("log")
    axes.set_xticks(ticks, spaced(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(ticks[0] * 0.8, ticks[-1] * 2.4)
    axes.set_ylim(bottom=0)
    last = [result["points"][-1] for result in results]
    heights = apart([point["value"] for point in last], axes.get_ylim()[1] / 20)
    for result, point, height in zip(results, last, heights, strict=True):
        if fall(result) > 0.005:
            lost = f"\N{MINUS SIGN}{fall(result):.0%}"
            x = point["connections"] * 1.15
            axes.text(x, height, lost, color=colour(result), fontsize=8.5, va="center")
    number_axis(axes.yaxis, scale)
    axes.set_xlabel("connections, and what is lost from the peak to the most of them")
    axes.set_ylabel(fine(scale.unit))
    legend(axes)
    return made


def spaced(ticks: list[int]) -> list[str]:
    """Return the labels of a log axis' ticks, "" for those that are too near to the next one."""
    labels: list[str] = []
    next_one = float("inf")
    for tick in reversed(ticks):
        labels.append(f"{tick:,}" if tick * 3 < next_one else "")
        next_one = tick if labels[-1] else next_one
    return labels[::-1]


def apart(heights: list[float], gap: float) -> list[float]:
    """Return the heights, moved up as far as they must be for a gap between each two."""
    moved = list(heights)
    below = -float("inf")
    for index in sorted(range(len(heights)), key=lambda index: heights[index]):
        below = moved[index] = max(heights[index], below + gap)
    return moved


def under_load(scenario: Scenario) -> Figure:
    """Draw p50 and p99 against the load as a share of the subject's own peak."""
    from matplotlib.ticker import PercentFormatter

    made, axes = figure(3.5)
    results = [r for r in scenario["results"] if measured(r) and r.get("points")]
    for (result, look), mark in zip(styles(results), MARKS * len(results), strict=False):
        for key, text, width in (("p99", "p99", 1.8), ("p50", "p50", 1.0)):
            usable = [point for point in result["points"] if point.get("latency_us")]
            x = [point["load"] for point in usable]
            y = [point["latency_us"][key] for point in usable]
            face = "none" if key == "p50" else look["color"]
            line: dict[str, Any] = {"marker": mark, "markerfacecolor": face, "linewidth": width}
            axes.plot(x, y, label=f"{result['subject']} {text}", **look, **line)
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    time_axis(axes)
    axes.set_xlabel("load, as a share of the subject's own peak")
    axes.set_ylabel("latency")
    legend(axes)
    return made

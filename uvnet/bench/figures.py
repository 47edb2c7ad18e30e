"""What a document of measurements says, in words and cells: the same in every report of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from .document import Document, Result, Scenario

# A generator that computes for more of the time than this leaves the server waiting.
BUSY = 0.95

# If neither end computes for this much of the time, both waited for something else.
IDLE = 0.75

ENOUGH_ROUNDS = 7

Mood = Literal["", "good", "bad", "warn"]


@dataclass(frozen=True)
class Scale:
    """The unit that a scenario's values are shown in.

    Attributes:
        unit: Its name.
        divisor: What a value in the document's unit is divided by.
        digits: How many digits follow the point.
    """

    unit: str
    divisor: float = 1.0
    digits: int = 0

    def text(self, value: float) -> str:
        """Return the value as text, without the unit."""
        return f"{value / self.divisor:,.{self.digits}f}"


# For units with a wide range: from which value on, in what, and with how many digits.
STEPS = {
    "bytes/s": ((1e9, Scale("GB/s", 1e9, 2)), (0, Scale("MB/s", 1e6, 1))),
    "bytes": ((1 << 20, Scale("MiB", 1 << 20, 1)), (1 << 16, Scale("KiB", 1 << 10, 1))),
    "ns": ((1e7, Scale("ms", 1e6, 2)), (1e4, Scale("us", 1e3, 1))),
}


def scale_of(scenario: Scenario) -> Scale:
    """Return the unit in which all values of a scenario are readable."""
    unit: str = scenario["unit"]
    values = [result["value"] for result in scenario["results"] if measured(result)]
    least = min(values, default=0.0)
    for bound, scale in STEPS.get(unit, ()):
        if least >= bound:
            return scale
    return Scale(unit, digits=0 if least >= 100 else 1 if least >= 10 else 2)


def measured(result: Result) -> bool:
    """Return whether the subject was measured, and is not missing and has not failed."""
    return "missing" not in result and "failed" not in result


def family(subject: str) -> str:
    """Return whose a subject is: "uvnet", "uvloop", "node" ..., "C"."""
    first = subject.partition("-")[0]
    if first in ("aio", "net", "uvnet", "handles", "splice", "native"):
        return "uvnet"
    return "C" if first in ("ceiling", "c", "C", "libuv") else first


def goal_text(goal: dict[str, Any] | None, scale: Scale, brief: bool = False) -> str:
    """Return what a goal asks for, or "" without one; in brief, without what it is about."""
    if goal is None:
        return ""
    if "at_most" in goal:
        sign, bound = "<=", goal["at_most"]
    else:
        sign, bound = ">=", goal["at_least"]
    if goal.get("against"):
        return f"{sign} {bound:g} x {goal['against']}"
    if goal.get("about"):
        return f"{sign} {bound:g}" if brief else f"{goal['about']} {sign} {bound:g}"
    return f"{sign} {scale.text(bound)} {scale.unit}"


def reached_text(result: Result, goal: dict[str, Any], scale: Scale) -> str:
    """Return what a measured subject reached of what its goal asks for."""
    found = goal.get("found")
    if goal.get("against"):
        ratio = result.get("ratio") or {}
        median = ratio.get("median") if found is None else found
        if median is None:
            return "-"
        # The ratio's interval is to the scenario's base, and so is a goal's ratio most often.
        same = ratio and abs(ratio["median"] - median) < 1e-9
        return f"{ratio_text(ratio) if same else decimals(median)} x {goal['against']}"
    if goal.get("about"):
        return "-" if found is None else f"{found:.3g}"
    return f"{scale.text(result['value'])} {scale.unit}"


def ratio_text(ratio: dict[str, float]) -> str:
    """Return a ratio with its interval."""
    low, median, high = (decimals(ratio[key]) for key in ("low", "median", "high"))
    return f"{median} ({low}-{high})" if low != high else median


def decimals(number: float) -> str:
    """Return a number with as many digits as say something."""
    return f"{number:,.{0 if number >= 100 else 1 if number >= 10 else 2}f}"


def fine(text: str) -> str:
    """Return a text of here with signs that a terminal may not have."""
    text = re.sub(r"\bus\b", "\N{MICRO SIGN}s", text)
    text = text.replace(">=", "\N{GREATER-THAN OR EQUAL TO}").replace(
        "<=", "\N{LESS-THAN OR EQUAL TO}"
    )
    text = re.sub(r"(?<=\d)-(?=\d)", "\N{EN DASH}", text)
    return re.sub(r"(?<=[\d)]) x(?=[ )]|$)", "\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}", text)


def bytes_text(number: float) -> str:
    """Return an amount of memory."""
    return f"{number / (1 << 20):,.1f} MiB"


# ------------------------------------------------------------------------- tables


class Cell(NamedTuple):
    """What one cell says, and how: "good" and "bad" are verdicts, "warn" asks for attention."""

    text: str
    mood: Mood = ""


class Column(NamedTuple):
    """One column of a scenario's table.

    Attributes:
        title: What stands above it.
        about: What it tells, in a sentence.
        cell: Returns what it has for a result; None for nothing.
    """

    title: str
    about: str
    cell: Callable[[Result], str | Cell | None]


def columns(scenario: Scenario) -> list[Column]:
    """Return the columns of a scenario's table, those that have something in them.

    The subject's own is not among them.
    """
    scale, base = scale_of(scenario), scenario["base"]
    better = "more is better" if scenario["better"] == "more" else "less is better"

    def ratio(result: Result) -> str | None:
        if result["subject"] == base:
            return "base"
        return ratio_text(result["ratio"]) if result.get("ratio") else None

    def goal(result: Result) -> str | None:
        return goal_text(result.get("goal"), scale, brief=True) or None

    def verdict(result: Result) -> Cell | None:
        asked = result.get("goal")
        if asked is None:
            return None
        if asked.get("passed") is None:
            return Cell("not measured", "warn")
        return Cell("pass", "good") if asked["passed"] else Cell("FAIL", "bad")

    def cpu(result: Result) -> str | None:
        used = result.get("cpu_us")
        return f"{used['user'] + used['system']:.2f}" if used else None

    def parts(result: Result) -> str | None:
        used = result.get("cpu_us")
        return f"{used['user']:.2f} + {used['system']:.2f}" if used else None

    def latency(key: str) -> Callable[[Result], str | None]:
        def cell(result: Result) -> str | None:
            found = (result.get("latency_us") or {}).get(key)
            return None if found is None else f"{found:,.0f}" if found >= 10 else f"{found:.1f}"

        return cell

    def spread(result: Result) -> str | None:
        alone = len(result.get("rounds") or ()) == 1
        found = None if alone else result.get("spread")
        return None if found is None else f"{found:.0%}"

    def busy(result: Result) -> Cell | None:
        share = result.get("load_busy")
        return None if share is None else Cell(f"{share:.0%}", "warn" if share > BUSY else "")

    def instructions(result: Result) -> str | None:
        found = result.get("instructions")
        return None if found is None else f"{found:,.0f}"

    def syscalls(result: Result) -> str | None:
        found = result.get("syscalls")
        return None if found is None else f"{found['total']:.2f}"

    def memory(result: Result) -> str | None:
        found = result.get("memory")
        return None if found is None else bytes_text(found)

    every = [
        Column(scale.unit, f"Median of the rounds; {better}.", lambda r: scale.text(r["value"])),
        Column("spread", "Largest round less the smallest, over the median.", spread),
        Column("ratio", f"To {base}, with its 95 % interval; above 1 is better.", ratio),
        Column("goal", "What is to be reached.", goal),
        Column("verdict", "Whether it is reached.", verdict),
        Column("CPU us", "The server's CPU time per message.", cpu),
        Column("user + sys", "Of that, in the program and in the kernel.", parts),
        *(
            Column(f"{title} us", f"Latency: {share} of the messages were as fast.", latency(key))
            for title, key, share in (
                ("p50", "p50", "half"),
                ("p99", "p99", "99 %"),
                ("p99.9", "p99_9", "99.9 %"),
            )
        ),
        Column("instr.", "User-space instructions per message, by callgrind.", instructions),
        Column("syscalls", "System calls per message, by strace.", syscalls),
        Column("memory", "The server's resident memory after the last round.", memory),
        Column("load", "How much of the time the load generator computed.", busy),
    ]
    results = [result for result in scenario["results"] if measured(result)]
    if not results:
        return every[:1]  # beside which it says why
    return [c for c in every if any(c.cell(result) not in (None, "base") for result in results)]


def cells(result: Result, shown: Sequence[Column]) -> list[Cell]:
    """Return a result's row, after the subject: one cell that says why if it was not measured."""
    if "missing" in result:
        return [Cell(f"missing: {result['missing']}", "warn")]
    if "failed" in result:
        return [Cell(f"failed: {result['failed']}", "bad")]
    found = (column.cell(result) for column in shown)
    return [each if isinstance(each, Cell) else Cell(each or "-") for each in found]


class Points(NamedTuple):
    """The table of a scenario whose subjects were measured at several points.

    Attributes:
        title: What it shows.
        header: The first column is the points'; the others are the subjects'.
        rows: The cells.
    """

    title: str
    header: list[str]
    rows: list[list[str]]


def points(scenario: Scenario) -> Points | None:
    """Return the table of the points of a scenario that has some."""
    able = [result for result in scenario["results"] if measured(result) and result.get("points")]
    if not able:
        return None
    scale, subjects = scale_of(scenario), [result["subject"] for result in able]
    axis = "connections" if "connections" in able[0]["points"][0] else "load"
    by_place = [{point[axis]: point for point in result["points"]} for result in able]
    places = sorted({place for each in by_place for place in each})

    if axis == "load":

        def latencies(point: dict[str, Any] | None) -> str:
            found = (point or {}).get("latency_us")
            if not found:
                return "-"
            text = f"{found['p50']:,.0f} / {found['p99']:,.0f}"
            return f"{text} ({found['p99'] / found['p50']:.1f} x)" if found["p50"] else text

        rows = [[f"{at:.0%}", *(latencies(e.get(at)) for e in by_place)] for at in places]
        title = "p50 / p99 latency in us at a share of the peak, and how many times p50 p99 is"
        return Points(title, ["load", *subjects], rows)

    rows = [
        [f"{at:,}", *(scale.text(e[at]["value"]) if at in e else "-" for e in by_place)]
        for at in places
    ]
    rows.append(["lost from peak", *(f"{fall(result):.0%}" for result in able)])
    return Points(f"{scale.unit} by connections", ["connections", *subjects], rows)


def fall(result: Result) -> float:
    """Return by how much of its peak a subject's value is lower at its last point."""
    values = [point["value"] for point in result["points"]]
    return float(1 - values[-1] / max(values)) if max(values) else 0.0


# --------------------------------------------------------------------------- words


def parameters_text(scenario: Scenario) -> str:
    """Return what a scenario was measured with."""
    given = scenario["parameters"]
    said = [str(given["transport"])] if "transport" in given else []
    if "size" in given:
        said.append(f"{given['size']:,} bytes")
    if "connections" in given and not has_points(scenario, "connections"):
        said.append(f"{given['connections']:,} connections")
    if given.get("depth", 1) > 1:
        said.append(f"{given['depth']} messages in flight")
    if "rate" in given:
        closed = not given["rate"] and not has_points(scenario, "load")
        said.append("closed loop" if closed else "open loop")
    known = ("kind", "service", "transport", "size", "connections", "depth", "rate")
    more = {name: value for name, value in given.items() if name not in known}
    said += [f"{name} {value}" for name, value in more.items() if value is not None]
    return ", ".join(said)


def has_points(scenario: Scenario, axis: str) -> bool:
    """Return whether a scenario's subjects were measured along this axis."""
    return any(
        axis in point for result in scenario["results"] for point in result.get("points", ())
    )


def remarks(scenario: Scenario) -> list[str]:
    """Return what a reader must know before he believes a scenario's figures."""
    results = [result for result in scenario["results"] if measured(result)]
    closed = not scenario["parameters"].get("rate") and not has_points(scenario, "load")
    notes = [scenario["remark"]] if scenario.get("remark") else []
    limited = [r["subject"] for r in results if (r.get("load_busy") or 0) > BUSY]
    if limited and closed:
        names = ", ".join(limited)
        notes.append(f"The load was at its own limit with {names}: compare their CPU us.")
    pairs = [(r.get("load_busy"), r.get("server_busy")) for r in results]
    if closed and any(a is not None and b is not None and max(a, b) < IDLE for a, b in pairs):
        notes.append("Server and load both waited: the machine may have had other work to do.")
    return notes


def general_remarks(document: Document) -> list[str]:
    """Return the same for the document as a whole."""
    plan = document["plan"]
    notes = []
    if document["machine"]["cpus"] < 2:
        notes.append("One CPU only: server and load took it from each other.")
    if document.get("interrupted"):
        notes.append("The run was interrupted: not everything was measured.")
    if plan.get("quick"):
        notes.append("A quick run: few short rounds, a rough look.")
    elif plan["rounds"] < ENOUGH_ROUNDS:
        notes.append(f"Fewer than {ENOUGH_ROUNDS} rounds: the intervals are wide.")
    return notes


def machine_text(document: Document) -> str:
    """Return what the figures were taken on, in a line."""
    machine = document["machine"]
    system = f"{machine['system']} {machine.get('release', '')}".strip()
    return f"{machine['processor']}, {machine['cpus']} CPUs, {system}"


def versions_text(document: Document) -> str:
    """Return the versions of all that was there."""
    return ", ".join(
        f"{name} {version}" for name, version in document["versions"].items() if version
    )


def plan_text(document: Document) -> str:
    """Return how it was measured, in a line."""
    plan = document["plan"]
    rounds = "1 round" if plan["rounds"] == 1 else f"{plan['rounds']} rounds"
    text = f"{rounds} of {plan['seconds']:g} s, subjects in turn"
    pinned = plan.get("pinned")
    if pinned and pinned["server"] is not None:
        text += f", server on CPU {pinned['server']}, load on CPU {pinned['load']}"
    return text


class Goal(NamedTuple):
    """One goal of a document: whose, in which scenario, and what came of it."""

    scenario: Scenario
    result: Result
    asked: str
    reached: str
    passed: bool | None


def goals(document: Document) -> Iterator[Goal]:
    """Yield every goal; "passed" is None where the subject could not be measured."""
    for scenario in document["scenarios"]:
        for result in scenario["results"]:
            goal = result.get("goal")
            if goal is not None:
                scale = scale_of(scenario)
                passed = goal.get("passed") if measured(result) else None
                reached = reached_text(result, goal, scale) if measured(result) else "-"
                yield Goal(scenario, result, goal_text(goal, scale), reached, passed)

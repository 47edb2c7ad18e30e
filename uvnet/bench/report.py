"""The result of a benchmark run as a table."""

from __future__ import annotations

from typing import Any

from .table import DIM, RED, YELLOW, paint, table

# A generator that computes for more of the time than this leaves the server waiting.
BUSY = 0.95

# If neither end computes for this much of the time, both waited for something else.
IDLE = 0.75

# Columns that are there if any row has something in them.
RATIOS = {
    "ratio": "ratio",
    "x Node": "node_ratio",
    "x uvloop": "uvloop_ratio",
    "least-most": "uvloop_ratio_range",
    "x CPU": "uvloop_cpu_ratio",
    "goal": "goal",
}


def number(value: float | list[float] | None) -> str:
    """Return a ratio or a range of ratios as text."""
    if isinstance(value, list):
        return "-".join(map(number, value))
    return "-" if value is None else f"{value:.2f}"


def row(result: dict[str, Any], shown: dict[str, str]) -> list[str]:
    """Return the cells of one result, with those ratios that are shown."""
    cells = [result["subject"], result["transport"]]
    for state, colour in (("missing", YELLOW), ("failed", RED)):
        if state in result:
            return [*cells, paint(f"{state}: {result[state]}", colour)]
    user, system = result["cpu_user_us"], result["cpu_system_us"]
    return [
        *cells,
        f"{result['rate']:,.0f}",
        f"{result['spread']:.0%}",
        *(number(result[key]) for key in shown.values()),
        f"{user + system:.2f}",
        f"{user:.2f} + {system:.2f}",
        f"{result['p50_us']:.0f}",
        f"{result['p99_us']:.0f}",
    ]


def render(document: dict[str, Any]) -> str:
    """Return the document that `runner.run` made as a table, with what it was taken on."""
    machine, versions = document["machine"], document["versions"]
    plan = document["parameters"]
    results = document["results"]
    shown = {
        title: key
        for title, key in RATIOS.items()
        if any(result.get(key) is not None for result in results)
    }
    before = ("subject", "transport", "messages/s", "spread")
    header = (*before, *shown, "CPU us/msg", "user + sys", "p50 us", "p99 us")
    rows = [row(result, shown) for result in results]
    present = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    lines = [
        f"echo of {plan['size']} bytes, {plan['connections']} connections, closed loop, "
        f"{plan['rounds']} rounds of {plan['seconds']:g} s",
        paint(f"{machine['processor']}, {machine['cpus']} CPUs, {machine['system']}", DIM),
        paint(present, DIM),
        "",
        table(header, rows, align="ll" + "r" * (len(header) - 2)),
    ]
    notes = remarks(document)
    return "\n".join([*lines, "", *notes] if notes else lines)


def remarks(document: dict[str, Any]) -> list[str]:
    """Return what a reader must know before he believes the figures."""
    measured = [result for result in document["results"] if "rounds" in result]
    notes = []
    if document["machine"]["cpus"] < 2:
        notes.append("One CPU only: server and load took it from each other.")
    elif any(max(result["load_busy"], result["server_busy"]) < IDLE for result in measured):
        notes.append("The machine had other work to do: repeat when it has not.")
    if any(result["load_busy"] > BUSY for result in measured):
        notes.append("In some rows the load was at its own limit: there, compare CPU us/msg.")
    return notes

"""The result of a benchmark run as a table."""

from __future__ import annotations

from typing import Any

from .table import DIM, RED, YELLOW, paint, table

# A generator that computes for more of the time than this leaves the server waiting.
BUSY = 0.95

HEADER = (
    "subject",
    "transport",
    "messages/s",
    "spread",
    "ratio",
    "CPU us/msg",
    "user + sys",
    "p50 us",
    "p99 us",
)


def row(result: dict[str, Any]) -> list[str]:
    """Return the cells of one result."""
    cells = [result["subject"], result["transport"]]
    for state, colour in (("missing", YELLOW), ("failed", RED)):
        if state in result:
            return [*cells, paint(f"{state}: {result[state]}", colour)]
    user, system = result["cpu_user_us"], result["cpu_system_us"]
    ratio = result["ratio"]
    return [
        *cells,
        f"{result['rate']:,.0f}",
        f"{result['spread']:.0%}",
        "-" if ratio is None else f"{ratio:.2f}",
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
    present = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    lines = [
        f"echo of {plan['size']} bytes, {plan['connections']} connections, closed loop, "
        f"{plan['rounds']} rounds of {plan['seconds']:g} s",
        paint(f"{machine['processor']}, {machine['cpus']} CPUs, {machine['system']}", DIM),
        paint(present, DIM),
        "",
        table(HEADER, [row(result) for result in results], align="llrrrrrrr"),
    ]
    if machine["cpus"] < 2:
        lines += ["", "One CPU only: server and load took it from each other."]
    elif any(result.get("load_busy", 0) > BUSY for result in results):
        lines += [
            "",
            "The load generator was at its limit in some rows: there, compare CPU us/msg.",
        ]
    return "\n".join(lines)

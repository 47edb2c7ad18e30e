"""Documents of measurements for tests: figures that nobody measured, in the form of real ones."""

from __future__ import annotations

import copy
import json
import math
from typing import Any

Json = dict[str, Any]

# What a careless report would take for markup, a new row, a formula or a path.
HOSTILE = """<script>alert("1")</script> | a\n## b & 'c' $\\frac{1}{ ``` [d](e) ../f -->"""


def latency(p50: float) -> Json:
    return {"p50": p50, "p90": p50 * 1.4, "p99": p50 * 2.3, "p99_9": p50 * 4, "max": p50 * 11}


def histogram(p50: float) -> list[list[int]]:
    """Bell-shaped, with a tail."""
    bounds = [int(p50 * 1000 * 1.15 ** (step - 8)) for step in range(40)]
    counts = [1 + int(20_000 * math.exp(-(((step - 8) / 3) ** 2))) for step in range(40)]
    return [list(pair) for pair in zip(bounds, counts, strict=True)]


def result(subject: str, value: float, base: float | None = None, **more: Any) -> Json:
    rounds = [
        {
            "value": value * (1 + 0.01 * ((7 * n) % 5 - 2)),
            "messages": 60_000,
            "seconds": 0.35,
            "user": 0.02,
            "system": 0.3,
            "p50_us": 80.0,
            "p99_us": 190.0,
        }
        for n in range(7)
    ]
    times = None if base is None else value / base
    return {
        "subject": subject,
        "label": f"{subject} at large",
        "version": "1.2.3",
        "value": value,
        "spread": 0.04,
        "ratio": times and {"median": times, "low": times * 0.97, "high": times * 1.02},
        "goal": None,
        "cpu_us": {"user": 0.39, "system": 5.61},
        "memory": 28_311_552,
        "latency_us": latency(80),
        "histogram": histogram(80),
        "load_busy": 0.9,
        "server_busy": 0.99,
        "instructions": None,
        "syscalls": None,
        "rounds": rounds,
        **more,
    }


def scenario(name: str, results: list[Json], **more: Any) -> Json:
    return {
        "name": name,
        "about": f"The scenario {name}",
        "tells": "What a server costs whose messages are small.",
        "cannot_tell": "How it behaves over a real network.",
        "unit": "messages/s",
        "better": "more",
        "parameters": {
            "kind": "echo",
            "service": "echo",
            "transport": "tcp",
            "size": 1024,
            "connections": 16,
            "depth": 1,
            "rate": 0.0,
        },
        "base": "uvloop",
        "results": results,
        **more,
    }


BARE = dict.fromkeys(("cpu_us", "memory", "latency_us", "histogram", "load_busy", "server_busy"))


def scaling_points(peak: float) -> list[Json]:
    return [
        {"connections": n, "value": peak * part, "spread": 0.1, "latency_us": latency(n * 6.0)}
        for n, part in ((1, 0.25), (16, 1.0), (256, 0.97), (9000, 0.78))
    ]


def load_points(peak: float) -> list[Json]:
    return [
        {"load": at, "rate": peak * at, "value": peak * at, "latency_us": latency(30 / (1 - at))}
        for at in (0.2, 0.5, 0.8, 0.9)
    ]


def whole() -> Json:
    """Return a document with every kind of scenario and result."""
    reached = {"against": "uvloop", "at_least": 1.04, "found": 1.14, "passed": True}
    missed = {"at_most": 800, "found": 1017.0, "passed": False}
    unknown = {"against": "uvloop", "at_least": 1.5, "found": None, "passed": None}
    fall = {"at_most": 0.25, "about": "loss from the peak", "found": 0.22, "passed": True}
    calls = {"total": 2.07, "calls": {"recvfrom": 1.0, "write": 1.0, "epoll_wait": 0.07}}
    missing = {"subject": "rloop", "label": "rloop at large", "version": None}
    broken = {"subject": "node-data", "label": "Node 'data'", "version": "26.10.0"}
    echo = [
        result("ceiling", 182_000.0, 150_000.0, load_busy=0.97),
        result(
            "aio-protocol", 171_000.0, 150_000.0, goal=reached, instructions=1495.0, syscalls=calls
        ),
        result("uvloop", 150_000.0, 150_000.0),
        {**missing, "missing": "No module named 'rloop'", "goal": unknown, "rounds": []},
        {**broken, "failed": "connection 3: closed by the server in message 17", "rounds": []},
    ]
    scaling = [
        result("aio-protocol", 171_000.0, 150_000.0, goal=fall, points=scaling_points(171_000.0)),
        result("uvloop", 150_000.0, 150_000.0, points=scaling_points(150_000.0)),
    ]
    loaded = [
        result("aio-protocol", 171_000.0, 150_000.0, points=load_points(171_000.0)),
        result("uvloop", 150_000.0, 150_000.0, points=load_points(150_000.0)),
    ]
    idle = [
        result("aio-protocol", 1017.0, 1712.0, **BARE, goal=missed),
        result("asyncio", 1712.0, 1712.0, **BARE),
    ]
    scheduling = [result("uvnet", 55.0, 126.0, **BARE), result("uvloop", 126.0, 126.0, **BARE)]
    bulk = [result("net-pipe", 5.1e9, 4.8e9), result("uvloop", 4.8e9, 4.8e9)]
    less = {"better": "less"}
    return document(
        scenario("echo-1k", echo),
        scenario("bulk-send", bulk, unit="bytes/s"),
        scenario("scaling", scaling),
        scenario("load-latency", loaded),
        scenario(
            "idle", idle, unit="bytes", base="asyncio", parameters={"connections": 9000}, **less
        ),
        scenario("call_soon", scheduling, unit="ns", parameters={"calls": 100_000}, **less),
    )


def document(*scenarios: Json) -> Json:
    found = {
        "format": 2,
        "date": "2026-01-01T12:34:56+00:00",
        "command": "python -m uvnet bench",
        "machine": {
            "system": "Linux",
            "release": "6.1",
            "architecture": "x86_64",
            "processor": "Some Processor",
            "cpus": 2,
        },
        "versions": {"uvnet": "0.1.0", "libuv": "1.52.1", "python": "3.11.7", "rloop": None},
        "plan": {"rounds": 7, "seconds": 0.35, "quick": False, "pinned": {"server": 0, "load": 1}},
        "scenarios": list(scenarios),
    }
    return json.loads(json.dumps(found))  # as it is read from a file


def one_round() -> Json:
    """Return a document whose subjects were measured once, held against nothing."""
    found = result("net-data", 1000.0, ratio=None, spread=0.0)
    found["rounds"] = found["rounds"][:1]
    made = document(scenario("echo-64", [found], base=None))
    made["plan"] |= {"rounds": 1, "quick": True, "pinned": {"server": None, "load": None}}
    made["machine"]["cpus"] = 1
    return made


def hostile() -> Json:
    """Return a document in which all text that may come from elsewhere is hostile."""

    def spoil(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: spoil(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [spoil(each, key) for each in value]
        kept = ("unit", "better")
        return HOSTILE + value if isinstance(value, str) and key not in kept else value

    made: Json = spoil(whole())
    made["versions"] = {HOSTILE: HOSTILE}
    return made


def nothing_measured() -> Json:
    """Return a document with a scenario of which no subject is there, and one without subjects."""
    made = copy.deepcopy(whole())
    absent = [r for r in made["scenarios"][0]["results"] if "missing" in r]
    made["scenarios"] = [scenario("echo-1k", absent), scenario("echo-64", [])]
    return made


OLD = {"format": 1, "machine": {}, "versions": {}, "parameters": {}, "results": []}

"""Measure subjects against each other: rounds in which they take turns, then medians and ratios."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import machine, process
from .process import Child, ChildError
from .shapes import BASELINE, LOOPS, SHAPES, pairs, subject_name
from .subjects import SUBJECTS

FORMAT = 1  # the version of the JSON document; raised when a field changes its meaning

CEILING = "ceiling"
NODE = {"net-data": "node-data", "net-pipe": "node-pipe"}  # the same server in Node
TRANSPORTS = ("tcp", "unix")
START_TIMEOUT = 30.0  # seconds for a child to import what it needs and listen
RUN_TIMEOUT = 30.0  # seconds that a run may take beyond the time it was given

Progress = Callable[[str], None]


class RunError(RuntimeError):
    """A subject could not be measured."""


def fault(result: dict[str, Any], server: Child) -> RunError:
    """Return what to raise for a failed load: its error, and the server's end if it has ended."""
    ended = server.obituary(0.1)
    return RunError(result["error"] + (f" ({ended})" if ended else ""))


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how long.

    Attributes:
        subjects: Names out of SUBJECTS.
        transports: "tcp" and "unix", or one of them.
        rounds: How often every subject is measured over every transport.
        seconds: How long each of these measurements takes.
        connections: How many connections the load has.
        size: Bytes per message.
    """

    subjects: tuple[str, ...] = tuple(s.name for s in SUBJECTS.values() if s.default)
    transports: tuple[str, ...] = TRANSPORTS
    rounds: int = 5
    seconds: float = 0.35
    connections: int = 16
    size: int = 1024

    @property
    def warmup(self) -> int:
        """Messages before each measurement: every connection is used some times."""
        return 32 * self.connections


QUICK: dict[str, Any] = {"rounds": 2, "seconds": 0.2}


def asyncio_plan(shapes: tuple[str, ...] = tuple(SHAPES), loops: tuple[str, ...] = LOOPS) -> Plan:
    """Return the plan that compares event loops: those of one shape one after the other."""
    subjects = tuple(subject_name(loop, shape) for loop, shape in pairs(shapes, loops))
    return Plan(subjects, transports=("tcp",), rounds=7)


@dataclass
class Contender:
    """One subject over one transport: its server process and what was measured of it."""

    subject: str
    transport: str
    server: Child | None = None
    address: Any = None
    missing: str | None = None
    failed: str | None = None
    rounds: list[dict[str, float]] = field(default_factory=list)

    @property
    def able(self) -> bool:
        """Whether it can be measured."""
        return self.missing is None and self.failed is None

    def start(self, folder: str) -> None:
        """Start its server and learn its address, or that it is missing or failed."""
        path = str(Path(folder) / f"{self.subject}.sock")
        where = ("--unix", path) if self.transport == "unix" else ("--tcp",)
        self.server = Child("uvnet.bench.serve", [self.subject, *where])
        try:
            answer = self.server.receive(START_TIMEOUT)
        except ChildError as error:
            self.failed = str(error)
            return
        self.missing = answer.get("missing")
        self.address = answer.get("address")

    def measure(self, load: Child, plan: Plan, seconds: float, warmup: int) -> dict[str, float]:
        """Load its server once.

        Raises:
            RunError: The server did not echo what was sent, or ended.
            ChildError: The load generator itself failed.
        """
        assert self.server is not None
        user, system = process.cpu_seconds(self.server.pid)
        deadline = seconds + RUN_TIMEOUT
        load.send(
            {
                "address": self.address,
                "carrier": SUBJECTS[self.subject].carrier,
                "connections": plan.connections,
                "size": plan.size,
                "seconds": seconds,
                "warmup": warmup,
                "deadline": deadline,
            }
        )
        result = load.receive(deadline + 5)
        if "error" in result:
            raise fault(result, self.server)
        user_after, system_after = process.cpu_seconds(self.server.pid)
        return {
            "messages": result["messages"],
            "seconds": result["seconds"],
            "rate": result["messages"] / result["seconds"],
            "messages_total": result["messages_total"],
            "server_user_seconds": user_after - user,
            "server_system_seconds": system_after - system,
            "load_busy": result["cpu_seconds"] / result["seconds"],
            "server_busy": (user_after - user + system_after - system)
            * result["messages"]
            / (result["seconds"] * result["messages_total"]),
            "p50_us": result["latency"]["p50"],
            "p99_us": result["latency"]["p99"],
        }


def in_turn(contenders: list[Contender], turn: int) -> Iterator[Contender]:
    """Yield the contenders in an order that begins elsewhere each turn."""
    start = turn % len(contenders)
    yield from contenders[start:] + contenders[:start]


def compete(plan: Plan, progress: Progress) -> list[Contender]:
    """Run the plan and return the contenders with their rounds."""
    contenders = [
        Contender(subject, transport)
        for transport in plan.transports
        for subject in plan.subjects
        if SUBJECTS[subject].carrier == "stream"
    ]
    contenders += [
        Contender(subject, SUBJECTS[subject].carrier)
        for subject in plan.subjects
        if SUBJECTS[subject].carrier != "stream"
    ]
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="uvnet-bench-"))
        load = stack.enter_context(Child("uvnet.bench.load", ["--requests"]))
        for contender in contenders:
            progress(f"starting {contender.subject} ({contender.transport})")
            contender.start(folder)
            assert contender.server is not None
            stack.callback(contender.server.close)

        for turn in range(-1, plan.rounds):  # the first turn warms the servers up
            for contender in in_turn(contenders, turn):
                if not contender.able:
                    continue
                label = "warm-up" if turn < 0 else f"round {turn + 1}/{plan.rounds}"
                progress(f"{label}: {contender.subject} ({contender.transport})")
                seconds = plan.seconds / 2 if turn < 0 else plan.seconds
                try:
                    measured = contender.measure(load, plan, seconds, plan.warmup)
                except RunError as error:
                    contender.failed = str(error)
                    continue
                if turn >= 0:
                    contender.rounds.append(measured)
        progress("")
    return contenders


def ratios(contender: Contender, other: Contender | None) -> list[float]:
    """Return each round's rate over the other's in the same round, if it has one."""
    if other is None or not other.able:
        return []
    both = zip(contender.rounds, other.rounds, strict=False)
    return [ours["rate"] / theirs["rate"] for ours, theirs in both]


def ratio(contender: Contender, other: Contender | None) -> float | None:
    """Return the median of each round's rate over the other's in the same round, if it has one."""
    each = ratios(contender, other)
    return statistics.median(each) if each else None


def cpu_us(contender: Contender) -> tuple[float, float]:
    """Return the server's user and system CPU time per message, in microseconds.

    Over all rounds at once: the kernel's 10 ms ticks are coarse for a single one.
    """
    total = sum(each["messages_total"] for each in contender.rounds)
    user = sum(each["server_user_seconds"] for each in contender.rounds)
    system = sum(each["server_system_seconds"] for each in contender.rounds)
    return 1e6 * user / total, 1e6 * system / total


def cpu_ratio(contender: Contender, other: Contender | None) -> float | None:
    """Return the other's CPU time per message over the contender's, if both were long enough."""
    if other is None or not other.able or not all(cpu_us(contender)):
        return None
    return sum(cpu_us(other)) / sum(cpu_us(contender))


def baseline(contender: Contender) -> str | None:
    """Return the name of the subject on uvloop that an asyncio server is held against."""
    shape = SUBJECTS[contender.subject].shape
    return subject_name(BASELINE, SHAPES[shape].beside or shape) if shape else None


def summarise(contender: Contender, all_of_them: list[Contender]) -> dict[str, Any]:
    """Return the row of one contender: its medians and, per message, its CPU time."""
    beside = {c.subject: c for c in all_of_them if c.transport == contender.transport}
    row: dict[str, Any] = {"subject": contender.subject, "transport": contender.transport}
    if contender.missing is not None:
        return {**row, "missing": contender.missing}
    if contender.failed is not None:
        return {**row, "failed": contender.failed}

    def median(key: str) -> float:
        return statistics.median(each[key] for each in contender.rounds)

    rates = [each["rate"] for each in contender.rounds]
    subject = SUBJECTS[contender.subject]
    rival = beside.get(baseline(contender) or "")
    against = ratios(contender, rival)
    user, system = cpu_us(contender)
    return {
        **row,
        "rate": statistics.median(rates),
        "spread": (max(rates) - min(rates)) / statistics.median(rates),
        "ratio": ratio(contender, beside.get(CEILING)),
        "node_ratio": ratio(contender, beside.get(NODE.get(contender.subject, ""))),
        "uvloop_ratio": statistics.median(against) if against else None,
        "uvloop_ratio_range": [min(against), max(against)] if against else None,
        "uvloop_cpu_ratio": cpu_ratio(contender, rival),
        "goal": SHAPES[subject.shape].goal if subject.shape and subject.loop == "uvnet" else None,
        "cpu_user_us": user,
        "cpu_system_us": system,
        "p50_us": median("p50_us"),
        "p99_us": median("p99_us"),
        "load_busy": median("load_busy"),
        "server_busy": median("server_busy"),
        "rounds": contender.rounds,
    }


def run(plan: Plan, progress: Progress = lambda text: None) -> dict[str, Any]:
    """Carry the plan out.

    Args:
        plan: What to measure.
        progress: Called with a line of text on what happens now, and with "" at the end.

    Returns:
        A document for JSON: "format" (its version), "machine", "versions", "parameters" and
        "results". A result has "subject" and "transport", and then either "missing" or "failed"
        with the reason, or: "rate" (messages/s, the median round), "spread" (of the rates, largest
        less smallest over the median), "ratio" (to the ceiling of the same round, the median; None
        if there is no ceiling), "node_ratio" (likewise to the same server in Node), "uvloop_ratio"
        (likewise to the same server on uvloop), "uvloop_ratio_range" (its least and its largest),
        "uvloop_cpu_ratio" (uvloop's CPU time per message over this one's), "goal" (of
        "uvloop_ratio", or None), "cpu_user_us" and "cpu_system_us" (the server's CPU time per
        message), "p50_us" and "p99_us" (latency, median round), "load_busy" (the part of the time
        that the load generator itself computed; near 1, the server was not the bottleneck),
        "server_busy" (the same of the server; both low, something else had the CPUs) and "rounds".

    Raises:
        ChildError: The load generator could not be run.
    """
    contenders = compete(plan, progress)
    return {
        "format": FORMAT,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "parameters": {**asdict(plan), "warmup": plan.warmup},
        "results": [summarise(c, contenders) for c in contenders],
    }

"""What is measured: each scenario as data, with what its figures tell and what they cannot tell."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .loops import LOOPS
from .shapes import BASELINE, SHAPES, subject_name

Kind = Literal["echo", "sink", "source", "churn", "storm", "http"]
Method = Literal["rounds", "scaling", "load-latency", "idle", "micro", "node-net"]
Better = Literal["more", "less"]


@dataclass(frozen=True)
class Goal:
    """What a subject must reach in a scenario.

    Attributes:
        at_least: The least ratio to `against`.
        against: The subject that the ratio is to.
        at_most: The largest value instead, where there is no ratio.
        about: What `at_most` is a limit of, if not of the value itself.
    """

    at_least: float | None = None
    against: str | None = None
    at_most: float | None = None
    about: str | None = None


@dataclass(frozen=True)
class Scenario:
    """One thing to measure, of each of its subjects.

    Attributes:
        name: What the command line calls it.
        about: What happens in it, in a few words.
        tells: What may be concluded from its figures.
        cannot_tell: What may not.
        subjects: Who takes part.
        base: Whom the others are held against, unless another base is asked for.
        unit: Of its values.
        better: Whether more or less of it is better.
        kind: What the load does; see `uvnet.bench.load`.
        service: What the servers serve.
        transport: What the bytes travel in: tcp, unix, udp or tls.
        size: Bytes per message, or per send in bulk.
        connections: How many the load has.
        depth: Messages in flight on each.
        rate: Messages per second of an open loop; 0 for a closed one.
        lines: Whether each message is a line.
        goals: What is to be reached, by subject.
        method: How it is measured: in rounds, or by one of the modules that do otherwise.
        points: Of "scaling" the numbers of connections, of "load-latency" the parts of the peak.
    """

    name: str
    about: str
    tells: str
    cannot_tell: str
    subjects: tuple[str, ...]
    base: str | None = None
    unit: str = "messages/s"
    better: Better = "more"
    kind: Kind = "echo"
    service: str = "echo"
    transport: str = "tcp"
    size: int = 1024
    connections: int = 16
    depth: int = 1
    rate: float = 0.0
    lines: bool = False
    goals: Mapping[str, Goal] = field(default_factory=dict)
    method: Method = "rounds"
    points: tuple[float, ...] = ()

    def parameters(self) -> dict[str, Any]:
        """Return what the document says of how it was measured."""
        if self.method == "idle":
            return {"transport": self.transport, "connections": self.connections}
        return {
            "kind": self.kind,
            "service": self.service,
            "transport": self.transport,
            "size": self.size,
            "connections": self.connections,
            "depth": self.depth,
            "rate": self.rate,
        }

    @property
    def carrier(self) -> str:
        """What the load must speak: "stream", "udp" or "tls"."""
        return self.transport if self.transport in ("udp", "tls") else "stream"


def on_loops(*shapes: str, loops: tuple[str, ...] = LOOPS) -> tuple[str, ...]:
    """Return the subjects of these shapes on each loop; uvnet's own streams are on its own only."""
    return tuple(
        subject_name(loop, shape)
        for shape in shapes
        for loop in loops
        if loop == "uvnet" or shape != "native"
    )


def of_shapes(*shapes: str) -> dict[str, Goal]:
    """Return the goals of uvnet's subjects of these shapes: so many times uvloop's rate."""
    goals = {}
    for name in shapes:
        rival = subject_name(BASELINE, SHAPES[name].beside or name)
        if SHAPES[name].goal is not None:
            goals[subject_name("uvnet", name)] = Goal(SHAPES[name].goal, rival)
    return goals


# Who takes part, from many to few: a subject costs as long as each round of it takes.
FEW_LOOPS = tuple(loop for loop in ("uvnet", "uvloop", "asyncio") if loop in LOOPS)
PROTOCOLS = on_loops("protocol")
BOTH = ("ceiling", "net-data", "net-pipe", "node-data", "node-pipe", *PROTOCOLS)
MAIN = ("ceiling", "net-data", "node-data", *on_loops("protocol", loops=FEW_LOOPS))
NETS = ("net-pipe", "net-onread", "net-data", "net-async")
NODES = ("node-pipe", "node-data")

LOOPBACK = (
    "Nothing is lost, late or reordered on a loopback, so that it says nothing of a real network."
)
NO_WORK = (
    "The server does nothing but echo: a program that computes for each message gains less by a "
    "faster loop, as its own work stays."
)
NO_QUEUE = (
    "The loop is closed, a client waits for its reply before it sends again: the latency is that "
    "of a server at its limit, not that at your load; load-latency shows that."
)

ECHO_GOALS = {
    "net-data": Goal(1.15, "node-data"),
    "net-pipe": Goal(0.97, "ceiling"),
    **of_shapes("protocol"),
}


def echo(name: str, about: str, tells: str, cannot_tell: str, **options: Any) -> Scenario:
    """Return a scenario of echo, by default with the subjects of both faces."""
    options = {"subjects": BOTH, "base": "ceiling", **options}
    return Scenario(name, about, tells, cannot_tell, **options)


def shape(name: str, about: str, tells: str, cannot_tell: str, **options: Any) -> Scenario:
    """Return a scenario of one shape of asyncio server, which is named after it."""
    usual = {"subjects": on_loops(name), "base": f"uvloop-{name}", "goals": of_shapes(name)}
    options = {**usual, **options}
    return Scenario(name, about, tells, cannot_tell, **options)


OWN = (
    echo(
        "echo-64",
        "Echo of 64 B on 16 connections",
        "What a message costs whose bytes hardly count: the loop, the transport and the calls.",
        f"{NO_WORK} {LOOPBACK}",
        size=64,
    ),
    echo(
        "echo-1k",
        "Echo of 1 KiB on 16 connections",
        "How many requests of an ordinary size one core can take in and answer; the scenario that "
        "the others vary.",
        f"{NO_WORK} {NO_QUEUE}",
        subjects=("ceiling", *NETS, *NODES, "handles", *PROTOCOLS),
        goals=ECHO_GOALS,
    ),
    echo(
        "echo-10k",
        "Echo of 10 KiB on 16 connections",
        "What a message costs that is copied as long as it is handled.",
        f"Most of the time is the kernel's, for every subject: ratios come near 1. {LOOPBACK}",
        size=10 * 1024,
    ),
    echo(
        "echo-100k",
        "Echo of 100 KiB on 16 connections",
        "How a server copes with messages that come in several reads, and with writes that the "
        "kernel does not take at once.",
        f"It moves memory more than it handles messages; bulk-send and bulk-receive take the two "
        f"directions apart. {LOOPBACK}",
        size=100 * 1024,
    ),
    echo(
        "echo-1k-c1",
        "Echo of 1 KiB on one connection",
        "The time there and back of a single client: every message costs a wake-up of the server.",
        "Server and load take turns, so that both idle half of the time: the figure is of latency, "
        "and moves with the processor's sleep states and the scheduler.",
        subjects=MAIN,
        connections=1,
    ),
    echo(
        "echo-1k-c256",
        "Echo of 1 KiB on 256 connections",
        "What is gained when many connections are ready at once, and lost to caches.",
        "What thousands of connections cost: scaling shows that.",
        subjects=MAIN,
        connections=256,
    ),
    echo(
        "echo-64-pipelined",
        "Echo of 64 B, 16 in flight on each of 16 connections",
        "What a byte stream costs that carries many small messages in one read.",
        "What a message costs: a read has as many of them as have come together, and an echo "
        "server does not take them apart.",
        subjects=MAIN,
        size=64,
        depth=16,
    ),
    echo(
        "echo-1k-pipelined",
        "Echo of 1 KiB, 16 in flight on each of 16 connections",
        "What a busy peer gets that does not wait for replies, as a proxy or a database client.",
        "What a message costs: a read has up to 16 of them. Latency has the wait behind the 15 "
        "messages before in it.",
        subjects=MAIN,
        depth=16,
    ),
    echo(
        "echo-unix",
        "Echo of 1 KiB on 16 connections over a Unix socket",
        "The same as echo-1k without TCP: more of what is left is the server's own.",
        f"Behaviour over TCP. {NO_WORK}",
        subjects=MAIN,
        transport="unix",
    ),
    shape(
        "split",
        "Each reply in two writes, 64 B and the rest of 1 KiB",
        "What a server gains that writes a header and then a body, if the loop sends both with one "
        "system call.",
        "Servers that join what they write by themselves: they gain nothing here.",
    ),
    Scenario(
        "line",
        "Lines of 64 B on 16 connections, each taken apart and answered",
        "What protocols of lines cost, such as SMTP or Redis: readline() with streams, a split "
        "at the line's end without.",
        f"Long lines, or many in one packet: each comes alone. {NO_WORK}",
        (
            *("net-data", "net-async", "node-data"),
            *on_loops("protocol", loops=("uvnet", "uvloop")),
            *on_loops("streams", "native"),
        ),
        "uvloop-streams",
        service="line",
        size=64,
        lines=True,
    ),
    shape(
        "buffered",
        "asyncio.BufferedProtocol, echo of 1 KiB on 16 connections",
        "What reading into the protocol's own buffer costs, with a copy out of it for the reply.",
        "What it saves a program that parses in place, which needs no copy.",
    ),
    Scenario(
        "streams",
        "asyncio's streams and uvnet's own, echo of 1 KiB on 16 connections",
        "What await reader.read() and writer.drain() cost on each loop, with the standard "
        "library's streams and with uvnet's.",
        f"Reading by lines or exact lengths; line shows the first. {NO_WORK}",
        on_loops("streams", "native"),
        "uvloop-streams",
        goals=of_shapes("streams", "native"),
    ),
    shape(
        "sock",
        "loop.sock_recv and loop.sock_sendall, echo of 1 KiB on 16 connections",
        "What libraries get that keep their sockets to themselves and ask the loop to wait.",
        f"{NO_WORK} Connecting and accepting are not in it.",
    ),
    shape(
        "udp",
        "Datagrams of 1 KiB, echoed to 16 sockets",
        "What a datagram costs in and out of an asyncio.DatagramProtocol.",
        f"Loss: a loopback loses only what the receive buffer cannot hold. {NO_WORK}",
        transport="udp",
    ),
    shape(
        "tls",
        "asyncio.Protocol over TLS, echo of 1 KiB on 16 connections",
        "What a record of TLS costs through the loop and OpenSSL together.",
        "Handshakes, which happen before the measurement; and most of the time is OpenSSL's, the "
        "same on every loop.",
        transport="tls",
    ),
    Scenario(
        "bulk-send",
        "16 clients send as fast as they can, 64 KiB at a time; the server counts",
        "How fast one core takes bytes in: uploads, and the copies from kernel to Python.",
        "What a program does with the bytes; and a loopback has no card, so that the figure can "
        "be above what any network carries.",
        MAIN,
        "ceiling",
        "bytes/s",
        kind="sink",
        service="sink",
        size=64 * 1024,
    ),
    Scenario(
        "bulk-receive",
        "16 clients ask for 1 MiB again and again; the server writes it",
        "How fast one core gets bytes out: downloads, backpressure and the waiting for it.",
        "Files: the bytes come from memory, and sendfile is not used. Event loops of asyncio and "
        "the ceiling set TCP_NODELAY; net and Node leave that to the program, which costs them "
        "about half of the rate here.",
        MAIN,
        "ceiling",
        "bytes/s",
        kind="source",
        service="source",
        size=1024 * 1024,
    ),
    Scenario(
        "churn",
        "Connect, one echo of 1 KiB, close, in 16 places at once",
        "What a connection costs from accept to close, as with HTTP without keep-alive.",
        "TIME_WAIT and slow closes: the client ends each connection by a reset, so that ports do "
        "not run out.",
        MAIN + on_loops("protocol", loops=tuple(x for x in LOOPS if x not in FEW_LOOPS)),
        "ceiling",
        "connections/s",
        kind="churn",
    ),
    Scenario(
        "storm",
        "256 clients connect at the same moment, and each has one echo",
        "How a server takes a wave of clients, as after a restart: the rate of accepting, and how "
        "long the last one waits.",
        "Waves larger than the backlog of 511, in which the kernel drops and clients try again "
        "after a second.",
        MAIN,
        "ceiling",
        "connections/s",
        kind="storm",
        connections=256,
    ),
    Scenario(
        "http-uvicorn",
        "GET of 1 KiB from uvicorn with httptools, keep-alive, 16 connections",
        "What a loop changes for an ASGI server whose own work is most of a request.",
        "An application: it answers a constant. Routing, a database and templates only make the "
        "share of the loop smaller.",
        (*on_loops("uvicorn"), "node-http"),
        "uvloop-uvicorn",
        "requests/s",
        kind="http",
        service="http",
    ),
    Scenario(
        "http-aiohttp",
        "GET of 1 KiB from aiohttp, keep-alive, 16 connections",
        "What a loop changes for a web server whose own work is most of a request.",
        "An application: the handler answers a constant, and aiohttp's own cost is nearly all.",
        on_loops("aiohttp"),
        "uvloop-aiohttp",
        "requests/s",
        kind="http",
        service="http",
    ),
    Scenario(
        "scaling",
        "Echo of 1 KiB on 1 to 9000 connections, all of them busy",
        "Whether a server keeps its rate when thousands of connections are active at once, and "
        "what each more costs.",
        "Thousands of mostly silent clients, which cost memory and no time: idle shows that. The "
        "load shares the machine's caches, so that it too slows down.",
        ("ceiling", "net-data", "aio-protocol", "uvloop"),
        "uvloop",
        goals=dict.fromkeys(
            ("net-data", "aio-protocol"),
            Goal(at_most=0.25, about="loss from the peak to the most connections"),
        ),
        method="scaling",
        points=(1, 4, 16, 64, 256, 1024, 4096, 9000),
    ),
    Scenario(
        "load-latency",
        "Echo of 1 KiB at a fixed rate: 20, 50, 80 and 90 % of the subject's own peak",
        "The latency that clients see at a given load, counted from when a message was due, so "
        "that a pause of the server counts for all that had to wait.",
        "A comparison at the same rate: each subject runs at a part of its own peak, and a faster "
        "one carries more messages at the same part. What takes a processor away for a "
        "millisecond, such as a thread of the kernel's, makes messages late for five at 80 % load: "
        "the ceiling shows how much of the tail is the machine's.",
        ("ceiling", "net-data", "node-data", "aio-protocol", "uvloop"),
        "uvloop",
        goals=dict.fromkeys(
            ("net-data", "aio-protocol"),
            Goal(at_most=4.0, about="p99 over p50 at 80 % load, in the median round"),
        ),
        method="load-latency",
        points=(0.2, 0.5, 0.8, 0.9),
    ),
    Scenario(
        "idle",
        "Resident memory of the server for each of 9000 idle connections",
        "How much memory a server needs for clients that are connected and silent.",
        "What the kernel keeps for a connection, a few KiB; and what an application keeps.",
        ("net-data", "net-async", "node-data", "aio-protocol", "uvloop", "asyncio", "aio-tls"),
        "uvloop",
        "bytes",
        "less",
        connections=9000,
        goals={
            "aio-protocol": Goal(at_most=800),
            "net-data": Goal(at_most=2000),
            "aio-tls": Goal(at_most=40 * 1024),
        },
        method="idle",
    ),
)


@functools.cache
def registry() -> dict[str, Scenario]:
    """Return all scenarios by name: these, those in process, and Node's own."""
    from . import micro, node_net

    found = {scenario.name: scenario for scenario in OWN}
    others: tuple[tuple[Method, Any], ...] = (("micro", micro), ("node-net", node_net))
    for method, module in others:
        for name, theirs in module.SCENARIOS.items():
            found[name] = Scenario(
                name,
                theirs.about,
                theirs.tells,
                theirs.cannot_tell,
                tuple(theirs.subjects),
                theirs.base,
                theirs.unit,
                theirs.better,
                goals={subject: Goal(**goal) for subject, goal in theirs.goals.items()},
                method=method,
            )
    return found

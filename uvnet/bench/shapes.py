"""The shapes of asyncio servers that are measured on each event loop: who reads, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .job import Service
from .loops import LOOPS

# What a message travels in: "stream" is TCP or a Unix socket, the others are on 127.0.0.1 alone.
Carrier = Literal["stream", "udp", "tls"]

BASELINE = "uvloop"  # what the others are held against

ECHO: frozenset[Service] = frozenset({"echo"})
LINE: frozenset[Service] = frozenset({"echo", "line"})
BULK: frozenset[Service] = frozenset({"echo", "sink", "source"})
ALL: frozenset[Service] = frozenset({"echo", "line", "sink", "source"})
HTTP: frozenset[Service] = frozenset({"http"})


@dataclass(frozen=True)
class Shape:
    """One way to write a server with asyncio.

    Attributes:
        about: What it is, in a few words.
        goal: How many times the rate of uvloop uvnet must reach; None for no goal.
        carrier: What its messages travel in.
        beside: The shape that uvloop has in its place, if it is uvnet's alone.
        services: What servers of this shape do.
        label: What people read for it, after the loop's name.
    """

    about: str
    goal: float | None = None
    carrier: Carrier = "stream"
    beside: str | None = None
    services: frozenset[Service] = ECHO
    label: str = ""


SHAPES: dict[str, Shape] = {
    "protocol": Shape("asyncio.Protocol", 1.04, services=ALL, label="Protocol"),
    "buffered": Shape("asyncio.BufferedProtocol", services=BULK, label="BufferedProtocol"),
    "split": Shape(
        "asyncio.Protocol that answers in two writes", 2.0, label="Protocol, two writes"
    ),
    "streams": Shape("asyncio's streams", 1.12, services=ALL, label="streams"),
    "native": Shape(
        "uvnet's streams", 1.25, beside="streams", services=ALL, label="native streams"
    ),
    "sock": Shape("loop.sock_recv and loop.sock_sendall", 1.7, label="sock_*"),
    "tls": Shape("asyncio.Protocol over TLS", 1.1, "tls", label="TLS"),
    "udp": Shape("asyncio.DatagramProtocol", None, "udp", label="UDP"),
    "uvicorn": Shape("uvicorn with httptools", services=HTTP, label="uvicorn"),
    "aiohttp": Shape("aiohttp.web", services=HTTP, label="aiohttp"),
}


def serving(service: Service) -> tuple[str, ...]:
    """Return the names of the shapes that have a service."""
    return tuple(name for name, shape in SHAPES.items() if service in shape.services)


def subject_name(loop: str, shape: str) -> str:
    """Return what a shape on a loop is called: aio-protocol, uvloop, uvloop-streams and so on."""
    if loop == "uvnet":
        return f"aio-{shape}"
    return loop if shape == "protocol" else f"{loop}-{shape}"


def pairs(
    shapes: tuple[str, ...] = serving("echo"), loops: tuple[str, ...] = LOOPS
) -> list[tuple[str, str]]:
    """Return (loop, shape) for each that there is, all loops of a shape one after the other."""
    return [
        (loop, shape)
        for shape in shapes
        for loop in loops
        if loop == "uvnet" or SHAPES[shape].beside is None
    ]

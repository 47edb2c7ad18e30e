"""The shapes of asyncio servers that are measured on each event loop: who reads, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# What a message travels in: "stream" is TCP or a Unix socket, the others are on 127.0.0.1 alone.
Carrier = Literal["stream", "udp", "tls"]

LOOPS = ("uvnet", "uvloop", "rloop", "asyncio")  # each has a new_event_loop()
BASELINE = "uvloop"  # what the others are held against


@dataclass(frozen=True)
class Shape:
    """One way to write an echo server with asyncio.

    Attributes:
        about: What it is, in a few words.
        goal: How many times the rate of uvloop uvnet must reach; None for no goal.
        carrier: What its messages travel in.
        beside: The shape that uvloop has in its place, if it is uvnet's alone.
    """

    about: str
    goal: float | None = None
    carrier: Carrier = "stream"
    beside: str | None = None


SHAPES: dict[str, Shape] = {
    "protocol": Shape("asyncio.Protocol", 1.04),
    "buffered": Shape("asyncio.BufferedProtocol"),
    "split": Shape("asyncio.Protocol that answers in two writes", 2.0),
    "streams": Shape("asyncio's streams", 1.12),
    "native": Shape("uvnet's streams", 1.25, beside="streams"),
    "sock": Shape("loop.sock_recv and loop.sock_sendall", 1.7),
    "tls": Shape("asyncio.Protocol over TLS", 1.1, "tls"),
    "udp": Shape("asyncio.DatagramProtocol", None, "udp"),
}


def subject_name(loop: str, shape: str) -> str:
    """Return what a shape on a loop is called: aio-protocol, uvloop, uvloop-streams and so on."""
    if loop == "uvnet":
        return f"aio-{shape}"
    return loop if shape == "protocol" else f"{loop}-{shape}"


def pairs(
    shapes: tuple[str, ...] = tuple(SHAPES), loops: tuple[str, ...] = LOOPS
) -> list[tuple[str, str]]:
    """Return (loop, shape) for each that there is, all loops of a shape one after the other."""
    return [
        (loop, shape)
        for shape in shapes
        for loop in loops
        if loop == "uvnet" or SHAPES[shape].beside is None
    ]

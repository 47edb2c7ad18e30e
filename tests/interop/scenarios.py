"""What our end does with its socket: the same as scenarios.js does with Node's.

scenario(socket, report, **options); the option `first` says which of the two ends begins, where
that is not both.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from typing import Any

import uvnet
from uvnet import _core, net

Report = Callable[[dict[str, Any]], None]

TEXT = b"the quick brown fox jumps over the lazy dog"
BLOCK = (TEXT * (1 + (1 << 20) // len(TEXT)))[: 1 << 20]


def traced(socket: net.Socket, names: list[str]) -> list[str]:
    """Keep the events in the order they come; neighbours of one name count once."""
    events: list[str] = []

    def note(name: str) -> None:
        if events[-1:] != [name]:
            events.append(name)

    for name in names:
        socket.on(name, lambda *args, name=name: note(name))
    return events


class Digest:
    """Counts and hashes what comes."""

    def __init__(self, socket: net.Socket) -> None:
        self.bytes = 0
        self.hash = hashlib.sha256()
        socket.on("data", self._on_data)

    def _on_data(self, chunk: bytes) -> None:
        self.bytes += len(chunk)
        self.hash.update(chunk)


def transfer(socket: net.Socket, report: Report, *, first: bool, size: int) -> None:
    """Send so many bytes, as write() and 'drain' allow, and read the same."""
    received = Digest(socket)
    sent = hashlib.sha256()
    number, left = 0 if first else 1_000_000, size

    def send() -> None:
        nonlocal number, left
        while left > 0:
            block = (struct.pack(">d", number) + BLOCK[8:])[:left]
            number += 1
            left -= len(block)
            sent.update(block)
            if not socket.write(block):
                return
        if not socket.writable_ended:
            socket.end()

    def on_close(failed: bool | None) -> None:
        report(
            {
                "failed": failed,
                "sent": sent.hexdigest(),
                "received": received.hash.hexdigest(),
                "bytes": received.bytes,
                "bytes_read": socket.bytes_read,
                "bytes_written": socket.bytes_written,
            }
        )

    socket.on("drain", send)
    socket.on("close", on_close)
    send()


def echo(socket: net.Socket, report: Report, *, first: bool, size: int) -> None:
    """One end sends and reads; the other sends back what comes."""
    if first:
        return transfer(socket, report, first=first, size=size)
    socket.pipe(socket)

    def on_close(failed: bool | None) -> None:
        read, written = socket.bytes_read, socket.bytes_written
        report({"failed": failed, "bytes_read": read, "bytes_written": written})

    socket.on("close", on_close)


def half_open(socket: net.Socket, report: Report, *, first: bool, size: int) -> None:
    """The first end asks and ends; the other answers only when it has seen that."""
    received = Digest(socket)
    events = traced(socket, ["data", "end", "finish", "close"])
    part, parts = b"!" * (size // 8), 0

    def answer(error: Exception | None = None) -> None:
        nonlocal parts
        parts += 1
        if parts == 9:
            socket.end()
        else:
            socket.write(part, lambda error: uvnet.set_immediate(answer))

    if first:
        socket.end("?")
    else:
        socket.on("end", answer)
    socket.on("close", lambda failed: report({"events": events, "bytes": received.bytes}))


def reset(socket: net.Socket, report: Report, *, first: bool) -> None:
    """The first end resets the connection as soon as it has heard the other."""
    events = traced(socket, ["data", "end", "error", "close"])
    errors: list[Any] = []
    if not first:
        socket.write("reset me")
    socket.on("data", lambda chunk: socket.reset_and_destroy())
    socket.on("error", lambda error: errors.append([error.code, error.syscall]))

    def on_close(failed: bool | None) -> None:
        report({"events": events, "error": errors[0] if errors else None, "failed": failed})

    socket.on("close", on_close)


def lines(socket: net.Socket, report: Report, *, first: bool, count: int) -> None:
    """Many small texts at once, both ways."""
    expected = [f"{n}: " + "\u00e4\u20ac\U0001d11e" * (n % 7) + "\n" for n in range(count)]
    texts: list[str] = []
    written = 0

    def wrote(n: int) -> None:
        nonlocal written
        written += written == n

    socket.set_encoding("utf8")
    socket.on("data", texts.append)
    for n, line in enumerate(expected):
        socket.write(line, lambda error, n=n: wrote(n))
    socket.end()

    def on_close(failed: bool | None) -> None:
        text = "".join(texts)
        right = text == "".join(expected)
        report({"written": written, "right": right, "characters": len(text)})

    socket.on("close", on_close)


def cork(socket: net.Socket, report: Report, *, first: bool, count: int) -> None:
    """The first end writes its parts under a cork."""
    received = Digest(socket)
    chunks: list[int] = []
    socket.on("data", lambda chunk: chunks.append(len(chunk)))

    def uncork() -> None:
        socket.uncork()
        socket.end()

    if first:
        socket.cork()
        for n in range(count):
            socket.write(f"{n},")
        uvnet.next_tick(uncork)

    def on_close(failed: bool | None) -> None:
        digest = received.hash.hexdigest()
        written = socket.bytes_written
        report({"chunks": len(chunks), "received": digest, "bytes_written": written})

    socket.on("close", on_close)


def timeout(socket: net.Socket, report: Report, *, first: bool, milliseconds: int) -> None:
    """The first end loses patience with a peer that falls silent."""
    events = traced(socket, ["data", "timeout", "end", "close"])
    seen: list[bytes] = []
    socket.on("data", seen.append)
    loop = _core.current_loop()
    interval = milliseconds / 1000 / 10

    def tick(left: int = 5) -> None:
        socket.write("tick")
        if left > 1:
            loop.call_later(interval, tick, left - 1)

    if first:
        socket.set_timeout(milliseconds, socket.end)
    else:
        loop.call_later(interval, tick)

    def on_close(failed: bool | None) -> None:
        report({"events": events, "failed": failed, "some": len(seen) > 1})

    socket.on("close", on_close)

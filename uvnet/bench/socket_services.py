"""What servers on uvnet.net do besides echo: lines, a sink and a source."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from uvnet import net

from .echo import BUFFER_SIZE
from .job import Requests, Service, number
from .sockets import Mode, SocketServer


def line_data(socket: net.Socket) -> None:
    """Answer each line; read no more while the kernel does not take what is written."""
    write = socket.write
    rest = b""

    def on_data(chunk: bytes) -> None:
        nonlocal rest
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if not write(line + b"\n"):
                socket.pause()

    socket.on("data", on_data)
    socket.on("drain", socket.resume)


async def line_async(socket: net.Socket) -> None:
    """Answer each line."""
    rest = b""
    async for chunk in socket.iterator(destroy_on_return=False):
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if not socket.write(line + b"\n"):
                await socket.drain()


class Sink:
    """Counts what one socket receives and, at the end of its input, answers the count."""

    def __init__(self, socket: net.Socket) -> None:
        self._socket = socket
        self._received = 0
        socket.on("end", self._on_end)

    def on_data(self, chunk: bytes) -> None:
        """Count a chunk."""
        self._received += len(chunk)

    def on_read(self, nread: int, buffer: bytearray) -> None:
        """Count what has been read into the buffer."""
        self._received += nread

    def _on_end(self) -> None:
        self._socket.end(number(self._received))


class Source:
    """Sends what each request of one socket asks for, while the socket takes more."""

    def __init__(self, socket: net.Socket) -> None:
        self._socket = socket
        self._requests = Requests()
        self._full = False
        self._ended = False
        socket.on("drain", self._on_drain)
        socket.on("end", self._on_end)

    def on_data(self, chunk: bytes | memoryview) -> None:
        """Answer what a chunk asks for."""
        self._requests.feed(chunk)
        self._send()

    def on_read(self, nread: int, buffer: bytearray) -> None:
        """Answer what has been read into the buffer."""
        self.on_data(memoryview(buffer)[:nread])

    def _on_drain(self) -> None:
        self._full = False
        self._send()

    def _on_end(self) -> None:
        self._ended = True
        self._send()

    def _send(self) -> None:
        while not self._full:
            chunk = self._requests.chunk()
            if chunk is None:
                if self._ended:
                    self._socket.end()
                return
            self._full = not self._socket.write(chunk)


Role = Callable[[net.Socket], Any]  # Sink or Source


def by_data(role: Role, *, once: bool) -> SocketServer:
    """Return a server whose sockets are read by 'data'."""

    def start(socket: net.Socket) -> None:
        socket.on("data", role(socket).on_data)

    return SocketServer(start, once=once, allow_half_open=True)


def by_onread(role: Role, *, once: bool) -> SocketServer:
    """Return a server whose sockets are read into a buffer each."""

    def onread(socket: net.Socket) -> net.OnRead:
        return net.OnRead(bytearray(BUFFER_SIZE), role(socket).on_read)

    return SocketServer(None, once=once, allow_half_open=True, onread=onread)


SERVERS: dict[tuple[Service, Mode], Callable[..., SocketServer]] = {
    ("line", "data"): partial(SocketServer, line_data),
    ("line", "async"): partial(SocketServer, line_async),
    ("sink", "data"): partial(by_data, Sink),
    ("sink", "onread"): partial(by_onread, Sink),
    ("source", "data"): partial(by_data, Source),
    ("source", "onread"): partial(by_onread, Source),
}

"""The protocols of the asyncio subjects, and how each of them echoes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import ClassVar, cast

HEADER = 64  # bytes: the first part of an answer in two


class Counted(asyncio.BaseProtocol):
    """Counts connections to know when a run is over."""

    connections = 0
    over: ClassVar[Callable[[], None] | None] = None

    @staticmethod
    def opened() -> None:
        """Count a connection."""
        Counted.connections += 1

    @staticmethod
    def closed() -> None:
        """End the run with its last connection."""
        Counted.connections -= 1
        if Counted.connections == 0 and Counted.over is not None:
            Counted.over()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        self.opened()
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self.closed()


class Protocol(Counted, asyncio.Protocol):
    """The plainest echo in asyncio."""

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)


class SplitProtocol(Protocol):
    """Answers in two writes, as an HTTP server does: a header and a body."""

    def data_received(self, data: bytes) -> None:
        """Send it back in two parts."""
        self.transport.write(data[:HEADER])
        self.transport.write(data[HEADER:])


class BufferedProtocol(Counted, asyncio.BufferedProtocol):
    """The plainest echo that is read into a buffer of its own, and copies out of it."""

    def __init__(self) -> None:
        self.buffer = bytearray(65536)
        self.view = memoryview(self.buffer)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Read into the same memory each time."""
        return self.view

    def buffer_updated(self, nbytes: int) -> None:
        """Send it back."""
        self.transport.write(self.buffer[:nbytes])


async def echo_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Echo with asyncio's streams."""
    Counted.opened()
    with contextlib.suppress(ConnectionError):  # a client that has gone is no fault of ours
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
    Counted.closed()

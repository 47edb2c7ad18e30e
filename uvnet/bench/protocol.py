"""The asyncio subjects: one Protocol, on the event loop that is asked for."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import cast

from .echo import BACKLOG


class Protocol(asyncio.Protocol):
    """The plainest echo in asyncio. Counts its connections to know when a run is over."""

    connections = 0
    over: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the transport."""
        Protocol.connections += 1
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Send it back."""
        self.transport.write(data)

    def connection_lost(self, error: Exception | None) -> None:
        """End the run with its last connection."""
        Protocol.connections -= 1
        if Protocol.connections == 0 and Protocol.over is not None:
            Protocol.over()


class BufferedProtocol(asyncio.BufferedProtocol):
    """The plainest echo that is read into a buffer of its own, and copies out of it."""

    def __init__(self) -> None:
        self.buffer = bytearray(65536)
        self.view = memoryview(self.buffer)

    connection_made = Protocol.connection_made
    connection_lost = Protocol.connection_lost

    def get_buffer(self, sizehint: int) -> memoryview:
        """Read into the same memory each time."""
        return self.view

    def buffer_updated(self, nbytes: int) -> None:
        """Send it back."""
        self.transport.write(bytes(self.view[:nbytes]))


async def echo_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Echo with asyncio's streams."""
    Protocol.connections += 1
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()
    Protocol.connection_lost(Protocol(), None)


def streams() -> asyncio.StreamReaderProtocol:
    """Return what asyncio.start_server() makes for each connection."""
    return asyncio.StreamReaderProtocol(asyncio.StreamReader(), echo_stream)


KINDS: dict[str, Callable[[], asyncio.BaseProtocol]] = {
    "protocol": Protocol,
    "buffered": BufferedProtocol,
    "streams": streams,
}


async def listen(path: str | None, kind: str = "protocol") -> asyncio.Server:
    """Start a server on 127.0.0.1, or on the path of a Unix socket."""
    loop = asyncio.get_running_loop()
    if path is None:
        return await loop.create_server(KINDS[kind], "127.0.0.1", 0, backlog=BACKLOG)
    return await loop.create_unix_server(KINDS[kind], path, backlog=BACKLOG)


def serve(
    package: str,
    path: str | None,
    announce: Callable[[tuple[str, int] | str], None],
    once: int,
    kind: str = "protocol",
) -> None:
    """Serve on the loop that `package.new_event_loop` makes; see `subjects.Subject.serve`."""
    new_event_loop = importlib.import_module(package).new_event_loop

    async def main() -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if once:
            Protocol.over = lambda: over.set_result(None)
        async with await listen(path, kind) as server:
            announce(server.sockets[0].getsockname())
            await over

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())

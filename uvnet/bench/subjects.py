"""The echo servers that are measured: each a function that serves until it is told to end.

A subject imports what it needs when it is served, so that one that is not installed is missing
and no more.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from . import echo

Address = tuple[str, int] | str
Announce = Callable[[Address], None]

# (path of a Unix socket or None for TCP, announce, bytes of the only run or 0 for ever)
Serve = Callable[[str | None, Announce, int], None]


@dataclass(frozen=True)
class Subject:
    """One echo server.

    Attributes:
        name: What the command line and the table call it.
        about: What it is, in a few words.
        serve: Listens on 127.0.0.1 or on the path, announces its address, and serves. If the third
            argument is not 0, returns after one run that echoes so many bytes: servers in C count
            them, servers in Python end when the run's last connection has closed, because counting
            would add to what each message costs.
        default: Whether it is in the table unless others are asked for.
    """

    name: str
    about: str
    serve: Serve
    default: bool = True


def serve_ceiling(path: str | None, announce: Announce, once: int) -> None:
    """Echo with C callbacks on libuv alone: what no server on libuv can beat."""
    from uvnet import _core

    tcp = path is None
    listener = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
    listener.bind(("127.0.0.1", 0) if tcp else path)
    listener.listen(echo.BACKLOG)
    announce(listener.getsockname())
    err = _core.echo_ceiling(listener.detach(), tcp=tcp, limit_bytes=once)
    if err:
        raise OSError(-err, os.strerror(-err))


def handles(mode: echo.Mode) -> Serve:
    """Return a server on our own TCP and Pipe handles."""

    def serve(path: str | None, announce: Announce, once: int) -> None:
        server = echo.Echo(mode, once=once > 0)
        announce(server.listen(path=path))
        server.run()

    return serve


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


def protocol(new_event_loop: Callable[[], asyncio.AbstractEventLoop]) -> Serve:
    """Return an asyncio.Protocol server on the loop that the factory makes."""

    def serve(path: str | None, announce: Announce, once: int) -> None:
        async def main() -> None:
            loop = asyncio.get_running_loop()
            if path is None:
                server = await loop.create_server(Protocol, "127.0.0.1", 0, backlog=echo.BACKLOG)
            else:
                server = await loop.create_unix_server(Protocol, path, backlog=echo.BACKLOG)
            over = loop.create_future()
            if once:
                Protocol.over = lambda: over.done() or over.set_result(None)
            async with server:
                announce(server.sockets[0].getsockname())
                await over

        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(main())

    return serve


def uvloop_loop() -> asyncio.AbstractEventLoop:
    """Make a uvloop event loop."""
    import uvloop

    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def rloop_loop() -> asyncio.AbstractEventLoop:
    """Make an rloop event loop."""
    import rloop

    loop: asyncio.AbstractEventLoop = rloop.new_event_loop()
    return loop


SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject("ceiling", "C callbacks on libuv", serve_ceiling),
        Subject("handles", "TCP and Pipe handles, onread gets bytes", handles("handles")),
        Subject("handles-buffer", "the same, onread reads into one buffer", handles("buffer")),
        Subject("splice", "handles spliced in C", handles("splice")),
        Subject("asyncio", "asyncio.Protocol on asyncio's loop", protocol(asyncio.new_event_loop)),
        Subject("uvloop", "asyncio.Protocol on uvloop", protocol(uvloop_loop), default=False),
        Subject("rloop", "asyncio.Protocol on rloop", protocol(rloop_loop), default=False),
    )
}

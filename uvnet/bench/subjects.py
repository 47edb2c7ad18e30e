"""The echo servers that are measured: each a function that serves until it is told to end.

A subject imports what it needs when it is served, so that one that is not installed is missing
and no more.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uvnet import _core

from . import echo
from .shapes import SHAPES, Carrier, pairs, subject_name

if TYPE_CHECKING:
    from .node import Mode as NodeMode
    from .sockets import Mode as SocketMode

DEFAULT_ON_LOOPS = ("asyncio", "aio-protocol", "aio-buffered", "aio-streams")

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
        loop: Of an asyncio server: the event loop's package.
        shape: Likewise: which of SHAPES it is.
    """

    name: str
    about: str
    serve: Serve
    default: bool = True
    loop: str | None = None
    shape: str | None = None

    @property
    def carrier(self) -> Carrier:
        """What its messages travel in."""
        return SHAPES[self.shape].carrier if self.shape else "stream"


def serve_ceiling(path: str | None, announce: Announce, once: int) -> None:
    """Echo with C callbacks on libuv alone: what no server on libuv can beat."""
    listener = socket.socket(socket.AF_INET if path is None else socket.AF_UNIX)
    listener.bind(("127.0.0.1", 0) if path is None else path)
    listener.listen(echo.BACKLOG)
    announce(listener.getsockname())
    err = _core.echo_ceiling(listener.detach(), tcp=path is None, limit_bytes=once)
    if err:
        raise OSError(-err, os.strerror(-err))


def handles(mode: echo.Mode) -> Serve:
    """Return a server on our own TCP and Pipe handles."""

    def serve(path: str | None, announce: Announce, once: int) -> None:
        server = echo.Echo(mode, once=once > 0)
        announce(server.listen(path=path))
        server.run()

    return serve


def sockets(mode: SocketMode) -> Serve:
    """Return a server on uvnet.net."""

    def serve(path: str | None, announce: Announce, once: int) -> None:
        from .sockets import SocketEcho

        server = SocketEcho(mode, once=once > 0)
        announce(server.listen(path=path))
        server.run()

    return serve


def node(mode: NodeMode) -> Serve:
    """Return a server on Node's net, where Node is installed."""

    def serve(path: str | None, announce: Announce, once: int) -> None:
        from . import node

        node.serve(mode, path, announce, once)

    return serve


def on_loop(loop: str, shape: str) -> Serve:
    """Return an asyncio server on the loop that `loop.new_event_loop` makes."""

    def serve(path: str | None, announce: Announce, once: int) -> None:
        from . import aio  # asyncio is slow to import, and most subjects do without

        aio.serve(loop, path, announce, once, shape)

    return serve


def on_loops() -> Iterator[Subject]:
    """Yield a subject for each shape on each event loop."""
    for loop, shape in pairs():
        name = subject_name(loop, shape)
        about = f"{SHAPES[shape].about} on {loop}'s loop"
        yield Subject(name, about, on_loop(loop, shape), name in DEFAULT_ON_LOOPS, loop, shape)


SUBJECTS: dict[str, Subject] = {
    subject.name: subject
    for subject in (
        Subject("ceiling", "C callbacks on libuv", serve_ceiling),
        Subject("net-pipe", "socket.pipe(socket)", sockets("pipe")),
        Subject("net-onread", "onread into a fixed buffer, then write", sockets("onread")),
        Subject("net-data", "'data' and write", sockets("data")),
        Subject("net-async", "async for chunk in socket", sockets("async")),
        Subject("node-pipe", "the same in Node", node("pipe")),
        Subject("node-data", "the same in Node", node("data")),
        Subject("handles", "TCP and Pipe handles, onread gets bytes", handles("handles")),
        Subject("handles-buffer", "the same, but into one buffer", handles("buffer"), False),
        Subject("splice", "handles spliced in C", handles("splice"), False),
        *on_loops(),
    )
}

"""The servers that are measured: each a function that serves until it is told to end.

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
from .job import Address as Address  # also imported from here
from .job import Announce, Job, Service
from .shapes import ALL, BULK, ECHO, HTTP, LINE, SHAPES, Carrier, pairs, subject_name

if TYPE_CHECKING:
    from .node import Mode as NodeMode
    from .sockets import Mode as SocketMode

Serve = Callable[[Job, Announce], None]


@dataclass(frozen=True)
class Subject:
    """One server.

    Attributes:
        name: What the command line and the documents call it.
        label: What people read.
        about: What it is, in a few words.
        package: Whose speed it shows, as `machine.versions()` names it.
        run: Listens on the job's host or path, announces its address, and serves.
        services: What it can do.
        loop: Of an asyncio server: the event loop's package.
        shape: Likewise: which of SHAPES it is.
    """

    name: str
    label: str
    about: str
    package: str
    run: Serve
    services: frozenset[Service] = ECHO
    loop: str | None = None
    shape: str | None = None

    @property
    def carrier(self) -> Carrier:
        """What its messages travel in."""
        return SHAPES[self.shape].carrier if self.shape else "stream"

    def version(self) -> str | None:
        """Return the version of its package, or None if that is not installed."""
        from . import machine

        return machine.versions()[self.package]

    def serve(self, job: Job, announce: Announce) -> None:
        """Do the job in this process.

        Args:
            job: What to do, and for how long.
            announce: Called with the address, when clients can connect to it.

        Raises:
            NotImplementedError: It does not do this.
            ImportError: What it needs is not installed.
        """
        if job.service not in self.services:
            raise NotImplementedError(f"{self.name} does not serve {job.service}")
        self.run(job, announce)


def serve_ceiling(job: Job, announce: Announce) -> None:
    """Serve with C callbacks on libuv alone: what no server on libuv can beat."""
    tcp = job.path is None
    listener = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
    listener.bind((job.host, 0) if job.path is None else job.path)
    listener.listen(echo.BACKLOG)
    announce(listener.getsockname())
    fd = listener.detach()
    if job.service == "echo":
        err = _core.echo_ceiling(fd, tcp=tcp, limit_bytes=job.once)
    else:
        source = job.service == "source"
        err = _core.bulk_ceiling(fd, source=source, tcp=tcp, once=job.once > 0)
    if err:
        raise OSError(-err, os.strerror(-err))


def handles(mode: echo.Mode) -> Serve:
    """Return a server on our own TCP and Pipe handles."""

    def serve(job: Job, announce: Announce) -> None:
        from . import bulk

        server: echo.Server
        if job.service == "echo":
            server = echo.Echo(mode, once=job.once > 0)
        else:
            server = bulk.SERVERS[job.service](buffered=mode == "buffer", once=job.once > 0)
        announce(server.listen(job.host, path=job.path))
        server.run()

    return serve


def sockets(mode: SocketMode) -> Serve:
    """Return a server on uvnet.net."""

    def serve(job: Job, announce: Announce) -> None:
        from . import sockets

        server: sockets.SocketServer
        if job.service == "echo":
            server = sockets.SocketEcho(mode, once=job.once > 0)
        else:
            from . import socket_services

            server = socket_services.SERVERS[job.service, mode](once=job.once > 0)
        announce(server.listen(job.host, path=job.path))
        server.run()

    return serve


def node(mode: NodeMode) -> Serve:
    """Return a server on Node's net or http, where Node is installed."""

    def serve(job: Job, announce: Announce) -> None:
        from . import node

        node.serve(mode, job, announce)

    return serve


def on_loop(loop: str, shape: str) -> Serve:
    """Return an asyncio server on the loop that `loop.new_event_loop` makes."""

    def serve(job: Job, announce: Announce) -> None:
        from . import aio  # asyncio is slow to import, and most subjects do without

        try:
            aio.serve(loop, shape, job, announce)
        except NotImplementedError as error:  # of the loop itself: it gives no reason
            where = " on a Unix socket" if job.path is not None else ""
            reason = str(error) or f"{loop} cannot serve {SHAPES[shape].label}{where}"
            raise NotImplementedError(reason) from None

    return serve


def on_loops() -> Iterator[Subject]:
    """Yield a subject for each shape on each event loop."""
    for loop, shape in pairs(tuple(SHAPES)):
        name = subject_name(loop, shape)
        yield Subject(
            name,
            f"{loop} {SHAPES[shape].label}",
            f"{SHAPES[shape].about} on {loop}'s loop",
            "python" if loop == "asyncio" else loop,
            on_loop(loop, shape),
            SHAPES[shape].services,
            loop,
            shape,
        )


def on_net(mode: SocketMode, label: str, about: str, services: frozenset[Service]) -> Subject:
    """Return a subject on uvnet.net."""
    label = f"uvnet.net {label}"
    return Subject(f"net-{mode}", label, about, "uvnet", sockets(mode), services)


OTHERS = (
    Subject("ceiling", "C on libuv", "C callbacks on libuv", "libuv", serve_ceiling, BULK),
    on_net("pipe", "pipe", "socket.pipe(socket)", ECHO),
    on_net("onread", "onread", "onread into a fixed buffer, then write", BULK),
    on_net("data", "'data'", "'data' and write", ALL),
    on_net("async", "async for", "async for chunk in socket", LINE),
    Subject("node-pipe", "Node pipe", "the same in Node", "node", node("pipe")),
    Subject("node-data", "Node 'data'", "the same in Node", "node", node("data"), ALL),
    Subject("node-http", "Node http", "Node's http module", "node", node("http"), HTTP),
    Subject(
        "handles",
        "uvnet handles",
        "TCP and Pipe handles, onread gets bytes",
        "uvnet",
        handles("handles"),
        BULK,
    ),
    Subject(
        "handles-buffer",
        "uvnet handles, one buffer",
        "the same, but into one buffer",
        "uvnet",
        handles("buffer"),
        BULK,
    ),
    Subject(
        "splice",
        "uvnet handles, spliced",
        "handles spliced in C",
        "uvnet",
        handles("splice"),
    ),
)

SUBJECTS: dict[str, Subject] = {subject.name: subject for subject in (*OTHERS, *on_loops())}

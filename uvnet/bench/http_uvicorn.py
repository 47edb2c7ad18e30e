"""HTTP with uvicorn and httptools: a bare ASGI application."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from typing import Any

import httptools  # noqa: F401  (what uvicorn is to parse with)
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .echo import BACKLOG
from .job import Announce, Job, body
from .protocol import Counted

KEEP_ALIVE = 3600  # seconds: a connection that is idle for long is not to be closed by us

Send = Callable[[dict[str, Any]], Awaitable[None]]


def application(size: int) -> Any:
    """Return an ASGI application that answers every request with a body of so many bytes."""
    content = body(size)
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(size).encode())]

    async def answer(scope: Any, receive: Any, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return answer


class CountedProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with its connections counted to know when a run is over."""

    def connection_made(self, transport: Any) -> None:
        """Count the connection."""
        Counted.opened()
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the run with its last connection."""
        super().connection_lost(exc)
        Counted.closed()


class Server(uvicorn.Server):
    """uvicorn's server; it says when it listens, and can end after one run."""

    def __init__(self, config: uvicorn.Config, announce: Announce) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and announce the address."""
        await super().startup(sockets=sockets)
        if self.started:
            self._announce(self.servers[0].sockets[0].getsockname())

    def end(self) -> None:
        """Shut down as on SIGTERM."""
        self.should_exit = True


def serve(package: str, job: Job, announce: Announce) -> None:
    """Serve on the loop that `package.new_event_loop` makes; see `subjects.Subject.serve`."""
    config = uvicorn.Config(
        application(job.size),
        host=job.host,
        port=0,
        uds=job.path,
        loop=f"{package}:new_event_loop",
        http=CountedProtocol if job.once else "httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE,
    )
    server = Server(config, announce)
    if job.once:
        Counted.over = server.end
    server.run()

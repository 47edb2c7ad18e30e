"""HTTP with aiohttp.web: an application with one route."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from .echo import BACKLOG
from .job import Address, Job, body
from .protocol import Counted

KEEP_ALIVE = 3600.0  # seconds: a connection that is idle for long is not to be closed by us


def application(size: int) -> web.Application:
    """Return an application that answers GET / with a body of so many bytes."""
    content = body(size)

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=content, content_type="text/plain")

    app = web.Application()
    app.router.add_get("/", answer)
    return app


def count(server: Any) -> None:
    """Count the connections of aiohttp's low-level server, to know when a run is over."""
    made, lost = server.connection_made, server.connection_lost

    def connection_made(*arguments: Any) -> None:
        Counted.opened()
        made(*arguments)

    def connection_lost(*arguments: Any) -> None:
        lost(*arguments)
        Counted.closed()

    server.connection_made, server.connection_lost = connection_made, connection_lost


@asynccontextmanager
async def serve(job: Job) -> AsyncIterator[Address]:
    """Serve on the running loop, and yield the address."""
    runner = web.AppRunner(
        application(job.size),
        access_log=None,
        handle_signals=False,
        keepalive_timeout=KEEP_ALIVE,
        shutdown_timeout=1.0,
    )
    await runner.setup()
    if job.once:
        count(runner.server)
    site: web.BaseSite
    if job.path is None:
        site = web.TCPSite(runner, job.host, 0, backlog=BACKLOG)
    else:
        site = web.UnixSite(runner, job.path, backlog=BACKLOG)
    await site.start()
    try:
        yield runner.addresses[0]
    finally:
        await runner.cleanup()

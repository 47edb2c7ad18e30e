"""Servers and connections of native streams, on each kind of transport."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvnet
from uvnet.aio import streams

from .tls import client_context, server_context

KINDS = ["tcp", "unix", "tls"]


@asynccontextmanager
async def serving(kind: str, callback: Any, path: Path, **options: Any) -> AsyncIterator[Any]:
    """Give a function that connects: connect(**options) -> (reader, writer)."""
    if kind == "unix":
        server = await uvnet.start_unix_server(callback, path / "s", **options)
    else:
        if kind == "tls":
            options["ssl"] = server_context()
        server = await uvnet.start_server(callback, "127.0.0.1", 0, **options)

    async def connect(**options: Any) -> tuple[streams.StreamReader, streams.StreamWriter]:
        if kind == "unix":
            return await uvnet.open_unix_connection(path / "s", **options)
        if kind == "tls":
            options |= {"ssl": client_context(), "server_hostname": "localhost"}
        host, port = server.sockets[0].getsockname()
        return await uvnet.open_connection(host, port, **options)

    async with server:
        yield connect


@asynccontextmanager
async def connected(limit: int = 65536) -> AsyncIterator[tuple[Any, Any, socket.socket]]:
    """Give a native reader and writer, and the non-blocking socket at the other end."""
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    peer.setblocking(False)
    reader, writer = await uvnet.open_unix_connection(sock=ours, limit=limit)
    try:
        yield reader, writer, peer
    finally:
        peer.close()
        writer.transport.abort()
        await asyncio.sleep(0)


async def finish(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()

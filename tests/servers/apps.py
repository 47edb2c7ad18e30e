"""The applications that the servers under test serve: one for ASGI, one for aiohttp."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

CHUNK = bytes(range(256)) * 64  # 16 KiB


def who() -> bytes:
    """Return, as JSON, which loop and which process answers."""
    kind = type(asyncio.get_running_loop())
    return json.dumps([f"{kind.__module__}.{kind.__name__}", os.getpid()]).encode()


async def slowly() -> None:
    """Take a while, and say when that begins."""
    print("slowly", flush=True)
    await asyncio.sleep(0.5)


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Answer a request, echo on a WebSocket, or go through a life span."""
    await {"http": http, "websocket": websocket, "lifespan": lifespan}[scope["type"]](
        scope, receive, send
    )


async def http(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Serve / (who it is), /slow (the same, later), /stream (chunks), /echo (the body)."""
    path = scope["path"]
    start: dict[str, Any] = {"type": "http.response.start", "status": 200, "headers": []}
    if path == "/echo":
        await send(start)
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            body = {"type": "http.response.body", "body": message["body"], "more_body": more}
            await send(body)
    elif path == "/stream":
        await send(start)
        for _ in range(256):
            await send({"type": "http.response.body", "body": CHUNK, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    else:
        if path == "/slow":
            await slowly()
        body = who()
        start["headers"] = [(b"content-length", str(len(body)).encode())]
        await send(start)
        await send({"type": "http.response.body", "body": body})


async def websocket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Echo each message."""
    while True:
        message = await receive()
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message["type"] == "websocket.receive":
            kept = {key: message[key] for key in ("bytes", "text") if message.get(key) is not None}
            await send({"type": "websocket.send", **kept})
        else:
            return


async def lifespan(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Say so when the server starts and stops."""
    for stage in ("startup", "shutdown"):
        assert (await receive())["type"] == f"lifespan.{stage}"
        await asyncio.sleep(0)
        print(f"lifespan.{stage}", flush=True)
        await send({"type": f"lifespan.{stage}.complete"})


async def aiohttp_app() -> Any:
    """Return an application of aiohttp with / and /slow, as above."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/slow":
            await slowly()
        return web.Response(body=who(), content_type="application/json")

    application = web.Application()
    application.router.add_get("/", answer)
    application.router.add_get("/slow", answer)
    return application

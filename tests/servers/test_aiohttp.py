"""aiohttp: its server and its client, both on one loop of ours."""

from __future__ import annotations

import asyncio
import hashlib
import io
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import uvnet

from .processes import CERTIFICATE, require

BODY = bytes(range(256)) * 32768  # 8 MiB
DIGEST = hashlib.sha256(BODY).hexdigest()

Handler = Callable[[Any], Awaitable[Any]]


@pytest.fixture(autouse=True)
def _needs_aiohttp() -> None:
    require("aiohttp")


@asynccontextmanager
async def serving(
    handlers: dict[str, Handler], context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Any, str]]:
    """Serve by path, until the end of the block; gives a client and the address."""
    from aiohttp import ClientSession, TCPConnector, web

    app = web.Application(client_max_size=1 << 26)
    for path, handler in handlers.items():
        app.router.add_route("*", path, handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    [(host, port)] = runner.addresses
    client = ssl.create_default_context(cafile=CERTIFICATE) if context else True
    try:
        async with ClientSession(connector=TCPConnector(ssl=client, limit=50)) as session:
            yield session, f"https://localhost:{port}" if context else f"http://{host}:{port}"
    finally:
        await runner.cleanup()
    if context:
        await asyncio.sleep(0.1)  # for the client's connections to end by TLS


async def hello(request: Any) -> Any:
    from aiohttp import web

    return web.Response(text=request.query.get("name", "hello"))


async def digest(request: Any) -> Any:
    from aiohttp import web

    return web.Response(text=hashlib.sha256(await request.read()).hexdigest())


async def chunks(request: Any) -> Any:
    from aiohttp import web

    response = web.StreamResponse()
    response.enable_chunked_encoding()
    await response.prepare(request)
    for start in range(0, len(BODY), 1 << 16):
        await response.write(BODY[start : start + (1 << 16)])
    await response.write_eof()
    return response


async def in_pieces() -> AsyncIterator[bytes]:
    for start in range(0, len(BODY), 100_000):
        yield BODY[start : start + 100_000]


async def bodies(session: Any, url: str) -> None:
    async with session.post(f"{url}/digest", data=io.BytesIO(BODY)) as response:
        assert await response.text() == DIGEST
    async with session.post(f"{url}/digest", data=in_pieces()) as response:
        assert await response.text() == DIGEST
    async with session.get(f"{url}/chunks") as response:
        assert response.headers["Transfer-Encoding"] == "chunked"
        assert await response.read() == BODY


async def requests(session: Any, url: str, tasks: int, each: int) -> None:
    async def client(number: int) -> None:
        for turn in range(each):
            async with session.get(f"{url}/hello", params={"name": f"{number}.{turn}"}) as response:
                assert (response.status, await response.text()) == (200, f"{number}.{turn}")

    async with asyncio.TaskGroup() as group:
        for number in range(tasks):
            group.create_task(client(number))


HANDLERS = {"/hello": hello, "/digest": digest, "/chunks": chunks}


def test_requests_and_big_bodies() -> None:
    async def main() -> None:
        async with serving(HANDLERS) as (session, url):
            await requests(session, url, 30, 20)
            await bodies(session, url)

    uvnet.run(main())


def test_tls() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)

    async def main() -> None:
        async with serving(HANDLERS, context) as (session, url):
            await requests(session, url, 10, 10)
            await bodies(session, url)

    uvnet.run(main())


def test_websockets() -> None:
    from aiohttp import WSMsgType, web

    async def echo(request: Any) -> Any:
        websocket = web.WebSocketResponse(max_msg_size=0, heartbeat=5.0)
        await websocket.prepare(request)
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                await websocket.send_str(message.data)
            else:
                await websocket.send_bytes(message.data)
        return websocket

    async def main() -> None:
        async with serving({"/ws": echo}) as (session, url):

            async def client(number: int) -> None:
                async with session.ws_connect(f"{url}/ws", max_msg_size=0) as websocket:
                    for turn in range(20):
                        await websocket.send_str(f"{number}.{turn}")
                        assert await websocket.receive_str() == f"{number}.{turn}"
                    await websocket.send_bytes(BODY[: 1 << 20])
                    assert await websocket.receive_bytes() == BODY[: 1 << 20]
                    await websocket.close(code=4000)
                    assert websocket.close_code == 1000  # what the server says

            async with asyncio.TaskGroup() as group:
                for number in range(10):
                    group.create_task(client(number))

    uvnet.run(main())


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_a_file(tmp_path: Path, tls: bool) -> None:
    from aiohttp import web

    path = tmp_path / "body"
    path.write_bytes(BODY)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if tls else None
    if context:
        context.load_cert_chain(CERTIFICATE)

    async def file(request: Any) -> Any:
        return web.FileResponse(path)

    async def main() -> None:
        async with serving({"/file": file}, context) as (session, url):
            async with session.get(f"{url}/file") as response:
                assert hashlib.sha256(await response.read()).hexdigest() == DIGEST
            headers = {"Range": "bytes=1000000-1000099"}
            async with session.get(f"{url}/file", headers=headers) as response:
                assert response.status == 206
                assert await response.read() == BODY[1_000_000:1_000_100]

    uvnet.run(main())


def test_a_slow_reader_holds_the_server_back() -> None:
    from aiohttp import web

    sent = 0

    async def endless(request: Any) -> Any:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(BODY[: 1 << 16])
            sent += 1 << 16

    async def main() -> None:
        async with (
            serving({"/endless": endless}) as (session, url),
            session.get(f"{url}/endless") as response,
        ):
            assert await response.content.readexactly(1 << 20) == BODY[: 1 << 16] * 16
            await asyncio.sleep(0.2)
            before = sent
            await asyncio.sleep(0.2)
            assert sent == before < 1 << 26

    uvnet.run(main())


def test_a_unix_socket(tmp_path: Path) -> None:
    from aiohttp import ClientSession, UnixConnector, web

    path = str(tmp_path / "socket")

    async def main() -> None:
        app = web.Application()
        app.router.add_get("/", hello)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.UnixSite(runner, path).start()
        async with (
            ClientSession(connector=UnixConnector(path)) as session,
            session.get("http://localhost/") as response,
        ):
            assert await response.text() == "hello"
        await runner.cleanup()

    uvnet.run(main())


@pytest.mark.slow
def test_load() -> None:
    async def main() -> None:
        async with serving(HANDLERS) as (session, url):
            await requests(session, url, 50, 400)
            for _ in range(20):
                await bodies(session, url)

    uvnet.run(main())

"""The package `websockets`: server and client on one loop of ours."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import pytest

import uvnet

from .processes import CERTIFICATE, require

DATA = bytes(range(256)) * 16384  # 4 MiB


@pytest.fixture(autouse=True)
def _needs_websockets() -> None:
    require("websockets")


async def echo(websocket: Any) -> None:
    async for message in websocket:
        await websocket.send(message)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_messages(tls: bool) -> None:
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import serve

    ours, theirs = None, None
    if tls:
        ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        ours.load_cert_chain(CERTIFICATE)
        theirs = ssl.create_default_context(cafile=CERTIFICATE)

    async def main() -> None:
        async with serve(echo, "127.0.0.1", 0, ssl=ours, max_size=None) as server:
            port = server.sockets[0].getsockname()[1]
            scheme, more = ("wss", {"server_hostname": "localhost"}) if tls else ("ws", {})

            async def client(number: int) -> None:
                url = f"{scheme}://127.0.0.1:{port}"
                async with connect(url, ssl=theirs, max_size=None, **more) as websocket:
                    for turn in range(20):
                        await websocket.send(f"{number}.{turn}")
                        assert await websocket.recv() == f"{number}.{turn}"
                    await websocket.send([DATA[:1000], DATA[1000:1001], DATA[1001:]])
                    assert await websocket.recv() == DATA
                    await (await websocket.ping())

            async with asyncio.TaskGroup() as group:
                for number in range(10):
                    group.create_task(client(number))

    uvnet.run(main())


def test_the_server_says_that_it_goes_away() -> None:
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import serve
    from websockets.exceptions import ConnectionClosed

    async def main() -> None:
        async with serve(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            clients = [await connect(f"ws://127.0.0.1:{port}") for _ in range(20)]
            server.close()
            for client in clients:
                with pytest.raises(ConnectionClosed) as caught:
                    await client.recv()
                assert caught.value.rcvd is not None and caught.value.rcvd.code == 1001
            await server.wait_closed()

    uvnet.run(main())


@pytest.mark.slow
def test_broadcasts_to_many() -> None:
    from websockets.asyncio.client import connect
    from websockets.asyncio.server import broadcast, serve

    many, messages = 500, 100

    async def main() -> None:
        async with serve(lambda websocket: websocket.wait_closed(), "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            there = asyncio.Semaphore(0)

            async def client() -> None:
                async with connect(f"ws://127.0.0.1:{port}") as websocket:
                    there.release()
                    for number in range(messages):
                        assert await websocket.recv() == f"{number} {'x' * 500}"

            async with asyncio.TaskGroup() as group:
                for _ in range(many):
                    group.create_task(client())
                for _ in range(many):
                    await there.acquire()
                for number in range(messages):
                    broadcast(server.connections, f"{number} {'x' * 500}")
                    await asyncio.sleep(0)

    uvnet.run(main())

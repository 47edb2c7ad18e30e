"""tornado on our loop: its streams are nothing but add_reader() and add_writer()."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import uvnet

from .processes import require

BODY = bytes(range(256)) * 32768  # 8 MiB


@pytest.fixture(autouse=True)
def _needs_tornado() -> None:
    require("tornado")


@asynccontextmanager
async def serving(handlers: list[Any]) -> AsyncIterator[int]:
    from tornado import httpserver, testing, web

    server = httpserver.HTTPServer(web.Application(handlers), max_body_size=1 << 26)
    listener, port = testing.bind_unused_port()
    server.add_sockets([listener])
    try:
        yield port
    finally:
        server.stop()
        await server.close_all_connections()


def test_requests() -> None:
    from tornado import httpclient, web

    class Echo(web.RequestHandler):
        async def get(self) -> None:
            await asyncio.sleep(0)
            self.write(self.get_argument("q"))

        async def post(self) -> None:
            self.write(self.request.body)

    async def main() -> None:
        async with serving([("/", Echo)]) as port:
            client = httpclient.AsyncHTTPClient(force_instance=True, max_clients=20)
            url = f"http://127.0.0.1:{port}/"

            async def ask(number: int) -> None:
                response = await client.fetch(f"{url}?q={number}")
                assert response.body == str(number).encode()

            async with asyncio.TaskGroup() as group:
                for number in range(200):
                    group.create_task(ask(number))
            headers = {"Content-Type": "application/octet-stream"}
            response = await client.fetch(url, method="POST", body=BODY, headers=headers)
            assert response.body == BODY
            client.close()

    uvnet.run(main())


def test_websockets() -> None:
    from tornado import websocket

    class Echo(websocket.WebSocketHandler):
        def on_message(self, message: str | bytes) -> None:
            self.write_message(message, binary=isinstance(message, bytes))

    async def main() -> None:
        async with serving([("/", Echo)]) as port:
            for _ in range(3):
                client = await websocket.websocket_connect(f"ws://127.0.0.1:{port}/")
                for number in range(100):
                    await client.write_message(str(number))
                    assert await client.read_message() == str(number)
                await client.write_message(BODY[: 1 << 20], binary=True)
                assert await client.read_message() == BODY[: 1 << 20]
                client.close()
                assert await client.read_message() is None

    uvnet.run(main())


def test_streams() -> None:
    from tornado import iostream, tcpclient, tcpserver, testing

    class Echo(tcpserver.TCPServer):
        async def handle_stream(self, stream: Any, address: Any) -> None:
            try:
                while True:
                    await stream.write(await stream.read_bytes(1 << 16, partial=True))
            except iostream.StreamClosedError:
                pass

    async def main() -> None:
        server = Echo()
        listener, port = testing.bind_unused_port()
        server.add_socket(listener)
        stream = await tcpclient.TCPClient().connect("127.0.0.1", port)
        written = asyncio.ensure_future(stream.write(BODY))
        assert await stream.read_bytes(len(BODY)) == BODY
        await written
        stream.close()
        server.stop()

    uvnet.run(main())


def test_a_loop_of_tornado_on_ours() -> None:
    from tornado import gen, ioloop

    loop = uvnet.new_event_loop()
    io = ioloop.IOLoop(asyncio_loop=loop, make_current=False)
    called: list[int] = []

    async def main() -> str:
        assert asyncio.get_running_loop() is loop
        ticker = ioloop.PeriodicCallback(lambda: called.append(1), 5)
        ticker.start()
        while len(called) < 3:
            await gen.sleep(0.005)
        ticker.stop()
        return await io.run_in_executor(None, str, 7)

    try:
        assert io.run_sync(main) == "7"
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        io.close()
    assert loop.is_closed()

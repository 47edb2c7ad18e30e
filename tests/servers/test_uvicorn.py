"""uvicorn on our loop, with a client on our loop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import uvnet

from .apps import CHUNK
from .http_client import Connection, check_who, load
from .processes import CERTIFICATE, LIMIT, Program, environment, free_port, require, running

HERE = Path(__file__).parent


@contextmanager
def serving(*options: str, port: int) -> Iterator[Program]:
    command = [sys.executable, "-m", "uvicorn", "--loop", "uvnet:new_event_loop", "apps:app"]
    command += ["--port", str(port), "--log-level", "warning", *options]
    with running(command, HERE, env=environment(PYTHONDONTWRITEBYTECODE="1")) as program:
        program.wait_for_port(port)
        yield program
        program.stop()
        output = program.output()
        assert output.count("lifespan.startup") == output.count("lifespan.shutdown") > 0, output


@pytest.mark.parametrize("parser", ["h11", "httptools"])
def test_requests(parser: str) -> None:
    require("uvicorn", parser)

    async def main(port: int) -> None:
        assert (await load(port, 20, 50)).total() == 1000
        async with Connection(port) as connection:
            body = CHUNK * 256  # 4 MiB
            assert await connection.request(b"POST", "/echo", body) == body
            assert await connection.get("/stream") == body
            assert await connection.request(b"POST", "/echo", b"x") == b"x"

    port = free_port()
    with serving("--http", parser, port=port):
        uvnet.run(main(port))


def test_tls() -> None:
    require("uvicorn")

    async def main(port: int) -> None:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        assert (await load(port, 10, 20, tls=context)).total() == 200
        async with Connection(port, context) as connection:
            body = CHUNK * 256
            assert await connection.request(b"POST", "/echo", body) == body
            assert await connection.get("/stream") == body

    port = free_port()
    files = ("--ssl-certfile", str(CERTIFICATE), "--ssl-keyfile", str(CERTIFICATE))
    with serving(*files, port=port):
        uvnet.run(main(port))


@pytest.mark.parametrize("library", ["websockets", "websockets-sansio", "wsproto"])
def test_websockets(library: str) -> None:
    require("uvicorn", "websockets", library.partition("-")[0])
    from websockets.asyncio.client import connect

    async def main(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", max_size=None) as websocket:
            for number in range(200):
                await websocket.send(str(number))
                assert await websocket.recv() == str(number)
            await websocket.send(CHUNK * 64)
            assert await websocket.recv() == CHUNK * 64

    port = free_port()
    with serving("--ws", library, port=port):
        uvnet.run(main(port))


def test_a_request_under_way_is_finished_before_the_server_stops() -> None:
    require("uvicorn")

    async def main(port: int, program: Program) -> None:
        async with Connection(port) as connection:
            await connection.get()
            slow = asyncio.create_task(connection.get("/slow"))
            await asyncio.to_thread(program.wait_for_output, "slowly")
            program.send(signal.SIGTERM)
            assert await slow
        with pytest.raises(ConnectionRefusedError):
            await check_who(port)

    port = free_port()
    with serving(port=port) as program:
        uvnet.run(main(port, program))


def test_several_processes_share_the_port() -> None:
    require("uvicorn")

    async def main(port: int) -> None:
        pids = {await check_who(port) for _ in range(30)}
        served = await load(port, 20, 20)
        assert served.total() == 400
        assert 1 <= len(pids | set(served)) <= 2

    port = free_port()
    with serving("--workers", "2", port=port) as program:
        program.wait_for_output("lifespan.startup", times=2)
        uvnet.run(main(port))


HALVES = {
    "nothing": b"",
    "half of a head": b"GET / HTTP/1.1\r\nHost: loc",
    "half of a body": b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + CHUNK,
    "no reading": b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n",
    "nonsense": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
}


@pytest.mark.skipif(sys.platform != "linux", reason="/proc counts descriptors")
@pytest.mark.parametrize("parser", ["h11", "httptools"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_rude_clients_leave_nothing_behind(parser: str, tls: bool) -> None:
    require("uvicorn", parser)
    context = ssl.create_default_context(cafile=CERTIFICATE) if tls else None

    def be_rude(port: int) -> None:
        """Go away in the middle of it: half of the clients with a reset."""
        for number, half in enumerate(list(HALVES.values()) * 10):
            with socket.create_connection(("127.0.0.1", port), timeout=LIMIT) as client:
                if number % 2:
                    linger = struct.pack("ii", 1, 0)
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                if context and number % 3:
                    client = context.wrap_socket(client, server_hostname="localhost")
                client.sendall(half)
                if number % 4 < 2:
                    client.settimeout(0.01)
                    with contextlib.suppress(OSError):
                        client.recv(10)
                client.close()

    async def main(port: int, server: Path) -> None:
        await load(port, 1, 1, tls=context)
        before = len(list(server.iterdir()))
        await asyncio.to_thread(be_rude, port)
        assert (await load(port, 5, 5, tls=context)).total() == 25
        async with asyncio.timeout(LIMIT):
            while len(list(server.iterdir())) > before:
                await asyncio.sleep(0.05)

    port = free_port()
    files = ("--ssl-certfile", str(CERTIFICATE), "--ssl-keyfile", str(CERTIFICATE)) if tls else ()
    with serving("--http", parser, "--log-level", "critical", *files, port=port) as program:
        uvnet.run(main(port, Path(f"/proc/{program.process.pid}/fd")))
        assert "Exception" not in program.output()


@pytest.mark.slow
@pytest.mark.parametrize("parser", ["h11", "httptools"])
def test_load(parser: str) -> None:
    require("uvicorn", parser)
    port = free_port()
    with serving("--http", parser, port=port):
        assert uvnet.run(load(port, 100, 300)).total() == 30000

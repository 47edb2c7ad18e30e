"""hypercorn, which takes our loop under uvloop's name; HTTP/2 and WebSockets by it."""

from __future__ import annotations

import asyncio
import json
import signal
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import uvnet

from .apps import CHUNK
from .http_client import OURS, Connection, load
from .processes import CERTIFICATE, Program, environment, free_port, require, running

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def _needs_hypercorn() -> None:
    require("hypercorn", "httpx", "websockets")


@contextmanager
def serving(port: int, *options: str) -> Iterator[Program]:
    command = [sys.executable, "-m", "uvnet.contrib.uvloop_alias", "hypercorn", "-k", "uvloop"]
    command += ["--bind", f"127.0.0.1:{port}", *options, "apps:app"]
    env = environment(PYTHONDONTWRITEBYTECODE="1")
    with running(command, HERE, env=env, ends=signal.SIGTERM) as program:
        program.wait_for_output("lifespan.startup")
        program.wait_for_port(port)
        yield program
        program.stop()
        assert "lifespan.shutdown" in program.output()


@pytest.mark.parametrize("workers", [0, 2])
def test_requests(workers: int) -> None:
    async def main(port: int) -> None:
        assert (await load(port, 20, 20)).total() == 400
        async with Connection(port) as connection:
            assert await connection.request(b"POST", "/echo", CHUNK * 8) == CHUNK * 8
            assert await connection.get("/stream") == CHUNK * 256

    port = free_port()
    with serving(port, "--workers", str(workers)):
        uvnet.run(main(port))


def test_http_2() -> None:
    import httpx

    async def main(port: int) -> None:
        context = ssl.create_default_context(cafile=CERTIFICATE)
        async with httpx.AsyncClient(http2=True, verify=context, timeout=60) as client:
            url = f"https://localhost:{port}"
            answers = await asyncio.gather(*(client.get(url) for _ in range(100)))
            assert {answer.http_version for answer in answers} == {"HTTP/2"}
            assert {json.loads(answer.content)[0] for answer in answers} == {OURS}
            assert (await client.get(f"{url}/stream")).content == CHUNK * 256

    port = free_port()
    with serving(port, "--certfile", str(CERTIFICATE), "--keyfile", str(CERTIFICATE)):
        uvnet.run(main(port))


def test_websockets() -> None:
    from websockets.asyncio.client import connect

    async def main(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", max_size=None) as websocket:
            for number in range(100):
                await websocket.send(str(number))
                assert await websocket.recv() == str(number)
            await websocket.send(CHUNK * 16)
            assert await websocket.recv() == CHUNK * 16

    port = free_port()
    with serving(port):
        uvnet.run(main(port))

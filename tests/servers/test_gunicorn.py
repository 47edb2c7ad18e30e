"""gunicorn with our workers: what it serves, and that a reload loses no request."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import uvnet

from .apps import CHUNK
from .http_client import Steady, check_who, load
from .processes import LIMIT, Program, environment, free_port, require, running

HERE = Path(__file__).parent
WORKERS = {
    "Worker": ("apps:app", ["gunicorn"]),
    "UvicornWorker": ("apps:app", ["gunicorn", "uvicorn", "uvicorn_worker"]),
    "AiohttpWorker": ("apps:aiohttp_app", ["gunicorn", "aiohttp"]),
}


@contextmanager
def serving(worker: str, port: int) -> Iterator[Program]:
    app, needs = WORKERS[worker]
    require(*needs)
    command = [sys.executable, "-m", "gunicorn", "-k", f"uvnet.contrib.gunicorn.{worker}"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--graceful-timeout", "20", app]
    with running(command, HERE, env=environment(PYTHONDONTWRITEBYTECODE="1")) as program:
        program.wait_for_output("Booting worker", times=2)
        uvnet.run(both_answer(port))
        yield program


async def both_answer(port: int) -> None:
    """Wait until two processes have answered."""
    pids: set[int] = set()
    async with asyncio.timeout(LIMIT):
        while len(pids) < 2:
            pids |= set(await asyncio.gather(*(check_who(port) for _ in range(4))))


CLIENTS = 8


def nothing_lost(worker: str, clients: Steady, times: int) -> None:
    """Fail unless each request was answered, as far as the worker means to do so.

    gunicorn's own answers on every connection that it has accepted. At the end of theirs, uvicorn
    and aiohttp close those on which nothing has come yet, on any loop: at most one of each client.
    """
    assert clients.broken == []
    assert clients.closed <= (0 if worker == "Worker" else CLIENTS * times)


async def reload(program: Program, times: int, port: int, keep_alive: bool) -> Steady:
    """Reload so often under load, and return what the clients have seen."""
    clients = Steady(port, keep_alive)
    async with asyncio.timeout(240), asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(clients.client())
        for count in range(1, times + 1):
            before = set(clients.served)
            await asyncio.sleep(0.3)
            program.send(signal.SIGHUP)
            booted = 2 * (1 + count)
            await asyncio.to_thread(program.wait_for_output, "Booting worker", booted)
            while not set(clients.served) - before:  # until a new process has answered
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        clients.stopping = True
    return clients


@pytest.mark.parametrize("worker", WORKERS)
def test_requests_are_answered_also_those_under_way_at_the_end(worker: str) -> None:
    async def main(port: int, program: Program) -> None:
        assert (await load(port, 20, 25)).total() == 500
        slow = [asyncio.create_task(check_who(port, "/slow")) for _ in range(10)]
        await asyncio.to_thread(program.wait_for_output, "slowly", times=10)
        program.send(signal.SIGTERM)
        assert len(await asyncio.gather(*slow)) == 10

    port = free_port()
    with serving(worker, port) as program:
        uvnet.run(main(port, program))


@pytest.mark.parametrize("worker", ["Worker", "UvicornWorker"])
def test_websockets(worker: str) -> None:
    require("websockets")
    from websockets.asyncio.client import connect

    async def client(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}", max_size=None) as websocket:
            for number in range(20):
                await websocket.send(str(number))
                assert await websocket.recv() == str(number)
            await websocket.send(CHUNK * 16)
            assert await websocket.recv() == CHUNK * 16

    async def main(port: int) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(10):
                group.create_task(client(port))

    port = free_port()
    with serving(worker, port):
        uvnet.run(main(port))


@pytest.mark.parametrize("worker", WORKERS)
def test_a_reload_loses_no_request(worker: str) -> None:
    port = free_port()
    with serving(worker, port) as program:
        clients = uvnet.run(reload(program, 1, port, keep_alive=False))
        nothing_lost(worker, clients, 1)
        assert clients.served.total() > 10


@pytest.mark.slow
@pytest.mark.parametrize("keep_alive", [False, True], ids=["close", "keep-alive"])
@pytest.mark.parametrize("worker", WORKERS)
def test_many_reloads(worker: str, keep_alive: bool) -> None:
    port = free_port()
    with serving(worker, port) as program:
        clients = uvnet.run(reload(program, 6, port, keep_alive))
        nothing_lost(worker, clients, 6)
        assert len(clients.served) >= 7
        print(f"{clients.served.total()} served, {clients.repeated} repeated")

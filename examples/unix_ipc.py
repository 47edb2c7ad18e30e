"""Several processes on one machine: a parent gives out work over a Unix socket, in framed JSON.

    python examples/unix_ipc.py                # counts primes in three processes
    python examples/unix_ipc.py --workers 8 100000 200000 300000

A message is four bytes, its length, and then so much JSON. A worker that dies does not take its
task along: another one gets it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import struct
import subprocess
import sys
import tempfile
from typing import Any

import uvnet
from uvnet import net

MAX_MESSAGE = 1024 * 1024  # bytes


async def send(socket: net.Socket, message: Any) -> None:
    body = json.dumps(message).encode()
    if not socket.write(struct.pack("!I", len(body)) + body):
        await socket.drain()


async def receive(socket: net.Socket) -> Any:
    """Return the next message.

    Raises:
        asyncio.IncompleteReadError: The other end has ended.
        ValueError: This is no message.
    """
    (size,) = struct.unpack("!I", await socket.read_exactly(4))
    if size > MAX_MESSAGE:
        raise ValueError(f"a message of {size} bytes, more than {MAX_MESSAGE}")
    return json.loads(await socket.read_exactly(size))


# ---------------------------------------------------------------------------- the parent


class Office:
    """Gives tasks to the workers that connect, and collects what they answer."""

    def __init__(self, tasks: list[int]) -> None:
        self.tasks: asyncio.Queue[int] = asyncio.Queue()
        for task in tasks:
            self.tasks.put_nowait(task)
        self.results: dict[int, int] = {}
        self.workers: set[net.Socket] = set()

    async def serve(self, socket: net.Socket) -> None:
        """Keep one worker busy for as long as it lives."""
        self.workers.add(socket)
        socket.on("close", lambda had_error: self.workers.remove(socket))
        name = await receive(socket)
        print(f"worker {name} is here", flush=True)
        while True:
            task = await self.tasks.get()
            try:
                await send(socket, task)
                self.results[task] = await receive(socket)
                print(f"worker {name}: {self.results[task]} primes below {task}", flush=True)
            except (EOFError, OSError):
                self.tasks.put_nowait(task)  # for somebody else
                raise
            finally:
                self.tasks.task_done()


async def office(tasks: list[int], workers: int) -> dict[int, int]:
    """Return the results of all tasks.

    Raises:
        RuntimeError: All workers have died.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "office.sock")
        desk = Office(tasks)
        server = net.create_server(desk.serve)
        await server.listen(path)
        command = [sys.executable, __file__, "--work-for", path]
        processes = [subprocess.Popen(command) for _ in range(workers)]
        try:
            done = asyncio.ensure_future(desk.tasks.join())
            while not done.done():
                await asyncio.wait([done], timeout=0.2)
                if all(process.poll() is not None for process in processes):
                    raise RuntimeError("all workers have died")
            return desk.results
        finally:
            server.close()
            for socket in list(desk.workers):
                socket.destroy()  # which is how a worker learns that it may go home
            for process in processes:
                process.wait()


# ---------------------------------------------------------------------------- a worker


async def work(path: str) -> None:
    """Answer numbers until the office closes, which may be at any moment."""
    with contextlib.suppress(EOFError, OSError):
        async with await net.connect(path) as socket:
            await send(socket, os.getpid())
            while True:
                await send(socket, count_primes(await receive(socket)))


def count_primes(limit: int) -> int:
    """Return how many primes there are below a limit."""
    sieve = bytearray([1]) * max(limit, 2)
    sieve[:2] = b"\0\0"
    for number in range(2, int(limit**0.5) + 1):
        if sieve[number]:
            sieve[number * number :: number] = bytes(len(range(number * number, limit, number)))
    return sum(sieve)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("numbers", type=int, nargs="*", default=[10**6, 2 * 10**6, 3 * 10**6])
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--work-for", help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        if options.work_for:
            uvnet.run(work(options.work_for))
        else:
            results = uvnet.run(office(options.numbers, options.workers))
            print(f"{sum(results.values())} in all")
    except KeyboardInterrupt:  # Ctrl+C
        sys.exit(130)

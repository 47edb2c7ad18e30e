"""Readables of every kind that give the same data, cut as one likes."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import uvnet
from uvnet import net
from uvnet.stream import PassThrough, Readable

PATIENCE = 30.0  # seconds: only what hangs gets there


def source(**options: Any) -> Readable:
    """Return a Readable that gives only what is pushed."""
    return Readable(**{"read": lambda stream, size: None, **options})


def cut(data: bytes, rng: random.Random, longest: int) -> list[bytes]:
    """Cut data into chunks of 1 to `longest` bytes."""
    chunks = []
    while data:
        size = rng.randint(1, longest)
        chunks.append(data[:size])
        data = data[size:]
    return chunks


class AtOnce(Readable):
    """Pushes within _read(), one chunk for each call."""

    def __init__(self, chunks: list[bytes], **options: Any) -> None:
        super().__init__(**options)
        self.chunks = chunks[::-1]

    def _read(self, size: int) -> None:
        self.push(self.chunks.pop() if self.chunks else None)


class Later(AtOnce):
    """Pushes in a later turn."""

    def _read(self, size: int) -> None:
        uvnet.set_immediate(AtOnce._read, self, size)


class Overridden(Later):
    """What a subclass may wrap."""

    def push(self, chunk: Any, encoding: str | None = None) -> bool:
        return super().push(chunk, encoding)

    def read(self, size: int | None = None) -> Any:
        return super().read(size)

    def emit(self, event: str, /, *args: Any) -> bool:
        return super().emit(event, *args)


def pass_through(chunks: list[bytes], **options: Any) -> PassThrough:
    """Return one that is written to by a task of its own."""
    stream = PassThrough(**options)

    async def write() -> None:
        for chunk in chunks:
            if not stream.write(chunk):
                await stream.drain()
        stream.end()

    stream.feeder = asyncio.ensure_future(write())  # type: ignore[attr-defined]
    return stream


STREAMS: dict[str, Callable[..., Readable]] = {
    "at_once": AtOnce,
    "later": Later,
    "overridden": Overridden,
    "pass_through": pass_through,
}
KINDS = [*STREAMS, "tcp", "unix"]


@contextlib.asynccontextmanager
async def feeding(kind: str, chunks: list[bytes], **options: Any) -> AsyncIterator[Readable]:
    """Give a Readable of this kind: what it reads is these chunks, and then the end."""
    async with asyncio.timeout(PATIENCE):
        if kind in STREAMS:
            yield STREAMS[kind](chunks, **options)
            return
        with tempfile.TemporaryDirectory() as folder:

            async def feed(socket: net.Socket) -> None:
                socket.on("error", lambda error: None)  # a reader may leave early
                for chunk in chunks:
                    if not socket.write(chunk):
                        await socket.drain()
                    if len(chunks) < 200:
                        await asyncio.sleep(0)
                socket.end()

            async with net.create_server(feed, no_delay=True) as server:
                await (
                    server.listen(0, "127.0.0.1") if kind == "tcp" else server.listen(f"{folder}/s")
                )
                address = server.address()
                where = (address.port,) if kind == "tcp" else (address,)
                socket = await net.connect(*where, **options)
                yield socket
                socket.destroy()

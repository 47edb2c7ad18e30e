"""asyncio's own StreamReader, which is fed natively: the same as when it is fed by itself."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet._core.fast import is_enabled

from .streams import read_exactly


async def connect_reader(
    limit: int = 1 << 16,
    make: Callable[..., asyncio.StreamReaderProtocol] = asyncio.StreamReaderProtocol,
) -> tuple[asyncio.StreamReader, Any, socket.socket]:
    """Return a stock reader, its transport, and the socket at the other end."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit, loop)
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    peer.setblocking(False)
    transport, _ = await loop.connect_accepted_socket(lambda: make(reader, loop=loop), ours)
    return reader, transport, peer


def fed() -> int | None:
    loop: Any = asyncio.get_running_loop()
    if not isinstance(loop, uvnet.Loop) or not is_enabled("feed"):
        return None
    return loop.counters()["fed_reads"]


def test_reads(run):
    async def main():
        reader, transport, peer = await connect_reader()
        before = fed()
        with peer:
            for data in (b"a", b"b" * 1000, b"c" * 40_000):
                task = asyncio.create_task(reader.readexactly(len(data)))
                await asyncio.sleep(0)
                peer.send(data)
                assert await task == data
            peer.send(b"line\nrest")
            assert await reader.readline() == b"line\n"
            assert await reader.read(100) == b"rest"
            peer.shutdown(socket.SHUT_WR)
            assert await reader.read(1) == b"" and reader.at_eof()
            transport.close()
        assert before is None or fed() >= before + 4

    run(main())


def test_who_waits_is_called_off(run):
    """The data is there for the next one."""

    async def main():
        reader, transport, peer = await connect_reader()
        with peer:
            task = asyncio.create_task(reader.read(10))
            await asyncio.sleep(0)
            peer.send(b"data")
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await reader.read(10) == b"data"
            transport.close()

    run(main())


def test_limit(run):
    """Above twice its limit the reader pauses the transport, until it is read from."""

    async def main():
        reader, transport, peer = await connect_reader(limit=1000)
        with peer:
            peer.send(b"1" * 2000)
            while len(reader._buffer) < 2000:
                await asyncio.sleep(0)
            assert transport.is_reading()
            peer.send(b"2")
            while transport.is_reading():
                await asyncio.sleep(0)
            assert reader._paused
            assert await reader.readexactly(1500) == b"1" * 1500
            assert transport.is_reading()
            # Programs set it.
            reader._limit = 100_000
            for number in range(10):
                peer.send(bytes(10_000))
                while len(reader._buffer) < 501 + 10_000 * (number + 1):
                    await asyncio.sleep(0)
            assert transport.is_reading()
            reader._limit = 10
            peer.send(b"x" * 100_000)
            while transport.is_reading():
                await asyncio.sleep(0)
            transport.close()

    run(main())


def test_reader_is_gone(run):
    """As asyncio's, which then drops what arrives."""

    async def main():
        reader, transport, peer = await connect_reader()
        reader._waiter = None
        transport.get_protocol()._stream_reader_wr = None
        del reader
        with peer:
            peer.send(b"nobody reads this")
            await asyncio.sleep(0.01)
            assert not transport.is_closing()
            transport.close()

    run(main())


def test_data_after_feed_eof(run):
    """It is an error of the program, which costs the connection."""

    async def main():
        caught = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: caught.append(context))
        reader, transport, peer = await connect_reader()
        reader.feed_eof()
        with peer:
            peer.send(b"too late")
            while not transport.is_closing():
                await asyncio.sleep(0)
        assert type(caught[0]["exception"]) is AssertionError
        assert caught[0]["transport"] is transport

    run(main())


def test_exported_buffer(run):
    """A bytearray that is exported cannot grow: an error as well."""

    async def main():
        caught = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: caught.append(context))
        reader, transport, peer = await connect_reader()
        with peer, memoryview(reader._buffer):
            peer.send(b"data")
            while not transport.is_closing():
                await asyncio.sleep(0)
        assert type(caught[0]["exception"]) is BufferError

    run(main())


class Subclass(asyncio.StreamReaderProtocol):
    pass


class Overriding(asyncio.StreamReaderProtocol):
    def data_received(self, data: bytes) -> None:
        super().data_received(data.upper())


class Elsewhere(asyncio.StreamReaderProtocol):
    """Has its reader in another place."""

    def __init__(self, reader: asyncio.StreamReader, loop: Any) -> None:
        super().__init__(asyncio.StreamReader(loop=loop), loop=loop)
        self.real = reader

    @property
    def _stream_reader(self) -> asyncio.StreamReader:
        return self.real


@pytest.mark.parametrize(
    ("make", "data", "native"),
    [(Subclass, b"data", True), (Overriding, b"DATA", False), (Elsewhere, b"data", False)],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_subclass(run, make, data, native):
    async def main():
        reader, transport, peer = await connect_reader(make=make)
        before = fed()
        with peer:
            peer.send(b"data")
            assert await reader.readexactly(4) == data
            assert before is None or (fed() > before) is native
            transport.close()

    run(main())


class Reader(asyncio.StreamReader):
    def feed_data(self, data: bytes) -> None:
        super().feed_data(data[::-1])


def test_reader_of_another_class(run):
    async def main():
        loop = asyncio.get_running_loop()
        reader = Reader(loop=loop)
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, ours)
        with peer:
            peer.send(b"abc")
            assert await reader.readexactly(3) == b"cba"
            transport.close()

    run(main())


def test_echo_server(run):
    async def main():
        finished = asyncio.get_running_loop().create_future()

        async def serve(reader, writer):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()
            await writer.wait_closed()
            finished.set_result(None)

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            with socket.create_connection(server.sockets[0].getsockname()) as peer:
                peer.setblocking(False)
                for size in (1, 100, 10_000):
                    peer.send(b"x" * size)
                    assert await read_exactly(peer, size) == b"x" * size
            await finished

    run(main())


CODE = """\
import asyncio, socket, uvnet

async def main():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    ours, peer = socket.socketpair()
    protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, ours)
    peer.send(b"data")
    assert await reader.read(10) == b"data"
    peer.close()
    transport.close()
    print(loop.counters()["fed_reads"])

uvnet.run(main())
"""


def test_switched_off(python):
    assert python(CODE, UVNET_FAST="-feed").stdout == "0\n"
    assert python(CODE, UVNET_FAST="").stdout == "1\n"

"""loop.sock_sendfile and loop.sendfile."""

from __future__ import annotations

import asyncio
import io
import os
import socket
import sys
import tempfile

import pytest

DATA = os.urandom(1 << 20)


@pytest.fixture
def file():
    with tempfile.TemporaryFile() as file:
        file.write(DATA)
        file.flush()
        file.seek(0)
        yield file


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    yield left, right
    left.close()
    right.close()


async def read_all(sock, size):
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < size and (chunk := await loop.sock_recv(sock, 1 << 20)):
        data += chunk
    return bytes(data)


# ---------------------------------------------------------------------- sock_sendfile


@pytest.mark.parametrize(
    ("offset", "count", "size"),
    [
        (0, None, len(DATA)),
        (1000, None, len(DATA) - 1000),
        (0, 5000, 5000),
        (1000, 5000, 5000),
        (len(DATA) - 10, 100, 10),
        (len(DATA), None, 0),
    ],
)
def test_sock_sendfile(run, loop_name, pair, file, offset, count, size):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        task = loop.create_task(read_all(right, size))
        sent = await loop.sock_sendfile(left, file, offset, count, fallback=False)
        assert sent == size
        assert await task == DATA[offset : offset + size]
        if size or loop_name == "uvnet" or sys.version_info >= (3, 14):
            assert file.tell() == offset + size
        await loop.sock_sendall(left, b"x")
        assert await loop.sock_recv(right, 10) == b"x"

    run(main())


def test_empty_file(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        with tempfile.TemporaryFile() as file:
            assert await loop.sock_sendfile(pair[0], file) == 0

    run(main())


def test_what_is_no_file(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        with pytest.raises(asyncio.SendfileNotAvailableError, match="not a regular file"):
            await loop.sock_sendfile(left, io.BytesIO(DATA), fallback=False)
        task = loop.create_task(read_all(right, len(DATA)))
        assert await loop.sock_sendfile(left, io.BytesIO(DATA)) == len(DATA)
        assert await task == DATA
        await loop.shutdown_default_executor()

    run(main())


def test_sock_sendfile_arguments(run, pair, file):
    async def main():
        loop = asyncio.get_running_loop()
        for offset, count in ((-1, None), (0, 0), (0, -1)):
            with pytest.raises(ValueError):
                await loop.sock_sendfile(pair[0], file, offset, count)
        with pytest.raises(TypeError):
            await loop.sock_sendfile(pair[0], file, 1.5)
        with (
            socket.socket(type=socket.SOCK_DGRAM) as datagram,
            pytest.raises(ValueError, match="only SOCK_STREAM"),
        ):
            datagram.setblocking(False)
            await loop.sock_sendfile(datagram, file)

    run(main())


def test_sock_sendfile_cancelled(aio_loop, pair, file):
    """The position tells how much has been sent, which asyncio's loop forgets."""

    async def main():
        loop = aio_loop
        left, right = pair
        task = loop.create_task(loop.sock_sendfile(left, file))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        sent = file.tell()
        assert 0 < sent < len(DATA)
        assert await read_all(right, sent) == DATA[:sent]
        with pytest.raises(BlockingIOError):
            right.recv(1)

    aio_loop.run_until_complete(main())


def test_peer_goes_meanwhile(run, pair, file):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        loop.call_later(0.01, right.close)
        with pytest.raises(ConnectionError):
            await loop.sock_sendfile(left, file)

    run(main())


# --------------------------------------------------------------------------- sendfile


async def connected():
    """Return a transport, its protocol, and the socket at the other end."""
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    right.setblocking(False)
    transport, protocol = await loop.create_unix_connection(asyncio.Protocol, sock=left)
    return transport, protocol, right


async def end(transport, right):
    transport.close()
    await asyncio.sleep(0.01)
    right.close()


def test_sendfile_between_writes(run, file):
    """What was written before is sent before."""

    async def main():
        loop = asyncio.get_running_loop()
        transport, _, right = await connected()
        before = os.urandom(500_000)
        size = len(before) + 5000 + 3
        task = loop.create_task(read_all(right, size))
        transport.write(before)
        assert await loop.sendfile(transport, file, 100, 5000, fallback=False) == 5000
        transport.write(b"end")
        assert await task == before + DATA[100:5100] + b"end"
        assert file.tell() == 5100
        assert transport.is_reading()
        await end(transport, right)

    run(main())


def test_sendfile_with_backpressure(run, file):
    async def main():
        loop = asyncio.get_running_loop()
        transport, _, right = await connected()
        task = loop.create_task(read_all(right, 2 * len(DATA)))
        for _ in range(2):
            assert await loop.sendfile(transport, file, fallback=False) == len(DATA)
        assert await task == 2 * DATA
        await end(transport, right)

    run(main())


def test_no_write_meanwhile(run, file):
    async def main():
        loop = asyncio.get_running_loop()
        transport, _, right = await connected()
        task = loop.create_task(loop.sendfile(transport, file))
        await asyncio.sleep(0.01)
        assert not transport.is_reading()
        with pytest.raises(RuntimeError, match="sendfile is in progress"):
            transport.write(b"x")
        assert await read_all(right, len(DATA)) == DATA
        await task
        await end(transport, right)

    run(main())


def test_closing_transport(run, file):
    async def main():
        loop = asyncio.get_running_loop()
        transport, _, right = await connected()
        await end(transport, right)
        with pytest.raises(RuntimeError, match="Transport is closing"):
            await loop.sendfile(transport, file)

    run(main())


def test_transport_closed_meanwhile(aio_loop, file):
    """It ends, though the peer takes nothing: with asyncio's loop it never would."""

    async def main():
        transport, _, right = await connected()
        task = aio_loop.create_task(aio_loop.sendfile(transport, file))
        await asyncio.sleep(0.01)
        transport.close()
        with pytest.raises(ConnectionError):
            await task
        data = await read_all(right, len(DATA))
        assert data == DATA[: len(data)]
        right.close()

    aio_loop.run_until_complete(main())


def test_sendfile_leaves_nothing_open(aio_loop, file):
    async def main():
        transport, _, right = await connected()
        handles = aio_loop.open_handles
        task = aio_loop.create_task(read_all(right, len(DATA)))
        await aio_loop.sendfile(transport, file)
        await task
        aio_loop._forget_watch(right.fileno())
        await asyncio.sleep(0.01)
        assert aio_loop.open_handles == handles
        await end(transport, right)

    aio_loop.run_until_complete(main())

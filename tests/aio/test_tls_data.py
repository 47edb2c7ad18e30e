"""What goes through a TLS connection: amounts, order, backpressure, buffers. On both loops."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Any

import pytest

from uvnet._core.fast import is_enabled

from .streams import Recorder
from .tls import (
    client_context,
    in_background,
    pair,
    peer,
    serve,
    server_context,
    shake_hands,
)

PATTERN = bytes(range(256)) * 4096  # 1 MiB

unix = pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])


class Echo(Recorder):
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.transport.write(data)


class Paced(Recorder):
    """Writes only while it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()
        self.may.set()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.may.clear()

    def resume_writing(self) -> None:
        super().resume_writing()
        self.may.set()

    async def send(self, total: int, chunk: int = 100_000) -> None:
        for start in range(0, total, chunk):
            await self.may.wait()
            self.transport.write(pattern(start, min(chunk, total - start)))
            await asyncio.sleep(0)


def pattern(start: int, count: int) -> bytes:
    start %= 256
    return (PATTERN * (count // len(PATTERN) + 2))[start : start + count]


@unix
@pytest.mark.parametrize("size", [1, 1000, 16384, 16385, 65536, 1_000_003])
def test_echo(run, size, unix):
    async def main():
        async with pair(server=Echo, unix=unix) as (client, server):
            client.transport.write(pattern(7, size))
            assert await client.received(size) == pattern(7, size)
            assert server.events[:2] == ["made", "data"]

    run(main())


def test_pipelined_writes(run):
    """Many small chunks, in the order of the calls, of every kind that may be written."""

    async def main():
        async with pair(server=Echo) as (client, _):
            sent = b""
            for number in range(300):
                chunk = pattern(number, number * 7 % 200 + 1)
                kind = (bytes, bytearray, memoryview)[number % 3]
                client.transport.write(kind(chunk))
                sent += chunk
                if number % 50 == 0:
                    await asyncio.sleep(0)
            client.transport.writelines([b"a", bytearray(b"b"), memoryview(b"c"), b""])
            client.transport.write(b"")
            sent += b"abc"
            assert await client.received(len(sent)) == sent

    run(main())


def test_chunk_may_change_after_write(run):
    async def main():
        async with pair() as (client, server):
            chunk = bytearray(b"before")
            client.transport.write(chunk)
            chunk[:] = b"after!"
            view = bytearray(b"BEFORE")
            client.transport.write(memoryview(view))
            view[:] = b"AFTER!"
            assert await server.received(12) == b"beforeBEFORE"

    run(main())


@pytest.mark.parametrize("chunk", ["text", 1, None, ["a"]], ids=["str", "int", "None", "list"])
def test_what_cannot_be_written(run, chunk):
    async def main():
        async with pair() as (client, server):
            with pytest.raises(TypeError, match="bytes-like"):
                client.transport.write(chunk)
            client.transport.write(b"!")
            assert await server.received(1) == b"!"

    run(main())


def test_write_eof(run):
    async def main():
        async with pair() as (client, _):
            assert not client.transport.can_write_eof()
            with pytest.raises(NotImplementedError):
                client.transport.write_eof()

    run(main())


@unix
def test_both_ends_at_once(run, unix):
    """Each end writes megabytes as fast as it may: neither blocks the other."""

    async def main():
        async with pair(Paced, Paced, unix) as (client, server):
            total = 6_000_000
            await asyncio.gather(client.send(total), server.send(total + 5))
            assert await server.received(total) == pattern(0, total)
            assert await client.received(total + 5) == pattern(0, total + 5)
            assert client.transport.get_write_buffer_size() == 0

    run(main())


def test_backpressure(run):
    """pause_writing() when the other end does not read, resume_writing() when it does again."""

    async def main():
        async with pair(Paced) as (client, server):
            transport = client.transport
            assert transport.get_write_buffer_limits() == (131072, 524288)
            transport.set_write_buffer_limits(high=100_000)
            assert transport.get_write_buffer_limits() == (25_000, 100_000)
            server.transport.pause_reading()
            assert not server.transport.is_reading()
            written = 0
            while "pause" not in client.events:
                transport.write(pattern(written, 50_000))
                written += 50_000
                assert written < 100_000_000
                await asyncio.sleep(0)
            assert transport.get_write_buffer_size() >= 100_000
            assert client.events.count("pause") == 1
            await asyncio.sleep(0.02)
            assert "resume" not in client.events
            server.transport.resume_reading()
            assert server.transport.is_reading()
            await client.may.wait()
            assert await server.received(written) == pattern(0, written)
            assert client.events == ["made", "pause", "resume"]

    run(main())


def test_limits_that_make_no_sense(run):
    async def main():
        async with pair() as (client, _):
            transport = client.transport
            assert transport.get_read_buffer_limits() == (65536, 262144)
            for set_limits in (transport.set_write_buffer_limits, transport.set_read_buffer_limits):
                with pytest.raises(ValueError, match="must be >="):
                    set_limits(high=1, low=2)
                with pytest.raises(ValueError, match="must be >="):
                    set_limits(high=-1)
            transport.set_read_buffer_limits(low=1000)
            assert transport.get_read_buffer_limits() == (1000, 4000)

    run(main())


def test_paused_reader_does_not_collect_without_limit(run, loop_name):
    async def main():
        async with pair(Paced) as (client, server):
            transport = server.transport
            transport.set_read_buffer_limits(high=50_000)
            transport.pause_reading()
            transport.pause_reading()  # no-op
            sender = asyncio.ensure_future(client.send(20_000_000))
            await client_is_paused(client)
            await asyncio.sleep(0.02)
            assert server.data == b""
            # What is read at once may take it above the limit.
            assert 0 < transport.get_read_buffer_size() < 500_000
            if loop_name == "uvnet":  # 64 KiB: OpenSSL keeps the memory
                assert transport.get_read_buffer_size() < 50_000 + 65536
            transport.resume_reading()
            await sender
            assert await server.received(20_000_000) == pattern(0, 20_000_000)

    async def client_is_paused(client):
        while "pause" not in client.events:
            await asyncio.sleep(0.001)

    run(main())


def test_pause_in_data_received(run):
    """What follows in the same packet waits."""

    class Hesitant(Recorder):
        def data_received(self, data):
            super().data_received(data)
            self.transport.pause_reading()

    async def main():
        async with pair(server=Hesitant) as (client, server):
            client.transport.write(b"one")
            await server.received(3)
            client.transport.write(b"two")
            await asyncio.sleep(0.02)
            assert server.data == b"one"
            server.transport.resume_reading()
            assert await server.received(6) == b"onetwo"
            server.transport.resume_reading()

    run(main())


# ----------------------------------------------------------------------- BufferedProtocol


class Buffered(asyncio.BufferedProtocol):
    """Keeps what it reads through a buffer of `size` bytes."""

    size = 65536

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.made = loop.create_future()
        self.lost = loop.create_future()
        self.buffer = bytearray(self.size)
        self.data = b""
        self.ended = 0
        self.more = asyncio.Event()
        self.hints: list[int] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.made.set_result(None)

    def get_buffer(self, hint: int) -> memoryview:
        self.hints.append(hint)
        return memoryview(self.buffer)

    def buffer_updated(self, count: int) -> None:
        assert 0 < count <= self.size
        self.data += self.buffer[:count]
        self.more.set()

    def eof_received(self) -> None:
        self.ended += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)

    async def received(self, count: int) -> bytes:
        while len(self.data) < count:
            self.more.clear()
            await self.more.wait()
        return self.data


@pytest.mark.parametrize("size", [1, 100, 16383, 16384, 65536, 300_000])
def test_buffered(run, size):
    """Also into a buffer that is smaller than a record."""

    async def main():
        kind = type("Sized", (Buffered,), {"size": size})
        total = 2_000 if size == 1 else 400_003
        async with pair(server=kind) as (client, server):
            client.transport.write(pattern(3, total))
            assert await server.received(total) == pattern(3, total)
            assert all(type(hint) is int for hint in server.hints)
            client.transport.close()
            assert await server.lost is None
            assert server.ended == 1

    run(main())


def test_protocol_that_is_replaced(run):
    """set_protocol() with another kind of protocol, in a callback."""

    class First(Recorder):
        def data_received(self, data):
            super().data_received(data)
            self.second = Buffered()
            self.second.transport = self.transport
            self.transport.set_protocol(self.second)

    async def main():
        async with pair(server=First) as (client, server):
            assert server.transport.get_protocol() is server
            client.transport.write(b"first")
            await server.received(5)
            second = server.second
            assert server.transport.get_protocol() is second
            client.transport.write(b"second")
            assert await second.received(6) == b"second"
            third = Recorder()
            third.events.append("made")
            server.transport.set_protocol(third)
            client.transport.write(b"third")
            assert await third.received(5) == b"third"

    run(main())


# -------------------------------------------------------------------------- what is sent


def records(data: bytes) -> int:
    count = 0
    while data:
        data = data[5 + int.from_bytes(data[3:5], "big") :]
        count += 1
    return count


@pytest.mark.skipif(not is_enabled("cork"), reason="it is switched off")
@pytest.mark.parametrize("loop_name", ["uvnet"])
def test_writes_of_a_callback_are_one_record(run, loop_name):
    """A response in pieces costs both ends one record, and one segment."""

    class Pieces(Recorder):
        def data_received(self, data):
            super().data_received(data)
            for _ in range(5):
                self.transport.write(b"piece ")

    def ask(address: Any) -> int:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = client_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # without session tickets in the way
        end = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        with socket.create_connection(address, 30) as sock:
            shake_hands(end, incoming, outgoing, sock)
            end.write(b"?")
            sock.sendall(outgoing.read())
            data = sock.recv(65536)
            incoming.write(data)
            assert end.read(100) == b"piece " * 5
            return records(data)

    async def main():
        async with serve(Pieces, server_context()) as address:
            assert await in_background(ask, address) == 1

    run(main())


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_blocking_peer(run, version):
    """A server of the ssl module's own, in a thread."""

    def program(sock):
        context = server_context(
            minimum_version=ssl.TLSVersion[version], maximum_version=ssl.TLSVersion[version]
        )
        with context.wrap_socket(sock, server_side=True) as tls:
            while data := tls.recv(100_000):
                tls.sendall(data)
            tls.unwrap().close()

    async def main():
        with peer(program) as address:
            loop = asyncio.get_running_loop()
            transport, protocol = await loop.create_connection(
                Recorder, *address, ssl=client_context(), server_hostname="localhost"
            )
            assert transport.get_extra_info("ssl_object").version() == version.replace("_", ".")
            transport.write(pattern(0, 500_000))
            assert await protocol.received(500_000) == pattern(0, 500_000)
            transport.close()
            assert await protocol.lost is None

    run(main())

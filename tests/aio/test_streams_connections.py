"""uvnet.start_server(), open_connection() and their like: asyncio's streams, but native."""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet._core.fast import is_enabled
from uvnet.aio import streams

from .native_streams import (
    KINDS,
    connected,
    finish,
    serving,
)
from .tls import client_context, server_context, shake_hands


async def echo(reader: Any, writer: Any) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    await finish(writer)


@pytest.mark.parametrize("kind", KINDS)
def test_echo(kind: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(kind, echo, tmp_path) as connect:
            reader, writer = await connect()
            assert isinstance(reader, asyncio.StreamReader)
            assert isinstance(writer, asyncio.StreamWriter)
            assert type(reader) is streams.StreamReader
            assert writer.transport.get_protocol().__class__ is streams.StreamReaderProtocol
            writer.write(b"one\ntwo\n")
            writer.writelines([b"thr", bytearray(b"ee\n"), memoryview(b"four|five|")])
            await writer.drain()
            assert await reader.readline() == b"one\n"
            assert [await anext(reader), await anext(reader)] == [b"two\n", b"three\n"]
            assert await reader.readuntil(b"|") == b"four|"
            assert await reader.readexactly(5) == b"five|"
            big = bytes(range(256)) * 4096
            writer.write(big)
            assert await reader.readexactly(len(big)) == big
            assert not reader.at_eof()
            assert writer.get_extra_info("nothing", 5) == 5
            assert (writer.get_extra_info("sslcontext") is not None) == (kind == "tls")
            assert writer.can_write_eof() == (kind != "tls")
            if kind == "tls":
                writer.close()
            else:
                writer.write_eof()
            assert await reader.read() == b""
            assert reader.at_eof()
            await finish(writer)
            assert writer.is_closing()

    uvnet.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_many_at_once(kind: str, tmp_path: Path) -> None:
    async def client(connect: Any, number: int) -> None:
        reader, writer = await connect()
        for turn in range(20):
            line = f"{number} {turn} ".encode() * (turn + 1) + b"\n"
            writer.write(line)
            await writer.drain()
            assert await reader.readline() == line
        await finish(writer)

    async def main() -> None:
        async with serving(kind, echo, tmp_path) as connect:
            await asyncio.gather(*[client(connect, number) for number in range(20)])

    uvnet.run(main())


# ------------------------------------------------------------------------ resuming


@pytest.mark.skipif(not is_enabled("feed"), reason="it is switched off")
def test_a_task_goes_on_within_the_callback() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        async with connected() as (reader, writer, peer):
            before = loop.counters()["fed_reads"]
            for _ in range(10):
                task = asyncio.ensure_future(reader.read(100))
                await asyncio.sleep(0)
                peer.send(b"x")
                assert await task == b"x"
            assert loop.counters()["fed_reads"] == before + 10

    uvnet.run(main(), debug=False)


def test_in_debug_mode_it_goes_on_in_its_turn() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        async with connected() as (reader, writer, peer):
            task = asyncio.ensure_future(reader.read(100))
            await asyncio.sleep(0)
            peer.send(b"x")
            assert await task == b"x"
            assert loop.counters()["fed_reads"] == 0

    uvnet.run(main(), debug=True)


def test_it_can_be_switched_off(python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    code = """
import asyncio, uvnet
async def echo(reader, writer):
    while data := await reader.read(100):
        writer.write(data)
    writer.close()
async def main():
    async with await uvnet.start_server(echo, "127.0.0.1", 0) as server:
        reader, writer = await uvnet.open_connection(*server.sockets[0].getsockname())
        for _ in range(5):
            writer.write(b"line\\n")
            assert await reader.readline() == b"line\\n"
        writer.close()
        await writer.wait_closed()
    return asyncio.get_running_loop().counters()["fed_reads"]
print(uvnet.run(main()))
"""
    assert python(code, UVNET_FAST="-feed").stdout == "0\n"
    assert int(python(code, UVNET_FAST="").stdout) >= 5


def test_context_variables_are_the_tasks(tmp_path: Path) -> None:
    import contextvars

    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")

    async def main() -> None:
        async with connected() as (reader, writer, peer):

            async def reading(name: str) -> str:
                variable.set(name)
                await reader.read(1)
                return variable.get()

            task = asyncio.create_task(reading("inner"))
            await asyncio.sleep(0)
            peer.send(b"x")
            assert await task == "inner"
            assert variable.get() == "none"

    uvnet.run(main())


# -------------------------------------------------------------------- flow control


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_read_is_not_sent_more(kind: str, tmp_path: Path) -> None:
    limit = 10_000
    size = 8 * 1024 * 1024

    async def main() -> None:
        loop = asyncio.get_running_loop()
        accepted = loop.create_future()
        async with serving(
            kind, lambda *both: accepted.set_result(both), tmp_path, limit=limit
        ) as connect:
            _, sender = await connect()
            reader, writer = await accepted
            sender.write(bytes(size))
            drained = asyncio.ensure_future(sender.drain())
            while writer.transport.is_reading():
                await asyncio.sleep(0.001)
            for _ in range(50):
                await asyncio.sleep(0)
            assert "paused" in repr(reader)
            assert not drained.done()
            held = int(repr(reader).split()[1])
            assert 2 * limit < held <= 2 * limit + 256 * 1024
            # A read that wants more than the limit lets more come.
            assert await reader.readexactly(size) == bytes(size)
            await drained
            await finish(sender)
            assert await reader.read() == b""
            await finish(writer)

    uvnet.run(main())


def test_reading_on_resumes_at_the_limit() -> None:
    async def main() -> None:
        async with connected(limit=100) as (reader, writer, peer):
            peer.send(bytes(201))
            while writer.transport.is_reading():
                await asyncio.sleep(0)
            assert len(await reader.read(100)) == 100
            assert not writer.transport.is_reading()
            assert len(await reader.read(1)) == 1
            assert writer.transport.is_reading()

    uvnet.run(main())


def test_drain_waits_at_the_high_water_mark() -> None:
    async def main() -> None:
        async with connected() as (reader, writer, peer):
            writer.transport.set_write_buffer_limits(high=1000)
            while not writer.transport.get_write_buffer_size():
                writer.write(bytes(65536))
                await asyncio.sleep(0)
            writer.write(bytes(1001))
            drains = [asyncio.ensure_future(writer.drain()) for _ in range(3)]
            await asyncio.sleep(0.01)
            assert not any(drain.done() for drain in drains)
            drains[1].cancel()
            while not drains[0].done():
                await asyncio.sleep(0)
                try:
                    peer.recv(1 << 20)
                except BlockingIOError:
                    await asyncio.sleep(0.001)
            results = await asyncio.gather(*drains, return_exceptions=True)
            assert results[0] is results[2] is None
            assert isinstance(results[1], asyncio.CancelledError)
            assert await writer.drain() is None

    uvnet.run(main())


def test_drain_says_that_the_connection_is_lost() -> None:
    async def main() -> None:
        async with connected() as (reader, writer, peer):
            writer.transport.set_write_buffer_limits(high=0)
            while not writer.transport.get_write_buffer_size():
                writer.write(bytes(65536))
                await asyncio.sleep(0)
            drain = asyncio.ensure_future(writer.drain())
            await asyncio.sleep(0)
            peer.close()
            with pytest.raises(ConnectionError):
                await drain
            for _ in range(3):
                with pytest.raises(ConnectionError):
                    writer.write(b"x")
                    await writer.drain()
            with pytest.raises(ConnectionError):
                await reader.read()
            with pytest.raises(ConnectionError):
                await writer.wait_closed()

    uvnet.run(main())


def test_asyncios_own_writer_on_a_native_protocol() -> None:
    async def main() -> None:
        async with connected() as (reader, writer, peer):
            protocol = writer.transport.get_protocol()
            stock = asyncio.StreamWriter(writer.transport, protocol, reader, writer._loop)
            assert await stock.drain() is None
            protocol.pause_writing()
            drains = [asyncio.ensure_future(stock.drain()) for _ in range(2)]
            await asyncio.sleep(0)
            drains[0].cancel()
            await asyncio.sleep(0)
            protocol.resume_writing()
            assert await drains[1] is None
            assert drains[0].cancelled()
            stock.close()
            await stock.wait_closed()

    uvnet.run(main())


# -------------------------------------------------------------------- cancellation


def test_timeouts_lose_nothing() -> None:
    async def main() -> None:
        async with connected() as (reader, writer, peer):
            peer.send(b"abc")
            for read in (
                lambda: reader.readexactly(4),
                lambda: reader.readline(),
                lambda: reader.read(),
                lambda: anext(reader),
            ):
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.01):
                        await read()
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(read(), 0.01)
            peer.send(b"d\n")
            assert await reader.readline() == b"abcd\n"

    uvnet.run(main())


def test_cancelled_and_fed_in_the_same_turn() -> None:
    async def main() -> None:
        for cancelled_first in (True, False):
            reader = streams.StreamReader()
            task = asyncio.ensure_future(reader.read(10))
            await asyncio.sleep(0)
            if cancelled_first:
                task.cancel()
                reader.feed_data(b"data")
            else:
                reader.feed_data(b"data")
                task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await reader.read(10) == b"data"

    uvnet.run(main())


# -------------------------------------------------------------------------- servers


def test_a_callback_that_fails_closes_the_connection(tmp_path: Path, asyncio_log: Any) -> None:
    async def fails(reader: Any, writer: Any) -> None:
        raise ZeroDivisionError("of the callback")

    def fails_at_once(reader: Any, writer: Any) -> None:
        raise ZeroDivisionError("of the callback")

    async def is_cancelled(reader: Any, writer: Any) -> None:
        raise asyncio.CancelledError

    async def main() -> None:
        for callback in (fails, fails_at_once, is_cancelled):
            async with serving("tcp", callback, tmp_path) as connect:
                reader, writer = await connect()
                assert await reader.read() == b""
                await finish(writer)

    uvnet.run(main())
    records = asyncio_log()
    assert len(records) == 2
    for record in records:
        assert "Unhandled exception in client_connected_cb" in record.getMessage()


def test_a_writer_that_is_dropped_warns() -> None:
    async def main() -> None:
        async with connected() as (reader, writer, peer):
            other = streams.StreamWriter(writer.transport, writer._protocol, reader, writer._loop)
            with pytest.warns(ResourceWarning, match="unclosed <StreamWriter transport="):
                del other
                gc.collect()
            assert writer.is_closing()

    uvnet.run(main())


def test_awaitables_that_nobody_awaits_warn() -> None:
    async def main() -> None:
        async with connected() as (reader, writer, peer):
            with pytest.warns(RuntimeWarning, match="'StreamReader.read' was never awaited"):
                reader.read(1)
            with pytest.warns(RuntimeWarning, match="'StreamWriter.drain' was never awaited"):
                writer.drain()
            read = reader.read(0)
            assert await read == b""
            with pytest.raises(RuntimeError, match="already awaited"):
                await read

    uvnet.run(main())


def test_they_are_coroutines() -> None:
    async def main() -> None:
        async with connected() as (reader, writer, peer):
            peer.send(b"line\nmore")
            task = asyncio.create_task(reader.readline())
            assert "StreamReader.readline" in repr(task)
            assert await asyncio.wait_for(task, 10) == b"line\n"
            assert await asyncio.gather(reader.read(2), writer.drain()) == [b"mo", None]
            assert await asyncio.shield(reader.readexactly(2)) == b"re"

    uvnet.run(main())


# ----------------------------------------------------------------------------- TLS


def test_start_tls_takes_what_has_arrived_before() -> None:
    """A header in clear and the first record of TLS may come in one segment."""

    async def serve(reader: Any, writer: Any) -> None:
        assert await reader.readline() == b"PROXY\n"
        while "bytes" not in repr(reader):
            await asyncio.sleep(0.001)
        await writer.start_tls(server_context())
        assert writer.get_extra_info("sslcontext") is not None
        writer.write(await reader.readline())
        await finish(writer)

    async def main() -> None:
        async with await uvnet.start_server(serve, "127.0.0.1", 0) as server:
            address = server.sockets[0].getsockname()
            loop = asyncio.get_running_loop()
            assert await loop.run_in_executor(None, talk, address) == b"hello\n"

    def talk(address: Any) -> bytes:
        with socket.create_connection(address) as sock:
            incoming, outgoing = (ssl.MemoryBIO() for _ in range(2))
            tls = client_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
            sock.settimeout(30)
            shake_hands(tls, incoming, outgoing, sock, b"PROXY\n")
            tls.write(b"hello\n")
            sock.sendall(outgoing.read())
            while True:
                try:
                    return tls.read(100)
                except ssl.SSLWantReadError:
                    incoming.write(sock.recv(65536))

    uvnet.run(main())


def test_start_tls_on_both_sides() -> None:
    async def serve(reader: Any, writer: Any) -> None:
        writer.write(await reader.readline())
        await writer.drain()
        await writer.start_tls(server_context())
        writer.write(await reader.readexactly(300_000))
        await finish(writer)

    async def main() -> None:
        async with await uvnet.start_server(serve, "127.0.0.1", 0, limit=1000) as server:
            reader, writer = await uvnet.open_connection(*server.sockets[0].getsockname())
            writer.write(b"clear\n")
            assert await reader.readline() == b"clear\n"
            await writer.start_tls(client_context(), server_hostname="localhost")
            data = bytes(range(250)) * 1200
            writer.write(data)
            assert await reader.readexactly(len(data)) == data
            await finish(writer)

    uvnet.run(main())


# --------------------------------------------------------------------- other loops


def test_on_asyncios_own_loop(tmp_path: Path) -> None:
    async def main() -> None:
        for kind in KINDS:
            (tmp_path / kind).mkdir()
            async with serving(kind, echo, tmp_path / kind) as connect:
                reader, writer = await connect()
                for turn in range(3):
                    writer.write(f"{turn}\n".encode())
                    await writer.drain()
                    assert await reader.readline() == f"{turn}\n".encode()
                await finish(writer)
                await asyncio.sleep(0.01)

    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(main())


@pytest.mark.skipif(sys.platform != "linux", reason="memory as Linux tells it")
def test_nothing_is_kept_of_a_connection(tmp_path: Path) -> None:
    async def client(connect: Any) -> None:
        reader, writer = await connect()
        writer.write(b"x\n")
        assert await reader.readline() == b"x\n"
        await finish(writer)

    async def main() -> None:
        async with serving("tcp", echo, tmp_path) as connect:
            await client(connect)
            gc.collect()
            gc.disable()
            try:
                before = count()
                for _ in range(20):
                    await client(connect)
                await asyncio.sleep(0.01)
                assert count() <= before + 2  # those of the last, perhaps
            finally:
                gc.enable()

    def count() -> int:
        kinds = (streams.StreamReader, streams.StreamWriter, streams.StreamReaderProtocol)
        return sum(type(each) in kinds for each in gc.get_objects())

    uvnet.run(main())

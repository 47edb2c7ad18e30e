"""The native streams in the place of asyncio's, and back."""

from __future__ import annotations

import asyncio
import sys
from asyncio import streams as stock
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet.aio import streams

NAMES = [
    "StreamReader",
    "StreamReaderProtocol",
    "StreamWriter",
    "open_connection",
    "open_unix_connection",
    "start_server",
    "start_unix_server",
]
BEFORE = {name: getattr(asyncio, name) for name in NAMES}


def names_are(module: Any) -> bool:
    return all(
        getattr(asyncio, name) is getattr(stock, name) is getattr(module, name) for name in NAMES
    )


def test_there_and_back() -> None:
    installed = streams.install()
    try:
        assert names_are(streams)
    finally:
        installed.undo()
    assert {name: getattr(asyncio, name) for name in NAMES} == BEFORE
    assert {name: getattr(stock, name) for name in NAMES} == BEFORE
    installed.undo()  # is done


def test_twice() -> None:
    with streams.install() as first:
        with streams.install():
            first.undo()
            assert names_are(streams)
        assert not names_are(streams)
    assert asyncio.StreamReader is BEFORE["StreamReader"]


def test_what_somebody_else_has_put_there_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def mine() -> None: ...

    monkeypatch.setattr(asyncio, "start_server", mine)
    with streams.install():
        assert asyncio.start_server is mine  # type: ignore[comparison-overlap]
        assert stock.start_server is streams.start_server
        monkeypatch.setattr(stock, "open_connection", mine)
    assert stock.open_connection is mine  # type: ignore[comparison-overlap]
    assert stock.start_server is BEFORE["start_server"]


def test_a_program_of_asyncios_gets_native_streams(tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert type(reader) is streams.StreamReader
        assert type(writer) is streams.StreamWriter
        async for line in reader:
            writer.write(line)
        writer.close()
        await writer.wait_closed()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert type(reader) is streams.StreamReader
        writer.write(b"one\ntwo\n")
        assert await reader.readline() == b"one\n"
        assert await reader.readline() == b"two\n"
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        path = tmp_path / "s"
        with streams.install():
            async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
                host, port = server.sockets[0].getsockname()
                await talk(*await asyncio.open_connection(host, port))
            async with await asyncio.start_unix_server(echo, path):
                await talk(*await asyncio.open_unix_connection(path))

    uvnet.run(main())


class Closing(asyncio.Transport):
    """A transport that is closed."""

    def is_closing(self) -> bool:
        return True


def test_streams_from_before_go_on() -> None:
    old = BEFORE["StreamReader"]
    assert not isinstance(object.__new__(old), streams.StreamReader)
    with streams.install():
        reader = object.__new__(old)
        assert isinstance(reader, asyncio.StreamReader)  # as code that asks for it expects
        assert not isinstance(reader, asyncio.StreamWriter)
        assert issubclass(old, asyncio.StreamReader)

        async def main() -> None:
            loop = asyncio.get_running_loop()
            reader = old(loop=loop)
            protocol = BEFORE["StreamReaderProtocol"](reader, loop=loop)
            transport = Closing()
            # Both classes take both readers.
            for kind in (asyncio.StreamWriter, BEFORE["StreamWriter"]):
                assert await kind(transport, protocol, reader, loop).drain() is None

        uvnet.run(main())


def test_subclasses_that_know_the_insides() -> None:
    with streams.install():

        class Peeking(asyncio.StreamReader):
            """As some libraries have it."""

            async def peek(self, n: int) -> bytes:
                while len(self._buffer) < n and not self._eof:
                    await self._wait_for_data("peek")
                return bytes(self._buffer[:n])

        async def main() -> None:
            reader = Peeking()
            assert isinstance(reader, streams.StreamReader)
            task = asyncio.ensure_future(reader.peek(4))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError, match=r"read\(\) called while another coroutine"):
                await reader.read(1)
            reader.feed_data(b"ab")
            await asyncio.sleep(0)
            reader.feed_data(b"cd\n")
            assert await task == b"abcd"
            assert await reader.readline() == b"abcd\n"
            reader._buffer.extend(b"more")
            assert await reader.read(10) == b"more"
            reader._buffer = bytearray(b"other")
            assert await reader.readexactly(5) == b"other"
            held = reader._buffer
            reader.feed_data(b"x")
            assert held == b"x"

        uvnet.run(main())


def test_overridden_methods_are_called() -> None:
    fed: list[bytes] = []

    class Reader(streams.StreamReader):
        def feed_data(self, data: Any) -> None:
            fed.append(bytes(data))
            super().feed_data(data)

    class Protocol(streams.StreamReaderProtocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(data.upper())

    async def main() -> None:
        import socket

        loop = asyncio.get_running_loop()
        for reader, protocol, wanted in (
            (one := Reader(), streams.StreamReaderProtocol(one), b"abc"),
            (two := streams.StreamReader(), Protocol(two), b"ABC"),
        ):
            ours, peer = socket.socketpair()
            transport, _ = await loop.connect_accepted_socket(lambda it=protocol: it, ours)  # type: ignore[misc]
            with peer:
                peer.send(b"abc")
                assert await reader.read(10) == wanted
                transport.close()
                await asyncio.sleep(0)
        assert fed == [b"abc"]

    uvnet.run(main())


def test_subprocesses_have_them_too() -> None:
    async def main() -> None:
        with streams.install():
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-c",
                "import sys; sys.stdout.write(sys.stdin.read().upper())",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert type(process.stdout) is streams.StreamReader
            assert type(process.stdin) is streams.StreamWriter
            output, _ = await process.communicate(b"text" * 50_000)
            assert output == b"TEXT" * 50_000

    uvnet.run(main())


@pytest.mark.parametrize("name", ["StreamReader", "StreamWriter", "StreamReaderProtocol"])
def test_safe_before_init(name: str) -> None:
    cls = getattr(streams, name)
    thing = cls.__new__(cls)
    repr(thing) if name == "StreamReader" else None
    for method in ("feed_eof", "at_eof", "exception", "_drain_helper"):
        if hasattr(thing, method):
            result = getattr(thing, method)()
            if asyncio.iscoroutine(result):
                result.close()
    for method, argument in (("read", 1), ("feed_data", b"x"), ("write", b"x")):
        if hasattr(thing, method):
            with pytest.raises((RuntimeError, AttributeError)):
                getattr(thing, method)(argument)

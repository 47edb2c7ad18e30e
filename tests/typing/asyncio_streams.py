"""What a type checker sees of the native streams."""

from __future__ import annotations

import asyncio
from typing import assert_type

import uvnet
from uvnet.aio import streams


async def serve(reader: streams.StreamReader, writer: streams.StreamWriter) -> None:
    assert_type(await reader.read(), bytes)
    assert_type(await reader.readline(), bytes)
    assert_type(await reader.readexactly(3), bytes)
    async for line in reader:
        assert_type(line, bytes)
    writer.write(b"bytes")
    writer.writelines([b"a", bytearray(b"b"), memoryview(b"c")])
    assert_type(await writer.drain(), None)
    writer.close()


async def stock(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A callback that is written for asyncio's does for ours."""


async def main() -> None:
    server = await uvnet.start_server(serve, "127.0.0.1", 0, limit=1000, backlog=5)
    assert_type(server, asyncio.Server)
    await uvnet.start_unix_server(stock, "path", limit=1000)
    reader, writer = await uvnet.open_connection("127.0.0.1", 80, ssl=True)
    assert_type(reader, streams.StreamReader)
    assert_type(writer, streams.StreamWriter)
    plain: asyncio.StreamReader = reader
    both: tuple[asyncio.StreamReader, asyncio.StreamWriter] = await uvnet.open_unix_connection("p")
    assert_type(plain.at_eof(), bool)
    both[1].close()
    with streams.install() as installed:
        assert_type(installed, streams.Installed)

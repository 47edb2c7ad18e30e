"""Sockets and servers in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

import asyncio
from typing import assert_type

import uvnet
from uvnet import _core, net
from uvnet.abort import AbortController


def echo(socket: net.Socket) -> None:
    assert_type(socket.pipe(socket), net.Socket)


async def greet(socket: net.Socket) -> None:
    assert_type(socket.write("hello "), bool)
    async for chunk in socket:
        socket.end(chunk)


def port_of(server: net.Server) -> int:
    address = server.address()
    assert isinstance(address, net.Address)
    assert_type(address.port, int)
    return address.port


def nothing(error: Exception | None) -> None:
    assert error is None


async def coroutines() -> None:
    async with net.create_server(greet, no_delay=True).listen(0, "127.0.0.1") as server:
        assert_type(server, net.Server)
        assert_type(await server, net.Server)
        socket = net.connect(port_of(server), "127.0.0.1")
        assert_type(await socket, net.Socket)
        socket.set_no_delay().set_keep_alive(True, 1000).set_timeout(60_000, lambda: None)
        assert_type(socket.remote_address, str | None)
        assert_type(socket.local_port, int | None)
        assert_type(socket.bytes_read, int)
        assert_type(socket.timeout, float | None)
        assert_type(socket.server, net.Server | None)
        assert_type(socket.ready_state, str)
        assert_type(socket._handle, _core.TCP | _core.Pipe | None)
        assert_type(socket.write(b"wo"), bool)
        assert_type(socket.write("r", nothing), bool)
        assert_type(socket.write(bytearray(b"ld?"), size=2), bool)
        await socket.drain()
        assert_type(socket.end(nothing), net.Socket)
        async with socket:
            assert b"".join([chunk async for chunk in socket]) == b"hello world"


async def callbacks() -> None:
    done = asyncio.get_running_loop().create_future()
    controller = AbortController()
    server = net.Server(echo)
    server.listen(0, "127.0.0.1", lambda: started())
    chunks: list[bytes] = []
    buffer = bytearray(100)

    def on_data(chunk: bytes) -> None:
        chunks.append(chunk)
        client.end()

    def started() -> None:
        assert_type(client.connect(port_of(server), "127.0.0.1"), net.Socket)

    def on_read(nread: int, data: bytearray) -> bool:
        chunks.append(bytes(data[:nread]))
        if reader.writable:
            assert_type(reader.end("bye", "utf8", nothing), net.Socket)
        return True

    def closed(had_error: bool | None) -> None:
        assert had_error is False
        reader.connect(port=port_of(server), host="127.0.0.1", family=4)

    client = net.Socket(allow_half_open=False, signal=controller.signal)
    assert_type(client.on("connect", lambda: client.write("ping")), net.Socket)
    assert_type(client.on("data", on_data).once("close", closed), net.Socket)
    client.on("end", lambda: chunks.append(b"."))

    reader = net.Socket(onread=(buffer, on_read))
    reader.on("connect", lambda: reader.write(b"pong"))
    reader.on("close", lambda had_error: server.close(nothing))
    server.on("close", lambda: done.set_result(None))
    assert_type(server.get_connections(lambda error, count: None).unref().ref(), net.Server)
    assert_type(server.listening, bool)
    reader.once("lookup", lambda *args: None)
    await done
    assert b"".join(chunks) == b"ping.pongbye", chunks


async def bound() -> None:
    with net.BoundSocket(host="127.0.0.1", reuse_port=True) as address:
        assert_type(address.address(), net.Address | str)
        assert_type(address.fd(), int)
        assert_type(address.is_pipe, bool)
        server = await net.create_server(echo).listen(address)
    client = net.Socket(handle=net.BoundSocket(host="127.0.0.1"))
    assert_type(client.local_address, str | None)
    await client.connect(port_of(server), "127.0.0.1")
    client.destroy()
    server.close()


async def main() -> None:
    await coroutines()
    await callbacks()
    await bound()


if __name__ == "__main__":
    uvnet.run(main())

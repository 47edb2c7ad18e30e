"""create_server and the connections it accepts, on both loops."""

from __future__ import annotations

import asyncio
import contextvars
import socket

import pytest

from .streams import Recorder


async def client(server):
    sock = socket.create_connection(server.sockets[0].getsockname())
    sock.setblocking(False)
    return sock


def serve_recorders(accepted):
    def factory():
        accepted.append(Recorder())
        return accepted[-1]

    return factory


async def until(condition):
    while not condition():
        await asyncio.sleep(0.001)


def test_accepts(run):
    async def main():
        accepted = []
        loop = asyncio.get_running_loop()
        server = await loop.create_server(serve_recorders(accepted), "127.0.0.1", 0)
        assert server.is_serving() and server.get_loop() is loop
        assert isinstance(server, asyncio.Server)
        sock = await client(server)
        await until(lambda: accepted)
        transport = await accepted[0].made
        assert isinstance(transport, asyncio.Transport)
        assert transport.get_extra_info("peername") == sock.getsockname()
        assert transport.get_extra_info("sockname") == sock.getpeername()
        inner = transport.get_extra_info("socket")
        assert inner.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        sock.send(b"data")
        assert await accepted[0].received(4) == b"data"
        server.close()
        assert not server.is_serving() and server.sockets == ()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(sock.getpeername())
        sock.send(b"more")
        assert await accepted[0].received(8) == b"datamore"
        sock.close()
        assert await accepted[0].lost is None
        assert transport.get_extra_info("peername") is not None
        await server.wait_closed()
        server.close()

    run(main())


def test_start_serving_later(run):
    async def main():
        accepted = []
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            serve_recorders(accepted), "127.0.0.1", 0, start_serving=False
        )
        assert not server.is_serving()
        with pytest.raises(ConnectionRefusedError):
            await client(server)
        await server.start_serving()
        await server.start_serving()
        assert server.is_serving()
        sock = await client(server)
        await until(lambda: accepted)
        sock.close()
        await accepted[0].lost
        server.close()
        await server.wait_closed()

    run(main())


def test_serve_forever(run):
    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        task = loop.create_task(server.serve_forever())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="already being awaited"):
            await server.serve_forever()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not server.is_serving()
        with pytest.raises(RuntimeError, match="is closed"):
            await server.serve_forever()

    run(main())


def test_several_hosts_and_ipv6(run):
    async def main():
        accepted = []
        loop = asyncio.get_running_loop()
        server = await loop.create_server(serve_recorders(accepted), ["127.0.0.1", "::1"], 0)
        families = {sock.family for sock in server.sockets}
        assert families == {socket.AF_INET, socket.AF_INET6}
        for listener in server.sockets:
            with socket.socket(listener.family) as sock:
                sock.connect(listener.getsockname())
                count = len(accepted)
                await until(lambda count=count: len(accepted) > count or accepted)
                await until(lambda: accepted[-1].transport is not None)
                name = sock.getsockname()
                await until(
                    lambda name=name: any(
                        each.transport is not None
                        and each.transport.get_extra_info("peername") == name
                        for each in accepted
                    )
                )
        for each in accepted:
            await each.lost
        server.close()
        await server.wait_closed()

    run(main())


def test_given_socket(run):
    async def main():
        accepted = []
        loop = asyncio.get_running_loop()
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        server = await loop.create_server(serve_recorders(accepted), sock=listener)
        assert server.sockets[0].getsockname() == listener.getsockname()
        sock = await client(server)
        await until(lambda: accepted)
        server.close()
        assert listener.fileno() == -1
        sock.close()
        await accepted[0].lost
        await server.wait_closed()

    run(main())


def test_address_in_use(run):
    async def main():
        loop = asyncio.get_running_loop()
        with (
            socket.create_server(("127.0.0.1", 0)) as taken,
            pytest.raises(OSError, match="in use"),
        ):
            await loop.create_server(asyncio.Protocol, *taken.getsockname())

    run(main())


def test_reuse_port(run):
    async def main():
        loop = asyncio.get_running_loop()
        one = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, reuse_port=True)
        port = one.sockets[0].getsockname()[1]
        two = await loop.create_server(asyncio.Protocol, "127.0.0.1", port, reuse_port=True)
        for server in (one, two):
            server.close()
            await server.wait_closed()

    run(main())


def test_context(run):
    """A connection runs in a copy of the context of start_serving(), of its own."""
    variable = contextvars.ContextVar("variable", default=0)
    seen = []

    class Counting(Recorder):
        def data_received(self, data):
            variable.set(variable.get() + 1)
            seen.append(variable.get())
            super().data_received(data)

    async def main():
        variable.set(10)
        accepted = []

        def factory():
            assert variable.get() == 10
            accepted.append(Counting())
            return accepted[-1]

        server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
        for i in range(2):
            sock = await client(server)
            await until(lambda i=i: len(accepted) > i)
            for count in (1, 2):
                sock.send(b"x")
                await accepted[i].received(count)
            sock.close()
            await accepted[i].lost
        assert seen == [11, 12, 11, 12]
        server.close()
        await server.wait_closed()

    run(main())


def test_streams(run):
    async def main():
        async def echo(reader, writer):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(echo, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        for i in range(50):
            writer.write(b"line %d\n" % i)
            assert await reader.readline() == b"line %d\n" % i
        big = bytes(range(256)) * 10_000
        writer.write(big)
        assert await reader.readexactly(len(big)) == big
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()

    run(main())


# ------------------------------------------------------------------ of later versions


@pytest.mark.parametrize("how", ["close_clients", "abort_clients"])
def test_end_of_the_clients(how, aio_loop):
    async def main():
        accepted = []
        server = await aio_loop.create_server(serve_recorders(accepted), "127.0.0.1", 0)
        other = await aio_loop.create_server(serve_recorders(accepted), "127.0.0.1", 0)
        socks = [await client(server), await client(server), await client(other)]
        await until(lambda: len(accepted) == 3)
        server.close()
        getattr(server, how)()
        await server.wait_closed()
        await asyncio.sleep(0)
        mine = [each for each in accepted if each.lost.done()]
        assert len(mine) == 2
        assert [socks[0].recv(1), socks[1].recv(1)] == [b"", b""] or how == "abort_clients"
        other.close()
        other.abort_clients()
        for each in accepted:
            await each.lost
        for sock in socks:
            sock.close()

    aio_loop.run_until_complete(main())


def test_keep_alive(aio_loop):
    async def main():
        accepted = []
        server = await aio_loop.create_server(
            serve_recorders(accepted), "127.0.0.1", 0, keep_alive=True
        )
        sock = await client(server)
        await until(lambda: accepted)
        transport = await accepted[0].made
        inner = transport.get_extra_info("socket")
        assert inner.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        sock.close()
        await accepted[0].lost
        server.close()

    aio_loop.run_until_complete(main())


def test_factory_that_fails(aio_loop):
    """Its connection is closed, the loop is told, and the server goes on."""
    reports = []
    aio_loop.set_exception_handler(lambda _, context: reports.append(context))

    async def main():
        accepted = []

        def factory():
            if not reports:
                raise ZeroDivisionError
            accepted.append(Recorder())
            return accepted[-1]

        server = await aio_loop.create_server(factory, "127.0.0.1", 0)
        sock = await client(server)
        await until(lambda: reports)
        await asyncio.sleep(0.01)
        assert sock.recv(1) == b""
        sock.close()
        sock = await client(server)
        await until(lambda: accepted)
        sock.close()
        await accepted[0].lost
        server.close()

    aio_loop.run_until_complete(main())
    [context] = reports
    assert isinstance(context["exception"], ZeroDivisionError)
    assert context["message"] == "Error on transport creation for incoming connection"


def test_server_left_open(aio_loop):
    server = aio_loop.run_until_complete(aio_loop.create_server(asyncio.Protocol, "127.0.0.1", 0))
    with pytest.warns(ResourceWarning, match="unclosed server <Server"):
        aio_loop.close()
    assert not server.is_serving()

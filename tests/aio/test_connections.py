"""create_connection, on both loops."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from .streams import Recorder, read_exactly


@contextlib.contextmanager
def listening():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


async def accept(listener):
    listener.setblocking(False)
    while True:
        try:
            sock, _ = listener.accept()
        except BlockingIOError:
            await asyncio.sleep(0.001)
        else:
            sock.setblocking(False)
            return sock


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_connects(run, host):
    async def main():
        loop = asyncio.get_running_loop()
        with listening() as listener:
            port = listener.getsockname()[1]
            transport, protocol = await loop.create_connection(
                Recorder, host, port, family=socket.AF_INET
            )
            assert protocol.events == ["made"]
            with await accept(listener) as peer:
                assert transport.get_extra_info("peername") == ("127.0.0.1", port)
                assert transport.get_extra_info("sockname") == peer.getpeername()
                transport.write(b"data")
                assert await read_exactly(peer, 4) == b"data"
                transport.close()
                await protocol.lost

    run(main())


def test_local_address(run):
    async def main():
        loop = asyncio.get_running_loop()
        with listening() as listener:
            transport, protocol = await loop.create_connection(
                Recorder, *listener.getsockname(), local_addr=("127.0.0.1", 0)
            )
            with await accept(listener):
                transport.close()
                await protocol.lost

    run(main())


def test_nobody_listens(run):
    async def main():
        loop = asyncio.get_running_loop()
        with listening() as listener:
            address = listener.getsockname()
        with pytest.raises(ConnectionRefusedError, match="Connect call failed"):
            await loop.create_connection(asyncio.Protocol, *address)

    run(main())


def test_happy_eyeballs(run):
    async def main():
        loop = asyncio.get_running_loop()
        with listening() as listener:
            port = listener.getsockname()[1]
            transport, protocol = await loop.create_connection(
                Recorder, "localhost", port, happy_eyeballs_delay=0.25
            )
            with await accept(listener):
                transport.close()
                await protocol.lost

    run(main())


def test_given_socket(run):
    """The user's socket stays usable, and is closed with the transport."""

    async def main():
        loop = asyncio.get_running_loop()
        with listening() as listener:
            sock = socket.create_connection(listener.getsockname())
            sock.setblocking(False)
            transport, protocol = await loop.create_connection(Recorder, sock=sock)
            with await accept(listener):
                assert transport.get_extra_info("socket").fileno() == sock.fileno()
                with pytest.raises(RuntimeError, match="is used by transport"):
                    loop.add_reader(sock.fileno(), print)
                transport.close()
                await protocol.lost
                await asyncio.sleep(0)
                assert sock.fileno() == -1

    run(main())


def test_wrong_sockets(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket(type=socket.SOCK_DGRAM) as sock:
            with pytest.raises(ValueError, match="Stream Socket was expected"):
                await loop.create_connection(asyncio.Protocol, sock=sock)
            with pytest.raises(ValueError, match="Stream Socket was expected"):
                await loop.create_server(asyncio.Protocol, sock=sock)
        with pytest.raises(ValueError):
            await loop.create_connection(asyncio.Protocol)

    run(main())


def test_many_connections(run):
    async def main():
        loop = asyncio.get_running_loop()
        echoes = []

        class Echo(asyncio.Protocol):
            def connection_made(self, transport):
                self.transport = transport
                echoes.append(self)

            def data_received(self, data):
                self.transport.write(data)

        server = await loop.create_server(Echo, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()

        async def one(i):
            reader, writer = await asyncio.open_connection(*address)
            data = b"%d" % i * 1000
            for _ in range(5):
                writer.write(data)
                assert await reader.readexactly(len(data)) == data
            writer.close()
            await writer.wait_closed()

        await asyncio.gather(*(one(i) for i in range(60)))
        assert len(echoes) == 60
        server.close()
        await server.wait_closed()

    run(main())

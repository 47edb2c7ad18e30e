"""get_extra_info(): names of both ends, as long as anybody may ask."""

from __future__ import annotations

import asyncio
import socket
import struct

import pytest

from .streams import Recorder


class Named(Recorder):
    """Asks for the names at every occasion."""

    def ask(self):
        self.names.append(
            (self.transport.get_extra_info("sockname"), self.transport.get_extra_info("peername"))
        )

    def connection_made(self, transport):
        super().connection_made(transport)
        self.names = []
        self.ask()

    def connection_lost(self, exc):
        self.ask()
        super().connection_lost(exc)


class Late(Recorder):
    """Asks when everything is over."""


HOSTS = ["127.0.0.1", "0.0.0.0", "::1", "::"]


@pytest.mark.parametrize("kind", [Named, Late])
@pytest.mark.parametrize("host", HOSTS)
def test_server(run, host, kind):
    async def main():
        made = asyncio.Queue()

        def factory():
            protocol = kind()
            made.put_nowait(protocol)
            return protocol

        loop = asyncio.get_running_loop()
        async with await loop.create_server(factory, host, 0) as server:
            address = server.sockets[0].getsockname()
            family = server.sockets[0].family
            target = "127.0.0.1" if family == socket.AF_INET else "::1"
            with socket.socket(family) as peer:
                peer.connect((target, address[1]))
                here, there = peer.getpeername(), peer.getsockname()
                protocol = await made.get()
                await protocol.made
                # It is gone before anybody has asked for its name.
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await protocol.lost
            if kind is Named:
                assert protocol.names == [(here, there)] * 2
            transport = protocol.transport
            await asyncio.sleep(0)
            assert transport.get_extra_info("peername") == there
            assert transport.get_extra_info("sockname") == here
            assert transport.get_extra_info("nothing", 42) == 42

    run(main())


def test_unix_server(run, tmp_path):
    path = str(tmp_path / "socket")

    async def main():
        made = asyncio.get_running_loop().create_future()

        def factory():
            protocol = Named()
            made.set_result(protocol)
            return protocol

        loop = asyncio.get_running_loop()
        async with await loop.create_unix_server(factory, path):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(path)
                protocol = await made
                await protocol.made
            await protocol.lost
            assert protocol.names == [(path, "")] * 2

    run(main())


def test_client(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            transport, protocol = await loop.create_connection(Named, *listener.getsockname())
            peer, here = listener.accept()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()
            await protocol.lost
            assert protocol.names == [(here, listener.getsockname())] * 2

    run(main())


def test_connections_do_not_share(run):
    """What is set of one is not seen in another."""

    async def main():
        protocols = []

        def factory():
            protocols.append(Recorder())
            return protocols[-1]

        loop = asyncio.get_running_loop()
        async with await loop.create_server(factory, "127.0.0.1", 0) as server:
            address = server.sockets[0].getsockname()
            peers = [socket.create_connection(address) for _ in range(2)]
            while len(protocols) < 2:
                await asyncio.sleep(0)
            first, second = [await protocol.made for protocol in protocols]
            assert first.get_extra_info("socket").fileno() != (
                second.get_extra_info("socket").fileno()
            )
            assert first.get_extra_info("peername") != second.get_extra_info("peername")
            for peer in peers:
                peer.close()
            for protocol in protocols:
                await protocol.lost

    run(main())

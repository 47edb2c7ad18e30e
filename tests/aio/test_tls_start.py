"""start_tls(): TLS in the middle of a connection, and inside another."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

import uvnet

from .streams import Recorder
from .tls import (
    client_context,
    connect,
    in_background,
    open_sockets,
    serve,
    server_context,
    shake_hands,
    until,
)

PROXY = b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n"


class Upgrades(Recorder):
    """Becomes a server of TLS when it is told to."""

    async def upgrade(self, **options):
        loop = asyncio.get_running_loop()
        self.transport = await loop.start_tls(
            self.transport, self, server_context(), server_side=True, **options
        )

    def data_received(self, data):
        super().data_received(data)
        if data == b"STARTTLS":
            self.transport.write(b"GO")
            self.task = asyncio.ensure_future(self.upgrade())


@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
def test_both_sides(run, unix, tmp_path):
    async def main():
        loop = asyncio.get_running_loop()
        servers = []

        def factory():
            servers.append(Upgrades())
            return servers[-1]

        if unix:
            path = str(tmp_path / "socket")
            server = await loop.create_unix_server(factory, path)
            transport, client = await loop.create_unix_connection(Recorder, path)
        else:
            server = await loop.create_server(factory, "127.0.0.1", 0)
            transport, client = await loop.create_connection(
                Recorder, *server.sockets[0].getsockname()
            )
        transport.write(b"STARTTLS")
        assert await client.received(2) == b"GO"
        upgraded = await loop.start_tls(
            transport, client, client_context(), server_hostname="localhost"
        )
        assert upgraded is not transport
        assert isinstance(upgraded, asyncio.Transport)
        assert upgraded.get_extra_info("cipher")
        assert upgraded.get_protocol() is client
        await servers[0].task
        data = bytes(300_000)
        upgraded.write(data)
        assert await servers[0].received(8 + len(data)) == b"STARTTLS" + data
        servers[0].transport.write(b"!")
        assert await client.received(3) == b"GO!"
        upgraded.close()
        assert await client.lost is None
        assert await servers[0].lost is None
        assert client.events[:2] == ["made", "data"]
        assert client.events.count("made") == 1
        server.close()
        await server.wait_closed()

    run(main())


def test_wrong_arguments(run):
    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(TypeError, match="SSLContext"):
            await loop.start_tls(None, None, None)
        with pytest.raises(TypeError, match="is not supported by start_tls"):
            await loop.start_tls(None, None, client_context())

    run(main())


@pytest.mark.parametrize("how", ["timeout", "cancelled", "noise", "eof"])
def test_failure(run, how):
    """The caller is told, the connection closed, and the protocol hears of it."""

    async def main():
        loop = asyncio.get_running_loop()
        ours, peer = socket.socketpair()
        ours.setblocking(False)
        before = open_sockets()
        transport, protocol = await loop.create_connection(Recorder, sock=ours)
        options = {"ssl_handshake_timeout": 0.05} if how == "timeout" else {}
        task = asyncio.ensure_future(
            loop.start_tls(
                transport, protocol, client_context(), server_hostname="localhost", **options
            )
        )
        await asyncio.sleep(0.01)
        errors = {
            "timeout": ConnectionAbortedError,
            "cancelled": asyncio.CancelledError,
            "noise": ssl.SSLError,
            "eof": ConnectionResetError,
        }
        if how == "cancelled":
            task.cancel()
        elif how == "noise":
            peer.send(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        elif how == "eof":
            peer.shutdown(socket.SHUT_WR)
        with pytest.raises(errors[how]):
            await task
        await until(lambda: open_sockets() == before - 1)
        if isinstance(loop, uvnet.Loop):  # asyncio forgets to tell, at times
            await protocol.lost
            assert protocol.events == ["made", "lost"]
        peer.close()

    run(main())


# ---------------------------------------------------------------- what has come too early


def speak_proxy(address):
    """Send a PROXY header and the beginning of the handshake in one segment."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    end = client_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with socket.create_connection(address, 30) as sock:
        shake_hands(end, incoming, outgoing, sock, PROXY)
        end.write(b"hello\n")
        sock.sendall(outgoing.read())
        answer = b""
        while len(answer) < 6:
            try:
                answer += end.read()
            except ssl.SSLWantReadError:
                incoming.write(sock.recv(65536))
        return answer


@pytest.mark.parametrize("loop_name", ["uvnet"])
@pytest.mark.parametrize("start_server", [asyncio.start_server, uvnet.start_server])
def test_proxy_header(run, loop_name, start_server):
    """The handshake that came with the header is not lost in the reader, as asyncio's is."""

    async def main():
        async def handle(reader, writer):
            assert await reader.readline() == PROXY
            await writer.start_tls(server_context())
            writer.write((await reader.readline()).upper())
            await writer.drain()
            writer.close()

        server = await start_server(handle, "127.0.0.1", 0)
        answer = await in_background(speak_proxy, server.sockets[0].getsockname())
        assert answer == b"HELLO\n"
        server.close()
        await server.wait_closed()

    run(main())


@pytest.mark.parametrize("loop_name", ["uvnet"])
def test_injected_commands(run, loop_name):
    """What came in the clear after STARTTLS is never taken for something that came by TLS."""

    async def main():
        failed = asyncio.get_running_loop().create_future()

        async def handle(reader, writer):
            assert await reader.readline() == b"STARTTLS\n"
            try:
                await writer.start_tls(server_context())
            except ssl.SSLError as exc:
                failed.set_result(exc)

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"STARTTLS\nDELETE EVERYTHING\n")
        assert isinstance(await failed, ssl.SSLError)
        writer.close()
        server.close()
        await server.wait_closed()

    run(main())


# --------------------------------------------------------------------------- TLS in TLS


def test_inside_tls(run):
    """As with a proxy that is spoken to by TLS itself."""

    class Inner(Recorder):
        """Begins a second TLS as soon as it is connected."""

        def connection_made(self, transport):
            super().connection_made(transport)
            transport.pause_reading()  # what comes next is for that
            loop = asyncio.get_running_loop()
            self.task = asyncio.ensure_future(
                loop.start_tls(transport, self, server_context(), server_side=True)
            )

    async def main():
        loop = asyncio.get_running_loop()
        servers = []

        def factory():
            servers.append(Inner())
            return servers[-1]

        async with serve(factory, server_context()) as address:
            outer, client = await connect(Recorder, address)
            inner = await loop.start_tls(
                outer, client, client_context(), server_hostname="localhost"
            )
            theirs = await servers[0].task
            assert inner.get_extra_info("peername") == address
            data = bytes(range(256)) * 4000
            inner.write(data)
            assert await servers[0].received(len(data)) == data
            theirs.write(data)
            assert await client.received(len(data)) == data
            inner.close()
            assert await client.lost is None
            assert await servers[0].lost is None

    run(main())


@pytest.mark.parametrize("loop_name", ["uvnet"])
def test_native_streams(run, loop_name):
    """uvnet's own readers and writers over TLS, and from the middle on."""

    async def main():
        async def echo(reader, writer):
            while data := await reader.read(100_000):
                writer.write(data)
                await writer.drain()
            writer.close()

        server = await uvnet.start_server(echo, "127.0.0.1", 0, ssl=server_context())
        reader, writer = await uvnet.open_connection(
            *server.sockets[0].getsockname(), ssl=client_context(), server_hostname="localhost"
        )
        data = bytes(range(256)) * 4000
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
        assert not writer.can_write_eof()
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()

    run(main())

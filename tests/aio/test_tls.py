"""TLS, which is asyncio's own over our transports, on both loops."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from .streams import Recorder

# A certificate for localhost, signed by itself, and its key; for these tests alone.
CERTIFICATE = Path(__file__).with_name("localhost.pem")


def server_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def client_context():
    return ssl.create_default_context(cafile=str(CERTIFICATE))


async def serve(factory):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(factory, "127.0.0.1", 0, ssl=server_context())
    return server, server.sockets[0].getsockname()


def test_echo(run):
    async def main():
        loop = asyncio.get_running_loop()
        accepted = []

        def factory():
            accepted.append(Recorder())
            return accepted[-1]

        server, address = await serve(factory)
        transport, protocol = await loop.create_connection(
            Recorder, *address, ssl=client_context(), server_hostname="localhost"
        )
        assert transport.get_extra_info("cipher")
        assert transport.get_extra_info("peername") == address
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"ping")
        while not accepted:
            await asyncio.sleep(0.001)
        assert await accepted[0].received(4) == b"ping"
        accepted[0].transport.write(b"pong")
        assert await protocol.received(4) == b"pong"
        transport.close()
        assert await protocol.lost is None
        await accepted[0].lost
        server.close()
        await server.wait_closed()

    run(main())


def test_much(run):
    async def main():
        async def echo(reader, writer):
            while data := await reader.read(1 << 16):
                writer.write(data)
                await writer.drain()
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server_context())
        reader, writer = await asyncio.open_connection(
            *server.sockets[0].getsockname(), ssl=client_context(), server_hostname="localhost"
        )
        data = bytes(range(256)) * 8000
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()

    run(main())


def test_refused_certificate(run):
    """The client is told; the server drops the connection and says nothing."""

    async def main():
        loop = asyncio.get_running_loop()
        accepted = []

        def factory():
            accepted.append(Recorder())
            return accepted[-1]

        server, address = await serve(factory)
        with pytest.raises(ssl.SSLCertVerificationError):
            await loop.create_connection(
                asyncio.Protocol,
                *address,
                ssl=ssl.create_default_context(),
                server_hostname="localhost",
            )
        await asyncio.sleep(0.05)
        assert [each.events for each in accepted] == [[]]
        server.close()
        await server.wait_closed()

    run(main())


def test_what_is_no_tls(run):
    async def main():
        server, address = await serve(Recorder)
        with socket.create_connection(address) as sock:
            sock.send(b"GET / HTTP/1.0\r\n\r\n" * 10)
            await asyncio.sleep(0.05)
            sock.settimeout(10)
            try:
                while sock.recv(1000):
                    pass
            except ConnectionResetError:
                pass
        server.close()
        await server.wait_closed()

    run(main())


def test_handshake_timeout(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            with pytest.raises(ConnectionAbortedError, match="handshake is taking longer"):
                await loop.create_connection(
                    asyncio.Protocol,
                    *listener.getsockname(),
                    ssl=client_context(),
                    server_hostname="localhost",
                    ssl_handshake_timeout=0.05,
                )
            await asyncio.sleep(0.01)

    run(main())


def test_start_tls(run):
    """Plain first, then both ends change over."""

    async def main():
        loop = asyncio.get_running_loop()
        done = loop.create_future()

        async def serve_one(reader, writer):
            assert await reader.readline() == b"STARTTLS\n"
            writer.write(b"GO\n")
            await writer.drain()
            await writer.start_tls(server_context())
            writer.write((await reader.readline()).upper())
            await writer.drain()
            assert await reader.read() == b""
            writer.close()
            done.set_result(None)

        server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"STARTTLS\n")
        assert await reader.readline() == b"GO\n"
        await writer.start_tls(client_context(), server_hostname="localhost")
        assert writer.get_extra_info("cipher")
        writer.write(b"hello\n")
        assert await reader.readline() == b"HELLO\n"
        writer.close()
        await done
        server.close()
        await asyncio.sleep(0.02)

    run(main())

"""The end of a TLS connection: close_notify or none, timeouts, what is still on the way."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
import time

import pytest

from .streams import Recorder
from .tls import (
    Factory,
    client_context,
    connect,
    pair,
    peer,
    reports,
    serve,
    server_context,
    shake_hands,
    until,
)

MUCH = bytes(100_000)


@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
@pytest.mark.parametrize("who", ["client", "server"])
def test_close(run, who, unix):
    """What was written arrives first; each end is told once, without an error."""

    async def main():
        async with pair(unix=unix) as ends:
            closing, other = ends if who == "client" else ends[::-1]
            closing.transport.write(MUCH)
            assert not closing.transport.is_closing()
            closing.transport.close()
            assert closing.transport.is_closing()
            assert await other.lost is None
            assert await closing.lost is None
            assert other.data == MUCH
            assert other.events == ["made", "data", "eof", "lost"]
            assert closing.events[-1] == "lost"
            assert other.transport.is_closing()

    run(main())


def test_close_after_much(run):
    """More than the kernel takes, so that close() has to wait for the other end."""

    async def main():
        async with pair() as (client, server):
            server.transport.pause_reading()
            client.transport.write(bytes(10_000_000))
            client.transport.close()
            await asyncio.sleep(0.01)
            assert "lost" not in client.events
            server.transport.resume_reading()
            assert await server.lost is None
            assert await client.lost is None
            assert len(server.data) == 10_000_000

    run(main())


def test_both_close(run):
    async def main():
        async with pair() as (client, server):
            client.transport.close()
            server.transport.close()
            assert await client.lost is None
            assert await server.lost is None

    run(main())


def test_answer_to_the_end(run):
    """What eof_received() writes still leaves."""

    class Answers(Recorder):
        def eof_received(self):
            self.transport.write(b"goodbye")
            return super().eof_received()

    def program(sock):
        context = client_context()
        with context.wrap_socket(sock, server_hostname="localhost") as tls:
            tls.sendall(b"hello")
            # OpenSSL minds data after its close_notify, which proves that it comes.
            with pytest.raises(ssl.SSLError, match="APPLICATION_DATA_AFTER_CLOSE_NOTIFY"):
                tls.unwrap()

    async def main():
        loop = asyncio.get_running_loop()
        with peer(program) as address:
            sock = socket.create_connection(address)
            sock.setblocking(False)
            _, protocol = await loop.connect_accepted_socket(
                Answers, sock, ssl=server_context(), ssl_shutdown_timeout=5
            )
            await protocol.lost
            assert protocol.data == b"hello"
            assert protocol.events == ["made", "data", "eof", "lost"]

    run(main())


def test_eof_received_cannot_keep_it_open(run, caplog):
    async def main():
        async with pair(server=lambda: Recorder(keep_open=True)) as (client, server):
            client.transport.close()
            assert await server.lost is None
            assert await client.lost is None

    run(main())
    assert "returning true from eof_received() has no effect when using ssl" in caplog.text


@pytest.mark.parametrize("how", ["fin", "reset"])
def test_end_without_close_notify(run, how):
    """A FIN counts as the end, as with asyncio; a reset is an error."""

    def program(sock):
        with server_context().wrap_socket(sock, server_side=True) as tls:
            tls.sendall(MUCH)
            assert tls.recv(1) == b"!"
            if how == "reset":
                tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def main():
        with peer(program) as address:
            transport, protocol = await connect(Recorder, address)
            assert await protocol.received(len(MUCH)) == MUCH
            transport.write(b"!")
            exc = await protocol.lost
            if how == "fin":
                assert exc is None
                assert protocol.events == ["made", "data", "eof", "lost"]
            else:
                assert isinstance(exc, ConnectionResetError)
                assert protocol.events == ["made", "data", "lost"]

    run(main())


def test_end_while_paused(run):
    """What came before the end is read first, whenever that is."""

    class Pauses(Recorder):
        def connection_made(self, transport):
            super().connection_made(transport)
            transport.pause_reading()

    def program(sock):
        with server_context().wrap_socket(sock, server_side=True) as tls:
            tls.sendall(MUCH)

    async def main():
        with peer(program) as address:
            transport, protocol = await connect(Pauses, address)
            await asyncio.sleep(0.05)
            assert protocol.events == ["made"]
            transport.resume_reading()
            assert await protocol.lost is None
            assert protocol.data == MUCH
            assert protocol.events == ["made", "data", "eof", "lost"]

    run(main())


def test_tampered_data(run):
    """What is no TLS ends the connection with an error, after what was right."""

    def program(sock):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        end = server_context().wrap_bio(incoming, outgoing, server_side=True)
        shake_hands(end, incoming, outgoing, sock)
        end.write(b"right")
        sock.sendall(outgoing.read())
        end.write(b"wrong")
        bad = bytearray(outgoing.read())
        bad[-1] ^= 1
        sock.sendall(bad)
        try:
            while sock.recv(1000):
                pass
        except ConnectionResetError:
            pass

    async def main():
        with reports() as told, peer(program) as address:
            _, protocol = await connect(Recorder, address)
            assert isinstance(await protocol.lost, ssl.SSLError)
            assert protocol.data == b"right"
            assert told == []  # a fault of the other end

    run(main())


def test_abort(run):
    async def main():
        async with pair() as (client, server):
            client.transport.write(bytes(50_000_000))
            client.transport.abort()
            assert client.transport.is_closing()
            assert await client.lost is None
            await server.lost
            client.transport.abort()

    run(main())


def test_shutdown_timeout(run):
    """An end that does not answer is left."""

    over = threading.Event()

    def program(sock):
        with server_context().wrap_socket(sock, server_side=True) as tls:
            assert tls.recv(2) == b"!"
            over.wait(30)  # and reads nothing, not even close_notify

    async def main():
        with peer(program) as address:
            transport, protocol = await connect(Recorder, address, ssl_shutdown_timeout=0.1)
            transport.write(b"!")
            transport.close()
            exc = await protocol.lost
            assert isinstance(exc, TimeoutError)
            assert str(exc) == "SSL shutdown timed out"
            over.set()

    run(main())


def test_write_after_close(run, caplog):
    async def main():
        async with pair() as (client, server):
            client.transport.close()
            for _ in range(10):
                client.transport.write(b"lost")
            assert await client.lost is None
            await server.lost
            assert server.data == b""
            client.transport.write(b"lost")

    run(main())
    assert "SSL connection is closed" in caplog.text


@pytest.mark.parametrize("loop_name", ["uvnet"])
def test_close_while_data_arrives(run, loop_name):
    """What comes after close() is dropped up to the read limit; then the connection is cut."""

    sent = 0

    def program(sock):
        nonlocal sent
        deadline = time.monotonic() + 25
        with server_context().wrap_socket(sock, server_side=True) as tls:
            try:
                while time.monotonic() < deadline:
                    sent += tls.send(MUCH)
            except OSError:
                return
        raise AssertionError("it goes on listening")

    async def main():
        with reports() as told, peer(program) as address:
            transport, protocol = await connect(Recorder, address)
            await protocol.received(1)
            transport.close()
            received = len(protocol.data)
            assert await protocol.lost is None
            assert len(protocol.data) == received
            assert told == []

    run(main())
    # The kernel's buffers, and what the limit allows.
    assert sent < 50_000_000


@pytest.mark.parametrize("loop_name", ["uvnet"])
def test_upload_ends_although_data_arrives(run, loop_name):
    """close() does not cut off what is still to be written, whatever the other end sends."""

    got = 0

    def program(sock):
        nonlocal got
        with server_context().wrap_socket(sock, server_side=True) as tls:
            tls.sendall(bytes(1_000_000))
            while data := tls.recv(1 << 16):
                got += len(data)

    async def main():
        with peer(program) as address:
            transport, protocol = await connect(Recorder, address)
            transport.write(bytes(20_000_000))
            transport.close()
            assert await protocol.lost is None

    run(main())
    assert got == 20_000_000


def test_server_that_closes_its_clients(run):
    async def main():
        loop = asyncio.get_running_loop()
        factory = Factory()
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=server_context())
        _, client = await connect(Recorder, server.sockets[0].getsockname())
        theirs = await factory.next()
        server.close()
        if hasattr(server, "close_clients"):
            server.close_clients()
        else:
            theirs.transport.close()
        await client.lost
        await theirs.lost
        await server.wait_closed()

    run(main())


@pytest.mark.parametrize("loop_name", ["uvnet"])
def test_names_after_the_end(run, loop_name):
    """For those who write logs in connection_lost(). asyncio's TLS forgets them."""

    async def main():
        factory = Factory()
        async with serve(factory, server_context()) as address:
            transport, client = await connect(Recorder, address)
            theirs = await factory.next()
            name = transport.get_extra_info("sockname")
            transport.close()
            await theirs.lost
            await client.lost
            assert theirs.transport.get_extra_info("peername") == name
            await until(lambda: transport.get_extra_info("peername") == address)

    run(main())

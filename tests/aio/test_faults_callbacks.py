"""Callbacks that raise: the connection is closed, the loop is told once, nothing is left.

uvloop, rloop: some left the connection open; Node's CVE-2026-21637: or its descriptor.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket

import pytest

from .helpers import in_thread
from .streams import Recorder, connect_pair

LARGE = 8 << 20
# What raises, and whether that ends the connection. asyncio's rules.
CALLBACKS = {
    "connection_made": False,
    "data_received": True,
    "eof_received": True,
    "pause_writing": False,
    "resume_writing": False,
    "connection_lost": True,
}


class Boom(Exception):
    pass


class Faulty(Recorder):
    """Raises `error` in the callback `name`, the first time."""

    def __init__(self, name, error):
        super().__init__()
        self.name, self.error = name, error

    def fail(self, name):
        if name == self.name:
            self.name = ""
            raise self.error

    def connection_made(self, transport):
        super().connection_made(transport)
        self.fail("connection_made")

    def data_received(self, data):
        super().data_received(data)
        self.fail("data_received")

    def eof_received(self):
        super().eof_received()
        self.fail("eof_received")

    def pause_writing(self):
        super().pause_writing()
        self.fail("pause_writing")

    def resume_writing(self):
        super().resume_writing()
        self.fail("resume_writing")

    def connection_lost(self, exc):
        super().connection_lost(exc)
        self.fail("connection_lost")


class FaultyBuffered(asyncio.BufferedProtocol):
    def __init__(self, name, error):
        self.name, self.error = name, error
        self.memory = bytearray(100)
        self.lost = asyncio.get_running_loop().create_future()
        self.times_lost = 0

    def get_buffer(self, sizehint):
        if self.name == "get_buffer":
            raise self.error
        return self.memory

    def buffer_updated(self, nbytes):
        if self.name == "buffer_updated":
            raise self.error

    def connection_lost(self, exc):
        self.times_lost += 1
        self.lost.set_result(exc)


async def drive(peer):
    """Have every callback called: data, a full buffer, the end."""
    loop = asyncio.get_running_loop()
    try:
        await loop.sock_sendall(peer, b"data")
        left = LARGE
        while left:
            data = await loop.sock_recv(peer, 1 << 20)
            if not data:
                break
            left -= len(data)
        peer.shutdown(socket.SHUT_WR)
        while await loop.sock_recv(peer, 1 << 20):
            pass
    except ConnectionError:  # the other side has given up already
        pass


def descriptors():
    """Return the open descriptors, but for the one that lists them."""
    found = set()
    for name in os.listdir("/proc/self/fd" if os.path.isdir("/proc") else "/dev/fd"):
        with contextlib.suppress(OSError):
            os.fstat(int(name))
            found.add(int(name))
    return found


async def one_connection():
    """Have the loop open what it keeps open once it has had a connection."""
    protocol = Recorder()
    transport, peer = await connect_pair(protocol)
    peer.close()
    await protocol.lost
    await asyncio.sleep(0.01)


@pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET], ids=["unix", "tcp"])
@pytest.mark.parametrize("name", CALLBACKS)
def test_exception(run, name, family):
    async def main():
        loop = asyncio.get_running_loop()
        reports = []
        loop.set_exception_handler(lambda _, context: reports.append(context))
        protocol = Faulty(name, Boom(name))
        await one_connection()
        before = descriptors()
        transport, peer = await connect_pair(protocol, family)
        transport.write(bytes(LARGE))
        with peer:
            await drive(peer)
            if not CALLBACKS[name]:
                transport.close()
            exc = await protocol.lost
        await asyncio.sleep(0.01)
        assert type(exc) is Boom or name not in ("data_received", "eof_received")
        assert [type(each["exception"]) for each in reports] == [Boom], reports
        assert protocol.events.count("lost") == 1
        del transport, peer
        gc.collect()
        assert descriptors() == before

    run(main())


@pytest.mark.parametrize("name", ["get_buffer", "buffer_updated"])
def test_exception_of_a_buffered_protocol(run, name):
    async def main():
        loop = asyncio.get_running_loop()
        reports = []
        loop.set_exception_handler(lambda _, context: reports.append(context))
        protocol = FaultyBuffered(name, Boom(name))
        await one_connection()
        before = descriptors()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"data")
            assert type(await protocol.lost) is Boom
        await asyncio.sleep(0.01)
        assert [type(each["exception"]) for each in reports] == [Boom]
        assert protocol.times_lost == 1
        del transport, peer
        gc.collect()
        assert descriptors() == before

    run(main())


def talk(peer):
    """What drive() does, in a thread: the loop may stop meanwhile."""
    with contextlib.suppress(OSError):
        peer.sendall(b"data")
        left = LARGE
        while left and (data := peer.recv(1 << 20)):
            left -= len(data)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(1 << 20):
            pass


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("name", [*CALLBACKS, "get_buffer", "buffer_updated"])
def test_what_ends_the_run_propagates(aio_loop, name, kind):
    """run_forever() raises it, the handler is not told, and the connection can be closed then."""
    reports = []
    aio_loop.set_exception_handler(lambda _, context: reports.append(context))

    def write_much():
        if number in aio_loop._transports:  # it has not failed before
            aio_loop._transports[number].write(bytes(LARGE))

    async def make(name):
        buffered = name in ("get_buffer", "buffer_updated")
        return (FaultyBuffered if buffered else Faulty)(name, kind("stop"))

    aio_loop.run_until_complete(one_connection())
    before = descriptors()
    protocol = aio_loop.run_until_complete(make(name))
    ours, peer = socket.socketpair()
    number = ours.fileno()
    aio_loop.create_task(aio_loop.connect_accepted_socket(lambda: protocol, ours))
    peer.settimeout(30)
    with in_thread(talk, peer):
        aio_loop.call_later(0.01, write_much)
        with pytest.raises(kind, match="stop"):
            aio_loop.run_forever()
        protocol.name = ""
        if not protocol.lost.done():
            aio_loop._transports[number].abort()
            aio_loop.run_until_complete(protocol.lost)
        aio_loop.run_until_complete(asyncio.sleep(0.01))
    peer.close()
    gc.collect()
    assert descriptors() == before
    assert not reports


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("where", ["factory", "connection_made"])
def test_what_ends_the_run_while_accepting(aio_loop, where, kind):
    """The connection that was being made is closed with it."""

    class Ending(asyncio.Protocol):
        def __init__(self):
            if where == "factory":
                raise kind("stop")

        def connection_made(self, transport):
            raise kind("stop")

    server = aio_loop.run_until_complete(aio_loop.create_server(Ending, "127.0.0.1", 0))
    with socket.create_connection(server.sockets[0].getsockname(), 30) as client:
        with pytest.raises(kind, match="stop"):
            aio_loop.run_forever()
        aio_loop.run_until_complete(asyncio.sleep(0.01))
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    server.close()
    aio_loop.run_until_complete(server.wait_closed())


@pytest.mark.parametrize("fault", ["factory", "connection_made", "data_received"])
def test_hundreds_of_times(aio_loop, fault):
    """A server whose protocols fail, one after the other: no descriptor is left of them."""
    count = 300
    reports = []
    aio_loop.set_exception_handler(lambda _, context: reports.append(type(context["exception"])))

    class Failing(asyncio.Protocol):
        def __init__(self):
            if fault == "factory":
                raise Boom

        def connection_made(self, transport):
            self.transport = transport
            if fault == "connection_made":
                transport.abort()
                raise Boom

        def data_received(self, data):
            raise Boom

    async def client(address):
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"x")
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()

    async def main():
        server = await aio_loop.create_server(Failing, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        await client(address)
        await asyncio.sleep(0.01)
        before, told = descriptors(), len(reports)
        for _ in range(count // 10):
            await asyncio.gather(*(client(address) for _ in range(10)))
        await asyncio.sleep(0.05)
        assert descriptors() == before
        assert len(reports) - told == count and set(reports) == {Boom}
        server.close()
        await server.wait_closed()

    aio_loop.run_until_complete(main())

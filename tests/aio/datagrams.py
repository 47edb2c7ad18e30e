"""What the tests of datagram transports need."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile

from .helpers import PATIENCE

LOCAL = ("127.0.0.1", 0)


class Protocol(asyncio.DatagramProtocol):
    """Notes what it is told; wait(n) waits until it has been told that often."""

    def __init__(self):
        self.events = []
        self.changed = asyncio.Event()
        self.transport = None

    def note(self, *event):
        self.events.append(event)
        self.changed.set()

    def connection_made(self, transport):
        self.transport = transport
        self.note("made")

    def datagram_received(self, data, addr):
        self.note("data", data, addr)

    def error_received(self, exc):
        self.note("error", type(exc), exc.errno)

    def pause_writing(self):
        self.note("pause")

    def resume_writing(self):
        self.note("resume")

    def connection_lost(self, exc):
        self.note("lost", exc)

    @property
    def data(self):
        return [event[1] for event in self.events if event[0] == "data"]

    def named(self, name):
        return [event for event in self.events if event[0] == name]

    async def wait(self, count, name=None):
        async with asyncio.timeout(PATIENCE):
            while len(self.named(name) if name else self.events) < count:
                self.changed.clear()
                await self.changed.wait()
        return self.events

    async def closed(self):
        await self.wait(1, "lost")


def endpoint(**options):
    options.setdefault("protocol_factory", Protocol)
    return asyncio.get_running_loop().create_datagram_endpoint(**options)


async def settle(turns=10):
    for _ in range(turns):
        await asyncio.sleep(0.001)


async def close(*protocols):
    for protocol in protocols:
        protocol.transport.close()
    for protocol in protocols:
        await protocol.closed()


def unix_pair():
    """A connected pair; the second has a name, for asyncio sends to no other."""
    here = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    with tempfile.TemporaryDirectory() as folder:
        here.bind(os.path.join(folder, "here"))
        there.bind(os.path.join(folder, "there"))
        here.connect(there.getsockname())
        there.connect(here.getsockname())
    here.setblocking(False)
    there.setblocking(False)
    return here, there


def read_all(sock):
    got = []
    while True:
        try:
            got.append(sock.recv(300_000))
        except BlockingIOError:
            return got


async def filled():
    """Return a transport of which the kernel takes no more, with what was sent, and its peer."""
    here, there = unix_pair()
    transport, protocol = await endpoint(sock=here)
    sent = []
    while transport.get_write_buffer_size() < 100:
        assert len(sent) < 10_000
        sent.append(b"%d" % len(sent))
        transport.sendto(sent[-1])
        await asyncio.sleep(0)
    return transport, protocol, sent, there

"""How a datagram transport closes, and what its protocol raises."""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import warnings

import pytest

import uvnet

from .datagrams import (
    LOCAL,
    Protocol,
    close,
    endpoint,
    filled,
    read_all,
    settle,
    unix_pair,
)
from .helpers import PATIENCE


def test_close_waits_for_the_queue(run):
    async def main():
        transport, protocol, sent, there = await filled()
        transport.close()
        assert transport.is_closing()
        await settle()
        assert not protocol.named("lost")
        got = []
        async with asyncio.timeout(PATIENCE):
            while len(got) < len(sent):
                got += read_all(there)
                await asyncio.sleep(0.001)
        await protocol.closed()
        assert got == sent and protocol.events[-1] == ("lost", None)
        transport.close()
        there.close()

    run(main())


def test_close_when_one_cannot_be_sent(run):
    """What was sent before the error was told still leaves, and the end is told."""

    class Closing(Protocol):
        def error_received(self, exc):
            super().error_received(exc)
            self.transport.close()

    async def main():
        there, received = await endpoint(local_addr=LOCAL)
        address = there.get_extra_info("sockname")
        transport, protocol = await endpoint(protocol_factory=Closing, local_addr=LOCAL)
        for data in (bytes(70_000), b"one", bytes(70_000), b"two"):
            transport.sendto(data, address)
        await protocol.closed()
        assert len(protocol.named("error")) == 2 and protocol.events[-1] == ("lost", None)
        async with asyncio.timeout(PATIENCE):
            while len(received.named("data")) < 2:
                await asyncio.sleep(0.001)
        assert [data for _, data, _ in received.named("data")] == [b"one", b"two"]
        await close(received)

    run(main())


def test_abort_drops_the_queue(run):
    async def main():
        transport, protocol, sent, there = await filled()
        transport.abort()
        assert transport.is_closing() and not protocol.named("lost")
        await protocol.closed()
        assert len(read_all(there)) < len(sent)
        transport.abort()
        await settle(3)
        assert len(protocol.named("lost")) == 1
        there.close()

    run(main())


def test_what_is_sent_just_before_close(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        for i in range(5):
            transport.sendto(b"%d" % i)
        transport.close()
        assert [peer.recv(10) for _ in range(5)] == [b"%d" % i for i in range(5)]
        await protocol.closed()

    run(main())


def test_after_close(run, peer, caplog):
    """It is dropped, and at length a warning logged."""

    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        name = transport.get_extra_info("sockname")
        transport.close()
        peer.sendto(b"x", name)
        for _ in range(10):
            transport.sendto(b"x")
        await protocol.closed()
        await settle(3)
        for _ in range(3):
            transport.sendto(b"x")
        assert protocol.events == [("made",), ("lost", None)]

    run(main())
    assert "socket.send() raised exception." in caplog.text
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(10)


def test_close_in_connection_made(run):
    class Closer(Protocol):
        def connection_made(self, transport):
            super().connection_made(transport)
            transport.close()

    async def main():
        _, protocol = await endpoint(protocol_factory=Closer, local_addr=LOCAL)
        await protocol.closed()
        assert protocol.events == [("made",), ("lost", None)]

    run(main())


def test_close_in_datagram_received(run, peer):
    class Closer(Protocol):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            self.transport.close()

    async def main():
        transport, protocol = await endpoint(protocol_factory=Closer, local_addr=LOCAL)
        for _ in range(3):
            peer.sendto(b"x", transport.get_extra_info("sockname"))
        await protocol.closed()
        assert len(protocol.data) == 1

    run(main())


def test_exceptions_of_the_protocol(run, peer):
    """The loop's handler hears of them; the transport stays."""

    class Raiser(Protocol):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            raise ValueError(data)

        def error_received(self, exc):
            super().error_received(exc)
            raise KeyError("error")

    async def main():
        contexts = []
        asyncio.get_running_loop().set_exception_handler(lambda _, c: contexts.append(c))
        transport, protocol = await endpoint(protocol_factory=Raiser, local_addr=LOCAL)
        for i in range(3):
            peer.sendto(b"%d" % i, transport.get_extra_info("sockname"))
        await protocol.wait(4)
        assert [str(c["exception"]) for c in contexts] == ["b'0'", "b'1'", "b'2'"]
        assert not transport.is_closing()
        await close(protocol)

    run(main())


def test_sends_in_error_received(run, peer):
    class Again(Protocol):
        def error_received(self, exc):
            super().error_received(exc)
            self.transport.sendto(b"again", peer.getsockname())

    async def main():
        transport, protocol = await endpoint(protocol_factory=Again, local_addr=LOCAL)
        transport.sendto(bytes(65508), peer.getsockname())
        await protocol.wait(2)
        await settle(3)
        assert peer.recv(10) == b"again"
        await close(protocol)

    run(main())


def test_a_descriptor_that_somebody_closes(aio_loop):
    async def main():
        here, there = unix_pair()
        transport, protocol, _, full = await filled()
        full.close()
        transport.abort()
        await protocol.closed()
        transport, protocol = await endpoint(sock=here)
        os.close(transport.get_extra_info("socket").fileno())
        there.close()
        with tempfile.TemporaryFile() as file:
            await settle()
            transport.sendto(b"x")
            await settle()
            transport.close()
            await protocol.closed()
            await settle()
            file.write(b"it is still open")

    aio_loop.run_until_complete(main())


def test_a_loop_that_is_closed_with_one(peer):
    async def main():
        return await endpoint(local_addr=LOCAL)

    loop = uvnet.new_event_loop()
    transport, protocol = loop.run_until_complete(main())
    with pytest.warns(ResourceWarning, match="unclosed"):
        loop.close()
    assert protocol.events == [("made",)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del transport, protocol
        gc.collect()

"""BufferedProtocol: reads go to the protocol's own memory."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest

from .streams import connect_pair


class Buffered(asyncio.BufferedProtocol):
    """Reads into what make_buffer() returns."""

    def __init__(self, size=100):
        self.memory = bytearray(size)
        self.data = b""
        self.counts = []
        self.made = asyncio.get_running_loop().create_future()
        self.lost = asyncio.get_running_loop().create_future()
        self.more = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, sizehint):
        assert sizehint == -1
        return self.memory

    def buffer_updated(self, nbytes):
        self.counts.append(nbytes)
        self.data += self.memory[:nbytes]
        self.more.set()

    def connection_lost(self, exc):
        self.lost.set_result(exc)

    async def received(self, count):
        while len(self.data) < count:
            self.more.clear()
            await self.more.wait()
        return self.data


async def take_the_alphabet(protocol):
    """Let a protocol that reads ten bytes at a time receive 26, and close its connection."""
    transport, peer = await connect_pair(protocol)
    with peer:
        peer.send(b"abcdefghijklmnopqrstuvwxyz")
        assert await protocol.received(26) == b"abcdefghijklmnopqrstuvwxyz"
        transport.close()
        assert await protocol.lost is None


@pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET], ids=["unix", "tcp"])
def test_reads(run, family):
    async def main():
        protocol = Buffered()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            peer.send(b"x" * 250)
            assert await protocol.received(250) == b"x" * 250
            assert max(protocol.counts) == 100
            transport.write(b"answer")
            await asyncio.sleep(0.01)
            assert peer.recv(10) == b"answer"
            peer.close()
            assert await protocol.lost is None

    run(main())


@pytest.mark.parametrize("view", [False, True])
def test_memory_is_not_kept(aio_loop, view):
    """What is returned may be resized as soon as it has been read into."""

    class Resizing(Buffered):
        def __init__(self):
            super().__init__(0)

        def buffer_updated(self, nbytes):
            self.counts.append(nbytes)
            self.data += self.memory[:nbytes]
            del self.memory[:]
            self.more.set()

        def get_buffer(self, sizehint):
            self.memory.extend(bytes(10))
            return memoryview(self.memory) if self.view else self.memory

    async def main():
        protocol = Resizing()
        protocol.view = view
        await take_the_alphabet(protocol)

    aio_loop.run_until_complete(main())


def test_same_view_again_and_again(run):
    class Viewing(Buffered):
        def __init__(self):
            super().__init__()
            self.view = memoryview(self.memory)

        def get_buffer(self, sizehint):
            return self.view

    async def main():
        protocol = Viewing()
        transport, peer = await connect_pair(protocol)
        with peer:
            for i in range(5):
                peer.send(b"12345")
                await protocol.received(5 * (i + 1))
            transport.close()
            assert await protocol.lost is None
        assert protocol.data == b"12345" * 5

    run(main())


def test_view_that_is_released_between_reads(aio_loop):
    """Who keeps a memoryview may release it in buffer_updated(), and resize what is below."""

    class Releasing(Buffered):
        def __init__(self):
            super().__init__(0)

        def get_buffer(self, sizehint):
            self.memory.extend(bytes(10))
            self.view = memoryview(self.memory)
            return self.view

        def buffer_updated(self, nbytes):
            self.counts.append(nbytes)
            self.data += self.view[:nbytes]
            self.view.release()
            del self.memory[:]
            self.more.set()

    async def main():
        protocol = Releasing()
        await take_the_alphabet(protocol)
        protocol.memory.append(1)  # nothing exports it any more

    aio_loop.run_until_complete(main())


def test_view_that_is_given_again_after_its_release(aio_loop):
    reports = []
    aio_loop.set_exception_handler(lambda _, context: reports.append(context["exception"]))

    class Stubborn(Buffered):
        def __init__(self):
            super().__init__()
            self.view = memoryview(self.memory)

        def get_buffer(self, sizehint):
            return self.view

        def buffer_updated(self, nbytes):
            self.view.release()
            with pytest.raises(ValueError):
                self.transport.write(self.view)
            self.memory.clear()

    async def main():
        protocol = Stubborn()
        _, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"12345")
            await asyncio.sleep(0.01)
            peer.send(b"67890")
            assert isinstance(await protocol.lost, ValueError)
        assert [type(exc) for exc in reports] == [ValueError]

    aio_loop.run_until_complete(main())


def test_view_that_is_kept_can_be_written_and_released_at_the_end(aio_loop):
    class Echo(Buffered):
        def __init__(self):
            super().__init__()
            self.view = memoryview(self.memory)

        def get_buffer(self, sizehint):
            return self.view

        def buffer_updated(self, nbytes):
            self.transport.write(self.view[:nbytes])

    async def main():
        protocol = Echo()
        transport, peer = await connect_pair(protocol)
        with peer:
            for _ in range(3):
                await aio_loop.sock_sendall(peer, b"12345")
                assert await aio_loop.sock_recv(peer, 100) == b"12345"
            transport.close()
            assert await protocol.lost is None
        protocol.view.release()
        protocol.memory.clear()

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("fault", ["raises", "empty", "readonly", "none"])
def test_bad_buffer(run, fault):
    class Faulty(Buffered):
        def get_buffer(self, sizehint):
            if fault == "raises":
                raise ZeroDivisionError
            return {"empty": bytearray(), "readonly": b"12345", "none": None}[fault]

    async def main():
        reports = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
        protocol = Faulty()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"data")
            assert await protocol.lost is not None
        [context] = reports
        assert context["transport"] is transport and context["protocol"] is protocol
        if fault != "readonly":
            assert context["message"] == "Fatal error: protocol.get_buffer() call failed."

    run(main())


def test_exception_in_buffer_updated(run):
    class Faulty(Buffered):
        def buffer_updated(self, nbytes):
            raise ZeroDivisionError

    async def main():
        reports = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reports.append(context["message"])
        )
        protocol = Faulty()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"data")
            assert isinstance(await protocol.lost, ZeroDivisionError)
        assert reports == ["Fatal error: protocol.buffer_updated() call failed."]

    run(main())


@pytest.mark.parametrize("call", ["pause_reading", "close", "abort"])
def test_asked_for_a_buffer_it_ends(run, call):
    """What get_buffer() does to the transport happens; what was about to be read may still come."""

    class Ending(Buffered):
        def get_buffer(self, sizehint):
            getattr(self.transport, call)()
            return self.memory

    async def main():
        protocol = Ending()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"data")
            await asyncio.sleep(0.02)
            with contextlib.suppress(BrokenPipeError):
                peer.send(b"more")
            await asyncio.sleep(0.02)
            assert protocol.data in (b"", b"data")
            assert not transport.is_reading()
            transport.abort()
            await protocol.lost

    run(main())


def test_change_of_protocol(run):
    class Plain(asyncio.Protocol):
        data = b""

        def data_received(self, data):
            self.data += data

    async def main():
        buffered = Buffered()
        plain = Plain()
        transport, peer = await connect_pair(buffered)
        with peer:
            peer.send(b"one")
            await buffered.received(3)
            transport.set_protocol(plain)
            peer.send(b"two")
            while plain.data != b"two":
                await asyncio.sleep(0.001)
            transport.set_protocol(buffered)
            peer.send(b"three")
            assert await buffered.received(8) == b"onethree"
            transport.close()
            await buffered.lost

    run(main())

"""Faults of other loops in writing: after the end, to a closed peer, in great and small pieces."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys

import pytest

from .streams import Recorder, connect_pair, read_exactly

MB = 1 << 20


@pytest.mark.parametrize("data", [b"data", bytearray(b"data"), b""], ids=["bytes", "array", "none"])
@pytest.mark.parametrize("moment", ["same callback", "later", "after connection_lost"])
@pytest.mark.parametrize("end", ["close", "abort", "peer"])
def test_write_after_the_end_is_silent(aio_loop, end, moment, data):
    """uvloop raises RuntimeError for it (#408, #414); asyncio's write() never does, nor do we."""

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        if end == "peer":
            peer.close()
            await protocol.ended
        else:
            getattr(transport, end)()
        if moment == "later":
            await asyncio.sleep(0)
        if moment == "after connection_lost":
            await protocol.lost
            await asyncio.sleep(0.001)
        for _ in range(3):
            transport.write(data)
            transport.writelines([data, data])
        transport.write_eof()
        await protocol.lost
        transport.write(data)
        await asyncio.sleep(0.001)
        peer.close()
        assert protocol.events.count("lost") == 1

    aio_loop.run_until_complete(main())


def test_sigpipe_at_its_default(python):
    """asyncio and uvloop: two writes to a closed peer, and the process is killed (141)."""
    done = python(
        """
import asyncio, os, signal, socket
import uvnet
signal.signal(signal.SIGPIPE, signal.SIG_DFL)

class Pausing(asyncio.Protocol):
    def connection_made(self, transport):
        if hasattr(transport, "pause_reading"):
            transport.pause_reading()  # or the end would be noticed
        self.lost = asyncio.get_running_loop().create_future()

    def connection_lost(self, exc):
        self.lost.set_result(exc)

async def main():
    loop = asyncio.get_running_loop()
    for family in ("unix", "tcp"):
        if family == "unix":
            ours, peer = socket.socketpair()
        else:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                peer = socket.create_connection(listener.getsockname())
                ours = listener.accept()[0]
        transport, protocol = await loop.connect_accepted_socket(Pausing, ours)
        peer.close()
        for _ in range(5):
            transport.write(b"x")
            await asyncio.sleep(0.01)
        print(family, type(await protocol.lost).__name__)
    reading, writing = os.pipe()
    transport, protocol = await loop.connect_write_pipe(Pausing, open(writing, "wb", 0))
    os.close(reading)
    for _ in range(3):
        transport.write(b"x")
        await asyncio.sleep(0.01)

uvnet.run(main())
"""
    )
    lines = done.stdout.split("\n")
    assert lines[0] in ("unix BrokenPipeError", "unix ConnectionResetError"), done.stdout
    assert lines[1] in ("tcp BrokenPipeError", "tcp ConnectionResetError"), done.stdout


@pytest.mark.parametrize("how", ["writelines", "write", "writelines of many"])
def test_pauses_the_protocol(aio_loop, how):
    """CVE-2024-12254: writelines() never called pause_writing(), and memory grew without bound."""

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        chunk = bytes(MB)
        for _ in range(4):
            if how == "write":
                transport.write(chunk)
            elif how == "writelines":
                transport.writelines([chunk])
            else:
                transport.writelines([chunk[:1000]] * 1049)
        await asyncio.sleep(0.01)
        assert protocol.events == ["made", "pause"]
        assert transport.get_write_buffer_size() > 64 * 1024
        await read_exactly(peer, 4 * MB)
        await asyncio.sleep(0.01)
        assert protocol.events == ["made", "pause", "resume"]
        transport.close()
        await protocol.lost
        peer.close()

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("style", ["drain", "protocol"])
def test_memory_of_a_producer_that_obeys(aio_loop, style):
    """uvloop #548: no more waits than the high water mark and a chunk, whatever is offered."""
    total, chunk = 64 * MB, bytes(32 * 1024)
    most = 0

    class Obedient(asyncio.Protocol):
        def __init__(self):
            self.may_write = asyncio.Event()
            self.may_write.set()

        def pause_writing(self):
            self.may_write.clear()

        def resume_writing(self):
            self.may_write.set()

    async def produce_streams(sock):
        nonlocal most
        _, writer = await asyncio.open_connection(sock=sock)
        for _ in range(total // len(chunk)):
            writer.write(chunk)
            most = max(most, writer.transport.get_write_buffer_size())
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def produce_protocol(sock):
        nonlocal most
        transport, protocol = await aio_loop.create_connection(Obedient, sock=sock)
        for _ in range(total // len(chunk)):
            await protocol.may_write.wait()
            transport.write(chunk)
            most = max(most, transport.get_write_buffer_size())
        transport.close()

    async def consume(peer):
        count = 0
        while data := await aio_loop.sock_recv(peer, MB):
            count += len(data)
        return count

    async def main():
        ours, peer = socket.socketpair()
        peer.setblocking(False)
        produce = produce_streams if style == "drain" else produce_protocol
        count, _ = await asyncio.gather(consume(peer), produce(ours))
        assert count == total
        assert most <= 64 * 1024 + 2 * len(chunk)
        peer.close()

    aio_loop.run_until_complete(main())


def test_one_byte_at_a_time(aio_loop):
    """A malicious peer: segments of one byte, and another connection is served meanwhile."""

    async def main():
        protocol, other = Recorder(), Recorder()
        transport, peer = await connect_pair(protocol, socket.AF_INET)
        second, polite = await connect_pair(other)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        sent = bytearray()
        for turn in range(20):
            for i in range(500):
                sent.append((turn + i) % 256)
                with contextlib.suppress(BlockingIOError):
                    assert peer.send(sent[-1:]) == 1
                    continue
                sent.pop()
            polite.send(b"!")
            assert len(await other.received(turn + 1)) == turn + 1
        assert await protocol.received(len(sent)) == sent
        for each, end in ((transport, peer), (second, polite)):
            each.abort()
            end.close()
        await asyncio.gather(protocol.lost, other.lost)

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("how", ["write", "writelines"])
def test_a_hundred_megabytes_in_one_go(aio_loop, how):
    """It arrives, and other connections are served meanwhile."""
    size = 100 * MB
    block = bytes(range(256)) * (MB // 256)

    class Counting(asyncio.Protocol):
        def __init__(self):
            self.count = 0
            self.lost = aio_loop.create_future()

        def data_received(self, data):
            offset = self.count % 256
            assert data[:8] == (block[:512])[offset : offset + 8][: len(data)]
            self.count += len(data)

        def connection_lost(self, exc):
            self.lost.set_result(exc)

    async def main():
        one, two = socket.socketpair()
        sender, _ = await aio_loop.connect_accepted_socket(asyncio.Protocol, one)
        _, counting = await aio_loop.connect_accepted_socket(Counting, two)
        other = Recorder()
        transport, peer = await connect_pair(other)
        if how == "write":
            sender.write(block * (size // MB))
        else:
            sender.writelines([block] * (size // MB))
        sender.close()
        served = 0
        while not counting.lost.done():
            peer.send(b"!")
            served += 1
            await other.received(served)
        assert counting.count == size
        assert served > 10
        transport.close()
        await other.lost
        peer.close()

    aio_loop.run_until_complete(main())


class Chameleon(asyncio.BufferedProtocol):
    """Takes eight bytes into its buffer and then makes the connection another protocol's."""

    def __init__(self, follower):
        self.memory = bytearray(8)
        self.data = b""
        self.follower = follower

    def connection_made(self, transport):
        self.transport = transport

    def get_buffer(self, sizehint):
        return self.memory

    def buffer_updated(self, nbytes):
        self.data += self.memory[:nbytes]
        if len(self.data) >= 8:
            self.transport.set_protocol(self.follower)


@pytest.mark.parametrize("order", ["buffered, plain", "plain, buffered", "all the time"])
def test_set_protocol_between_the_kinds(run, order):
    """uvloop #706 and others: the read callback of one kind with the state of the other."""

    async def main():
        plain = Recorder()
        buffered = Chameleon(plain)
        transport, peer = await connect_pair(buffered if order[0] == "b" else plain)
        if order[0] == "b":
            plain.connection_made(transport)
        buffered.transport = transport
        if order == "plain, buffered":
            peer.send(b"plain")
            await plain.received(5)
            transport.set_protocol(buffered)
        if order != "all the time":
            peer.send(b"8 bytes!and more")
            want = 13 if order[0] == "p" else 8
            assert (await plain.received(want))[-8:] == b"and more"
            assert buffered.data == b"8 bytes!"
        else:
            for turn in range(200):
                transport.set_protocol(buffered if turn % 2 else plain)
                peer.send(b"x")
                for _ in range(3):
                    await asyncio.sleep(0)
            while len(plain.data) + len(buffered.data) < 200:
                await asyncio.sleep(0.001)
        transport.set_protocol(plain)
        transport.close()
        await plain.lost
        peer.close()

    run(main())


@pytest.mark.parametrize(
    "buffer",
    [
        None,
        5,
        b"immutable",
        bytearray(),
        "text",
        memoryview(b"read-only"),
        memoryview(bytes(4))[::2],
    ],
    ids=["none", "int", "bytes", "empty", "str", "view", "strided"],
)
def test_bad_buffers(aio_loop, buffer):
    """Whatever get_buffer() returns: the connection is closed, the handler told once."""
    reports = []
    aio_loop.set_exception_handler(lambda _, context: reports.append(context["exception"]))

    class Bad(asyncio.BufferedProtocol):
        def __init__(self):
            self.lost = aio_loop.create_future()

        def get_buffer(self, sizehint):
            return buffer

        def connection_lost(self, exc):
            self.lost.set_result(exc)

    async def main():
        protocol = Bad()
        _, peer = await connect_pair(protocol)
        peer.send(b"data")
        exc = await protocol.lost
        peer.close()
        assert reports == [exc]

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize(
    "act", ["resize", "a new view", "close in buffer_updated", "abort in get_buffer"]
)
def test_buffers_that_change(aio_loop, act):
    """The memory is there while the kernel writes to it, whatever its owner does with it."""
    aio_loop.set_exception_handler(lambda _, context: None)

    class Restless(asyncio.BufferedProtocol):
        def __init__(self):
            self.memory = bytearray(64)
            self.view = memoryview(self.memory)
            self.count = 0
            self.lost = aio_loop.create_future()

        def connection_made(self, transport):
            self.transport = transport

        def get_buffer(self, sizehint):
            if act == "resize":
                self.view.release()
                self.memory = bytearray(1 + self.count % 100)
                return self.memory
            if act == "a new view":
                self.view = memoryview(bytearray(64))
                return self.view
            if act == "abort in get_buffer" and self.count > 20:
                self.transport.abort()
            return self.view

        def buffer_updated(self, nbytes):
            self.count += nbytes
            if act == "resize":
                self.memory.clear()
            elif act == "close in buffer_updated" and self.count > 20:
                self.transport.close()

        def connection_lost(self, exc):
            self.lost.set_result(exc)

    async def main():
        protocol = Restless()
        _, peer = await connect_pair(protocol)
        with contextlib.suppress(ConnectionError):
            for _ in range(50):
                await aio_loop.sock_sendall(peer, b"0123456789")
                await asyncio.sleep(0)
        peer.close()
        await protocol.lost
        assert protocol.count == 500 or act not in ("resize", "a new view")

    aio_loop.run_until_complete(main())


def test_references_of_what_is_written(aio_loop):
    """uvloop #548: what was to be written is given back when the connection is lost."""

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        data = bytes(8 * MB)
        before = sys.getrefcount(data)
        transport.write(data)
        transport.write(data)
        transport.writelines([data, data])
        assert sys.getrefcount(data) > before
        peer.close()
        await protocol.lost
        await asyncio.sleep(0.001)
        assert sys.getrefcount(data) == before

    aio_loop.run_until_complete(main())

"""connect_read_pipe and connect_write_pipe."""

from __future__ import annotations

import array
import asyncio
import gc
import os
import socket
import tty

import pytest

from .helpers import PATIENCE, turns


class Protocol(asyncio.Protocol):
    """Records what it is told; `lost` has the result of connection_lost()."""

    def __init__(self):
        self.events = []
        self.data = b""
        self.arrived = asyncio.Event()
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.events.append("made")

    def data_received(self, data):
        self.data += data
        self.arrived.set()

    def eof_received(self):
        self.events.append("eof")

    def pause_writing(self):
        self.events.append("pause")

    def resume_writing(self):
        self.events.append("resume")

    def connection_lost(self, exc):
        self.events.append("lost")
        self.lost.set_result(exc)

    async def has(self, data):
        """Wait until that has arrived."""
        while self.data != data:
            assert data.startswith(self.data), self.data
            self.arrived.clear()
            await asyncio.wait_for(self.arrived.wait(), PATIENCE)


@pytest.fixture
def pipe():
    """The ends of a pipe, as file objects."""
    r, w = os.pipe()
    with open(r, "rb", 0) as reader, open(w, "wb", 0) as writer:
        yield reader, writer


@pytest.fixture
def terminal():
    """The ends of a terminal that passes everything through, as file objects."""
    master, slave = os.openpty()
    tty.setraw(slave)
    with open(master, "r+b", 0) as a, open(slave, "r+b", 0) as b:
        yield a, b


async def read_pipe(file, factory=Protocol):
    return await asyncio.get_running_loop().connect_read_pipe(factory, file)


async def write_pipe(file, factory=Protocol):
    return await asyncio.get_running_loop().connect_write_pipe(factory, file)


def soon(future):
    return asyncio.wait_for(future, PATIENCE)


# -------------------------------------------------------------------------- reading


def test_read(run, pipe):
    async def main():
        transport, protocol = await read_pipe(pipe[0])
        assert protocol.events == ["made"] and protocol.transport is transport
        assert isinstance(transport, asyncio.ReadTransport)
        assert transport.get_extra_info("pipe") is pipe[0]
        assert transport.get_protocol() is protocol
        assert transport.is_reading() and not transport.is_closing()
        pipe[1].write(b"one")
        await protocol.has(b"one")
        pipe[1].write(b"two")
        await protocol.has(b"onetwo")
        pipe[1].close()
        assert await soon(protocol.lost) is None
        assert protocol.events == ["made", "eof", "lost"]
        await asyncio.sleep(0)
        assert transport.is_closing() and pipe[0].closed

    run(main())


def test_all_that_was_written_arrives(run, pipe):
    """Also when the end is already there."""

    async def main():
        pipe[1].write(b"x" * 50_000)
        pipe[1].close()
        _, protocol = await read_pipe(pipe[0])
        assert await soon(protocol.lost) is None
        assert protocol.data == b"x" * 50_000

    run(main())


def test_close_a_reader(run, pipe):
    async def main():
        transport, protocol = await read_pipe(pipe[0])
        pipe[1].write(b"never read")
        transport.close()
        assert transport.is_closing() and protocol.events == ["made"]
        transport.close()
        assert await soon(protocol.lost) is None
        assert protocol.events == ["made", "lost"] and protocol.data == b""
        with pytest.raises(BrokenPipeError):
            await asyncio.sleep(0)
            pipe[1].write(b"x")

    run(main())


def test_pause_reading(run, pipe):
    async def main():
        transport, protocol = await read_pipe(pipe[0])
        transport.pause_reading()
        transport.pause_reading()
        assert not transport.is_reading()
        pipe[1].write(b"one")
        for _ in range(5):
            await asyncio.sleep(0.001)
        assert protocol.data == b""
        transport.resume_reading()
        transport.resume_reading()
        await protocol.has(b"one")
        transport.close()
        transport.resume_reading()
        assert not transport.is_reading()
        await soon(protocol.lost)

    run(main())


def test_pause_in_connection_made(run, pipe):
    class Pauses(Protocol):
        def connection_made(self, transport):
            super().connection_made(transport)
            transport.pause_reading()

    async def main():
        pipe[1].write(b"one")
        transport, protocol = await read_pipe(pipe[0], Pauses)
        for _ in range(5):
            await asyncio.sleep(0.001)
        assert protocol.data == b""
        transport.resume_reading()
        await protocol.has(b"one")
        transport.close()
        await soon(protocol.lost)

    run(main())


def test_exception_in_data_received(run, pipe):
    class Raises(Protocol):
        def data_received(self, data):
            super().data_received(data)
            if self.data == b"one":
                raise ZeroDivisionError

    async def main():
        told = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
        _, protocol = await read_pipe(pipe[0], Raises)
        pipe[1].write(b"one")
        await protocol.has(b"one")
        pipe[1].write(b"two")
        await protocol.has(b"onetwo")
        assert [type(context["exception"]) for context in told] == [ZeroDivisionError]
        pipe[1].close()
        await soon(protocol.lost)

    run(main())


def test_stream_reader(run, pipe):
    async def main():
        reader = asyncio.StreamReader()
        transport, _ = await read_pipe(pipe[0], lambda: asyncio.StreamReaderProtocol(reader))
        pipe[1].write(b"a line\nthe rest")
        assert await reader.readline() == b"a line\n"
        pipe[1].close()
        assert await reader.read() == b"the rest"
        transport.close()

    run(main())


# -------------------------------------------------------------------------- writing


def test_write(run, pipe):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        assert isinstance(transport, asyncio.WriteTransport)
        assert transport.get_extra_info("pipe") is pipe[1]
        assert transport.can_write_eof() is True
        transport.write(b"one")
        transport.write(bytearray(b"two"))
        transport.write(memoryview(b"three"))
        transport.write(b"")
        transport.writelines([b"fo", b"ur"])
        assert pipe[0].read(100) == b"onetwothreefour"
        assert transport.get_write_buffer_size() == 0
        transport.write_eof()
        assert transport.is_closing()
        assert await soon(protocol.lost) is None
        assert protocol.events == ["made", "lost"]
        await asyncio.sleep(0)
        assert pipe[1].closed and pipe[0].read(100) == b""

    run(main())


def test_backpressure(run, pipe):
    data = os.urandom(1_000_000)

    async def main():
        transport, writer = await write_pipe(pipe[1])
        transport.write(data[:900_000])
        assert writer.events == ["made", "pause"]
        size = transport.get_write_buffer_size()
        assert 0 < size < 900_000
        mutable = bytearray(data[900_000:])
        transport.write(mutable)
        mutable[:] = bytes(len(mutable))  # what is kept is a copy
        assert transport.get_write_buffer_size() == size + 100_000
        transport.close()  # not before all is written
        _, reader = await read_pipe(pipe[0])
        assert await soon(writer.lost) is None
        await soon(reader.lost)
        assert reader.data == data
        assert writer.events == ["made", "pause", "resume", "lost"]

    run(main())


def test_write_buffer_limits(run, pipe):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        transport.set_write_buffer_limits(high=200_000, low=100)
        assert transport.get_write_buffer_limits() == (100, 200_000)
        transport.write(bytes(200_000))
        assert transport.get_write_buffer_size() > 0 and protocol.events == ["made"]
        transport.write(bytes(200_000))
        assert protocol.events == ["made", "pause"]
        transport.abort()
        await soon(protocol.lost)

    run(main())


def test_abort_drops_what_is_buffered(run, pipe):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        transport.write(bytes(500_000))
        transport.close()
        transport.abort()
        assert transport.get_write_buffer_size() == 0
        assert await soon(protocol.lost) is None
        await asyncio.sleep(0)
        assert len(pipe[0].read(500_000)) + len(pipe[0].read(500_000)) < 500_000

    run(main())


@pytest.mark.parametrize("buffered", [0, 500_000])
def test_peer_closes(run, pipe, buffered):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        if buffered:
            transport.write(bytes(buffered))
        pipe[0].close()
        exc = await soon(protocol.lost)
        assert type(exc) is (BrokenPipeError if buffered else type(None))
        assert protocol.events.count("lost") == 1

    run(main())


def test_write_to_a_peer_that_has_closed(run, pipe):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        pipe[0].close()
        transport.write(b"x")  # before the loop could tell
        assert transport.is_closing()
        assert type(await soon(protocol.lost)) is BrokenPipeError

    run(main())


def test_write_after_close(run, pipe, caplog):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        transport.close()
        for _ in range(7):
            transport.write(b"x")
        await soon(protocol.lost)
        assert pipe[0].read(10) == b""

    run(main())
    texts = [record.getMessage() for record in caplog.records if "closed by peer" in record.message]
    assert len(texts) == 2  # from the sixth on


def test_abort_after_close(aio_loop, pipe):
    """Asyncio calls connection_lost() again, of None."""

    async def main():
        transport, protocol = await write_pipe(pipe[1])
        transport.close()
        transport.abort()
        transport.abort()
        await soon(protocol.lost)
        await asyncio.sleep(0.001)
        assert protocol.events == ["made", "lost"]

    aio_loop.run_until_complete(main())


def test_items_of_several_bytes(aio_loop, pipe):
    """Asyncio takes the number of bytes written for one of items."""
    items = array.array("I", range(100_000))

    async def main():
        transport, _ = await write_pipe(pipe[1])
        transport.write(memoryview(items))
        transport.close()
        _, reader = await read_pipe(pipe[0])
        await soon(reader.lost)
        assert reader.data == items.tobytes()

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("data", ["text", None, 1, [b"x"]])
def test_write_of_a_wrong_type(aio_loop, pipe, data):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        with pytest.raises(TypeError, match="bytes-like"):
            transport.write(data)
        transport.close()
        await soon(protocol.lost)

    aio_loop.run_until_complete(main())


# ---------------------------------------------------------------- what is like a pipe


def test_fifo(run, tmp_path):
    path = tmp_path / "fifo"
    os.mkfifo(path)

    async def main():
        with (
            open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", 0) as r,
            open(path, "wb", 0) as w,
        ):
            _, reader = await read_pipe(r)
            transport, writer = await write_pipe(w)
            transport.write(b"through")
            await reader.has(b"through")
            transport.close()
            assert await soon(reader.lost) is None
            await soon(writer.lost)

    run(main())


def test_sockets(run):
    async def main():
        left, right = socket.socketpair()
        with left, right:
            _, reader = await read_pipe(left)
            transport, writer = await write_pipe(right)
            assert transport.get_extra_info("pipe") is right
            transport.write(b"through")
            await reader.has(b"through")
            transport.close()
            assert await soon(reader.lost) is None
            await soon(writer.lost)

    run(main())


def test_terminal_both_ways(run, terminal):
    """One descriptor has a transport for each direction."""
    master, slave = terminal

    async def main():
        reading, reader = await read_pipe(master)
        writing, writer = await write_pipe(master)
        writing.write(b"question")
        assert slave.read(100) == b"question"
        slave.write(b"answer")
        await reader.has(b"answer")
        writing.write(bytes(200_000))  # more than it takes
        assert writing.get_write_buffer_size() > 0
        slave.write(b"!")
        await reader.has(b"answer!")
        writing.abort()
        await soon(writer.lost)
        reading.close()
        await soon(reader.lost)
        assert master.closed

    run(main())


def test_terminal_is_hung_up(run, terminal):
    """Linux says EIO, which is no error to report."""
    master, slave = terminal

    async def main():
        _, reader = await read_pipe(master)
        slave.write(b"bye")
        await reader.has(b"bye")
        slave.close()
        exc = await soon(reader.lost)
        assert exc is None or isinstance(exc, OSError)

    run(main())


@pytest.mark.parametrize("connect", [read_pipe, write_pipe])
def test_no_pipe(run, tmp_path, connect):
    async def main():
        with open(tmp_path / "file", "w+b", 0) as file:
            with pytest.raises(ValueError, match="Pipe transport is"):
                await connect(file)
            file.write(b"still open")

    run(main())


@pytest.mark.parametrize("connect", [read_pipe, write_pipe])
def test_closed_file(aio_loop, pipe, unraisable, connect):
    """Asyncio leaves a half-made transport, whose __del__ fails."""

    async def main():
        pipe[0].close()
        with pytest.raises(ValueError, match="closed file"):
            await connect(pipe[0])

    aio_loop.run_until_complete(main())
    gc.collect()
    assert unraisable == []


def test_device_that_cannot_be_watched(aio_loop):
    """Asyncio connects, and never says more."""

    async def main():
        with open("/dev/null", "r+b", 0) as null:
            with pytest.raises(PermissionError):
                await read_pipe(null)
            transport, protocol = await write_pipe(null)
            transport.write(bytes(1_000_000))
            assert transport.get_write_buffer_size() == 0
            transport.close()
            await soon(protocol.lost)

    aio_loop.run_until_complete(main())


# --------------------------------------------------------------------------- the ends


@pytest.mark.parametrize("connect", [read_pipe, write_pipe])
def test_cancelled_connect(any_loop, pipe, connect):
    file = pipe[connect is write_pipe]
    task = any_loop.create_task(connect(file))
    turns(any_loop)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        any_loop.run_until_complete(task)
    turns(any_loop, 3)
    assert file.closed


@pytest.mark.parametrize("connect", [read_pipe, write_pipe])
def test_unclosed(any_loop, pipe, connect):
    transport, _ = any_loop.run_until_complete(connect(pipe[connect is write_pipe]))
    any_loop.close()
    with pytest.warns(ResourceWarning, match="unclosed transport"):
        del transport, _
        gc.collect()


@pytest.mark.parametrize("connect", [read_pipe, write_pipe])
def test_close_after_the_loop(aio_loop, pipe, connect):
    """Asyncio raises RuntimeError, and leaves the pipe open."""
    file = pipe[connect is write_pipe]
    transport, protocol = aio_loop.run_until_complete(connect(file))
    aio_loop.close()
    transport.close()
    assert file.closed and transport.is_closing()
    assert "closed" in repr(transport)
    transport.close()
    assert protocol.events == ["made"]


def test_repr(aio_loop, pipe):
    async def main():
        transport, protocol = await write_pipe(pipe[1])
        fd = pipe[1].fileno()
        assert repr(transport) == f"<WritePipe open fd={fd} bufsize=0>"
        transport.close()
        assert repr(transport) == f"<WritePipe closing fd={fd} bufsize=0>"
        await soon(protocol.lost)
        await asyncio.sleep(0)
        assert repr(transport) == "<WritePipe closed>"

    aio_loop.run_until_complete(main())

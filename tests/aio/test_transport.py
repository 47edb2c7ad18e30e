"""Transports over connected sockets: asyncio.Transport's whole interface, on both loops."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import gc
import socket
import struct
import sys

import pytest

from .streams import Recorder, connect_pair, read_exactly, read_to_end

FAMILIES = [socket.AF_UNIX, socket.AF_INET]
LARGE = 4 << 20  # bytes, more than the kernel holds between the ends of connect_pair()


@pytest.fixture(params=FAMILIES, ids=["unix", "tcp"])
def family(request):
    return request.param


def test_echo(run, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            peer.send(b"ping")
            assert await protocol.received(4) == b"ping"
            transport.write(b"po")
            transport.write(bytearray(b"n"))
            transport.write(memoryview(b"g"))
            assert await read_exactly(peer, 4) == b"pong"
            transport.writelines([b"a", bytearray(b"b"), memoryview(b"c")])
            assert await read_exactly(peer, 3) == b"abc"
            peer.close()
            assert await protocol.lost is None
        assert protocol.events == ["made", "data", "eof", "lost"]

    run(main())


def test_is_a_transport(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        assert isinstance(transport, asyncio.Transport)
        assert isinstance(transport, asyncio.WriteTransport)
        assert transport.get_protocol() is protocol
        assert transport.can_write_eof()
        assert not transport.is_closing() and transport.is_reading()
        assert f"fd={transport.get_extra_info('socket').fileno()}" in repr(transport)
        assert "read=polling write=<idle, bufsize=0>" in repr(transport)
        transport.close()
        assert "closing" in repr(transport)
        await protocol.lost
        await asyncio.sleep(0)
        assert "closed" in repr(transport)
        peer.close()

    run(main())


def test_extra_info(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, socket.AF_INET)
        names = peer.getpeername(), peer.getsockname()
        sock = transport.get_extra_info("socket")
        assert sock.family == socket.AF_INET and sock.getsockname() == names[0]
        assert transport.get_extra_info("sockname") == names[0]
        assert transport.get_extra_info("peername") == names[1]
        assert transport.get_extra_info("nothing") is None
        assert transport.get_extra_info("nothing", 5) == 5
        transport.abort()
        await protocol.lost
        assert transport.get_extra_info("sockname") == names[0]
        assert transport.get_extra_info("peername") == names[1]
        peer.close()

    run(main())


def test_what_has_arrived_comes_at_once(run):
    """Up to 256 KiB, as asyncio's own loop reads."""

    async def main():
        ours, peer = socket.socketpair()
        with peer:
            peer.send(bytes(150_000))  # the kernel takes it
            protocol = Recorder()
            sizes = []
            protocol.data_received = lambda data: (
                sizes.append(len(data)),
                Recorder.data_received(protocol, data),
            )
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_connection(lambda: protocol, sock=ours)
            assert await protocol.received(150_000) == bytes(150_000)
            assert sizes == [150_000]
            transport.close()
            await protocol.lost

    run(main())


@pytest.mark.parametrize("keep_open", [False, True])
def test_end(run, family, keep_open):
    async def main():
        protocol = Recorder(keep_open)
        transport, peer = await connect_pair(protocol, family)
        with peer:
            peer.shutdown(socket.SHUT_WR)
            await protocol.ended
            if keep_open:
                await asyncio.sleep(0.01)
                assert not transport.is_closing()
                transport.write(b"still here")
                assert await read_exactly(peer, 10) == b"still here"
                transport.close()
            assert await read_to_end(peer) == b""
            assert await protocol.lost is None

    run(main())


def test_write_eof(run, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            transport.write(b"last")
            transport.write_eof()
            transport.write_eof()
            with pytest.raises(RuntimeError, match="after write_eof"):
                transport.write(b"too late")
            assert await read_to_end(peer) == b"last"
            peer.send(b"answer")
            assert await protocol.received(6) == b"answer"
            transport.close()
            await protocol.lost

    run(main())


def test_write_eof_after_what_waits(run, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            transport.write(bytes(LARGE))
            transport.write_eof()
            assert len(await read_to_end(peer)) == LARGE
            assert not transport.is_closing()
            transport.close()
            await protocol.lost

    run(main())


def test_close_writes_everything(run, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            transport.write(bytes(LARGE))
            transport.write(b"end")
            transport.close()
            transport.close()
            assert transport.is_closing() and not transport.is_reading()
            await asyncio.sleep(0.01)
            assert not protocol.lost.done()
            data = await read_to_end(peer)
            assert len(data) == LARGE + 3 and data.endswith(b"end")
            assert await protocol.lost is None
        assert protocol.events == ["made", "pause", "resume", "lost"]

    run(main())


def test_write_while_resuming_and_closing(run, family):
    """What resume_writing() writes after close() still leaves, and then the connection is lost."""

    class Late(Recorder):
        def resume_writing(self):
            super().resume_writing()
            self.transport.write(b"late")

    async def main():
        protocol = Late()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            transport.write(bytes(LARGE))
            transport.close()
            assert (await read_to_end(peer)).endswith(b"\0late")
            assert await protocol.lost is None

    run(main())


def test_abort_writes_nothing_more(run, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            transport.write(bytes(LARGE))
            assert transport.get_write_buffer_size() > 0
            transport.abort()
            transport.abort()
            transport.close()
            assert await protocol.lost is None
            with contextlib.suppress(ConnectionResetError):
                assert len(await read_to_end(peer)) < LARGE
        assert protocol.events == ["made", "pause", "lost"]

    run(main())


def test_reset(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, socket.AF_INET)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        exc = await protocol.lost
        assert isinstance(exc, ConnectionResetError) and exc.strerror
        assert transport.is_closing()
        assert protocol.events == ["made", "lost"]

    run(main())


def test_broken_pipe(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        transport.pause_reading()
        peer.close()
        transport.write(b"into the void")
        assert isinstance(await protocol.lost, BrokenPipeError)
        for _ in range(10):
            transport.write(b"ignored")

    run(main())


def test_pause_and_resume_reading(run, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            transport.pause_reading()
            transport.pause_reading()
            assert not transport.is_reading()
            peer.send(b"later")
            await asyncio.sleep(0.02)
            assert protocol.data == b""
            transport.resume_reading()
            transport.resume_reading()
            assert transport.is_reading()
            assert await protocol.received(5) == b"later"
            transport.close()
            transport.resume_reading()
            assert not transport.is_reading()
            await protocol.lost

    run(main())


def test_pause_in_connection_made(run):
    class Paused(Recorder):
        def connection_made(self, transport):
            super().connection_made(transport)
            transport.pause_reading()

    async def main():
        protocol = Paused()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"data")
            await asyncio.sleep(0.02)
            assert protocol.data == b""
            transport.resume_reading()
            await protocol.received(4)
            transport.close()
            await protocol.lost

    run(main())


def test_flow_control(run, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            assert transport.get_write_buffer_limits() == (16384, 65536)
            transport.set_write_buffer_limits(high=1000)
            assert transport.get_write_buffer_limits() == (250, 1000)
            transport.set_write_buffer_limits(low=100)
            assert transport.get_write_buffer_limits() == (100, 400)
            with pytest.raises(ValueError, match="high"):
                transport.set_write_buffer_limits(high=1, low=2)
            assert protocol.events == ["made"]
            transport.write(bytes(LARGE))
            assert protocol.events == ["made", "pause"]
            size = transport.get_write_buffer_size()
            assert 400 < size < LARGE
            transport.write(b"more")
            assert transport.get_write_buffer_size() == size + 4
            assert len(await read_exactly(peer, LARGE + 4)) == LARGE + 4
            while transport.get_write_buffer_size():
                await asyncio.sleep(0)
            assert protocol.events == ["made", "pause", "resume"]
            transport.close()
            await protocol.lost

    run(main())


def test_mutable_data_may_change_at_once(run, family, loop_name):
    if loop_name == "stock" and sys.version_info >= (3, 12):
        pytest.skip("from 3.12 on asyncio keeps the memory itself")

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        with peer:
            data = bytearray(b"a" * LARGE)
            transport.write(data)
            small = bytearray(b"bb")
            transport.write(memoryview(small))
            data[:] = b"x" * LARGE
            data.clear()
            small[:] = b"yy"
            assert await read_exactly(peer, LARGE + 2) == b"a" * LARGE + b"bb"
            transport.close()
            await protocol.lost

    run(main())


def test_what_cannot_be_written(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        for data in ("text", 5, None, [b"list"]):
            with pytest.raises(TypeError, match="bytes-like object|bytes, bytearray, or memory"):
                transport.write(data)
        transport.write(b"")
        transport.close()
        await protocol.lost
        peer.close()

    run(main())


# ------------------------------------------------------------------------- exceptions


@pytest.mark.parametrize("name", ["data_received", "eof_received"])
def test_exception_is_fatal(run, name):
    class Faulty(Recorder):
        pass

    def fail(self, *args):
        raise ZeroDivisionError(name)

    setattr(Faulty, name, fail)

    async def main():
        reports = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reports.append(context))
        protocol = Faulty()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"data")
            peer.shutdown(socket.SHUT_WR)
            exc = await protocol.lost
        assert isinstance(exc, ZeroDivisionError)
        [context] = reports
        assert context["message"] == f"Fatal error: protocol.{name}() call failed."
        assert context["exception"] is exc
        assert context["transport"] is transport and context["protocol"] is protocol

    run(main())


def test_exception_in_flow_control_is_not_fatal(run):
    class Faulty(Recorder):
        def pause_writing(self):
            super().pause_writing()
            raise ZeroDivisionError

        def resume_writing(self):
            super().resume_writing()
            raise ZeroDivisionError

    async def main():
        reports = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reports.append(context["message"])
        )
        protocol = Faulty()
        transport, peer = await connect_pair(protocol)
        with peer:
            transport.write(bytes(LARGE))
            assert len(await read_exactly(peer, LARGE)) == LARGE
            transport.close()
            assert await protocol.lost is None
        assert reports == ["protocol.pause_writing() failed", "protocol.resume_writing() failed"]
        assert protocol.events == ["made", "pause", "resume", "lost"]

    run(main())


def test_exception_in_connection_made(run):
    class Faulty(Recorder):
        def connection_made(self, transport):
            super().connection_made(transport)
            raise ZeroDivisionError

    async def main():
        reports = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: reports.append(context["exception"])
        )
        protocol = Faulty()
        transport, peer = await connect_pair(protocol)
        with peer:
            assert [type(exc) for exc in reports] == [ZeroDivisionError]
            peer.send(b"data")
            assert await protocol.received(4) == b"data"
            transport.close()
            await protocol.lost

    run(main())


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_run(any_loop, error):
    class Ending(asyncio.Protocol):
        def data_received(self, data):
            raise error

    protocol = Ending()
    transport, peer = any_loop.run_until_complete(connect_pair(protocol))
    peer.send(b"data")
    with pytest.raises(error):
        any_loop.run_forever()
    transport.close()
    any_loop.run_until_complete(asyncio.sleep(0.01))
    peer.close()


# -------------------------------------------------------------------------- protocols


def test_set_protocol(run):
    async def main():
        first, second = Recorder(), Recorder()
        transport, peer = await connect_pair(first)
        with peer:
            peer.send(b"one")
            await first.received(3)
            transport.set_protocol(second)
            second.connection_made(transport)
            peer.send(b"two")
            assert await second.received(3) == b"two"
            transport.close()
            await second.lost
        assert first.events == ["made", "data"]

    run(main())


def test_context(run):
    variable = contextvars.ContextVar("variable", default="outside")
    seen = []

    class Curious(Recorder):
        def connection_made(self, transport):
            super().connection_made(transport)
            seen.append(variable.get())

        def data_received(self, data):
            seen.append(variable.get())
            super().data_received(data)

        def connection_lost(self, exc):
            seen.append(variable.get())
            super().connection_lost(exc)

    async def main():
        variable.set("inside")
        protocol = Curious()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"data")
            await protocol.received(4)
            transport.close()
            await protocol.lost
        assert seen == ["inside"] * 3

    run(main())


# ------------------------------------------------------------------------ the loop ends


def test_unclosed(aio_loop):
    """The loop closes what is left open, and says so."""
    protocol = aio_loop.run_until_complete(make_recorder())
    transport, peer = aio_loop.run_until_complete(connect_pair(protocol))
    with pytest.warns(ResourceWarning, match="unclosed transport <StreamTransport"):
        aio_loop.close()
    assert aio_loop.open_handles == 0
    transport.close()
    transport.abort()
    transport.write(b"ignored")
    assert peer.recv(1) == b""
    peer.close()


async def make_recorder():
    return Recorder()


def test_is_freed(run):
    """Nothing keeps a transport, or its protocol, once it is closed."""
    import weakref

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        peer.close()
        await protocol.lost
        reference = weakref.ref(protocol)
        del protocol, transport
        await asyncio.sleep(0)
        gc.collect()
        assert reference() is None

    run(main())

"""Reading: onread, what starts and stops it, and how it ends."""

from __future__ import annotations

import array
import ctypes
import mmap
import sys

import pytest

from uvnet import _core

from .helpers import KINDS, PIPE, TCP, InThread, Reading, adopt, close, reset, settle, shown


def test_bytes_arrive_in_order(loop, connected):
    handle, peer = connected
    reading = Reading(handle, until=1000)
    sending = InThread(lambda: [peer.sendall(b"%010d" % i) for i in range(100)])
    loop.run()
    sending.result()
    assert reading.data == b"".join(b"%010d" % i for i in range(100))
    assert all(type(chunk) is bytes for chunk in reading.chunks)
    assert handle.bytes_read == 1000


def test_the_end_is_told_once(loop, connected, must_call):
    handle, peer = connected
    calls = []
    handle.onread = must_call(lambda nread, data: calls.append((nread, data)), 2)
    assert handle.read_start() == 0
    peer.sendall(b"last")
    peer.shutdown(1)
    settle(loop)
    assert calls == [(4, b"last"), (_core.UV_EOF, None)]
    assert not handle.active  # reading has stopped
    assert handle.read_stop() == 0


def test_the_end_is_told_again_to_who_asks_again(loop, connected):
    handle, peer = connected
    peer.shutdown(1)
    for _ in range(3):
        reading = Reading(handle)
        loop.run()
        assert reading.status == _core.UV_EOF


def test_reset_is_an_error(loop, connect):
    handle, peer = connect(TCP)
    reading = Reading(handle)
    reset(peer)
    loop.run()
    assert reading.status == _core.UV_ECONNRESET
    assert reading.data == b""


def test_read_start_twice(loop, connected):
    handle, _ = connected
    handle.onread = print
    assert handle.read_start() == 0
    assert handle.read_start() == _core.UV_EALREADY


def test_read_start_before_connecting(loop, kind):
    handle = kind.handle(loop)
    assert handle.read_start() == _core.UV_ENOTCONN
    assert handle.read_stop() == 0
    close(handle)


def test_read_start_on_a_closed_handle(loop, kind):
    handle = kind.handle(loop)
    handle.close()
    assert handle.read_start() == handle.read_stop() == _core.UV_EBADF
    loop.run()
    assert handle.read_start() == handle.read_stop() == _core.UV_EBADF


def test_read_stop_leaves_the_rest_with_the_kernel(loop, connected, must_call):
    handle, peer = connected
    peer.sendall(bytes(200_000))
    got = []

    @must_call
    def first(nread, data):
        got.append(data)
        assert handle.read_stop() == 0
        loop.call_later(0.02, loop.stop)

    handle.onread = first
    handle.read_start()
    loop.run()
    assert len(got[0]) <= 65536
    reading = Reading(handle, until=200_000 - len(got[0]))
    loop.run()
    assert len(reading.data) + len(got[0]) == 200_000


def test_onread_may_be_replaced_while_it_runs(loop, connected, must_call):
    handle, peer = connected

    @must_call
    def second(nread, data):
        assert data == b"two"
        loop.stop()

    @must_call
    def first(nread, data):
        assert data == b"one"
        handle.onread = second
        peer.sendall(b"two")

    handle.onread = first
    handle.read_start()
    peer.sendall(b"one")
    loop.run()
    assert handle.onread is second


def test_without_onread_nothing_happens(loop, connected):
    handle, peer = connected
    assert handle.onread is None
    handle.read_start()
    peer.sendall(b"nobody listens")
    settle(loop)
    assert handle.bytes_read == len(b"nobody listens")
    handle.onread = print
    del handle.onread
    assert handle.onread is None


def test_an_exception_stops_the_loop_and_nothing_is_lost(loop, connected):
    handle, peer = connected
    got = []

    def fail(nread, data):
        got.append(data)
        raise ValueError(data)

    handle.onread = fail
    handle.read_start()
    for text in (b"one", b"two"):
        peer.sendall(text)
        with pytest.raises(ValueError, match=text.decode()):
            loop.run()
    assert got == [b"one", b"two"]
    handle.onread = lambda nread, data: loop.stop()
    peer.close()
    loop.run()


@pytest.mark.parametrize("callback", [5, "text", object()], ids=shown)
def test_an_onread_that_cannot_be_called(loop, connected, callback):
    handle, peer = connected
    handle.onread = callback
    handle.read_start()
    peer.sendall(b"x")
    with pytest.raises(TypeError, match="not callable"):
        loop.run()


def test_state(loop, connected):
    handle, peer = connected
    assert handle.readable and handle.writable and not handle.active
    assert handle.fd > 2
    handle.onread = lambda nread, data: loop.stop()
    handle.read_start()
    assert handle.active
    peer.close()
    loop.run()
    assert not handle.active
    close(handle)
    assert not handle.readable and not handle.writable
    assert handle.fd == _core.UV_EBADF


def test_two_handles_share_the_loops_memory(loop, connect):
    pairs = [connect(kind) for kind in KINDS]
    readings = [Reading(handle) for handle, _ in pairs]
    for handle, _ in pairs:
        handle.read_stop()
    ended = []
    for reading in readings:
        reading.handle.onread = lambda nread, data, reading=reading: (
            reading.data.extend(data) if nread > 0 else ended.append(reading)
        )
        reading.handle.read_start()

    def send():
        for i in range(500):
            for n, (_, peer) in enumerate(pairs):
                peer.sendall(bytes([n]) * (i + 1))
        for _, peer in pairs:
            peer.close()

    sending = InThread(send)
    loop.run()
    sending.result()
    assert len(ended) == 2
    for n, reading in enumerate(readings):
        assert reading.data == bytes([n]) * sum(range(501))


# --------------------------------------------------------------- the user's buffer


def test_reads_into_the_users_buffer(loop, connected, must_call):
    handle, peer = connected
    buffer = bytearray(64)
    assert handle.use_user_buffer(buffer) == 0

    @must_call
    def on_read(nread, data):
        assert data is buffer
        assert nread == 5 and buffer[:5] == b"hello"
        loop.stop()

    handle.onread = on_read
    handle.read_start()
    peer.sendall(b"hello")
    loop.run()
    assert handle.bytes_read == 5


@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_a_hundred_thousand_reads_allocate_nothing(loop, connect, kind):
    handle, peer = connect(kind)
    buffer = bytearray(16)
    handle.use_user_buffer(buffer)
    size = 100_000 * len(buffer)
    sent = 0
    left = size
    blocks = []
    peer.setblocking(False)
    data = bytes(range(256)) * 1024

    def send():
        nonlocal sent
        try:
            while sent < size:
                sent += peer.send(memoryview(data)[: size - sent])
        except BlockingIOError:
            pass

    def on_read(nread, got):
        nonlocal left
        if got is not buffer or nread != 16:
            raise AssertionError((nread, got))
        left -= nread
        if left % 1_600 == 0:
            if left % 16_000 == 0:
                send()
            if left % 160_000 == 0:
                blocks.append(sys.getallocatedblocks())
            if left == 0:
                loop.stop()

    handle.onread = on_read
    handle.read_start()
    send()
    loop.run()
    assert left == 0 and len(blocks) == 10
    # The list of counts and its numbers are all that is kept.
    assert blocks[-1] - blocks[1] < 50, blocks


def test_the_buffer_is_exported_until_it_is_replaced(loop, connected):
    handle, _ = connected
    first, second = bytearray(8), bytearray(8)
    handle.use_user_buffer(first)
    with pytest.raises(BufferError):
        first.extend(b"more")
    handle.use_user_buffer(second)
    first.extend(b"more")
    with pytest.raises(BufferError):
        second.clear()
    handle.use_user_buffer(None)
    second.clear()


def test_close_releases_the_export(loop, kind):
    handle, peer = adopt(loop, kind)
    buffer = bytearray(8)
    handle.use_user_buffer(buffer)
    handle.onread = print
    handle.read_start()
    handle.close()
    with pytest.raises(BufferError):
        buffer.clear()
    loop.run()
    buffer.clear()
    peer.close()


def test_none_goes_back_to_bytes(loop, connected, must_call):
    handle, peer = connected
    handle.use_user_buffer(bytearray(4))
    handle.use_user_buffer(None)
    handle.use_user_buffer(None)
    reading = Reading(handle, until=6)
    peer.sendall(b"abcdef")
    loop.run()
    assert reading.chunks == [b"abcdef"]


def test_a_returned_buffer_replaces_the_one_in_use(loop, connected):
    handle, peer = connected
    buffers = [bytearray(3) for _ in range(4)]
    seen = []

    def on_read(nread, data):
        seen.append(data)
        if len(seen) == 4:
            loop.stop()
            return None
        return buffers[len(seen)]

    handle.use_user_buffer(buffers[0])
    handle.onread = on_read
    handle.read_start()
    peer.sendall(b"abcdefghijkl")
    loop.run()
    assert [id(data) for data in seen] == [id(buffer) for buffer in buffers]
    assert [bytes(data) for data in seen] == [b"abc", b"def", b"ghi", b"jkl"]
    buffers[0].clear()
    with pytest.raises(BufferError):
        buffers[3].clear()


def test_returning_the_same_buffer_changes_nothing(loop, connected, must_call):
    handle, peer = connected
    buffer = bytearray(2)
    left = 3

    def on_read(nread, data):
        nonlocal left
        left -= 1
        if left == 0:
            loop.stop()
        return buffer

    handle.use_user_buffer(buffer)
    handle.onread = must_call(on_read, 3)
    handle.read_start()
    peer.sendall(b"abcdef")
    loop.run()
    assert buffer == b"ef"


@pytest.mark.parametrize("result", [b"constant", bytearray(), 5, True], ids=repr)
def test_a_returned_buffer_that_is_none_is_an_error(loop, connected, result):
    handle, peer = connected
    buffer = bytearray(4)
    handle.use_user_buffer(buffer)
    handle.onread = lambda nread, data: result
    handle.read_start()
    peer.sendall(b"abcd")
    with pytest.raises((TypeError, ValueError, BufferError)):
        loop.run()
    # The one in use stays so.
    handle.onread = lambda nread, data: loop.stop()
    peer.sendall(b"efgh")
    loop.run()
    assert buffer == b"efgh"


def test_what_onread_returns_without_a_user_buffer_is_ignored(loop, connected, must_call):
    handle, peer = connected

    def on_read(nread, data):
        loop.stop()
        return bytearray(4)

    handle.onread = must_call(on_read)
    handle.read_start()
    peer.sendall(b"x")
    loop.run()


@pytest.mark.parametrize(
    ("buffer", "error"),
    [
        (b"read-only", BufferError),
        (memoryview(b"read-only"), BufferError),
        (memoryview(bytearray(8))[::2], BufferError),
        (bytearray(), ValueError),
        (memoryview(bytearray(8))[:0], ValueError),
        ("text", TypeError),
        (5, TypeError),
        (object(), TypeError),
    ],
    ids=shown,
)
def test_buffers_that_cannot_be_read_into(loop, connected, buffer, error):
    handle, peer = connected
    good = bytearray(3)
    handle.use_user_buffer(good)
    with pytest.raises(error):
        handle.use_user_buffer(buffer)
    handle.onread = lambda nread, data: loop.stop()
    handle.read_start()
    peer.sendall(b"abc")
    loop.run()
    assert good == b"abc"


def test_other_buffers(loop, connected):
    handle, peer = connected
    with mmap.mmap(-1, 4096) as memory:
        buffers = [
            memoryview(bytearray(8))[2:6],
            array.array("I", [0]),
            (ctypes.c_char * 4)(),
            memoryview(bytearray(4)).cast("I"),
            memory,
        ]
        for buffer in buffers:
            handle.use_user_buffer(buffer)
            got = []

            def on_read(nread, data, got=got):
                got.append((nread, data))
                loop.stop()

            handle.onread = on_read
            handle.read_start()
            peer.sendall(b"wxyz")
            loop.run()
            handle.read_stop()
            [(nread, data)] = got
            assert nread == 4 and data is buffer
            assert bytes(memoryview(buffer).cast("B")[:4]) == b"wxyz"
        with pytest.raises(BufferError):
            memory.close()
        handle.use_user_buffer(None)


def test_dropping_the_buffer_within_onread(loop, connected, must_call):
    handle, peer = connected
    handle.use_user_buffer(bytearray(3))

    @must_call
    def second(nread, data):
        assert type(data) is bytes and data == b"def"
        loop.stop()

    @must_call
    def first(nread, data):
        handle.use_user_buffer(None)
        handle.onread = second
        data.clear()

    handle.onread = first
    handle.read_start()
    peer.sendall(b"abcdef")
    loop.run()


def test_the_end_comes_with_none_also_in_user_mode(loop, connect, must_call):
    handle, peer = connect(PIPE)
    handle.use_user_buffer(bytearray(4))

    @must_call
    def on_read(nread, data):
        assert (nread, data) == (_core.UV_EOF, None)

    handle.onread = on_read
    handle.read_start()
    peer.close()
    loop.run()

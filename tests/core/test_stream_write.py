"""Writing: what goes at once, what is queued, what is kept for it, and in which order it leaves."""

from __future__ import annotations

import array
import ctypes
import gc
import mmap
import os
import random
import sys
import weakref

import pytest

from uvnet import _core

from .helpers import TCP, InThread, adopt, close, fill, receive, receive_to_end, reset, shown

BIG = random.Random(1).randbytes(8 << 20)  # more than any kernel buffer takes


def test_what_the_kernel_takes_needs_no_request(loop, connected, must_not_call):
    handle, peer = connected
    req = _core.WriteReq(must_not_call())
    assert handle.write_buffer(req, b"at once") == 0
    assert not req.pending
    assert peer.recv(100) == b"at once"
    assert handle.bytes_written == 7 and handle.write_queue_size == 0
    loop.run()


def test_the_rest_is_queued_and_completes(loop, connected, must_call):
    handle, peer = connected
    calls = []

    @must_call
    def done(req, status):
        assert not req.pending
        calls.append((req, status))

    req = _core.WriteReq(done)
    queued = handle.write_buffer(req, BIG)
    assert 0 < queued < len(BIG)
    assert req.pending and req.queued == queued == handle.write_queue_size
    assert handle.bytes_written == len(BIG)
    receiving = InThread(receive, peer, len(BIG))
    loop.run()
    assert receiving.result() == BIG
    assert calls == [(req, 0)]
    assert req.handle is handle and handle.write_queue_size == 0


def test_writes_leave_in_order(loop, connected, must_call):
    handle, peer = connected
    order = []
    parts = [BIG] + [b"%04d" % i * 100 for i in range(50)]
    for i, part in enumerate(parts):
        handle.write_buffer(
            _core.WriteReq(must_call(lambda req, status, i=i: order.append((i, status)))), part
        )
    receiving = InThread(receive, peer, sum(map(len, parts)))
    loop.run()
    assert receiving.result() == b"".join(parts)
    assert order == [(i, 0) for i in range(len(parts))]


def test_without_a_request_nobody_is_told(loop, connected):
    handle, peer = connected
    queued = handle.write_buffer(None, BIG)
    assert queued > 0
    receiving = InThread(receive, peer, len(BIG))
    loop.run()
    assert receiving.result() == BIG


def test_a_request_without_a_callback(loop, connected):
    handle, peer = connected
    req = _core.WriteReq()
    assert req.oncomplete is None
    handle.write_buffer(req, BIG)
    receiving = InThread(receive, peer, len(BIG))
    loop.run()
    receiving.result()
    assert not req.pending


def buffers():
    text = b"0123456789abcdef"
    memory = mmap.mmap(-1, 16)
    memory[:] = text
    return {
        "bytes": text,
        "bytearray": bytearray(text),
        "memoryview": memoryview(text),
        "memoryview of bytearray": memoryview(bytearray(text)),
        "slice": memoryview(b"xx" + text + b"xx")[2:-2],
        "cast": memoryview(text).cast("I"),
        "two dimensions": memoryview(text).cast("B", (4, 4)),
        "array": array.array("B", text),
        "array of ints": array.array("I", memoryview(text).cast("I")),
        "mmap": memory,
        "ctypes": (ctypes.c_uint32 * 4).from_buffer_copy(text),
        "bytes subclass": type("Bytes", (bytes,), {})(text),
    }


@pytest.mark.parametrize("name", buffers())
def test_bytes_like_objects(loop, connected, name):
    handle, peer = connected
    assert handle.write_buffer(None, buffers()[name]) == 0
    assert handle.writev(None, [b"<", buffers()[name], b">"]) == 0
    assert receive(peer, 34) == b"0123456789abcdef<0123456789abcdef>"


@pytest.mark.parametrize("name", buffers())
def test_bytes_like_objects_that_have_to_wait(loop, connected, name):
    handle, peer = connected
    size = fill(handle)
    assert handle.write_buffer(None, buffers()[name]) == 16
    assert handle.writev(None, [b"<", buffers()[name], b">"]) == 18
    gc.collect()
    receiving = InThread(receive, peer, size + 34)
    loop.run()
    assert receiving.result()[size:] == b"0123456789abcdef<0123456789abcdef>"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (memoryview(bytearray(8))[::2], BufferError),
        (memoryview(bytearray(8))[::-1], BufferError),
        ("text", TypeError),
        (5, TypeError),
        (None, TypeError),
        ([b"list"], TypeError),
    ],
    ids=shown,
)
def test_what_cannot_be_written(loop, connected, data, error):
    handle, peer = connected
    req = _core.WriteReq(lambda *args: pytest.fail("called"))
    with pytest.raises(error):
        handle.write_buffer(req, data)
    with pytest.raises(error):
        handle.writev(req, [b"first", data])
    assert not req.pending and handle.bytes_written == 0
    assert handle.write_buffer(req, b"still fine") == 0
    assert peer.recv(100) == b"still fine"


@pytest.mark.parametrize(("size", "sent"), [(-1, 10), (0, 0), (1, 1), (9, 9), (10, 10), (11, 10)])
def test_size(loop, connected, size, sent):
    handle, peer = connected
    assert handle.write_buffer(None, bytearray(b"0123456789"), size) == 0
    assert handle.write_buffer(None, b"!") == 0
    assert receive(peer, sent + 1) == b"0123456789"[:sent] + b"!"
    assert handle.bytes_written == sent + 1


def test_nothing_to_write(loop, connected, must_not_call):
    handle, peer = connected
    req = _core.WriteReq(must_not_call())
    for data in (b"", bytearray(), memoryview(b"abc")[:0]):
        assert handle.write_buffer(req, data) == 0
    assert handle.writev(req, []) == 0
    assert handle.writev(req, [b"", bytearray(), memoryview(b"")]) == 0
    loop.run()
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(1)


def test_nothing_to_write_behind_a_queue_waits_its_turn(loop, connected, must_call):
    handle, peer = connected
    order = []
    size = fill(handle)
    for i, data in enumerate([b"", b"x", bytearray()]):
        req = _core.WriteReq(must_call(lambda req, status, i=i: order.append(i)))
        assert handle.write_buffer(req, data) >= 0
        assert req.pending
    receiving = InThread(receive, peer, size + 1)
    loop.run()
    receiving.result()
    assert order == [0, 1, 2]


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 100, 1023, 1024, 1025, 5000])
def test_writev_with_many_chunks(loop, connected, count, must_call):
    handle, peer = connected
    chunks = [b"%d," % i if i % 3 else bytearray(b"%d," % i) for i in range(count)]
    whole = b"".join(chunks)
    assert handle.writev(None, chunks) >= 0
    size = len(whole) + fill(handle)
    req = _core.WriteReq(must_call())
    assert handle.writev(req, iter(chunks)) > 0
    receiving = InThread(receive, peer, size + len(whole))
    loop.run()
    got = receiving.result()
    assert got.startswith(whole) and got.endswith(whole)


def test_writev_partly_taken(loop, connected, must_call):
    """The cut can fall anywhere in the chunks, empty ones among them."""
    handle, peer = connected
    random_ = random.Random(2)
    chunks = []
    for _ in range(400):
        chunks += [random_.randbytes(random_.choice([0, 1, 1000, 50_000])), b"", bytearray()]
    req = _core.WriteReq(must_call())
    queued = handle.writev(req, chunks)
    assert queued > 0
    receiving = InThread(receive, peer, sum(map(len, chunks)))
    loop.run()
    assert receiving.result() == b"".join(chunks)


def test_writev_of_what_is_no_list(loop, connected):
    handle, peer = connected
    with pytest.raises(TypeError):
        handle.writev(None, 5)
    with pytest.raises(TypeError):
        handle.writev(None, None)
    with pytest.raises(TypeError):
        handle.writev(None, [b"x", 5])

    def chunks():
        yield b"x"
        raise ValueError("midway")

    with pytest.raises(ValueError, match="midway"):
        handle.writev(None, chunks())
    assert handle.bytes_written == 0
    assert handle.writev(None, (b"tuple ", b"of chunks")) == 0
    assert peer.recv(100) == b"tuple of chunks"


def test_a_queued_buffer_is_exported_until_it_has_left(loop, connected, must_call):
    handle, peer = connected
    size = fill(handle)
    buffer = bytearray(b"x" * 100)

    def done(req, status):
        buffer.clear()  # free again when the callback runs

    handle.write_buffer(_core.WriteReq(must_call(done)), buffer)
    with pytest.raises(BufferError):
        buffer.clear()
    second = bytearray(b"y" * 100)
    handle.writev(_core.WriteReq(must_call(lambda req, status: second.clear())), [b"1", second])
    with pytest.raises(BufferError):
        second.clear()
    receiving = InThread(receive, peer, size + 201)
    loop.run()
    assert receiving.result()[size:] == b"x" * 100 + b"1" + b"y" * 100


def test_a_buffer_that_left_at_once_is_free(loop, connected):
    handle, peer = connected
    buffer = bytearray(b"abc")
    handle.write_buffer(None, buffer)
    buffer.clear()
    handle.writev(None, [buffer, second := bytearray(b"def")])
    second.clear()
    assert receive(peer, 6) == b"abcdef"


def test_a_queued_object_lives_until_it_has_left(loop, connected):
    handle, peer = connected

    class Bytes(bytearray):
        pass

    size = fill(handle)
    data = Bytes(b"z" * 1000)
    dead = weakref.ref(data)
    handle.write_buffer(None, data)
    del data
    gc.collect()
    assert dead() is not None
    receiving = InThread(receive, peer, size + 1000)
    loop.run()
    assert receiving.result()[size:] == b"z" * 1000
    assert dead() is None


def test_a_request_in_flight_is_busy(loop, connected, must_call):
    handle, peer = connected
    req = _core.WriteReq(must_call())
    size = fill(handle)
    assert handle.write_buffer(req, b"one") == 3
    assert handle.write_buffer(req, b"two") == _core.UV_EBUSY
    assert handle.writev(req, [b"two"]) == _core.UV_EBUSY
    receiving = InThread(receive, peer, size + 3)
    loop.run()
    assert receiving.result()[size:] == b"one"


def test_a_request_may_be_used_again(loop, connected, must_call):
    handle, peer = connected
    size = fill(handle)
    left = [b"one", b"two", b"three"]

    def done(req, status):
        if left:
            again = fill(handle)
            assert handle.write_buffer(req, left.pop()) > 0
            sizes.append(again)

    sizes = [size]
    req = _core.WriteReq(must_call(done, 4))
    handle.write_buffer(req, b"zero")
    receiving = InThread(receive_to_end, peer)
    loop.run()
    close(handle)
    assert len(receiving.result()) == sum(sizes) + len("zeroonetwothree")


def test_an_iterable_that_uses_the_request_meanwhile(loop, connected, must_call):
    """The request is checked again after the iterable, which is foreign code, has run."""
    handle, peer = connected
    size = fill(handle)
    req = _core.WriteReq(must_call())

    def chunks():
        yield b"outer"
        assert handle.write_buffer(req, b"inner") > 0

    assert handle.writev(req, chunks()) == _core.UV_EBUSY
    receiving = InThread(receive, peer, size + 5)
    loop.run()
    assert receiving.result()[size:] == b"inner"


def test_an_iterable_that_closes_the_handle(loop, kind):
    handle, peer = adopt(loop, kind)

    def chunks():
        yield b"one"
        handle.close()
        yield b"two"

    assert handle.writev(None, chunks()) == _core.UV_EBADF
    loop.run()
    handle, peer2 = adopt(loop, kind)

    def chunks_and_closed():
        yield b"one"
        close(handle)

    assert handle.writev(None, chunks_and_closed()) == _core.UV_EBADF
    peer.close()
    peer2.close()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ is new in Python 3.12")
def test_an_exporter_that_gives_other_memory_each_time(loop, connected):
    handle, peer = connected

    class Exporter:
        def __buffer__(self, flags):
            return memoryview(bytearray(b"q" * 100_000))

    size = fill(handle)
    assert handle.write_buffer(None, Exporter()) == 100_000
    assert handle.writev(None, [Exporter()]) == 100_000
    gc.collect()
    junk = [bytearray(100_000) for _ in range(10)]
    receiving = InThread(receive, peer, size + 200_000)
    loop.run()
    assert receiving.result()[size:] == b"q" * 200_000
    assert junk


def test_before_connecting_after_shutdown_and_after_close(loop, kind, connect):
    handle = kind.handle(loop)
    assert handle.write_buffer(None, b"x") < 0
    assert handle.writev(None, [b"x"]) < 0
    handle.close()
    assert handle.write_buffer(None, b"x") == handle.writev(None, [b"x"]) == _core.UV_EBADF
    loop.run()
    assert handle.write_buffer(None, b"x") == handle.writev(None, [b"x"]) == _core.UV_EBADF

    handle, peer = connect(kind)
    assert handle.shutdown(_core.ShutdownReq()) == 0
    assert handle.write_buffer(None, b"x") == _core.UV_EPIPE
    assert handle.writev(None, [b"x"]) == _core.UV_EPIPE
    loop.run()


def test_writing_to_a_peer_that_is_gone(loop, connected):
    handle, peer = connected
    peer.close()
    statuses = set()
    for _ in range(100):
        statuses.add(handle.write_buffer(None, b"x"))
        if min(statuses) < 0:
            break
    assert statuses & {_core.UV_EPIPE, _core.UV_ECONNRESET}


def test_queued_writes_fail_when_the_peer_resets(loop, connect, must_call):
    handle, peer = connect(TCP)
    statuses = []
    fill(handle)
    for _ in range(3):
        req = _core.WriteReq(must_call(lambda req, status: statuses.append(status)))
        handle.write_buffer(req, b"never")
    reset(peer)
    loop.run()
    assert len(set(statuses)) == 1 and statuses[0] in (_core.UV_ECONNRESET, _core.UV_EPIPE)


def test_an_exception_in_oncomplete(loop, connected):
    handle, peer = connected
    size = fill(handle)

    def fail(req, status):
        raise ValueError("oncomplete")

    handle.write_buffer(_core.WriteReq(fail), b"x")
    receiving = InThread(receive, peer, size + 1)
    with pytest.raises(ValueError, match="oncomplete"):
        loop.run()
    receiving.result()
    loop.run()
    assert handle.write_queue_size == 0


# ------------------------------------------------------------------------ shutdown


def test_shutdown_sends_the_end_after_everything(loop, connected, must_call):
    handle, peer = connected
    order = []
    handle.write_buffer(_core.WriteReq(must_call(lambda *args: order.append("write"))), BIG)
    req = _core.ShutdownReq(must_call(lambda req, status: order.append(status)))
    assert handle.shutdown(req) == 0
    assert req.pending
    receiving = InThread(receive_to_end, peer)
    loop.run()
    assert receiving.result() == BIG
    assert order == ["write", 0]
    assert not handle.writable and handle.readable


def test_shutdown_twice(loop, connected, must_call):
    handle, peer = connected
    fill(handle)
    req = _core.ShutdownReq(must_call())
    assert handle.shutdown(req) == 0
    assert handle.shutdown(req) == _core.UV_EBUSY or not req.pending
    assert handle.shutdown(_core.ShutdownReq()) == _core.UV_ENOTCONN
    receiving = InThread(receive_to_end, peer)
    loop.run()
    receiving.result()
    assert handle.shutdown(req) == _core.UV_ENOTCONN


def test_shutdown_of_what_is_not_connected(loop, kind):
    handle = kind.handle(loop)
    assert handle.shutdown(_core.ShutdownReq()) == _core.UV_ENOTCONN
    close(handle)
    assert handle.shutdown(_core.ShutdownReq()) == _core.UV_EBADF


def test_reading_goes_on_after_shutdown(loop, connected):
    handle, peer = connected
    got = []
    handle.onread = lambda nread, data: got.append(data)
    handle.read_start()
    handle.shutdown(_core.ShutdownReq())

    def answer():
        question = receive_to_end(peer)
        peer.sendall(b"answer to " + question)
        peer.close()

    answering = InThread(answer)
    loop.run()
    answering.result()
    assert got == [b"answer to ", None] or b"".join(filter(None, got)) == b"answer to "


@pytest.mark.parametrize("wrong", [None, 5, "req"], ids=repr)
def test_arguments_of_a_wrong_type(loop, connected, wrong):
    handle, _ = connected
    with pytest.raises(TypeError):
        handle.shutdown(wrong)
    if wrong is not None:
        with pytest.raises(TypeError):
            handle.write_buffer(wrong, b"x")
        with pytest.raises(TypeError):
            handle.writev(wrong, [b"x"])
    with pytest.raises(TypeError):
        handle.write_buffer(None, b"x", "size")
    with pytest.raises(TypeError):
        handle.write_buffer(_core.ShutdownReq(), b"x")


def test_blocking(loop, connected):
    handle, _ = connected
    for enable in (True, False):
        assert handle.set_blocking(enable) == 0
        assert os.get_blocking(handle.fd) is enable
    close(handle)
    assert handle.set_blocking(True) == _core.UV_EBADF

"""add_reader, add_writer and their like."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import socket
import struct
import tempfile

import pytest

from .helpers import PATIENCE, in_thread, turns


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    yield left, right
    left.close()
    right.close()


@pytest.fixture
def pipe():
    """The ends of a pipe; a test that closes one puts None there."""
    ends = list(os.pipe())
    for fd in ends:
        os.set_blocking(fd, False)
    yield ends
    for fd in ends:
        if fd is not None:
            os.close(fd)


def run_for(loop, seconds=0.02):
    loop.call_later(seconds, loop.stop)
    loop.run_forever()


def give_up(loop):
    return loop.call_later(PATIENCE, loop.stop)


# --------------------------------------------------------------------------- reading


def test_reader(any_loop, pair):
    left, right = pair
    got = []

    def reader(tag):
        got.append((tag, left.recv(100)))
        any_loop.stop()

    assert any_loop.add_reader(left, reader, "tag") is None
    for data in (b"one", b"two"):
        any_loop.call_soon(right.send, data)
        any_loop.run_forever()
    assert got == [("tag", b"one"), ("tag", b"two")]
    assert any_loop.remove_reader(left) is True
    right.send(b"three")
    turns(any_loop, 3)
    assert len(got) == 2


def test_reader_is_level_triggered(any_loop, pair):
    left, right = pair
    got = []

    def reader():
        got.append(left.recv(1))
        if len(got) == 5:
            any_loop.stop()

    any_loop.add_reader(left.fileno(), reader)
    right.send(b"abcde")
    any_loop.run_forever()
    assert got == [b"a", b"b", b"c", b"d", b"e"]
    any_loop.remove_reader(left.fileno())


def test_reader_once_a_turn(any_loop, pair):
    """Level-triggered, yet not twice in one turn, nor again before it has run."""
    left, right = pair
    order = []
    any_loop.add_reader(left, order.append, "read")
    right.send(b"x")
    for _ in range(3):
        any_loop.call_soon(order.append, "turn")
        turns(any_loop)
    assert order == ["turn", "read"] * 3
    any_loop.remove_reader(left)


def test_reader_at_the_end(any_loop, pair):
    left, right = pair
    got = []

    def reader():
        got.append(left.recv(10))
        any_loop.stop()

    any_loop.add_reader(left, reader)
    right.shutdown(socket.SHUT_WR)
    any_loop.run_forever()
    any_loop.run_forever()
    assert got == [b"", b""]
    any_loop.remove_reader(left)


def test_blocked_poll_is_woken_by_data(any_loop, pair):
    left, right = pair
    any_loop.add_reader(left, any_loop.stop)

    def send():
        any_loop_started.wait(PATIENCE)
        right.send(b"x")

    import threading

    any_loop_started = threading.Event()
    any_loop.call_soon(any_loop_started.set)
    with in_thread(send):
        any_loop.run_forever()
    any_loop.remove_reader(left)


def test_pipe(any_loop, pipe):
    r, w = pipe
    got = []

    def reader():
        data = os.read(r, 100)
        got.append(data)
        if not data:
            any_loop.remove_reader(r)
            any_loop.stop()

    any_loop.add_reader(r, reader)
    any_loop.add_writer(w, lambda: any_loop.remove_writer(w) and os.write(w, b"x"))
    any_loop.call_later(0.01, os.close, w)
    pipe[1] = None
    any_loop.run_forever()
    assert got == [b"x", b""]


# --------------------------------------------------------------------------- writing


def test_writer(any_loop, pair):
    left, right = pair
    calls = []

    def writer(tag):
        calls.append(tag)
        if len(calls) == 3:
            any_loop.stop()

    assert any_loop.add_writer(left, writer, "tag") is None
    any_loop.run_forever()
    assert calls == ["tag"] * 3
    assert any_loop.remove_writer(left) is True
    turns(any_loop, 2)
    assert len(calls) == 3


def test_writer_waits_for_room(any_loop, pair):
    left, right = pair
    sent = 0
    try:
        while True:
            sent += left.send(bytes(65536))
    except BlockingIOError:
        pass
    calls = []
    any_loop.add_writer(left, calls.append, 1)
    run_for(any_loop)
    assert not calls
    while sent:
        sent -= len(right.recv(1 << 20))
    any_loop.add_writer(left, any_loop.stop)
    any_loop.run_forever()
    any_loop.remove_writer(left)


def test_reader_and_writer_of_one_descriptor(any_loop, pair):
    left, right = pair
    order = []
    any_loop.add_reader(left, order.append, "r")
    any_loop.add_writer(left, order.append, "w")
    right.send(b"x")
    turns(any_loop)
    assert order == ["r", "w"]
    assert any_loop.remove_writer(left) is True
    turns(any_loop)
    assert order == ["r", "w", "r"]
    any_loop.add_writer(left, order.append, "w")
    assert any_loop.remove_reader(left) is True
    turns(any_loop)
    assert order == ["r", "w", "r", "w"]
    assert any_loop.remove_reader(left) is False
    assert any_loop.remove_writer(left) is True
    assert any_loop.remove_writer(left) is False
    turns(any_loop)
    assert order == ["r", "w", "r", "w"]


# ------------------------------------------------------------------ replacing, removing


def test_replace(any_loop, pair):
    left, right = pair
    calls = []
    right.send(b"x")
    any_loop.add_reader(left, calls.append, "old")
    any_loop.add_reader(left, calls.append, "new")
    turns(any_loop)
    assert calls == ["new"]
    assert any_loop.remove_reader(left) is True
    assert any_loop.remove_reader(left) is False


def test_replace_inside_the_callback(any_loop, pair):
    left, right = pair
    calls = []

    def first():
        calls.append("first")
        any_loop.add_reader(left, second)

    def second():
        calls.append("second")
        any_loop.remove_reader(left)
        any_loop.stop()

    any_loop.add_reader(left, first)
    right.send(b"x")
    any_loop.run_forever()
    assert calls == ["first", "second"]


def test_remove_by_another_callback_of_the_turn(any_loop):
    """Both are ready: the first removes the second, whose call is queued already."""
    pairs = [socket.socketpair() for _ in range(2)]
    calls = []

    def reader(me, other):
        calls.append(me)
        any_loop.remove_reader(pairs[other][0])

    for me, (left, right) in enumerate(pairs):
        any_loop.add_reader(left, reader, me, 1 - me)
        right.send(b"x")
    turns(any_loop)
    assert len(calls) == 1
    any_loop.remove_reader(pairs[calls[0]][0])
    for left, right in pairs:
        left.close()
        right.close()


def test_remove_inside_the_callback(any_loop, pair):
    left, right = pair
    calls = []

    def reader():
        calls.append(any_loop.remove_reader(left))

    any_loop.add_reader(left, reader)
    right.send(b"x")
    turns(any_loop, 3)
    assert calls == [True]


def test_remove_the_writer_from_the_reader(any_loop, pair):
    left, right = pair
    calls = []

    def reader():
        calls.append("r")
        assert any_loop.remove_writer(left) is True
        assert any_loop.remove_reader(left) is True

    any_loop.add_reader(left, reader)
    any_loop.add_writer(left, calls.append, "w")
    right.send(b"x")
    turns(any_loop, 2)
    assert calls == ["r"]


def test_remove_and_add_again(any_loop, pair):
    left, right = pair
    right.send(b"x")
    calls = []
    for i in range(50):
        any_loop.add_reader(left, calls.append, i)
        if i % 3:
            turns(any_loop)
        assert any_loop.remove_reader(left) is True
    assert calls == [i for i in range(50) if i % 3]


def test_remove_what_was_never_added(any_loop, pair):
    left, _ = pair
    assert any_loop.remove_reader(left) is False
    assert any_loop.remove_writer(left.fileno()) is False
    assert any_loop.remove_reader(10**6) is False


def test_remove_after_close(new_loop, pair):
    left, _ = pair
    loop = new_loop()
    loop.add_reader(left, print)
    loop.add_writer(left, print)
    loop.close()
    assert loop.remove_reader(left) is False
    assert loop.remove_writer(left) is False
    for add in (loop.add_reader, loop.add_writer):
        with pytest.raises(RuntimeError, match="closed"):
            add(left, print)


def test_a_failing_reader_is_called_again(any_loop, pair):
    left, right = pair
    contexts = []
    any_loop.set_exception_handler(lambda loop, context: contexts.append(context))

    def reader():
        raise ZeroDivisionError

    any_loop.add_reader(left, reader)
    right.send(b"x")
    turns(any_loop, 2)
    any_loop.remove_reader(left)
    assert len(contexts) == 2
    assert all(isinstance(c["exception"], ZeroDivisionError) for c in contexts)
    assert all(isinstance(c["handle"], asyncio.Handle) for c in contexts)


def test_many_descriptors(any_loop):
    pairs = [socket.socketpair() for _ in range(100)]
    left_over = set(range(100))

    def reader(i):
        assert pairs[i][0].recv(1) == b"x"
        any_loop.remove_reader(pairs[i][0])
        left_over.remove(i)
        if not left_over:
            any_loop.stop()

    for i, (left, right) in enumerate(pairs):
        any_loop.add_reader(left, reader, i)
        any_loop.call_soon(right.send, b"x")
    any_loop.run_forever()
    for left, right in pairs:
        left.close()
        right.close()


# ----------------------------------------------------------------------- bad arguments


@pytest.mark.parametrize("method", ["add_reader", "add_writer"])
def test_regular_file(any_loop, method):
    with tempfile.TemporaryFile() as file, pytest.raises(PermissionError):
        getattr(any_loop, method)(file, print)


@pytest.mark.parametrize("method", ["add_reader", "add_writer"])
@pytest.mark.parametrize("fd", [-1, -100, "1", None, object(), 1.5])
def test_no_descriptor(any_loop, method, fd):
    with pytest.raises(ValueError):
        getattr(any_loop, method)(fd, print)


@pytest.mark.parametrize("method", ["add_reader", "add_writer"])
def test_closed_descriptor(any_loop, method):
    r, w = os.pipe()
    os.close(r)
    os.close(w)
    with pytest.raises(OSError) as caught:
        getattr(any_loop, method)(r, print)
    assert caught.value.errno == errno.EBADF


def test_closed_file_object(any_loop, pair):
    left, _ = pair
    left.close()
    with pytest.raises(ValueError):
        any_loop.add_reader(left, print)
    with pytest.raises(ValueError):
        any_loop.remove_reader(left)


def test_file_object_closed_before_it_is_removed(any_loop, pair):
    """The number is gone, but the object tells which it was."""
    left, right = pair
    any_loop.add_reader(left, print)
    left.close()
    assert any_loop.remove_reader(left) is True
    with pytest.raises(ValueError):
        any_loop.remove_reader(left)
    turns(any_loop)


def test_file_object_closed_with_both_callbacks(aio_loop, pair):
    left, right = pair
    aio_loop.add_reader(left, print)
    aio_loop.add_writer(left, print)
    left.close()
    assert aio_loop.remove_reader(left) is True
    assert aio_loop.remove_writer(left) is True
    turns(aio_loop)


def test_descriptor_that_failed_can_be_added_later(any_loop, pair):
    with tempfile.TemporaryFile() as file:
        fd = file.fileno()
        with pytest.raises(PermissionError):
            any_loop.add_reader(fd, print)
        assert any_loop.remove_reader(fd) is False
    left, right = pair
    os.dup2(left.fileno(), fd)
    right.send(b"x")
    any_loop.add_reader(fd, any_loop.stop)
    any_loop.run_forever()
    any_loop.remove_reader(fd)
    os.close(fd)


# ------------------------------------------------------------------- closed under the loop


def test_number_used_again_after_removing(any_loop):
    calls = []
    numbers = set()
    for i in range(20):
        left, right = socket.socketpair()
        numbers.add(left.fileno())
        any_loop.add_reader(left, calls.append, i)
        right.send(b"x")
        turns(any_loop)
        assert any_loop.remove_reader(left)
        left.close()
        right.close()
    assert calls == list(range(20))
    assert len(numbers) < 20


def test_closed_while_watched(aio_loop, pair):
    """Told once, when the kernel says so."""
    contexts = []
    aio_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    left, right = pair
    fd = left.fileno()
    aio_loop.add_reader(fd, print)
    turns(aio_loop)
    left.close()
    aio_loop.add_writer(fd, print)  # asks the kernel, which knows it no more
    run_for(aio_loop)
    assert len(contexts) == 1
    assert contexts[0]["exception"].errno == errno.EBADF
    assert str(fd) in contexts[0]["message"]
    assert aio_loop.remove_reader(fd) is False
    assert aio_loop.remove_writer(fd) is False
    run_for(aio_loop)
    assert len(contexts) == 1
    assert aio_loop.open_handles == 0


def test_closed_before_the_first_turn(aio_loop, pair):
    contexts = []
    aio_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    left, right = pair
    aio_loop.add_reader(left, print)
    aio_loop.add_writer(left, print)
    left.close()
    run_for(aio_loop)
    assert [context["exception"].errno for context in contexts] == [errno.EBADF]


def test_closed_while_watched_is_logged(aio_loop, pair, asyncio_log):
    left, right = pair
    aio_loop.add_reader(left, print)
    left.close()
    run_for(aio_loop)
    (record,) = asyncio_log()
    assert "was closed while the loop watched it" in record.getMessage()


def test_closed_while_a_copy_lives(aio_loop, pair):
    """The kernel goes on telling of it under a number that is free: no spinning, no abort."""
    left, right = pair
    copy = left.dup()
    calls = []
    contexts = []
    aio_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    fd = left.fileno()
    aio_loop.add_reader(fd, calls.append, 1)
    turns(aio_loop)
    left.close()
    assert aio_loop.remove_reader(fd) is True
    right.send(b"x")
    run_for(aio_loop)
    assert not calls and not contexts
    copy.close()


def test_other_watches_survive_a_closed_one(aio_loop, pair):
    contexts = []
    aio_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    other_left, other_right = socket.socketpair()
    left, right = pair
    got = []
    aio_loop.add_reader(left, print)
    aio_loop.add_reader(other_left, lambda: got.append(other_left.recv(1)))
    left.close()
    other_right.send(b"x")
    run_for(aio_loop)
    assert got == [b"x"] and len(contexts) == 1
    other_right.send(b"y")
    run_for(aio_loop)
    assert got == [b"x", b"y"]
    aio_loop.remove_reader(other_left)
    other_left.close()
    other_right.close()


@pytest.mark.parametrize("event", ["reader", "writer"])
def test_number_used_again_without_removing(aio_loop, event):
    """A forgotten watch must not hide the new owner of its number."""
    aio_loop.set_exception_handler(lambda loop, context: None)
    old, old_peer = socket.socketpair()
    fd = old.fileno()
    add = getattr(aio_loop, f"add_{event}")
    remove = getattr(aio_loop, f"remove_{event}")
    stale = []
    add(fd, stale.append, 1)
    if event == "reader":
        turns(aio_loop)
    else:
        remove(fd)
        add(fd, list)
        turns(aio_loop)
    old.close()
    new, new_peer = socket.socketpair()
    if new.fileno() != fd:
        os.dup2(new.fileno(), fd)
    new_peer.send(b"x")
    called = []

    def callback():
        called.append(1)
        aio_loop.stop()

    add(fd, callback)
    aio_loop.call_later(2, aio_loop.stop)
    aio_loop.run_forever()
    assert called == [1] and not stale
    assert remove(fd) is True
    if new.fileno() != fd:
        os.close(fd)
    for sock in (old_peer, new, new_peer):
        sock.close()


# ------------------------------------------------------------------- errors as readiness


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        left = socket.create_connection(listener.getsockname())
        right = listener.accept()[0]
    return left, right


@pytest.mark.parametrize("events", ["reader", "writer", "both"])
def test_reset_connection(any_loop, events):
    """POLLERR and POLLHUP call whoever watches, until he stops."""
    left, right = tcp_pair()
    left.setblocking(False)
    right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    right.close()
    poll = select.poll()
    poll.register(left, 0)
    assert poll.poll(PATIENCE * 1000)  # the reset has arrived
    calls = []
    if events != "writer":
        any_loop.add_reader(left, calls.append, "r")
    if events != "reader":
        any_loop.add_writer(left, calls.append, "w")
    turns(any_loop, 2)
    assert calls == {"reader": ["r", "r"], "writer": ["w", "w"], "both": ["r", "w"] * 2}[events]
    any_loop.remove_reader(left)
    any_loop.remove_writer(left)
    with pytest.raises(ConnectionResetError):
        left.recv(1)
    left.close()


def test_refused_connection(any_loop):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    sock = socket.socket()
    sock.setblocking(False)
    try:
        sock.connect(address)
    except BlockingIOError:
        any_loop.add_writer(sock, any_loop.stop)
        any_loop.run_forever()
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED
        any_loop.remove_writer(sock)
    except ConnectionRefusedError:
        pytest.skip("refused at once")
    finally:
        sock.close()


def test_pipe_without_readers(any_loop, pipe):
    """POLLERR at the write end: the writer is called, and learns EPIPE."""
    r, w = pipe
    os.write(w, bytes(1000))
    os.close(r)
    pipe[0] = None
    errors = []

    def writer():
        try:
            os.write(w, b"x")
        except BrokenPipeError as exc:
            errors.append(exc)
        if len(errors) == 2:
            any_loop.stop()

    any_loop.add_writer(w, writer)
    guard = give_up(any_loop)
    any_loop.run_forever()
    guard.cancel()
    assert len(errors) == 2
    any_loop.remove_writer(w)


def test_pipe_hangup_without_data(any_loop, pipe):
    """POLLHUP alone calls the reader."""
    r, w = pipe
    os.close(w)
    pipe[1] = None
    any_loop.add_reader(r, any_loop.stop)
    guard = give_up(any_loop)
    any_loop.run_forever()
    any_loop.run_forever()
    assert any_loop.time() < guard.when()
    guard.cancel()
    any_loop.remove_reader(r)


def test_watching_leaves_the_descriptor_blocking(aio_loop):
    left, right = socket.socketpair()
    aio_loop.add_reader(left, print)
    assert os.get_blocking(left.fileno())
    aio_loop.remove_reader(left)
    assert os.get_blocking(left.fileno())
    left.close()
    right.close()


def test_two_loops_watch_one_descriptor(new_loop, pair):
    left, right = pair
    right.send(b"x")
    loops = [new_loop(), new_loop()]
    for loop in loops:
        loop.add_reader(left, loop.stop)
    for loop in loops:
        loop.run_forever()
        loop.remove_reader(left)
        loop.close()

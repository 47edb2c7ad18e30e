"""Poll: readiness of descriptors that belong to others; Watch: asyncio's readers and writers."""

from __future__ import annotations

import os
import select
import socket
import sys
import tempfile

import pytest

from uvnet import _core

from .helpers import adopt, close, tcp_sockets, unix_sockets

READABLE, WRITABLE = _core.UV_READABLE, _core.UV_WRITABLE


@pytest.fixture
def sockets():
    here, there = unix_sockets()
    here.setblocking(False)
    with here, there:
        yield here, there


@pytest.fixture
def poll(loop, sockets):
    poll = _core.Poll(loop, sockets[0].fileno())
    yield poll
    close(poll)


def test_readable(loop, poll, sockets, must_call):
    here, there = sockets
    events = []

    def on_poll(status, what):
        events.append((status, what))
        assert here.recv(100) == b"x"
        poll.stop()

    poll.onpoll = must_call(on_poll)
    assert poll.fd == here.fileno()
    assert poll.start(READABLE) == 0 and poll.active
    there.send(b"x")
    loop.run()
    assert events == [(0, READABLE)] and not poll.active


def test_writable(loop, poll, must_call):
    poll.onpoll = must_call(lambda status, events: (seen.append((status, events)), poll.stop()))
    seen = []
    poll.start(WRITABLE)
    loop.run()
    assert seen == [(0, WRITABLE)]


def test_both_at_once(loop, poll, sockets, must_call):
    seen = []
    poll.onpoll = must_call(lambda status, events: (seen.append(events), poll.stop()))
    sockets[1].send(b"x")
    poll.start(READABLE | WRITABLE)
    loop.run()
    assert seen == [READABLE | WRITABLE]


def test_level_triggered(loop, poll, sockets, must_call):
    count = 0

    def on_poll(status, events):
        nonlocal count
        count += 1
        if count == 5:
            poll.stop()

    poll.onpoll = must_call(on_poll, 5)
    sockets[1].send(b"x")
    poll.start(READABLE)
    loop.run()


def test_start_replaces_the_mask(loop, poll, sockets, must_call):
    seen = []
    poll.onpoll = must_call(lambda status, events: (seen.append(events), poll.stop()))
    poll.start(READABLE)
    poll.start(WRITABLE)
    sockets[1].send(b"x")
    loop.run()
    assert seen == [WRITABLE]


def test_hang_up(loop, poll, sockets, must_call):
    seen = []
    poll.onpoll = must_call(lambda status, events: (seen.append((status, events)), poll.stop()))
    poll.start(READABLE | _core.UV_DISCONNECT)
    sockets[1].close()
    loop.run()
    assert seen[0][0] == 0 and seen[0][1] & READABLE


def test_disconnect_of_a_half_closed_peer(loop, must_call):
    here, there = tcp_sockets()
    poll = _core.Poll(
        loop, here.fileno(), must_call(lambda status, events: seen.append(events) or poll.stop())
    )
    seen = []
    poll.start(_core.UV_DISCONNECT)
    there.shutdown(socket.SHUT_WR)
    loop.run()
    assert seen == [_core.UV_DISCONNECT]
    close(poll)
    here.close()
    there.close()


def test_urgent_data(loop, must_call):
    here, there = tcp_sockets()
    poll = _core.Poll(
        loop, here.fileno(), must_call(lambda status, events: seen.append(events) or poll.stop())
    )
    seen = []
    poll.start(_core.UV_PRIORITIZED)
    there.send(b"!", socket.MSG_OOB)
    loop.run()
    assert seen == [_core.UV_PRIORITIZED]
    close(poll)
    here.close()
    there.close()


def test_a_connection_error_is_readiness(loop, must_call):
    """The next call on the socket tells which: no error of the poll itself."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with socket.socket() as plain:
        plain.setblocking(False)
        assert plain.connect_ex(address) != 0
        seen = []
        poll = _core.Poll(
            loop,
            plain.fileno(),
            must_call(lambda status, events: (seen.append((status, events)), poll.stop())),
        )
        poll.start(WRITABLE)
        loop.run()
        assert seen == [(0, WRITABLE)]
        assert plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
        close(poll)


def test_the_broken_pipe_of_a_writer(loop, must_call):
    read, write = os.pipe()
    os.set_blocking(write, False)
    while True:
        try:
            os.write(write, bytes(65536))
        except BlockingIOError:
            break
    seen = []

    def on_poll(status, events):
        seen.append((status, events))
        poll.stop()

    poll = _core.Poll(loop, write, must_call(on_poll))
    poll.start(WRITABLE)
    os.close(read)
    loop.run()
    assert seen == [(0, WRITABLE)]
    with pytest.raises(BrokenPipeError):
        os.write(write, b"x")
    close(poll)
    os.close(write)


def test_the_mode_of_the_descriptor_stays(loop, poll, sockets):
    """Whoever only watches a descriptor leaves it blocking, if it is."""
    assert not sockets[0].getblocking()
    assert sockets[1].getblocking()
    other = _core.Poll(loop, sockets[1].fileno())
    other.start(READABLE)
    loop.stop()
    loop.run()
    assert os.get_blocking(sockets[1].fileno()) and not os.get_blocking(sockets[0].fileno())
    close(other)


@pytest.mark.parametrize("mask", [16, 32, 1 << 20, -1])
def test_masks_that_are_none(loop, poll, mask):
    assert poll.start(mask) == _core.UV_EINVAL
    assert not poll.active


def test_an_empty_mask_stops(loop, poll, sockets, must_not_call):
    poll.onpoll = must_not_call()
    poll.start(READABLE)
    sockets[1].send(b"x")
    assert poll.start(0) == 0 and not poll.active
    loop.run()


def test_no_callback(loop, poll, sockets):
    poll.start(WRITABLE)
    loop.call_later(0.01, loop.stop)
    loop.run()


def test_an_exception(loop, poll, sockets):
    def fail(status, events):
        sockets[0].recv(100)
        raise ValueError("onpoll")

    poll.onpoll = fail
    poll.start(READABLE)
    for _ in range(2):
        sockets[1].send(b"x")
        with pytest.raises(ValueError, match="onpoll"):
            loop.run()


def test_closing_within_the_callback(loop, sockets, must_call):
    poll = _core.Poll(
        loop, sockets[0].fileno(), must_call(lambda status, events: poll.close(must_call()))
    )
    poll.start(WRITABLE)
    loop.run()
    assert poll.closed
    os.fstat(sockets[0].fileno())  # not closed


def test_descriptors_that_cannot_be_watched(loop):
    with pytest.raises(OSError) as caught:
        _core.Poll(loop, -1)
    assert caught.value.errno == 9
    closed = os.dup(0)
    os.close(closed)
    with pytest.raises(OSError, match="bad file descriptor|Bad file descriptor"):
        _core.Poll(loop, closed)
    with tempfile.TemporaryFile() as file, pytest.raises(PermissionError):
        _core.Poll(loop, file.fileno())
    folder = os.open(".", os.O_RDONLY)
    with pytest.raises(PermissionError):
        _core.Poll(loop, folder)
    os.close(folder)
    with pytest.raises(TypeError):
        _core.Poll(loop, "5")
    with pytest.raises(TypeError):
        _core.Poll(loop)
    assert loop.open_handles == 0


def test_a_failed_init_may_be_repeated(loop, sockets):
    poll = _core.Poll.__new__(_core.Poll)
    with pytest.raises(OSError, match="."):
        poll.__init__(loop, -1)
    assert poll.start(READABLE) == _core.UV_EBADF
    poll.__init__(loop, sockets[0].fileno())
    assert poll.start(READABLE) == 0
    close(poll)


def test_one_watcher_a_descriptor(loop, poll, sockets):
    poll.start(READABLE)
    with pytest.raises(FileExistsError):
        _core.Poll(loop, sockets[0].fileno())
    handle, peer = adopt(loop)
    handle.onread = print
    handle.read_start()
    with pytest.raises(FileExistsError):
        _core.Poll(loop, handle.fd)
    close(handle)
    peer.close()


def test_the_same_descriptor_on_two_loops(loop, poll, sockets, must_call):
    other_loop = _core.Loop()
    other = _core.Poll(other_loop, sockets[0].fileno())
    for each, its_loop in ((poll, loop), (other, other_loop)):
        each.onpoll = must_call(lambda status, events, each=each: each.stop())
        each.start(WRITABLE)
        its_loop.run()
    close(other)
    other_loop.close()


@pytest.mark.skipif(sys.platform != "linux", reason="epoll")
def test_watching_an_epoll(loop, sockets, must_call):
    with select.epoll() as epoll:
        epoll.register(sockets[0], select.EPOLLIN)
        seen = []

        def on_poll(status, events):
            seen.append(events)
            poll.stop()

        poll = _core.Poll(loop, epoll.fileno(), must_call(on_poll))
        poll.start(READABLE)
        sockets[1].send(b"x")
        loop.run()
        assert seen == [READABLE]
        close(poll)


def test_a_descriptor_closed_before_it_is_registered(loop, must_call):
    here, there = unix_sockets()
    seen = []
    poll = _core.Poll(
        loop, here.fileno(), must_call(lambda status, events: seen.append((status, events)))
    )
    poll.start(READABLE)
    here.close()
    there.close()
    loop.run()
    assert seen == [(_core.UV_EBADF, 0)]
    assert poll.start(READABLE) == _core.UV_EBADF
    assert loop.counters()["dead_watchers"] == 1
    close(poll)


def test_a_descriptor_closed_while_it_is_watched(loop, must_call):
    """The kernel says nothing; the next change of the mask does."""
    here, there = unix_sockets()
    seen = []
    poll = _core.Poll(
        loop, here.fileno(), must_call(lambda status, events: seen.append((status, events)))
    )
    poll.start(READABLE)
    loop.stop()
    loop.run()
    here.close()
    poll.start(READABLE | WRITABLE)
    loop.run()
    assert seen == [(_core.UV_EBADF, 0)]
    close(poll)
    there.close()


def test_a_descriptor_closed_and_used_again_by_another(loop, must_call, must_not_call):
    here, there = unix_sockets()
    number = here.fileno()
    seen = []
    poll = _core.Poll(loop, number, must_call(lambda status, events: seen.append((status, events))))
    poll.start(READABLE)
    loop.stop()
    loop.run()
    here.close()
    there.close()
    with tempfile.TemporaryFile() as file:
        assert file.fileno() == number
        poll.start(READABLE | WRITABLE)
        loop.run()
        assert seen[0][0] < 0
        poll.close()
        loop.run()
        os.fstat(number)


# ---------------------------------------------------------------------------- Watch


@pytest.fixture
def watch(loop, sockets):
    watch = _core.Watch(loop, sockets[0].fileno())
    yield watch
    close(watch)


def test_watch_reader_and_writer(loop, watch, sockets):
    here, there = sockets
    seen = []

    def reader(name):
        seen.append((name, here.recv(100)))
        assert watch.remove(False)

    def writer(name):
        seen.append(name)
        assert watch.remove(True)

    assert watch.idle
    watch.set(False, reader, ("r",))
    watch.set(True, writer, ("w",))
    assert not watch.idle
    there.send(b"x")
    loop.run()
    assert sorted(map(str, seen)) == sorted(map(str, [("r", b"x"), "w"]))
    assert watch.idle and not watch.remove(False) and not watch.remove(True)


def test_watch_replaces_the_callback(loop, watch, sockets, must_call, must_not_call):
    watch.set(False, must_not_call(), ())
    watch.set(False, must_call(lambda: watch.remove(False)), ())
    sockets[1].send(b"x")
    loop.run()


def test_watch_is_level_triggered_and_once_a_turn(loop, watch, sockets, must_call):
    count = 0
    turns = 0

    def reader():
        nonlocal count
        count += 1
        if count == 4:
            watch.remove(False)

    def turn():
        nonlocal turns
        turns += 1
        assert count <= turns
        if not watch.idle:
            loop.set_immediate(turn)

    watch.set(False, must_call(reader, 4), ())
    sockets[1].send(b"x")
    loop.set_immediate(turn)
    loop.run()


def test_watch_removed_by_another_callback_of_the_turn(loop, watch, sockets, must_call):
    """What was ready is not called when it has been removed meanwhile."""
    called = []

    def reader():
        called.append("r")
        watch.remove(True)
        watch.remove(False)

    def writer():
        called.append("w")
        watch.remove(True)
        watch.remove(False)

    sockets[1].send(b"x")
    watch.set(False, reader, ())
    watch.set(True, writer, ())
    loop.run()
    assert len(called) == 1


def test_watch_of_wrong_arguments(loop, watch, sockets):
    for args in (None, [1], 5, "x"):
        with pytest.raises(TypeError):
            watch.set(False, print, args)
    assert watch.idle
    watch.set(False, 5, ())
    sockets[1].send(b"x")
    with pytest.raises(TypeError, match="not callable"):
        loop.run()


def test_watch_of_a_descriptor_that_died(sockets):
    """On a loop that has nobody to tell, it is told by run()."""
    loop = _core.Loop()
    here, there = unix_sockets()
    watch = _core.Watch(loop, here.fileno())
    watch.set(False, print, ())
    here.close()
    there.close()
    with pytest.raises(OSError, match="descriptor"):
        loop.run()
    with pytest.raises(OSError, match="cannot watch"):
        watch.set(True, print, ())
    assert watch.idle
    close(watch)
    with pytest.raises(OSError, match="cannot watch"):
        watch.set(True, print, ())
    loop.close()

"""Threads: who may call what, what wakes a loop, and when the GIL is given up."""

from __future__ import annotations

import contextlib
import functools
import os
import socket
import threading
import time

import pytest

from uvnet import _core

from .helpers import PATIENCE, InThread, adopt, close

THREADS = 8
TIMES = 20_000


@pytest.fixture
def elsewhere(loop):
    """A loop that runs in another thread, until the test is over."""
    timer = _core.Timer(loop)
    running = threading.Event()
    timer.ontimeout = running.set
    timer.start(0, 1000)
    thread = InThread(loop.run)
    assert running.wait(PATIENCE)
    yield loop
    loop.call_soon_threadsafe(timer.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.result()
    loop.run()


def test_handles_refuse_another_thread(loop):
    here, there = socket.socketpair()
    tcp, tcp_peer = adopt(loop)
    handles = [tcp, _core.Pipe(loop), _core.Timer(loop), _core.Signal(loop)]
    handles += [_core.Poll(loop, here.fileno())]
    calls = {
        _core.TCP: [
            ("read_start",), ("read_stop",), ("use_user_buffer", None), ("listen", 1),
            ("write_buffer", None, b"x"), ("writev", None, [b"x"]), ("open", 0),
            ("shutdown", _core.ShutdownReq()), ("splice", tcp), ("unsplice",), ("reset",),
            ("connect", _core.ConnectReq(), "127.0.0.1", 1), ("bind", "127.0.0.1", 0),
            ("getsockname",), ("getpeername",), ("set_no_delay", True), ("set_blocking", True),
            ("set_keep_alive", True), ("set_type_of_service", 1), ("get_type_of_service",),
        ],
        _core.Pipe: [("bind", "x"), ("connect", _core.ConnectReq(), "x"), ("fchmod", 1),
                     ("open", 0), ("getsockname",), ("getpeername",)],
        _core.Timer: [("start", 1), ("stop",), ("again",)],
        _core.Signal: [("start", 1), ("stop",)],
        _core.Poll: [("start", 1), ("stop",)],
    }  # fmt: skip
    refused = []

    def intrude():
        for handle in handles:
            for name, *args in [*calls[type(handle)], ("close",), ("ref",), ("unref",)]:
                try:
                    refused.append((name, getattr(handle, name)(*args)))
                except RuntimeError as exc:
                    assert "another thread" in str(exc)
        for make in (_core.TCP, _core.Pipe, _core.Timer, _core.Async, _core.Signal):
            with pytest.raises(RuntimeError, match="another thread"):
                make(loop)
        with pytest.raises(RuntimeError, match="another thread"):
            _core.getaddrinfo(_core.GetAddrInfoReq(), "127.0.0.1", loop=loop)
        with pytest.raises(RuntimeError, match="already running"):
            loop.run()
        with pytest.raises(RuntimeError, match="running"):
            loop.close()
        loop.call_soon_threadsafe(loop.stop)

    threads = []
    waits = _core.Async(loop)  # keeps the loop in its poll
    loop.call_soon(lambda: threads.append(InThread(intrude)))
    loop.run()
    threads[0].result()
    assert refused == []
    # The loop is idle now: any thread may.
    InThread(close, *handles, waits).result()
    for sock in (here, there, tcp_peer):
        sock.close()


def test_call_soon_threadsafe_from_many_threads(elsewhere):
    loop = elsewhere
    got = [[] for _ in range(THREADS)]

    def send(i):
        for n in range(TIMES):
            loop.call_soon_threadsafe(got[i].append, n)

    for thread in [InThread(send, i) for i in range(THREADS)]:
        thread.result()
    done = threading.Event()
    loop.call_soon_threadsafe(done.set)
    assert done.wait(PATIENCE)
    assert got == [list(range(TIMES))] * THREADS


def test_async_send_from_many_threads(loop):
    sent = [0] * THREADS
    seen = []

    def on_async():
        seen.append(sum(sent))
        if seen[-1] == THREADS * TIMES:
            handle.close()

    handle = _core.Async(loop, on_async)

    def send(i):
        for _ in range(TIMES):
            sent[i] += 1
            assert handle.send() in (0, _core.UV_EBADF)

    threads = [InThread(send, i) for i in range(THREADS)]
    loop.run()
    for thread in threads:
        thread.result()
    # However many sends make one call: none is later than the last call.
    assert seen[-1] == THREADS * TIMES and len(seen) <= THREADS * TIMES
    assert handle.send() == _core.UV_EBADF


def test_one_call_wakes_a_blocked_loop(elsewhere):
    for _ in range(200):
        done = threading.Event()
        elsewhere.call_soon_threadsafe(done.set)
        assert done.wait(PATIENCE)


def test_loops_in_several_threads():
    def work():
        loop = _core.Loop()
        received = bytearray()
        here, peer = adopt(loop)

        def on_read(nread, data):
            if nread < 0:
                here.close()
                return
            received.extend(data)
            here.write_buffer(None, data)
            if len(received) < 5000:
                peer.sendall(data)
            else:
                peer.shutdown(socket.SHUT_WR)

        here.onread = on_read
        here.read_start()
        peer.sendall(bytes(50))
        assert _core.current_loop() is not loop
        _core.current_loop().close()
        loop.call_soon(lambda: seen.append(_core.current_loop() is loop))
        loop.run()
        loop.close()
        peer.close()
        return len(received)

    seen = []
    threads = [InThread(work) for _ in range(6)]
    assert [thread.result() for thread in threads] == [5000] * 6
    assert seen == [True] * 6


def test_each_thread_has_a_default_loop():
    def default():
        loop = _core.current_loop()
        assert _core.current_loop() is loop
        loop.close()
        return loop

    loops = {id(loop) for loop in [InThread(default).result(), default()]}
    assert len(loops) == 2


def test_a_loop_made_here_runs_there(loop):
    ran = []
    timer = _core.Timer(loop, lambda: ran.append(threading.get_ident()))
    timer.start(0)

    def run():
        loop.run()
        return threading.get_ident()

    assert [InThread(run).result()] == ran != [threading.get_ident()]
    loop.call_soon(lambda: ran.append(threading.get_ident()))
    loop.run()
    assert ran[1] == threading.get_ident()
    InThread(close, timer).result()


def test_two_loops_cannot_run_in_one_thread(loop, must_call):
    other = _core.Loop()

    @must_call
    def nested():
        with pytest.raises(RuntimeError, match="another loop is running"):
            other.run()
        with pytest.raises(RuntimeError, match="already running"):
            loop.run()

    loop.call_soon(nested)
    loop.run()
    other.close()


def test_a_blocked_poll_leaves_the_gil_to_others(loop):
    """Another thread counts while the loop does nothing but wait for it."""
    waiting = _core.Async(loop, lambda: waiting.close())

    def count():
        number = 0
        for _ in range(100_000):
            number += 1
        waiting.send()
        return number

    thread = InThread(count)
    loop.run()
    assert thread.result() == 100_000


@contextlib.contextmanager
def one_cpu():
    """Keep this thread, and those that it starts, on one CPU."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def wake_up_late():
    """Have this thread not preempt others when it wakes up."""
    if hasattr(os, "SCHED_BATCH"):
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


@pytest.mark.parametrize("callbacks", ["in Python", "in C"])
def test_a_busy_loop_lets_others_run(loop, callbacks):
    """Callbacks in C never come to where the interpreter looks who wants the GIL."""

    def again_in_python():
        loop.call_soon(again_in_python)

    def work():
        wake_up_late()
        for _ in range(20):
            time.sleep(0.0001)  # gives the GIL up, and wants it back
        loop.call_soon_threadsafe(loop.stop)

    again = again_in_python
    if callbacks == "in C":
        again = functools.partial(print)
        again.__setstate__((loop.call_soon, (again,), {}, None))
    loop.call_soon(again)
    with one_cpu():
        thread = InThread(work)
        loop.run()
    thread.result()
    if callbacks == "in C":
        again.__setstate__((print, (), {}, None))

"""Signal handles, and Python's own handlers while a loop runs. Real signals to this process."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from uvnet import _core

from .helpers import InThread, close


def raise_signal(signum=signal.SIGUSR1):
    os.kill(os.getpid(), signum)


@pytest.fixture
def watcher(loop):
    watcher = _core.Signal(loop)
    yield watcher
    close(watcher)


def test_it_calls_back(loop, watcher, must_call):
    numbers = []

    def on_signal(number):
        numbers.append(number)
        loop.stop()

    watcher.onsignal = must_call(on_signal)
    assert watcher.start(signal.SIGUSR1) == 0 and watcher.active
    loop.call_soon(raise_signal)
    loop.run()
    assert numbers == [signal.SIGUSR1]


def test_again_and_again(loop, must_call):
    count = 0

    def on_signal(number):
        nonlocal count
        count += 1
        if count == 5:
            watcher.close()
        else:
            raise_signal()

    watcher = _core.Signal(loop, must_call(on_signal, 5))
    watcher.start(signal.SIGUSR1)
    raise_signal()
    loop.run()


def test_several_watchers_of_one_signal(loop, must_call):
    other_loop = _core.Loop()
    watchers = [_core.Signal(each) for each in (loop, loop, other_loop)]
    for watcher in watchers:
        watcher.onsignal = must_call(lambda number, watcher=watcher: watcher.close())
        watcher.start(signal.SIGUSR2)
    raise_signal(signal.SIGUSR2)
    loop.run()
    other_loop.run()
    other_loop.close()


def test_stop_and_another_signal(loop, watcher, must_call):
    watcher.start(signal.SIGUSR1)
    assert watcher.stop() == 0 and not watcher.active
    watcher.onsignal = must_call(lambda number: seen.append(number) or watcher.stop())
    seen = []
    assert watcher.start(signal.SIGUSR1) == watcher.start(signal.SIGUSR2) == 0
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    raise_signal(signal.SIGUSR1)
    raise_signal(signal.SIGUSR2)
    loop.run()
    signal.signal(signal.SIGUSR1, before)
    assert seen == [signal.SIGUSR2]


@pytest.mark.parametrize("number", [0, -1, 1000, 2**31 - 1, signal.SIGKILL, signal.SIGSTOP])
def test_what_cannot_be_caught(loop, watcher, number):
    assert watcher.start(number) == _core.UV_EINVAL
    assert not watcher.active


@pytest.mark.parametrize("number", ["USR1", None, b""], ids=repr)
def test_numbers_of_a_wrong_type(loop, watcher, number):
    with pytest.raises(TypeError):
        watcher.start(number)


def test_unref(loop, watcher):
    watcher.start(signal.SIGUSR1)
    watcher.unref()
    loop.run()  # returns


def test_no_callback(loop, watcher):
    watcher.start(signal.SIGUSR1)
    raise_signal()
    loop.call_later(0.01, loop.stop)
    loop.run()


def test_an_exception(loop, watcher):
    def fail(number):
        raise ValueError("onsignal")

    watcher.onsignal = fail
    watcher.start(signal.SIGUSR1)
    for _ in range(2):
        raise_signal()
        with pytest.raises(ValueError, match="onsignal"):
            loop.run()


def test_in_a_loop_of_another_thread():
    def run():
        loop = _core.Loop()
        watcher = _core.Signal(loop, lambda number: (seen.append(number), watcher.close()))
        watcher.start(signal.SIGUSR1)
        ready.set()
        loop.run()
        loop.close()

    seen = []
    ready = threading.Event()
    thread = InThread(run)
    ready.wait(30)
    raise_signal()
    thread.result()
    assert seen == [signal.SIGUSR1]


def test_after_close(loop, must_not_call):
    watcher = _core.Signal(loop, must_not_call())
    watcher.start(signal.SIGUSR1)
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    watcher.close()
    assert watcher.start(signal.SIGUSR1) == watcher.stop() == _core.UV_EBADF
    loop.run()
    assert watcher.start(signal.SIGUSR1) == watcher.stop() == _core.UV_EBADF
    signal.signal(signal.SIGUSR1, before)


# ---------------------------------------------------------------- Python's own handlers


@pytest.fixture
def handler(monkeypatch):
    """handler(function) sets Python's handler of SIGUSR1 for the test."""
    before = signal.getsignal(signal.SIGUSR1)
    yield lambda function: signal.signal(signal.SIGUSR1, function)
    signal.signal(signal.SIGUSR1, before)


def send_soon(seconds=0.05):
    return InThread(lambda: (time.sleep(seconds), raise_signal()))


def test_a_handler_runs_while_the_poll_blocks(loop, handler, must_call):
    """It need not wait for the loop to have something else to do."""
    handler(must_call(lambda number, frame: loop.stop()))
    keep = _core.Timer(loop)
    keep.start(1_000_000)
    thread = send_soon()
    loop.run()
    thread.result()
    close(keep)


def test_a_handler_that_raises_ends_the_run(loop, handler):
    def fail(number, frame):
        raise LookupError("handler")

    handler(fail)
    keep = _core.Timer(loop)
    keep.start(1_000_000)
    for run in (loop.run, loop.run_forever):
        thread = send_soon()
        with pytest.raises(LookupError, match="handler"):
            run()
        thread.result()
    close(keep)


def test_a_handler_that_raises_in_a_callback(loop, handler):
    def fail(number, frame):
        raise LookupError("handler")

    def busy():
        raise_signal()
        for _ in range(1000):
            time.sleep(0.001)

    handler(fail)
    loop.call_soon(busy)
    with pytest.raises(LookupError, match="handler"):
        loop.run()


def test_what_a_handler_schedules_is_called(loop, handler):
    order = []

    def on_signal(number, frame):
        loop.next_tick(order.append, "tick")
        loop.call_soon(order.append, "soon")
        loop.set_immediate(order.append, "immediate")
        loop.call_later(0.001, loop.stop)

    handler(on_signal)
    keep = _core.Timer(loop)
    keep.start(1_000_000)
    thread = send_soon()
    loop.run()
    thread.result()
    assert order == ["tick", "immediate", "soon"]
    close(keep)


def test_the_wakeup_descriptor_is_given_back(loop):
    loop.stop()
    loop.run()
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write)
    try:
        loop.call_soon(lambda: None)
        loop.run()
        assert signal.set_wakeup_fd(write) == write
    finally:
        signal.set_wakeup_fd(before)
        os.close(read)
        os.close(write)


def test_many_signals(loop, handler):
    """More than the pipe holds at once: handlers run as often as Python would call them."""
    count = 0

    def on_signal(number, frame):
        nonlocal count
        count += 1

    def send():
        for _ in range(70_000):
            signal.pthread_kill(main, signal.SIGUSR1)
        loop.call_soon_threadsafe(loop.stop)

    main = threading.get_ident()
    handler(on_signal)
    thread = InThread(send)
    loop.run_forever()
    thread.result()
    assert count > 0

"""Async handles: waking a loop from other threads."""

from __future__ import annotations

import threading

import pytest

from uvnet import _core

from .helpers import InThread, close


def test_send_from_another_thread(loop, must_call):
    main = threading.get_ident()

    @must_call
    def on_async():
        assert threading.get_ident() == main
        wakeup.close()

    wakeup = _core.Async(loop, on_async)
    thread = InThread(wakeup.send)
    loop.run()
    assert thread.result() == 0


def test_send_from_the_loops_own_thread(loop, must_call):
    wakeup = _core.Async(loop=loop, onasync=must_call(lambda: wakeup.close()))
    assert wakeup.send() == wakeup.send() == 0  # makes one call
    loop.run()


def test_sends_before_the_run_are_kept(loop, must_call):
    wakeup = _core.Async(loop, must_call(lambda: wakeup.close()))
    InThread(wakeup.send).result()
    loop.run()


def test_every_send_is_followed_by_a_call(loop):
    """Sends may be taken together, but the last is never lost."""
    counts = [0, 0]
    done = 20_000

    def on_async():
        counts[1] = counts[0]
        if counts[1] == done:
            wakeup.close()

    def send():
        for _ in range(done):
            counts[0] += 1
            wakeup.send()

    wakeup = _core.Async(loop, on_async)
    thread = InThread(send)
    loop.run()
    thread.result()
    assert counts == [done, done]


def test_several_handles(loop, must_call):
    handles = []
    for _ in range(10):
        handle = _core.Async(loop)
        handle.onasync = must_call(handle.close)
        handles.append(handle)
    threads = [InThread(handle.send) for handle in handles]
    loop.run()
    for thread in threads:
        assert thread.result() == 0


def test_it_keeps_the_loop_alive_unless_unreferenced(loop):
    wakeup = _core.Async(loop)
    assert wakeup.has_ref() and wakeup.active
    wakeup.unref()
    loop.run()  # returns
    close(wakeup)


def test_no_callback(loop):
    wakeup = _core.Async(loop)
    wakeup.unref()
    assert wakeup.onasync is None
    wakeup.send()
    loop.call_later(0.01, loop.stop)
    loop.run()
    close(wakeup)


def test_an_exception(loop):
    def fail():
        raise ValueError("onasync")

    wakeup = _core.Async(loop, fail)
    for _ in range(2):
        wakeup.send()
        with pytest.raises(ValueError, match="onasync"):
            loop.run()
    close(wakeup)


def test_after_close(loop, must_not_call):
    wakeup = _core.Async(loop, must_not_call())
    wakeup.send()
    wakeup.close()
    assert wakeup.send() == _core.UV_EBADF
    loop.run()
    assert wakeup.send() == wakeup.close() == _core.UV_EBADF


def test_sends_that_race_with_close(loop):
    """A thread that goes on sending to a handle that closes gets an error and does no harm."""
    for _ in range(50):
        wakeup = _core.Async(loop)
        wakeup.onasync = wakeup.close
        results = set()

        def send(wakeup=wakeup, results=results):
            while _core.UV_EBADF not in results:
                results.add(wakeup.send())

        thread = InThread(send)
        loop.run()
        thread.result()
        assert results == {0, _core.UV_EBADF}

"""Timer handles."""

from __future__ import annotations

import time

import pytest

from uvnet import _core

from .helpers import close


@pytest.fixture
def timer(loop):
    timer = _core.Timer(loop)
    yield timer
    close(timer)


def test_it_fires_once_and_not_early(loop, timer, must_call):
    """By the loop's clock, which may be late by as long as the last turn took."""
    timer.ontimeout = must_call(lambda: fired.append(time.monotonic()))
    fired = []
    loop.stop()
    loop.run()
    started = time.monotonic()
    assert timer.start(100) == 0
    assert timer.active and 0 < timer.due_in <= 100
    loop.run()
    assert fired[0] - started >= 0.05
    assert not timer.active and timer.due_in == 0


def test_callback_by_keyword(loop, must_call):
    timer = _core.Timer(loop=loop, ontimeout=must_call())
    timer.start(timeout=0, repeat=0)
    loop.run()
    close(timer)


def test_zero_fires_in_the_next_turn(loop, timer, must_call):
    timer.ontimeout = must_call()
    timer.start(0)
    loop.run()


def test_repeat(loop, timer, must_call):
    times = []

    def on_timeout():
        times.append(time.monotonic())
        if len(times) == 4:
            assert timer.stop() == 0

    timer.ontimeout = must_call(on_timeout, 4)
    started = time.monotonic()
    timer.start(0, 5)
    loop.run()
    assert times[-1] - started >= 0.014  # the first may come late, but not the others early


def test_again(loop, timer, must_call):
    assert timer.again() == _core.UV_EINVAL
    calls = []

    def on_timeout():
        calls.append(timer.due_in)
        if len(calls) == 3:
            timer.stop()

    timer.ontimeout = must_call(on_timeout, 3)
    timer.start(100_000, 2)
    assert timer.again() == 0
    assert timer.due_in <= 2
    loop.run()


def test_start_anew(loop, timer, must_call):
    timer.ontimeout = must_call()
    timer.start(100_000)
    assert timer.start(1) == 0
    loop.run()


def test_stop(loop, timer, must_not_call):
    timer.ontimeout = must_not_call()
    assert timer.stop() == 0
    timer.start(1)
    assert timer.stop() == 0
    loop.run()


def test_order_of_equal_timers(loop):
    order = []
    timers = [_core.Timer(loop, lambda i=i: order.append(i)) for i in range(20)]
    for timer in timers:
        timer.start(5)
    loop.run()
    assert order == list(range(20))
    close(*timers)


def test_a_timer_started_by_a_timer_waits_for_the_next_turn(loop, must_call):
    order = []

    @must_call
    def first():
        loop.set_immediate(order.append, "immediate")
        second.start(0)

    second = _core.Timer(loop, must_call(lambda: order.append("second")))
    timer = _core.Timer(loop, first)
    timer.start(0)
    loop.run()
    assert order == ["immediate", "second"]
    close(timer, second)


def test_unref(loop, timer, must_not_call):
    timer.ontimeout = must_not_call()
    timer.start(100_000)
    assert timer.has_ref() is True
    assert timer.unref() == 0
    assert timer.has_ref() is False
    loop.run()  # returns
    assert timer.ref() == 0 and timer.has_ref()


def test_an_exception(loop, timer):
    def fail():
        raise ValueError("ontimeout")

    timer.ontimeout = fail
    timer.start(0)
    with pytest.raises(ValueError, match="ontimeout"):
        loop.run()
    loop.run()
    timer.start(0)
    with pytest.raises(ValueError, match="ontimeout"):
        loop.run()


def test_no_callback(loop, timer):
    timer.start(0)
    loop.run()


def test_closing_within_the_callback(loop, must_call):
    timer = _core.Timer(loop, must_call(lambda: timer.close(must_call())))
    timer.start(0, 1)
    loop.run()
    assert timer.closed


def test_replacing_the_callback_within_itself(loop, timer, must_call):
    @must_call
    def second():
        timer.stop()

    @must_call
    def first():
        timer.ontimeout = second

    timer.ontimeout = first
    timer.start(0, 1)
    loop.run()


@pytest.mark.parametrize(
    ("timeout", "error"),
    [(-1, OverflowError), (2**64, OverflowError), ("1", TypeError), (None, TypeError)],
    ids=repr,
)
def test_wrong_times(loop, timer, timeout, error):
    with pytest.raises(error):
        timer.start(timeout)
    with pytest.raises(error):
        timer.start(0, timeout)
    assert not timer.active


def test_the_longest_time(loop, timer):
    assert timer.start(2**64 - 1, 2**64 - 1) == 0
    assert timer.due_in > 2**63
    loop.stop()
    loop.run()


def test_after_close(loop):
    timer = _core.Timer(loop)
    timer.close()
    assert timer.start(0) == timer.stop() == timer.again() == _core.UV_EBADF
    assert timer.ref() == timer.unref() == timer.close() == _core.UV_EBADF
    assert timer.due_in == 0
    loop.run()
    assert timer.start(0) == timer.stop() == timer.again() == _core.UV_EBADF
    assert timer.due_in == 0

"""Calls and timer calls: what call_soon, call_later and set_immediate return, and when it runs."""

from __future__ import annotations

import contextvars
import gc
import weakref

import pytest

from .helpers import PIPE, TCP, adopt


class Order(list):
    """Records names: order("a") appends, order.later("a") is a callback that does."""

    def __call__(self, name):
        self.append(name)

    def later(self, name, *then):
        def callback(*args):
            self.append(name)
            for each in then:
                each()

        return callback


@pytest.fixture
def order():
    return Order()


def test_call(loop):
    call = loop.call_soon(print, 1, 2)
    assert not call.cancelled()
    assert call.get_context() is not None
    assert "print" in repr(call)
    call.cancel()
    call.cancel()
    assert call.cancelled() and "cancelled" in repr(call)
    assert call.get_context() is None
    loop.run()


def test_timer_call(loop):
    when = loop.time() + 1000
    call = loop.call_at(when, print)
    assert call.when() == when
    assert not call.cancelled()
    assert str(when) in repr(call)
    assert loop.counters()["timers"] == 1
    call.cancel()
    call.cancel()
    assert call.cancelled() and call.when() == when
    loop.run()
    assert loop.counters()["timers"] == 0


def test_timer_calls_compare_by_deadline(loop):
    first, second = loop.call_at(1000, print), loop.call_at(2000, print)
    same = loop.call_at(1000, print)
    assert first < second and second > first and first <= same and first >= same
    assert first == first and first != second and first != same
    assert sorted([second, first])[0] is first
    assert hash(first) == hash(same)
    with pytest.raises(TypeError):
        assert first < 5
    assert first != 5
    for call in (first, second, same):
        call.cancel()


def test_a_call_may_cancel_itself(loop):
    calls = []

    def callback():
        calls[0].cancel()
        order.append(1)

    order = []
    calls.append(loop.call_soon(callback))
    calls[0:0] = []
    loop.run()
    calls[0] = loop.call_later(0, callback)
    loop.run()
    calls[0] = loop.set_immediate(callback)
    loop.run()
    assert order == [1, 1, 1]


def test_cancelling_after_it_ran(loop):
    call, timer = loop.call_soon(lambda: None), loop.call_later(0, lambda: None)
    loop.run()
    call.cancel()
    timer.cancel()
    assert call.cancelled() and timer.cancelled()


def test_what_ran_or_was_cancelled_is_let_go(loop):
    class Argument:
        pass

    dead = []

    def make():
        arguments = [Argument() for _ in range(5)]
        dead.extend(weakref.ref(argument) for argument in arguments)
        calls = [
            loop.call_soon(id, arguments[0]),
            loop.call_later(0, id, arguments[1]),
            loop.call_later(1000, id, arguments[2]),
            loop.set_immediate(id, arguments[3]),
        ]
        loop.next_tick(id, arguments[4])
        calls[2].cancel()
        return calls

    calls = make()
    assert dead[2]() is None
    loop.run()
    assert [ref() for ref in dead] == [None] * 5
    assert calls


def test_what_is_not_callable(loop):
    for schedule in (
        loop.call_soon,
        loop.set_immediate,
        loop.next_tick,
        loop.call_soon_threadsafe,
        lambda callback: loop.call_later(0, callback),
    ):
        for callback in (None, 5):
            schedule(callback)
            with pytest.raises(TypeError, match="not callable"):
                loop.run()
            loop.run()


def test_arguments(loop):
    with pytest.raises(TypeError):
        loop.call_soon()
    with pytest.raises(TypeError):
        loop.call_later(1)
    with pytest.raises(TypeError):
        loop.call_later(None, print)
    with pytest.raises(TypeError):
        loop.call_later("1", print)
    with pytest.raises(TypeError):
        loop.call_at(None, print)
    with pytest.raises(ValueError, match="NaN"):
        loop.call_later(float("nan"), print)
    with pytest.raises(ValueError, match="NaN"):
        loop.call_at(float("nan"), print)
    with pytest.raises(TypeError):
        loop.call_soon(print, keyword=1)
    with pytest.raises(OverflowError):
        loop.call_later(10**400, print)
    loop.call_soon(print, context=5)
    with pytest.raises((TypeError, AttributeError)):
        loop.run()


def test_far_and_past_deadlines(loop, must_call, must_not_call):
    calls = [
        loop.call_later(delay, must_not_call())
        for delay in (float("inf"), 1e300, 10**18, 1e10, 9e9)
    ]
    for when in (float("-inf"), -1e300, -1, 0, 0.0, -0.0):
        loop.call_at(when, must_call())
        loop.call_later(when, must_call())
    loop.call_later(0.01, loop.stop)
    loop.run()
    for call in calls:
        call.cancel()


def test_context_argument(loop):
    variable = contextvars.ContextVar("variable")
    context = contextvars.copy_context()
    context.run(variable.set, "given")
    seen = []
    for schedule in (
        loop.call_soon,
        loop.call_soon_threadsafe,
        lambda callback, context: loop.call_later(0, callback, context=context),
        lambda callback, context: loop.call_at(0, callback, context=context),
    ):
        call = schedule(lambda: seen.append(variable.get(None)), context=context)
        assert call.get_context() is context
    loop.run()
    assert seen == ["given"] * 4


def test_a_context_that_is_entered_already(loop):
    context = contextvars.copy_context()

    def run():
        loop.call_soon(print, context=context)
        with pytest.raises(RuntimeError, match="already entered"):
            loop.run()

    context.run(run)


def test_time_is_monotonic(loop):
    import time

    before, now, after = time.monotonic(), loop.time(), time.monotonic()
    assert before <= now <= after


def test_timers_never_early_and_in_order(loop, order):
    import random

    random_ = random.Random(7)
    late = []

    def callback(n, when):
        order(n)
        late.append(loop.time() - when)

    deadlines = []
    for n in range(500):
        when = loop.time() + random_.random() * 0.05
        deadlines.append((when, n))
        loop.call_at(when, callback, n, when)
    loop.run()
    assert min(late) >= 0
    assert order == [n for when, n in sorted(deadlines)]


def test_many_cancelled_timers_leave_the_heap(loop):
    for _ in range(10_000):
        loop.call_later(1000, print).cancel()
    assert loop.counters()["timers"] < 1000
    calls = [loop.call_later(1000 + i % 7, print) for i in range(1000)]
    for call in calls[::2]:
        call.cancel()
    for call in calls[1::2]:
        call.cancel()
    loop.run()
    assert loop.counters()["timers"] == 0


def test_cancelling_from_a_destructor(loop):
    """Dropping one call may cancel others while the heap is being cleaned."""

    class Chain:
        def __init__(self, call):
            self.call = call

        def __del__(self):
            if self.call is not None:
                self.call.cancel()
            loop.call_later(2000, print).cancel()

    call = None
    for _ in range(100):
        call = loop.call_later(1000, id, Chain(call))
    call.cancel()
    del call
    loop.run()
    assert loop.counters()["timers"] == 0


def test_counters(loop):
    assert set(loop.counters()) >= {"chunks_recycled", "splice_reads", "timers"}
    assert all(type(value) is int for value in loop.counters().values())


def test_two_kinds_of_handles_in_one_turn(loop, order):
    tcp, tcp_peer = adopt(loop, TCP)
    pipe, pipe_peer = adopt(loop, PIPE)
    for handle, peer in ((tcp, tcp_peer), (pipe, pipe_peer)):
        handle.onread = order.later(type(handle).__name__, handle.close)
        handle.read_start()
        peer.close()
    loop.run()
    gc.collect()
    assert sorted(order) == ["Pipe", "TCP"]

"""call_soon, call_later, call_at: order, deadlines, and the handles they return."""

from __future__ import annotations

import asyncio
import functools
import math
import pickle
import random
import sys
import time
import weakref
from decimal import Decimal
from fractions import Fraction

import pytest

from .helpers import turns


def drain(loop, seconds=0.0):
    """Run for that long, and then what is ready."""
    loop.call_later(seconds, loop.stop)
    loop.run_forever()


# ----------------------------------------------------------------------------- order


def test_call_soon_keeps_order(any_loop):
    order = []
    for i in range(1000):
        any_loop.call_soon(order.append, i)
    turns(any_loop)
    assert order == list(range(1000))


def test_call_soon_comes_in_the_next_turn(any_loop):
    order = []

    def first():
        order.append("first")
        any_loop.call_soon(order.append, "nested")

    any_loop.call_soon(first)
    any_loop.call_soon(order.append, "second")
    turns(any_loop)
    assert order == ["first", "second"]
    turns(any_loop)
    assert order == ["first", "second", "nested"]


def test_arguments(any_loop):
    seen = []

    def callback(*args):
        seen.append(args)

    for count in range(9):
        any_loop.call_soon(callback, *range(count))
        any_loop.call_later(0, callback, *range(count))
        any_loop.call_at(0, callback, *range(count))
    drain(any_loop)
    assert sorted(seen) == sorted([tuple(range(count)) for count in range(9)] * 3)


def test_callables_of_every_kind(any_loop):
    seen = []

    class Callable:
        def __call__(self, x):
            seen.append(x)

        def method(self, x):
            seen.append(x)

        @classmethod
        def classmethod(cls, x):
            seen.append(x)

    instance = Callable()
    callables = [
        instance, instance.method, Callable.classmethod, seen.append, lambda x: seen.append(x),
        functools.partial(lambda y, x: seen.append(x), 0), functools.partial(seen.append),
    ]  # fmt: skip
    for function in callables:
        any_loop.call_soon(function, function)
    turns(any_loop)
    assert seen == callables


def test_timers_in_order_of_deadline(any_loop):
    now = any_loop.time()
    order = []
    delays = [i / 10000 for i in range(200)]
    random.Random(1).shuffle(delays)
    for delay in delays:
        any_loop.call_at(now + delay, order.append, delay)
    any_loop.call_at(now + 0.03, any_loop.stop)
    any_loop.run_forever()
    assert order == sorted(delays)


def test_equal_deadlines_in_order_of_calling(aio_loop):
    order = []
    when = aio_loop.time() + 0.001
    for i in range(500):
        aio_loop.call_at(when, order.append, i)
    aio_loop.call_at(when, aio_loop.stop)
    aio_loop.run_forever()
    assert order == list(range(500))


def test_equal_deadlines_among_cancelled_ones(aio_loop):
    order = []
    when = aio_loop.time() + 0.001
    handles = [aio_loop.call_at(when, order.append, i) for i in range(999)]
    kept = random.Random(2).sample(range(999), 300)
    for i in set(range(999)) - set(kept):
        handles[i].cancel()
    aio_loop.call_at(when, aio_loop.stop)
    aio_loop.run_forever()
    assert order == sorted(kept)
    assert aio_loop.counters()["timers"] == 0


def test_ready_calls_before_an_expired_timer(any_loop):
    order = []
    any_loop.call_later(0, order.append, "timer")
    any_loop.call_soon(order.append, "soon")
    any_loop.call_soon(any_loop.stop)
    time.sleep(0.001)
    any_loop.run_forever()
    turns(any_loop)
    assert order == ["soon", "timer"]


def test_timer_that_starts_timers(any_loop):
    order = []

    def step(n):
        order.append(n)
        if n:
            any_loop.call_later(0, step, n - 1)
        else:
            any_loop.stop()

    any_loop.call_soon(step, 50)
    any_loop.run_forever()
    assert order == list(range(50, -1, -1))


def test_a_timer_of_zero_does_not_starve_others(any_loop):
    seen = []

    def again():
        if not seen:
            any_loop.call_later(0, again)

    any_loop.call_later(0, again)
    any_loop.call_later(0.005, seen.append, 1)
    any_loop.call_later(0.01, any_loop.stop)
    any_loop.run_forever()
    assert seen == [1]


# ------------------------------------------------------------------------- deadlines


def test_never_early(aio_loop):
    early = []

    def check(when):
        if aio_loop.time() < when:
            early.append(when)

    for i in range(1, 300):
        delay = i / 9973
        aio_loop.call_later(delay, check, aio_loop.time() + delay)
    drain(aio_loop, 0.05)
    assert not early


def test_sleep_is_never_short(run):
    async def main():
        loop = asyncio.get_running_loop()
        for delay in (0.0001, 0.001, 0.0015, 0.01):
            started = loop.time()
            await asyncio.sleep(delay)
            # The stock loop rounds by the resolution of its clock.
            assert loop.time() - started > delay - 1e-6

    run(main())


def test_time_is_monotonic_clock(any_loop):
    before = time.monotonic()
    now = any_loop.time()
    assert before - 1e-6 <= now <= time.monotonic() + 1e-6
    assert type(now) is float


@pytest.mark.parametrize("delay", [0, 0.0, -0.0, -1, -1e9, -math.inf, False, True - 1])
def test_no_delay_is_a_timer_too(any_loop, delay):
    seen = []
    handle = any_loop.call_later(delay, seen.append, 1)
    assert isinstance(handle, asyncio.TimerHandle)
    assert handle.when() <= any_loop.time()
    drain(any_loop, 0.001)
    assert seen == [1]


@pytest.mark.parametrize("delay", [1e9, 1e10, 1e18, 1e300, sys.float_info.max, math.inf, 2**63])
def test_far_future(any_loop, delay):
    called = []
    later = any_loop.call_later(delay, called.append, "later")
    at = any_loop.call_at(delay, called.append, "at")
    assert at.when() == delay
    assert later.when() >= delay
    drain(any_loop, 0.002)
    assert not called
    later.cancel()
    at.cancel()
    drain(any_loop)
    assert not called


def test_far_futures_keep_their_order_below_the_rest(aio_loop):
    order = []
    aio_loop.call_later(math.inf, order.append, "never")
    aio_loop.call_later(1e300, order.append, "never")
    aio_loop.call_later(0.001, order.append, 1)
    aio_loop.call_later(0.002, order.append, 2)
    drain(aio_loop, 0.003)
    assert order == [1, 2]


@pytest.mark.parametrize("delay", [10**400, -(10**400)])
def test_delay_beyond_float(any_loop, delay):
    with pytest.raises(OverflowError):
        any_loop.call_later(delay, print)


@pytest.mark.parametrize("delay", [None, "1", b"1", [], object()])
def test_delay_of_wrong_type(any_loop, delay):
    with pytest.raises(TypeError):
        any_loop.call_later(delay, print)


@pytest.mark.parametrize("when", [None, "1", b"1", [], 1j, object()])
def test_deadline_of_wrong_type(aio_loop, when):
    with pytest.raises(TypeError):
        aio_loop.call_at(when, print)
    assert aio_loop.counters()["timers"] == 0


def test_nan_is_refused(aio_loop):
    for call in (aio_loop.call_later, aio_loop.call_at):
        with pytest.raises(ValueError, match="NaN"):
            call(math.nan, print)
    with pytest.raises(ValueError, match="NaN"):
        aio_loop.call_later(Decimal("nan"), print)
    assert aio_loop.counters()["timers"] == 0


def test_numbers_of_other_kinds(aio_loop):
    class Float:
        def __float__(self):
            return 0.001

    class Index:
        def __index__(self):
            return 0

    seen = []
    delays = [Decimal("0.001"), Fraction(1, 1000), Float(), Index(), True - 1]
    for delay in delays:
        aio_loop.call_later(delay, seen.append, delay)
        aio_loop.call_at(delay, seen.append, delay)
    drain(aio_loop, 0.01)
    assert sorted(map(id, seen)) == sorted(2 * [id(delay) for delay in delays])


def test_a_failing_conversion_is_raised(aio_loop):
    class Bad:
        def __float__(self):
            raise LookupError("float")

    with pytest.raises(LookupError, match="float"):
        aio_loop.call_later(Bad(), print)
    with pytest.raises(LookupError, match="float"):
        aio_loop.call_at(Bad(), print)


# ------------------------------------------------------------------------- cancelling


@pytest.mark.parametrize("start", ["call_soon", "call_later"])
def test_cancel_before(any_loop, start, must_not_call):
    callback = must_not_call()
    if start == "call_soon":
        handle = any_loop.call_soon(callback)
    else:
        handle = any_loop.call_later(0, callback)
    assert handle.cancelled() is False
    handle.cancel()
    handle.cancel()
    assert handle.cancelled() is True
    drain(any_loop, 0.001)


def test_cancel_within_the_same_turn(any_loop):
    seen = []
    handles = []

    def first():
        seen.append("first")
        for handle in handles:
            handle.cancel()

    any_loop.call_soon(first)
    handles.append(any_loop.call_soon(seen.append, "soon"))
    handles.append(any_loop.call_later(0, seen.append, "timer"))
    time.sleep(0.001)  # both are due in one turn
    drain(any_loop, 0.001)
    assert seen == ["first"]


def test_cancel_itself_while_running(any_loop):
    seen = []

    def callback(key):
        handles[key].cancel()
        seen.append((key, handles[key].cancelled()))

    handles = {
        "soon": any_loop.call_soon(callback, "soon"),
        "later": any_loop.call_later(0, callback, "later"),
    }
    drain(any_loop, 0.001)
    assert seen == [("soon", True), ("later", True)]


def test_cancel_itself_and_raise(any_loop):
    contexts = []
    any_loop.set_exception_handler(lambda loop, context: contexts.append(context))

    def callback(key):
        handles[key].cancel()
        raise ZeroDivisionError(key)

    handles = {
        "soon": any_loop.call_soon(callback, "soon"),
        "later": any_loop.call_later(0, callback, "later"),
    }
    drain(any_loop, 0.001)
    assert [str(context["exception"]) for context in contexts] == ["soon", "later"]
    assert [context["handle"] for context in contexts] == list(handles.values())


def test_cancel_after(any_loop):
    seen = []
    soon = any_loop.call_soon(seen.append, 1)
    later = any_loop.call_later(0, seen.append, 2)
    drain(any_loop, 0.001)
    assert seen == [1, 2]
    assert not soon.cancelled() and not later.cancelled()
    soon.cancel()
    later.cancel()
    assert soon.cancelled() and later.cancelled()
    drain(any_loop)
    assert seen == [1, 2]


def test_cancel_after_close(new_loop):
    loop = new_loop()
    handles = [loop.call_soon(print), loop.call_later(0, print), loop.call_later(100, print)]
    cancelled = loop.call_later(100, print)
    cancelled.cancel()
    loop.close()
    for handle in handles:
        handle.cancel()
        assert handle.cancelled()
        repr(handle)
    del loop
    for handle in handles:
        handle.cancel()
        repr(handle)


def test_cancelled_calls_let_go(any_loop):
    class Thing:
        pass

    def handle_of(thing):
        return [
            any_loop.call_soon(lambda x: None, thing),
            any_loop.call_later(1000, lambda x: None, thing),
            any_loop.call_at(any_loop.time() + 1000, lambda x: None, thing),
        ]

    thing = Thing()
    ref = weakref.ref(thing)
    handles = handle_of(thing)
    del thing
    assert ref() is not None
    for handle in handles:
        handle.cancel()
    assert ref() is None


def test_calls_that_ran_let_go(aio_loop):
    class Thing:
        pass

    thing = Thing()
    ref = weakref.ref(thing)
    handles = [
        aio_loop.call_soon(lambda x: None, thing),
        aio_loop.call_later(0, lambda x: None, thing),
        aio_loop.set_immediate(lambda x: None, thing),
    ]
    aio_loop.next_tick(lambda x: None, thing)
    del thing
    drain(aio_loop, 0.001)
    assert ref() is None
    assert [handle.cancelled() for handle in handles] == [False] * 3


def test_many_cancelled_timers_leave_the_heap(aio_loop):
    for _ in range(20):
        handles = [aio_loop.call_later(1000 + i, print) for i in range(1000)]
        for handle in handles:
            handle.cancel()
    assert aio_loop.counters()["timers"] < 2000
    seen = []
    aio_loop.call_later(0.001, seen.append, 1)
    drain(aio_loop, 0.002)
    assert seen == [1]


def test_cancelling_at_random(any_loop):
    rng = random.Random(3)
    seen = []
    expected = []
    now = any_loop.time()
    handles = []
    for i in range(3000):
        when = now + rng.random() / 50
        handles.append((when, any_loop.call_at(when, seen.append, i), i))
    rng.shuffle(handles)
    for when, handle, i in handles:
        if rng.random() < 0.7:
            handle.cancel()
        else:
            expected.append((when, i))
    any_loop.call_at(now + 0.05, any_loop.stop)
    any_loop.run_forever()
    assert seen == [i for _, i in sorted(expected)]


# --------------------------------------------------------------------------- handles


def test_handle_types(any_loop):
    soon = any_loop.call_soon(print)
    threadsafe = any_loop.call_soon_threadsafe(print)
    later = any_loop.call_later(0, print)
    at = any_loop.call_at(0, print)
    assert isinstance(soon, asyncio.Handle) and not isinstance(soon, asyncio.TimerHandle)
    assert isinstance(threadsafe, asyncio.Handle)
    for timer in (later, at):
        assert isinstance(timer, asyncio.TimerHandle) and isinstance(timer, asyncio.Handle)
    for handle in (soon, threadsafe, later, at):
        handle.cancel()


def named_callback(*args):
    pass


def test_handle_repr(any_loop):
    soon = any_loop.call_soon(named_callback, 1, "two")
    later = any_loop.call_later(1000, named_callback)
    arguments = "" if sys.version_info >= (3, 13) else "1, 'two'"  # in debug mode alone
    assert f"named_callback({arguments})" in repr(soon) and "test_calls.py" in repr(soon)
    assert f"when={later.when()}" in repr(later) and "named_callback()" in repr(later)
    for handle in (soon, later):
        assert "cancelled" not in repr(handle)
        assert repr(handle)[0] + repr(handle)[-1] == "<>"
        handle.cancel()
        assert "cancelled" in repr(handle)
        assert "named_callback" not in repr(handle)
    assert "when=" in repr(later)


def test_handle_repr_with_a_bad_callback(any_loop):
    class Bad:
        def __call__(self):
            pass

        def __repr__(self):
            raise LookupError("repr")

    handle = any_loop.call_soon(Bad())
    with pytest.raises(LookupError, match="repr"):
        repr(handle)
    turns(any_loop)


def test_when(any_loop):
    before = any_loop.time()
    later = any_loop.call_later(10, print)
    assert before + 10 <= later.when() <= any_loop.time() + 10
    at = any_loop.call_at(before + 20, print)
    assert at.when() == before + 20
    later.cancel()
    assert later.when() >= before + 10
    at.cancel()


def test_timers_compare_by_deadline(any_loop):
    now = any_loop.time()
    first, second = any_loop.call_at(now + 10, print), any_loop.call_at(now + 20, print)
    assert first < second and first <= second and second > first and second >= first
    assert not first > second and not first >= second and not second < first
    assert first == first and first != second
    assert first <= first and first >= first
    assert sorted([second, first]) == [first, second]
    assert len({first, second}) == 2
    assert hash(first) == hash(first.when())
    assert first != 1
    with pytest.raises(TypeError):
        first < 1  # noqa: B015
    first.cancel()
    second.cancel()


def test_handles_of_call_soon_do_not_compare(any_loop):
    first, second = any_loop.call_soon(print), any_loop.call_soon(print)
    assert first == first and first != second
    with pytest.raises(TypeError):
        first < second  # noqa: B015
    first.cancel()
    second.cancel()


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Handle.get_context is of Python 3.12")
def test_get_context(any_loop):
    import contextvars

    context = contextvars.copy_context()
    handle = any_loop.call_soon(print, context=context)
    assert handle.get_context() is context
    handle.cancel()
    handle = any_loop.call_later(1, print, context=context)
    assert handle.get_context() is context
    handle.cancel()


def test_handles_are_made_by_the_loop(aio_loop):
    handle = aio_loop.call_soon(list)
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(handle)
    with pytest.raises(AttributeError):
        handle._callback = print
    turns(aio_loop)


def test_run_by_hand(aio_loop):
    seen = []
    handle = aio_loop.call_later(1000, seen.append, 1)
    handle._run()
    handle._run()
    assert seen == [1, 1]
    handle.cancel()
    handle._run()
    assert seen == [1, 1]


def test_memory_of_many_calls(any_loop):
    """A burst that is larger than any queue started with."""
    count = 100_000
    counter = []
    for _ in range(count):
        any_loop.call_soon(counter.append, None)
    turns(any_loop)
    assert len(counter) == count


def test_interleaved_growth(any_loop):
    """The queue wraps round while it grows."""
    seen = []

    def callback(i):
        seen.append(i)
        if i < 5000:
            any_loop.call_soon(callback, 2 * i + 1)
            any_loop.call_soon(callback, 2 * i + 2)

    any_loop.call_soon(callback, 0)
    for _ in range(14):
        turns(any_loop)
    assert seen == list(range(len(seen))) and len(seen) == 10001

"""AbortSignal.timeout: signals that abort themselves, and the loop that they need for it."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from typing import Any

import pytest

import uvnet
from uvnet import _core, errors
from uvnet.abort import AbortController, AbortSignal

LONG = 3_600_000  # milliseconds


def wait(signal: AbortSignal) -> None:
    """Return once it is aborted, without a loop."""
    while not signal.aborted:
        time.sleep(0.001)


def test_it_aborts_itself(must_call: Any) -> None:
    started = time.monotonic()
    signal = AbortSignal.timeout(30)
    assert not signal.aborted and signal.reason is None

    async def main() -> float:
        done = asyncio.Event()
        signal.add_listener(must_call(done.set))
        await done.wait()
        return time.monotonic()

    assert uvnet.run(main()) - started >= 0.02
    assert isinstance(signal.reason, errors.AbortTimeoutError)
    with pytest.raises(TimeoutError, match="aborted due to timeout"):
        signal.throw_if_aborted()


def test_it_needs_no_loop_while_nobody_listens() -> None:
    signal = AbortSignal.timeout(5)
    wait(signal)
    assert isinstance(signal.reason, errors.AbortTimeoutError)
    assert AbortSignal.timeout(0).aborted


def test_it_may_be_over_before_somebody_listens(must_call: Any) -> None:
    """What asked for `aborted` and was told no must hear of it."""
    signal = AbortSignal.timeout(1)
    time.sleep(0.01)
    done = asyncio.Event()

    async def main() -> None:
        signal.add_listener(must_call(done.set))
        await done.wait()

    uvnet.run(main())


def test_it_does_not_keep_the_loop_alive(must_not_call: Any) -> None:
    signal = AbortSignal.timeout(LONG)
    listener = must_not_call()
    signal.add_listener(listener)
    uvnet.run()
    signal.remove_listener(listener)
    uvnet.run()
    assert _core.current_loop().open_handles == 0


def test_it_fires_while_something_else_does(must_call: Any) -> None:
    loop = _core.current_loop()
    signal = AbortSignal.timeout(10)
    waiting = loop.call_later(LONG / 1000, print)
    signal.onabort = must_call(waiting.cancel)
    uvnet.run()
    assert signal.aborted and loop.open_handles == 0


def test_listening_keeps_it_alive(must_call: Any) -> None:
    async def main() -> None:
        done = asyncio.Event()
        AbortSignal.timeout(10).add_listener(must_call(done.set))
        gc.collect()
        await done.wait()

    uvnet.run(main())


def test_a_dropped_one_is_gone() -> None:
    signal = AbortSignal.timeout(LONG)
    signal.add_listener(print)
    signal.remove_listener(print)
    ref = weakref.ref(signal)
    del signal
    uvnet.run()  # the timer's close callback
    assert ref() is None


def test_listening_again(must_call: Any) -> None:
    async def main() -> None:
        done = asyncio.Event()
        signal = AbortSignal.timeout(20)
        for _ in range(3):
            signal.add_listener(print)
            signal.remove_listener(print)
        signal.add_listener(must_call(done.set))
        await done.wait()

    uvnet.run(main())


def test_any(must_call: Any) -> None:
    async def main() -> None:
        done = asyncio.Event()
        other = AbortSignal.timeout(LONG)
        signal = AbortSignal.any([AbortController().signal, AbortSignal.timeout(10), other])
        signal.add_listener(must_call(done.set))
        await done.wait()
        assert isinstance(signal.reason, errors.AbortTimeoutError)
        assert not other.aborted

    uvnet.run(main())


def test_any_lets_go_of_its_timers(must_call: Any) -> None:
    controller = AbortController()
    signal = AbortSignal.any([AbortSignal.timeout(LONG), controller.signal])
    signal.add_listener(must_call())
    loop = _core.current_loop()
    assert loop.open_handles == 1
    controller.abort()
    uvnet.run()
    assert loop.open_handles == 0


def test_any_looks_at_the_clock_too() -> None:
    signal = AbortSignal.any([AbortSignal.any([AbortSignal.timeout(5)]), AbortController().signal])
    wait(signal)
    assert isinstance(signal.reason, errors.AbortTimeoutError)


def test_the_first_of_two_that_nobody_looked_at() -> None:
    controller = AbortController()
    signal = AbortSignal.any([controller.signal, AbortSignal.timeout(1)])
    time.sleep(0.01)
    controller.abort("late")
    assert isinstance(signal.reason, errors.AbortTimeoutError)


def test_a_closed_loop_cannot_call() -> None:
    """The clock goes on."""
    loop = uvnet.new_event_loop()
    signal = AbortSignal.timeout(20)

    async def listen() -> None:
        signal.add_listener(lambda: None)

    loop.run_until_complete(listen())
    with pytest.warns(ResourceWarning, match="unclosed handle"):
        loop.close()
    wait(signal)
    assert isinstance(signal.reason, errors.AbortTimeoutError)


def test_a_foreign_loop_is_refused(must_not_call: Any) -> None:
    async def main() -> None:
        controller = AbortController()
        signal = AbortSignal.timeout(LONG)
        for each in (signal, AbortSignal.any([controller.signal, signal])):
            with pytest.raises(RuntimeError, match="not an uvnet loop"):
                each.add_listener(must_not_call())
        assert not controller.signal._dependents
        controller.abort()

    with asyncio.Runner() as runner:
        runner.run(main())


@pytest.mark.parametrize("delay", [None, "5", True, object()])
def test_wrong_types(delay: Any) -> None:
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"delay" argument must be of type int'):
        AbortSignal.timeout(delay)


@pytest.mark.parametrize("delay", [-1, 2**32, 1.5, float("nan"), float("inf"), -float("inf")])
def test_wrong_values(delay: Any) -> None:
    with pytest.raises(errors.ERR_OUT_OF_RANGE, match='value of "delay" is out of range'):
        AbortSignal.timeout(delay)


def test_the_longest() -> None:
    signal = AbortSignal.timeout(2**32 - 1)
    signal.add_listener(print)
    uvnet.run()
    signal.remove_listener(print)
    uvnet.run()
    assert not signal.aborted

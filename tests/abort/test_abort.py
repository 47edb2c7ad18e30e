"""AbortController and AbortSignal: state, listeners, and who keeps whom alive."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import abort, errors
from uvnet.abort import AbortController, AbortSignal


@pytest.fixture
def uncaught(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What reached sys.excepthook."""
    found: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, traceback: found.append(error))
    return found


def failing(error: Exception) -> Callable[[], None]:
    def listener() -> None:
        raise error

    return listener


# --------------------------------------------------------------------------- state


def test_states() -> None:
    controller = AbortController()
    signal = controller.signal
    assert controller.signal is signal and type(signal) is AbortSignal
    assert signal.aborted is False and signal.reason is None
    signal.throw_if_aborted()
    assert repr(controller) == "<AbortController signal=<AbortSignal aborted=False>>"
    controller.abort()
    assert signal.aborted is True
    assert isinstance(signal.reason, errors.AbortError)
    assert str(signal.reason) == "This operation was aborted"
    with pytest.raises(errors.AbortError) as caught:
        signal.throw_if_aborted()
    assert caught.value is signal.reason
    assert repr(signal) == "<AbortSignal aborted=True>"


def test_the_first_reason_stays(must_call: Any) -> None:
    controller = AbortController()
    controller.signal.add_listener(must_call())
    controller.abort("first")
    controller.abort("second")
    assert controller.signal.reason == "first"
    with pytest.raises(errors.AbortError) as caught:
        controller.signal.throw_if_aborted()
    assert caught.value.cause == "first"


def test_a_reason_may_be_an_exception() -> None:
    reason = KeyError("why")
    with pytest.raises(KeyError) as caught:
        AbortSignal.abort(reason).throw_if_aborted()
    assert caught.value is reason


def test_aborted_from_the_beginning(must_not_call: Any) -> None:
    signal = AbortSignal.abort()
    assert signal.aborted and isinstance(signal.reason, errors.AbortError)
    signal.add_listener(must_not_call())
    signal.onabort = must_not_call()


def test_signals_are_not_made_by_users() -> None:
    with pytest.raises(errors.ERR_ILLEGAL_CONSTRUCTOR):
        AbortSignal()


# ----------------------------------------------------------------------- listeners


def test_order() -> None:
    controller = AbortController()
    signal, calls = controller.signal, []
    first, second, third = (lambda n=n: calls.append(n) for n in (1, 2, 3))
    for listener in (first, second, first, third):
        signal.add_listener(listener)
    signal.onabort = lambda: calls.append("on")
    signal.remove_listener(second)
    signal.add_listener(second)
    signal.remove_listener(print)
    controller.abort()
    assert calls == [1, 3, "on", 2]
    controller.abort()
    assert len(calls) == 4


def test_they_see_the_reason() -> None:
    controller, seen = AbortController(), []
    signal = controller.signal
    signal.add_listener(lambda: seen.append((signal.aborted, signal.reason)))
    controller.abort("why")
    assert seen == [(True, "why")]


def test_changes_while_they_are_called(must_call: Any, must_not_call: Any) -> None:
    controller = AbortController()
    signal = controller.signal
    removed = must_not_call()

    def change() -> None:
        signal.remove_listener(removed)
        signal.add_listener(must_not_call())
        controller.abort("again")

    signal.add_listener(must_call(change))
    signal.add_listener(removed)
    signal.add_listener(must_call())
    controller.abort("once")
    assert signal.reason == "once"


def test_onabort(must_call: Any, must_not_call: Any) -> None:
    controller = AbortController()
    signal = controller.signal
    assert signal.onabort is None
    signal.onabort = must_not_call()
    listener = signal.onabort = must_call()
    assert signal.onabort is listener
    controller.abort()
    other = AbortController()
    other.signal.onabort = must_not_call()
    other.signal.onabort = None
    other.abort()


@pytest.mark.parametrize("value", [5, "x", None])
def test_what_is_no_listener(value: Any) -> None:
    signal = AbortController().signal
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"callback" argument must be of type'):
        signal.add_listener(value)
    if value is not None:
        with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"onabort" argument must be'):
            signal.onabort = value


def test_exceptions_outside_of_a_loop(uncaught: list[BaseException], must_call: Any) -> None:
    controller = AbortController()
    first, second = KeyError("1"), KeyError("2")
    controller.signal.add_listener(failing(first))
    controller.signal.onabort = failing(second)
    controller.signal.add_listener(must_call())
    controller.abort()
    assert uncaught == [first, second]


def test_exceptions_on_the_default_loop(must_call: Any) -> None:
    controller, error = AbortController(), KeyError("x")
    controller.signal.add_listener(failing(error))
    controller.signal.add_listener(must_call())
    uvnet.set_immediate(controller.abort)
    with pytest.raises(KeyError) as caught:
        uvnet.run()
    assert caught.value is error
    assert controller.signal.aborted


@pytest.mark.parametrize("factory", [uvnet.new_event_loop, asyncio.new_event_loop])
def test_exceptions_on_an_asyncio_loop(factory: Any, must_call: Any) -> None:
    error, contexts = KeyError("x"), []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: contexts.append(context))
        controller = AbortController()
        controller.signal.add_listener(failing(error))
        controller.signal.add_listener(must_call())
        controller.abort()
        await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())
    assert [context["exception"] for context in contexts] == [error]


def test_base_exceptions_come_out() -> None:
    controller = AbortController()

    def interrupt() -> None:
        raise KeyboardInterrupt

    controller.signal.add_listener(interrupt)
    with pytest.raises(KeyboardInterrupt):
        controller.abort()
    assert controller.signal.aborted


# ----------------------------------------------------------------------------- any


def test_any_follows_the_first() -> None:
    controllers = [AbortController() for _ in range(3)]
    signal = AbortSignal.any(controller.signal for controller in controllers)
    assert isinstance(signal, AbortSignal) and not signal.aborted and signal.reason is None
    controllers[1].abort("second")
    controllers[0].abort("first")
    assert signal.aborted and signal.reason == "second"


def test_any_of_none() -> None:
    assert not AbortSignal.any([]).aborted
    assert not AbortSignal.any([AbortSignal.any([])]).aborted


def test_any_of_an_aborted_one(must_not_call: Any) -> None:
    waiting = AbortController()
    signal = AbortSignal.any([waiting.signal, AbortSignal.abort("a"), AbortSignal.abort("b")])
    assert signal.reason == "a"
    signal.add_listener(must_not_call())
    waiting.abort()


def test_listeners_of_any(must_call: Any) -> None:
    first, second = AbortController(), AbortController()
    signal = AbortSignal.any([first.signal, second.signal, first.signal])
    signal.add_listener(must_call())
    first.abort("why")
    second.abort("late")
    assert signal.reason == "why"


def test_any_of_any(must_call: Any) -> None:
    controller = AbortController()
    inner = AbortSignal.any([controller.signal])
    outer = AbortSignal.any([inner, AbortSignal.any([inner, AbortController().signal])])
    outer.add_listener(must_call())
    controller.abort("why")
    assert inner.reason == outer.reason == "why"


def test_the_elder_is_first() -> None:
    controller, calls = AbortController(), []
    elder = AbortSignal.any([controller.signal])
    younger = AbortSignal.any([controller.signal])
    younger.add_listener(lambda: calls.append("younger"))
    elder.add_listener(lambda: calls.append("elder"))
    controller.signal.add_listener(lambda: calls.append(("source", elder.aborted, younger.aborted)))
    controller.abort()
    assert calls == [("source", True, True), "elder", "younger"]


def test_aborted_before_somebody_listens(must_call: Any) -> None:
    """In between, that is: what asked for `aborted` and was told no must hear of it."""
    controller = AbortController()
    signal = AbortSignal.any([controller.signal])
    assert not signal.aborted
    controller.abort("why")
    signal.add_listener(must_call())
    assert signal.reason == "why"


@pytest.mark.parametrize("value", [5, None, AbortController().signal])
def test_any_of_what_is_no_list(value: Any) -> None:
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"signals" argument'):
        AbortSignal.any(value)


def test_any_of_what_is_no_signal() -> None:
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match=r'"signals\[1\]" argument'):
        AbortSignal.any([AbortController().signal, AbortController()])  # type: ignore[list-item]


# ------------------------------------------------------------------- who keeps whom alive


def test_a_dropped_any_leaves_nothing_behind() -> None:
    """Without the cyclic collector."""
    source = AbortController()
    gc.disable()
    try:
        dropped = [weakref.ref(AbortSignal.any([source.signal])) for _ in range(100)]
        assert not any(ref() for ref in dropped)
    finally:
        gc.enable()
    assert not source.signal._dependents


def test_neither_does_one_that_was_listened_to() -> None:
    source = AbortController()
    signal = AbortSignal.any([source.signal])
    signal.add_listener(print)
    signal.onabort = print
    signal.remove_listener(print)
    assert source.signal._dependents
    signal.onabort = None
    assert not source.signal._dependents
    ref = weakref.ref(signal)
    del signal
    assert ref() is None


def test_an_any_lives_while_somebody_listens(must_call: Any) -> None:
    source = AbortController()
    listener = must_call()
    AbortSignal.any([AbortSignal.any([source.signal])]).add_listener(listener)
    gc.collect()
    source.abort()
    assert not source.signal._dependents


def test_all_of_it_goes_with_its_source() -> None:
    source = AbortController()
    signal = AbortSignal.any([source.signal])
    signal.add_listener(signal.throw_if_aborted)
    refs = [weakref.ref(signal), weakref.ref(source.signal)]
    del source, signal
    gc.collect()
    assert not any(ref() for ref in refs)


def test_the_other_sources_forget_an_aborted_one() -> None:
    first, second = AbortController(), AbortController()
    signal = AbortSignal.any([first.signal, second.signal])
    signal.add_listener(lambda: None)
    first.abort()
    assert not second.signal._dependents and not first.signal._dependents
    ref = weakref.ref(second.signal)
    del second
    assert ref() is None


def test_an_aborted_signal_drops_its_listeners() -> None:
    controller = AbortController()

    class Listener:
        def __call__(self) -> None: ...

    listener = Listener()
    ref = weakref.ref(listener)
    controller.signal.add_listener(listener)
    del listener
    assert ref() is not None
    controller.abort()
    assert ref() is None


# ---------------------------------------------------------------------- validation


def test_validate() -> None:
    class Alike:
        aborted = False

    for good in (AbortController().signal, AbortSignal.abort(), Alike()):
        abort.validate(good, "signal")
    for bad in (None, 5, "signal", AbortController(), object()):
        with pytest.raises(errors.ERR_INVALID_ARG_TYPE) as caught:
            abort.validate(bad, "options.signal")
        assert '"options.signal" property must be an instance of AbortSignal' in str(caught.value)

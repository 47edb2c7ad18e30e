"""once(): an event to await."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import uvnet
from uvnet import errors
from uvnet.abort import AbortController
from uvnet.events import EventEmitter, once

Scenario = Callable[[EventEmitter], Coroutine[Any, Any, None]]


@pytest.fixture
def check() -> Callable[[Scenario], None]:
    """check(scenario): run it with an emitter, on which nobody may be listening at the end."""

    def check(scenario: Scenario) -> None:
        emitter = EventEmitter()
        uvnet.run(scenario(emitter))
        assert emitter.event_names() == []

    return check


def listening(signal: Any) -> int:
    return len(signal._listeners)


def test_it_listens_from_the_call_on(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        waiting = once(emitter, "x")
        assert emitter.event_names() == ["x", "error"]
        emitter.emit("x", 1, 2)
        assert emitter.event_names() == []
        assert await waiting == (1, 2)
        assert await waiting == (1, 2)

    check(scenario)


def test_the_event_comes_later(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        asyncio.get_running_loop().call_soon(emitter.emit, "x")
        assert await once(emitter, "x") == ()

    check(scenario)


def test_an_error_is_raised(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        error = OSError("bad")
        waiting = once(emitter, "x")
        emitter.emit("error", error)
        assert emitter.event_names() == []
        with pytest.raises(OSError, match="bad") as caught:
            await waiting
        assert caught.value is error

    check(scenario)


def test_an_error_that_is_no_exception(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        waiting = once(emitter, "x")
        emitter.emit("error", 5)
        with pytest.raises(errors.ERR_UNHANDLED_ERROR, match="5"):
            await waiting

    check(scenario)


def test_an_error_is_what_is_waited_for(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        error = OSError("ok")
        waiting = once(emitter, "error")
        emitter.emit("error", error)
        assert await waiting == (error,)

    check(scenario)


def test_a_signal_ends_it(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        controller = AbortController()
        waiting = once(emitter, "x", signal=controller.signal)
        controller.abort("why")
        assert emitter.event_names() == []
        with pytest.raises(errors.AbortError, match="The operation was aborted") as caught:
            await waiting
        assert caught.value.cause == "why"
        with pytest.raises(errors.AbortError):
            await once(emitter, "x", signal=controller.signal)

    check(scenario)


@pytest.mark.parametrize("outcome", ["event", "error", "cancel"])
def test_the_signal_is_let_go(check: Any, outcome: str) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        controller = AbortController()
        waiting = once(emitter, "x", signal=controller.signal)
        assert listening(controller.signal) == 1
        if outcome == "cancel":
            waiting.cancel()
        else:
            emitter.emit("x" if outcome == "event" else "error", OSError())
        assert listening(controller.signal) == 0
        await asyncio.wait([waiting])
        if outcome == "error":
            assert isinstance(waiting.exception(), OSError)
        controller.abort()

    check(scenario)


def test_cancelling_the_task_stops_listening(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        async def wait() -> None:
            await once(emitter, "x")

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        assert emitter.event_names() == ["x", "error"]
        task.cancel()
        assert emitter.event_names() == []  # at once: nothing of it can catch an 'error' now
        with pytest.raises(OSError, match="now"):
            emitter.emit("error", OSError("now"))
        with pytest.raises(asyncio.CancelledError):
            await task

    check(scenario)


def test_a_timeout_stops_listening(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(once(emitter, "x"), 0.001)

    check(scenario)


def test_a_failure_to_listen_leaves_nothing(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        def refuse(event: str, listener: Any) -> None:
            if event == "error":
                raise KeyError("refused")

        emitter.on("new_listener", refuse)
        with pytest.raises(KeyError, match="refused"):
            once(emitter, "x")
        assert emitter.event_names() == ["new_listener"]
        emitter.off("new_listener", refuse)

    check(scenario)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [((None, "x"), {}), ((EventEmitter(), 5), {}), ((EventEmitter(), "x"), {"signal": 5})],
)
def test_wrong_arguments(check: Any, arguments: Any, options: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        with pytest.raises(errors.ERR_INVALID_ARG_TYPE):
            once(*arguments, **options)

    check(scenario)

"""on(): events to iterate over."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import uvnet
from uvnet import errors
from uvnet.abort import AbortController
from uvnet.events import EventEmitter, on

Scenario = Callable[[EventEmitter], Coroutine[Any, Any, None]]


@pytest.fixture
def check() -> Callable[[Scenario], None]:
    """check(scenario): run it with an emitter, on which nobody may be listening at the end."""

    def check(scenario: Scenario) -> None:
        emitter = EventEmitter()
        uvnet.run(scenario(emitter))
        assert emitter.event_names() == []

    return check


async def ends(iterator: Any) -> bool:
    try:
        await anext(iterator)
    except StopAsyncIteration:
        return True
    return False


def ask(iterator: Any, count: int = 1) -> list[asyncio.Task[Any]]:
    """Let so many tasks wait for the next event, in this order."""

    async def step() -> Any:
        return await anext(iterator)

    return [asyncio.create_task(step()) for _ in range(count)]


def test_what_comes_is_kept_in_order(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        iterator = on(emitter, "x")
        emitter.emit("x", 1)
        emitter.emit("x", 2, 3)
        assert [await anext(iterator), await anext(iterator)] == [(1,), (2, 3)]
        [task] = ask(iterator)
        await asyncio.sleep(0)
        emitter.emit("x", 4)
        assert await task == (4,)
        await iterator.aclose()
        assert await ends(iterator)

    check(scenario)


def test_an_error_comes_after_what_was_before_it(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        iterator = on(emitter, "x")
        emitter.emit("x", 1)
        emitter.emit("error", OSError("bad"))
        assert emitter.event_names() == []
        assert await anext(iterator) == (1,)
        with pytest.raises(OSError, match="bad"):
            await anext(iterator)
        assert await ends(iterator)

    check(scenario)


def test_iterating_over_errors(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        async with on(emitter, "error") as iterator:
            emitter.emit("error", 5)
            assert await anext(iterator) == (5,)

    check(scenario)


def test_close_events(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        iterator = on(emitter, "x", close=["end", "close"])
        emitter.emit("x", 1)
        emitter.emit("end", "with", "arguments")
        emitter.emit("x", 2)
        assert emitter.event_names() == []
        assert await anext(iterator) == (1,)
        assert await ends(iterator)
        assert await ends(iterator)

    check(scenario)


def test_several_wait(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        iterator = on(emitter, "x")
        first, second, third = ask(iterator, 3)
        await asyncio.sleep(0)
        emitter.emit("x", 1)
        emitter.emit("error", OSError("bad"))
        assert await first == (1,)
        with pytest.raises(OSError, match="bad"):
            await second
        with pytest.raises(StopAsyncIteration):
            await third

    check(scenario)


@pytest.mark.parametrize("late", [False, True])
def test_cancelling_one_that_waits_loses_nothing(check: Any, late: bool) -> None:
    """Late: the event has come, but the task has not seen it yet."""

    async def scenario(emitter: EventEmitter) -> None:
        iterator = on(emitter, "x")
        first, second = ask(iterator, 2)
        await asyncio.sleep(0)
        if not late:
            first.cancel()
        emitter.emit("x", 1)
        if late:
            first.cancel()
        await asyncio.wait([first])
        assert first.cancelled()
        assert await second == (1,)
        [third] = ask(iterator)
        await asyncio.sleep(0)
        emitter.emit("x", 2)
        third.cancel()
        await asyncio.wait([third])
        emitter.emit("x", 3)
        assert [await anext(iterator), await anext(iterator)] == [(2,), (3,)]
        [fourth] = ask(iterator)
        await asyncio.sleep(0)
        emitter.emit("error", OSError("bad"))
        fourth.cancel()
        await asyncio.wait([fourth])
        with pytest.raises(OSError, match="bad"):
            await anext(iterator)

    check(scenario)


def test_a_loop_that_breaks_stops_listening(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        for value in range(3):
            asyncio.get_running_loop().call_soon(emitter.emit, "x", value)
        seen = []
        async for (value,) in on(emitter, "x"):
            seen.append(value)
            if value == 1:
                break
        assert seen == [0, 1]
        assert emitter.event_names() == []

    check(scenario)


def test_garbage_stops_listening(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        controller = AbortController()
        iterator: Any = on(emitter, "x", close=["end"], signal=controller.signal)
        assert sorted(emitter.event_names()) == ["end", "error", "x"]
        iterator.cycle = iterator
        del iterator
        gc.collect()
        assert emitter.event_names() == []
        assert len(controller.signal._listeners) == 0

    check(scenario)


def test_a_signal_ends_it(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        controller = AbortController()
        iterator = on(emitter, "x", signal=controller.signal)
        emitter.emit("x", 1)
        controller.abort("why")
        assert emitter.event_names() == []
        assert await anext(iterator) == (1,)
        with pytest.raises(errors.AbortError) as caught:
            await anext(iterator)
        assert caught.value.cause == "why"
        assert await ends(iterator)
        with pytest.raises(errors.AbortError):
            on(emitter, "x", signal=controller.signal)

    check(scenario)


@pytest.mark.parametrize("waiting", [False, True])
def test_throwing_into_it(check: Any, waiting: bool) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        iterator = on(emitter, "x")
        tasks = ask(iterator, int(waiting))
        await asyncio.sleep(0)
        with pytest.raises(errors.ERR_INVALID_ARG_TYPE):
            await iterator.athrow(5)  # type: ignore[arg-type]
        await iterator.athrow(OSError("thrown"))
        with pytest.raises(OSError, match="thrown"):
            await (tasks[0] if tasks else anext(iterator))

    check(scenario)


def test_closing_while_one_waits(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        iterator = on(emitter, "x")
        [task] = ask(iterator)
        await asyncio.sleep(0)
        await iterator.aclose()
        with pytest.raises(StopAsyncIteration):
            await task
        await iterator.aclose()

    check(scenario)


def test_closing_drops_what_has_come(check: Any) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        async with on(emitter, "x") as iterator:
            emitter.emit("x", 1)
        assert await ends(iterator)

    check(scenario)


class Pausable(EventEmitter):
    def __init__(self) -> None:
        super().__init__()
        self.log: list[Any] = []

    def pause(self) -> None:
        self.log.append("pause")

    def resume(self) -> None:
        self.log.append("resume")


def test_marks_pause_and_resume() -> None:
    """The log is Node's."""

    async def main() -> list[Any]:
        emitter = Pausable()
        log = emitter.log
        iterator = on(emitter, "x", high_water_mark=2, low_water_mark=2)
        for value in range(4):
            emitter.emit("x", value)
            log.append(value)
        for _ in range(4):
            [value] = await anext(iterator)
            log.append(f"{value}!")
        [task] = ask(iterator)
        await asyncio.sleep(0)
        emitter.emit("x", 9)
        emitter.emit("x", 10)
        log.append(await task)
        await iterator.aclose()
        return log

    assert uvnet.run(main()) == [
        *(0, 1, "pause", 2, 3),
        *("0!", "1!", "resume", "2!", "3!", (9,)),
    ]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"high_water_mark": 0}, errors.ERR_OUT_OF_RANGE),
        ({"low_water_mark": 0}, errors.ERR_OUT_OF_RANGE),
        ({"high_water_mark": 1.5}, errors.ERR_INVALID_ARG_TYPE),
        ({"low_water_mark": None}, errors.ERR_INVALID_ARG_TYPE),
        ({"signal": 5}, errors.ERR_INVALID_ARG_TYPE),
        ({"close": "close"}, errors.ERR_INVALID_ARG_TYPE),
        ({"close": [5]}, errors.ERR_INVALID_ARG_TYPE),
    ],
)
def test_wrong_options(check: Any, options: Any, error: type[Exception]) -> None:
    async def scenario(emitter: EventEmitter) -> None:
        with pytest.raises(error):
            on(emitter, "x", **options)

    check(scenario)


def test_wrong_emitter() -> None:
    with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"emitter"'):
        on(object(), "x")  # type: ignore[arg-type]

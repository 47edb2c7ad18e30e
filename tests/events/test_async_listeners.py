"""Listeners that are coroutine functions: run as tasks, their exceptions taken Node's way."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import errors
from uvnet.events import EventEmitter, error_monitor


def settle() -> None:
    """Run the default loop until nothing is left to do."""
    uvnet.run()


async def fails(*args: Any) -> None:
    await asyncio.sleep(0)
    raise ValueError("rejected")


def test_it_runs_without_asyncio_run() -> None:
    got: list[Any] = []

    async def listener(*args: Any) -> None:
        got.append(args)
        await asyncio.sleep(0.001)
        got.append("done")

    emitter = EventEmitter().on("x", listener)
    assert emitter.emit("x", 1, 2)
    assert got == []  # not at once
    settle()
    assert got == [(1, 2), "done"]


def test_it_runs_in_the_running_loop() -> None:
    async def main() -> list[Any]:
        got: list[Any] = []

        async def listener(value: int) -> None:
            got.append((value, asyncio.get_running_loop()))

        emitter = EventEmitter().once("x", listener).on("x", listener)
        emitter.emit("x", 1)
        emitter.emit("x", 2)
        await asyncio.sleep(0)
        assert [loop for _, loop in got] == [asyncio.get_running_loop()] * 3
        return [value for value, _ in got]

    assert uvnet.run(main()) == [1, 1, 2]


def test_only_coroutines_are_run() -> None:
    class Awaitable:
        def __await__(self) -> Any:
            raise AssertionError("awaited")

    async def generator() -> Any:
        yield 1

    async def main() -> int:
        future = asyncio.get_running_loop().create_future()
        emitter = EventEmitter()
        for result in (Awaitable(), generator(), future, iter(()), 5):
            emitter.on("x", lambda result=result: result)
        emitter.emit("x")
        return len(asyncio.all_tasks())

    assert uvnet.run(main()) == 1


def test_the_task_is_kept_alive() -> None:
    """Though nothing but the task refers to what it waits for."""

    async def main() -> list[str]:
        got: list[str] = []
        finalized: list[str] = []

        class Waiting:
            def __del__(self) -> None:
                finalized.append("collected")

        async def listener() -> None:
            waiting = Waiting()
            future = asyncio.get_running_loop().create_future()
            waiting.future = future  # type: ignore[attr-defined]
            future.cycle = waiting  # type: ignore[attr-defined]
            await future
            got.append("resumed")

        EventEmitter().on("x", listener).emit("x")
        await asyncio.sleep(0)
        gc.collect()
        assert finalized == []
        [task] = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        task.cancel()
        await asyncio.sleep(0)
        return got

    assert uvnet.run(main()) == []


def test_an_exception_goes_to_error() -> None:
    got: list[str] = []
    emitter = EventEmitter().on("x", fails)
    emitter.on(error_monitor, lambda error: got.append(f"monitor {error}"))
    emitter.on("error", lambda error: got.append(f"error {error}"))
    emitter.emit("x")
    settle()
    assert got == ["monitor rejected", "error rejected"]


def test_an_exception_goes_to_on_rejection() -> None:
    class Rejecting(EventEmitter):
        got: tuple[Any, ...] = ()

        def on_rejection(self, error: BaseException, event: str, *args: Any) -> None:
            self.got = (str(error), event, args)

    emitter = Rejecting().on("x", fails)
    emitter.emit("x", 1, 2)
    settle()
    assert emitter.got == ("rejected", "x", (1, 2))


def test_it_is_uncaught_without_a_listener_of_error() -> None:
    EventEmitter().on("x", fails).emit("x")
    with pytest.raises(ValueError, match="rejected"):
        settle()


def test_it_is_uncaught_if_it_listened_for_error() -> None:
    EventEmitter().on("error", fails).emit("error", OSError("first"))
    with pytest.raises(ValueError, match="rejected"):
        settle()


def test_an_async_error_listener_of_a_failed_listener() -> None:
    """It must not go round in circles."""
    calls: list[str] = []

    async def on_error(error: BaseException) -> None:
        calls.append(str(error))
        raise error

    EventEmitter().on("x", fails).on("error", on_error).emit("x")
    with pytest.raises(ValueError, match="rejected"):
        settle()
    assert calls == ["rejected"]


def test_under_asyncio_the_exception_handler_gets_it() -> None:
    async def main() -> list[dict[str, Any]]:
        contexts: list[dict[str, Any]] = []
        handler: Callable[[Any, Any], Any] = lambda loop, context: contexts.append(context)  # noqa: E731
        asyncio.get_running_loop().set_exception_handler(handler)
        EventEmitter().on("x", fails).emit("x")
        for _ in range(4):
            await asyncio.sleep(0)
        return contexts

    [context] = uvnet.run(main())
    assert repr(context["exception"]) == "ValueError('rejected')"


def test_cancelled_tasks_are_silent() -> None:
    async def main() -> None:
        async def waits() -> None:
            await asyncio.sleep(3600)

        emitter = EventEmitter().on("x", waits)
        emitter.on("error", lambda error: pytest.fail(f"{error!r}"))
        emitter.emit("x")
        await asyncio.sleep(0)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)
        emitter.emit("x")  # this one is cancelled when the loop ends

    uvnet.run(main())


def test_a_foreign_loop_is_refused_and_the_coroutine_closed() -> None:
    async def main() -> None:
        emitter = EventEmitter().on("x", fails)
        with pytest.raises(RuntimeError, match="not an uvnet loop"):
            emitter.emit("x")

    asyncio.run(main())  # a coroutine that is never awaited would warn


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_ends_a_program_ends_the_loop(kind: type[BaseException]) -> None:
    async def ends() -> None:
        raise kind

    emitter = EventEmitter().on("x", ends)
    emitter.on("error", lambda error: pytest.fail(f"{error!r}"))
    emitter.emit("x")
    with pytest.raises(kind):
        settle()
    settle()


def test_a_custom_base_exception_goes_to_error() -> None:
    class Base(BaseException):
        pass

    async def listener() -> None:
        raise Base

    got: list[BaseException] = []
    EventEmitter().on("x", listener).on("error", got.append).emit("x")
    settle()
    assert [type(error) for error in got] == [Base]


def test_emit_through_a_wrapper_leaves_the_coroutine_to_the_caller() -> None:
    async def listener() -> int:
        return 5

    [wrapper] = EventEmitter().once("x", listener).raw_listeners("x")

    async def main() -> Any:
        return await wrapper()  # type: ignore[misc]

    assert uvnet.run(main()) == 5


def test_unhandled_is_named() -> None:
    async def listener() -> None:
        raise errors.ERR_UNHANDLED_ERROR("x")

    EventEmitter().on("x", listener).emit("x")
    with pytest.raises(errors.ERR_UNHANDLED_ERROR):
        settle()

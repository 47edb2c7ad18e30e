"""TracingChannel: the parts of an operation, in Node's order, each with the same context."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import pytest

import uvnet
from uvnet import diagnostics
from uvnet.diagnostics import Channel, TracingChannel, channel, tracing_channel
from uvnet.errors import ERR_INVALID_ARG_TYPE

PARTS = ["start", "end", "async_start", "async_end", "error"]


class Traced:
    """A tracing channel of which everything is heard."""

    def __init__(self, name: str) -> None:
        self.channel = tracing_channel(name)
        self.trace: list[str] = []
        self.contexts: list[Any] = []
        self.handlers = {part: self.heard for part in PARTS}
        self.channel.subscribe(**self.handlers)

    def heard(self, context: Any, name: str) -> None:
        self.contexts.append(context)
        self.note(name.rpartition(":")[2], context)

    def note(self, text: str, context: Any = None) -> None:
        members = vars(context) if context is not None else {}
        found = [f"{key}={members[key]!r}" for key in ("result", "error") if key in members]
        self.trace.append(" ".join([text, *found]))

    def take(self) -> list[str]:
        """Return what was heard, of one operation."""
        assert len(set(map(id, self.contexts))) <= 1, "each message has the same context"
        trace = self.trace[:]
        self.trace.clear()
        self.contexts.clear()
        return trace


@pytest.fixture
def traced(request: pytest.FixtureRequest) -> Iterator[Traced]:
    found = Traced(f"test.{request.node.name}")
    yield found
    assert found.channel.unsubscribe(**found.handlers)
    assert not found.channel.has_subscribers


# ---------------------------------------------------------------------- the channels


def test_the_names_are_nodes() -> None:
    traced = tracing_channel("name")
    assert isinstance(traced, TracingChannel)
    names = [getattr(traced, part).name for part in PARTS]
    ends = ["start", "end", "asyncStart", "asyncEnd", "error"]
    assert names == [f"tracing:name:{end}" for end in ends]
    assert traced.start is channel("tracing:name:start")


def test_channels_may_be_given() -> None:
    given = {part: channel(f"given {part}") for part in PARTS}
    traced = tracing_channel(given)
    assert {part: getattr(traced, part) for part in PARTS} == given
    given.pop("error")
    with pytest.raises(ERR_INVALID_ARG_TYPE, match=r"name_or_channels\.error.*Channel"):
        tracing_channel(given)
    for wrong in (1, None, ["start"]):
        with pytest.raises(ERR_INVALID_ARG_TYPE, match="name_or_channels"):
            tracing_channel(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", PARTS)
def test_has_subscribers(part: str) -> None:
    traced = tracing_channel("test.has_subscribers")
    assert not traced.has_subscribers
    traced.subscribe(**{part: print})
    assert traced.has_subscribers
    assert diagnostics.has_subscribers(getattr(traced, part).name)
    assert traced.unsubscribe(**{part: print})
    assert not traced.has_subscribers
    assert not traced.unsubscribe(**{part: print})


def test_unsubscribe_says_whether_all_were_subscribed() -> None:
    traced = tracing_channel("test.unsubscribe")
    traced.subscribe(start=print)
    assert not traced.unsubscribe(start=print, end=print)
    assert not traced.has_subscribers
    assert traced.unsubscribe()


def test_wrong_handlers() -> None:
    traced = tracing_channel("test.wrong")
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="subscription"):
        traced.subscribe(start=1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="begin"):
        traced.subscribe(begin=print)  # type: ignore[call-arg]


# ------------------------------------------------------------------------- trace_sync


def test_sync(traced: Traced) -> None:
    def function(a: int, *, b: int) -> int:
        traced.note("function")
        return a + b

    assert traced.channel.trace_sync(function, None, 1, b=2) == 3
    assert traced.take() == ["start", "function", "end result=3"]


def test_sync_error(traced: Traced) -> None:
    error = KeyError("k")

    def function() -> None:
        raise error

    context = SimpleNamespace(mine=1)
    with pytest.raises(KeyError) as raised:
        traced.channel.trace_sync(function, context)
    assert raised.value is error
    assert traced.contexts[0] is context
    assert (context.mine, context.error) == (1, error)
    assert traced.take() == ["start", "error error=KeyError('k')", "end error=KeyError('k')"]


def test_without_subscribers_nothing_is_made() -> None:
    traced = tracing_channel("test.nobody")
    context = SimpleNamespace()
    callback = lambda error, result: result  # noqa: E731
    assert traced.trace_sync(max, context, 1, 2) == 2
    assert traced.trace_callback(lambda given: given, 0, context, callback) is callback
    assert uvnet.run(traced.trace_async(asyncio.sleep, context, 0, 5)) == 5
    assert vars(context) == {}


# --------------------------------------------------------------------- trace_callback


def test_callback(traced: Traced) -> None:
    def function(a: int, callback: Any) -> str:
        traced.note("function")
        uvnet.set_immediate(callback, None, a + 1)
        return "returned"

    def callback(error: Any, result: int) -> None:
        traced.note(f"callback {error} {result}")

    assert traced.channel.trace_callback(function, -1, None, 1, callback) == "returned"
    uvnet.run()
    assert traced.take() == [
        "start",
        "function",
        "end",
        "asyncStart result=2",
        "callback None 2",
        "asyncEnd result=2",
    ]


def test_callback_with_an_error_at_once(traced: Traced) -> None:
    def function(callback: Any, other: int) -> None:
        callback(KeyError("k"))

    traced.channel.trace_callback(function, 0, None, lambda error: traced.note("callback"), 2)
    assert traced.take() == [
        "start",
        "error error=KeyError('k')",
        "asyncStart error=KeyError('k')",
        "callback",
        "asyncEnd error=KeyError('k')",
        "end error=KeyError('k')",
    ]


def test_a_callback_that_raises(traced: Traced) -> None:
    with pytest.raises(ZeroDivisionError):
        traced.channel.trace_callback(lambda call: call(None, 1), -1, None, lambda e, r: r / 0)
    assert [line.split()[0] for line in traced.take()] == [
        "start",
        "asyncStart",
        "asyncEnd",
        "error",
        "end",
    ]


@pytest.mark.parametrize(("position", "args"), [(0, (5,)), (1, (print,)), (-1, ()), (-3, (print,))])
def test_no_callback(traced: Traced, position: int, args: tuple[Any, ...]) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match='"callback" argument'):
        traced.channel.trace_callback(print, position, None, *args)
    assert traced.take() == []


# ------------------------------------------------------------------------ trace_async


def test_async(traced: Traced) -> None:
    async def function(a: int, *, b: int) -> int:
        traced.note("begins")
        await asyncio.sleep(0)
        traced.note("goes on")
        return a + b

    assert uvnet.run(traced.channel.trace_async(function, None, 1, b=2)) == 3
    assert traced.take() == [
        "start",
        "begins",
        "end",
        "goes on",
        "asyncStart result=3",
        "asyncEnd result=3",
    ]


def test_async_that_does_not_wait(traced: Traced) -> None:
    async def function() -> int:
        return 1

    assert uvnet.run(traced.channel.trace_async(function)) == 1
    assert traced.take() == ["start", "end", "asyncStart result=1", "asyncEnd result=1"]


@pytest.mark.parametrize("waits", [True, False])
def test_async_error(traced: Traced, waits: bool) -> None:
    async def function() -> None:
        if waits:
            await asyncio.sleep(0)
        raise KeyError("k")

    with pytest.raises(KeyError):
        uvnet.run(traced.channel.trace_async(function))
    assert traced.take() == [
        "start",
        "end",
        "error error=KeyError('k')",
        "asyncStart error=KeyError('k')",
        "asyncEnd error=KeyError('k')",
    ]


def test_async_cancelled(traced: Traced) -> None:
    async def main() -> None:
        task = asyncio.ensure_future(traced.channel.trace_async(asyncio.sleep, None, 60))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    uvnet.run(main())
    assert [line.split()[0] for line in traced.take()] == [
        "start",
        "end",
        "error",
        "asyncStart",
        "asyncEnd",
    ]


def test_async_that_catches_what_is_thrown_in(traced: Traced) -> None:
    async def stubborn() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            return "stayed"
        return "never"

    async def main() -> str:
        task = asyncio.ensure_future(traced.channel.trace_async(stubborn))
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert uvnet.run(main()) == "stayed"
    assert [line.split()[0] for line in traced.take()] == ["start", "end", "asyncStart", "asyncEnd"]


def test_async_of_what_is_no_coroutine_function(traced: Traced) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="coroutine function"):
        uvnet.run(traced.channel.trace_async(lambda: 1))  # type: ignore[arg-type, return-value]
    assert [line.split()[0] for line in traced.take()] == ["start", "error", "end"]


def test_async_that_is_dropped(traced: Traced) -> None:
    ended: list[str] = []
    store: ContextVar[Any] = ContextVar("store")
    traced.channel.start.bind_store(store)

    async def function() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("closed")

    running = [traced.channel.trace_async(function)]
    loop = uvnet.new_event_loop()
    loop.call_soon(lambda: (running[0].send(None), loop.stop()))  # in a context of its own
    loop.run_forever()
    loop.close()
    running.clear()
    gc.collect()
    assert ended == ["closed"]
    assert traced.take() == ["start", "end"]
    traced.channel.start.unbind_store(store)


# ------------------------------------------------------------------------- the stores


def test_stores_of_start(traced: Traced) -> None:
    store: ContextVar[Any] = ContextVar("store", default=None)
    traced.channel.start.bind_store(store, lambda context: context.mine)
    assert traced.channel.trace_sync(store.get, SimpleNamespace(mine=1)) == 1
    traced.take()

    async def function() -> tuple[Any, Any]:
        before = store.get()
        await asyncio.sleep(0)
        return before, store.get()

    async def main() -> Any:
        result = await traced.channel.trace_async(function, SimpleNamespace(mine=2))
        return result, store.get()

    assert uvnet.run(main()) == ((2, 2), None)
    assert traced.channel.start.unbind_store(store)


def test_stores_of_the_continuation(traced: Traced) -> None:
    store: ContextVar[Any] = ContextVar("store", default=None)
    traced.channel.async_start.bind_store(store, lambda context: "continued")
    seen: list[Any] = []
    traced.channel.trace_callback(
        lambda callback: callback(None, 1), -1, None, lambda e, r: seen.append(store.get())
    )
    assert seen == ["continued"]
    assert store.get() is None
    assert traced.channel.async_start.unbind_store(store)


def test_it_is_made_of_channels() -> None:
    assert all(isinstance(getattr(tracing_channel("x"), part), Channel) for part in PARTS)

"""Readable.from_."""

from __future__ import annotations

import asyncio
import gc
import io
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import uvnet
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_STREAM_NULL_VALUES, AbortError
from uvnet.stream import Readable, duplex_pair

from .contract import turns, until
from .helpers import note, run


def values_of(stream: Readable) -> list[Any]:
    """Read a stream to its end."""
    values: list[Any] = []
    stream.on("data", values.append)
    run()
    return values


def test_iterables() -> None:
    assert values_of(Readable.from_([1, "two", b"three", 0])) == [1, "two", b"three", 0]
    assert values_of(Readable.from_(x * x for x in range(4))) == [0, 1, 4, 9]
    assert values_of(Readable.from_({"a": 1})) == ["a"]
    assert values_of(Readable.from_([])) == []


@pytest.mark.parametrize("text", ["text", b"bytes", bytearray(b"array"), memoryview(b"view"), ""])
def test_a_text_is_one_chunk(text: Any) -> None:
    assert values_of(Readable.from_(text)) == [text]


def test_bytes_out() -> None:
    stream = Readable.from_(["a", b"b", bytearray(b"c")], object_mode=False)
    assert values_of(stream) == [b"a", b"b", b"c"]


def test_a_subclass() -> None:
    class Mine(Readable):
        pass

    stream = Mine.from_([1])
    assert type(stream) is Mine
    stream.destroy()
    run()


@pytest.mark.parametrize("bad", [None, 5, object(), 1.5])
def test_no_iterable(bad: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match='"iterable" argument'):
        Readable.from_(bad)


def test_nothing_is_taken_before_it_is_wanted() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for i in range(10):
            taken.append(i)
            yield i

    stream = Readable.from_(numbers())
    run()
    assert taken == []
    assert stream.read() == 0
    run()
    assert len(taken) <= 2
    assert stream.read() == 1
    stream.destroy()
    run()
    assert len(taken) <= 3


def test_asynchronous() -> None:
    async def numbers() -> AsyncIterator[int]:
        for i in range(5):
            await asyncio.sleep(0)
            yield i

    async def main() -> list[int]:
        return [value async for value in Readable.from_(numbers())]

    assert uvnet.run(main()) == [0, 1, 2, 3, 4]


def test_awaitable_values() -> None:
    async def later(value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    async def main() -> list[Any]:
        stream = Readable.from_([later(1), 2, later(3), 4])
        return [value async for value in stream]

    assert uvnet.run(main()) == [1, 2, 3, 4]


@pytest.mark.parametrize("mark", [1, 2, 16])
def test_awaitable_values_are_taken_as_there_is_room(mark: int) -> None:
    taken: list[int] = []

    async def later(value: int) -> int:
        await asyncio.sleep(0)
        return value

    def numbers() -> Iterator[Any]:
        for i in range(10):
            taken.append(i)
            yield later(i) if i % 3 == 0 else i

    async def main() -> None:
        stream = Readable.from_(numbers(), high_water_mark=mark)
        stream.read(0)
        await turns(50)
        assert len(taken) == min(mark, 10)
        assert stream.readable_length == len(taken)
        assert [value async for value in stream] == list(range(10))

    uvnet.run(main())


def test_destroy_while_an_awaitable_value_waits() -> None:
    order: list[str] = []

    def numbers() -> Iterator[Any]:
        try:
            yield asyncio.get_running_loop().create_future()
        finally:
            order.append("closed")

    async def main() -> None:
        stream = Readable.from_(numbers())
        events = note(stream, "error", "close")
        stream.read(0)
        await turns()
        stream.destroy()
        await until(lambda: "close" in events)
        assert events == ["close"]

    uvnet.run(main())
    assert order == ["closed"]


async def _nothing() -> None:
    return None


@pytest.mark.parametrize("make", [lambda: [1, None], lambda: [_nothing()]])
def test_none_is_no_value(make: Callable[[], Any]) -> None:
    stream = Readable.from_(make())
    errors: list[Any] = []
    stream.on("error", errors.append)
    stream.resume()
    run()
    assert [type(error) for error in errors] == [ERR_STREAM_NULL_VALUES]


def test_a_reader_that_leaves_closes_the_generator() -> None:
    order: list[str] = []

    def numbers() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            order.append("closed")

    async def main() -> None:
        async for value in Readable.from_(numbers()):
            if value == 3:
                break

    uvnet.run(main())
    assert order == ["closed"]


def test_a_generator_that_waits_is_cancelled() -> None:
    """Node waits for the next value, which may never come."""
    order: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            order.append("cancelled")
            raise
        finally:
            order.append("finally")

    async def main() -> None:
        stream = Readable.from_(numbers())
        closed = asyncio.Event()
        stream.on("close", closed.set)
        async for _ in stream:
            asyncio.get_running_loop().call_later(0.01, stream.destroy)
            break
        await closed.wait()

    uvnet.run(main())
    assert order in (["cancelled", "finally"], ["finally"])


def test_destroy_while_it_waits() -> None:
    order: list[str] = []

    async def numbers() -> AsyncIterator[int]:
        try:
            order.append("waits")
            await asyncio.Event().wait()
            yield 1
        finally:
            order.append("finally")

    async def main() -> None:
        stream = Readable.from_(numbers())
        events = note(stream, "data", "end", "error", "close")
        await until(lambda: order)
        errors: list[Any] = []
        stream.on("error", errors.append)
        error = ValueError("enough")
        stream.destroy(error)
        await until(lambda: "close" in events)
        assert events == ["error", "close"]
        assert errors == [error]

    uvnet.run(main())
    assert order == ["waits", "finally"]


def test_a_value_that_is_cancelled() -> None:
    """Nobody else would tell the stream that nothing comes any more."""

    async def main() -> None:
        never = asyncio.get_running_loop().create_future()
        stream = Readable.from_([never])
        asyncio.get_running_loop().call_soon(never.cancel)
        with pytest.raises(AbortError):
            async for _ in stream:
                pass

    uvnet.run(main())


def test_an_error_while_closing() -> None:
    def numbers() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            raise ValueError("closing")

    stream = Readable.from_(numbers())
    errors: list[Any] = []
    stream.on("error", errors.append)
    stream.once("data", lambda value: stream.destroy(KeyError("first")))
    run()
    [error] = errors
    assert [type(each) for each in error.errors] == [KeyError, ValueError]


def test_only_generators_are_closed() -> None:
    """A file, which is an iterator too, belongs to its owner."""
    file = io.StringIO("one\ntwo\n")
    assert values_of(Readable.from_(file)) == ["one\n", "two\n"]
    assert not file.closed
    file.seek(0)
    stream = Readable.from_(file)
    stream.destroy()
    run()
    assert file.readline() == "one\n"


def test_a_stream_of_a_stream() -> None:
    one, two = duplex_pair()
    stream = Readable.from_(two)
    one.end(b"through")
    assert values_of(stream) == [b"through"]


def test_a_custom_destroy() -> None:
    order: list[str] = []

    def destroy(stream: Any, error: Any, callback: Any) -> None:
        order.append("destroy")
        uvnet.set_immediate(callback, error)

    def numbers() -> Iterator[int]:
        try:
            yield 1
            yield 2
        finally:
            order.append("closed")

    stream = Readable.from_(numbers(), destroy=destroy)
    stream.once("data", lambda value: stream.destroy())
    run()
    assert order == ["destroy", "closed"]


def test_it_is_freed() -> None:
    class Value:
        pass

    def make() -> weakref.ref[Any]:
        return weakref.ref(Readable.from_([Value()]))

    ref = make()
    gc.collect()
    assert ref() is None

"""from_: a Readable that gives what an iterable gives. Node: lib/internal/streams/from.js"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Generator,
    Iterable,
    Iterator,
)
from typing import Any, TypeVar

from uvnet._core import current_loop
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_STREAM_NULL_VALUES,
    AbortError,
    aggregate_two_errors,
)
from uvnet.stream.readable import Readable
from uvnet.stream.utils import spawn

_R = TypeVar("_R", bound=Readable)
_Destroy = Callable[[Any, Exception | None, Callable[..., object]], object]


def from_(cls: type[_R], iterable: Iterable[Any] | AsyncIterable[Any], /, **options: Any) -> _R:
    """Make a stream that gives the values of an iterable, one chunk each, as they are asked for.

    Args:
        cls: The class of the stream.
        iterable: Synchronous or asynchronous. Awaitable values of a synchronous one are awaited. A
            str or a bytes-like object is one chunk.
        **options: Those of Readable. By default object_mode=True, and high_water_mark=1 so that
            nothing is taken from the iterable before it is wanted.

    Returns:
        The stream. Destroying it closes a generator: an error is thrown into it first, and one
        that is waiting is cancelled.

    Raises:
        ERR_INVALID_ARG_TYPE: `iterable` is none.

    Node: Readable.from.
    """
    options.setdefault("object_mode", True)
    if isinstance(iterable, str | bytes | bytearray | memoryview):
        return cls(read=_Single(iterable).read, **options)
    options.setdefault("high_water_mark", 1)
    source: _Source
    if isinstance(iterable, AsyncIterable):
        source = _AsyncSource(aiter(iterable), options.pop("destroy", None))
    elif isinstance(iterable, Iterable):
        source = _SyncSource(iter(iterable), options.pop("destroy", None))
    else:
        raise ERR_INVALID_ARG_TYPE("iterable", "Iterable", iterable)
    return cls(read=source.read, destroy=source.destroy, **options)


class _Single:
    """The whole of a text, in one chunk."""

    def __init__(self, chunk: str | bytes | bytearray | memoryview) -> None:
        self.chunk = chunk

    def read(self, stream: Readable, size: int) -> None:
        stream.push(self.chunk)
        stream.push(None)


class _Source:
    """What feeds a stream from an iterator. It does not know the stream: that would be a cycle."""

    task: asyncio.Task[None] | None = None  # that waits for a value

    def __init__(self, user_destroy: _Destroy | None) -> None:
        self.user_destroy = user_destroy

    def push(self, stream: Readable, value: Any) -> bool:
        """Push a value; return whether there is room for more."""
        if value is None:
            raise ERR_STREAM_NULL_VALUES()
        return stream.push(value)

    def start(self, stream: Readable, first: Any = None) -> None:
        """Feed the stream from a task, until it is full."""
        self.task = spawn(self.run(stream, first))

    async def run(self, stream: Readable, first: Any) -> None:
        try:
            await self.feed(stream, first)
        except asyncio.CancelledError as error:
            stream.destroy(AbortError(cause=error))  # without effect if it was destroyed first
            raise
        except Exception as error:
            stream.destroy(error)
        finally:
            self.task = None

    async def feed(self, stream: Readable, first: Any) -> None:
        raise NotImplementedError

    def destroy(
        self, stream: Readable, error: Exception | None, done: Callable[..., object]
    ) -> None:
        def user_done(user_error: Exception | None = None) -> None:
            self.end(user_error or error, done)

        if self.user_destroy is not None:
            self.user_destroy(stream, error, user_done)
        else:
            user_done()

    def end(self, error: Exception | None, done: Callable[..., object]) -> None:
        """Close the iterator, then say on a tick that it is destroyed."""
        spawn(self.end_later(error, done))

    async def end_later(self, error: Exception | None, done: Callable[..., object]) -> None:
        if (task := self.task) is not None:
            task.cancel()
            await asyncio.wait([task])
        try:
            if (closing := self.close(error)) is not None:
                await closing
        except Exception as close_error:
            error = aggregate_two_errors(close_error, error)
        current_loop().next_tick(done, error)

    def close(self, error: Exception | None) -> Awaitable[None] | None:
        raise NotImplementedError


class _SyncSource(_Source):
    def __init__(self, iterator: Iterator[Any], user_destroy: _Destroy | None) -> None:
        super().__init__(user_destroy)
        self.iterator = iterator

    def read(self, stream: Readable, size: int) -> None:
        if self.task is not None:
            return
        try:
            for value in self.iterator:
                if inspect.isawaitable(value):
                    self.start(stream, value)
                    return
                if not self.push(stream, value):
                    return
        except Exception as error:
            stream.destroy(error)
        else:
            stream.push(None)

    async def feed(self, stream: Readable, first: Any) -> None:
        """Go on from an awaitable value."""
        if not self.push(stream, await first):
            return
        for value in self.iterator:
            if not self.push(stream, await value if inspect.isawaitable(value) else value):
                return
        stream.push(None)

    def end(self, error: Exception | None, done: Callable[..., object]) -> None:
        if self.task is not None:
            super().end(error, done)
            return
        try:
            self.close(error)
        except Exception as close_error:
            error = aggregate_two_errors(close_error, error)
        current_loop().next_tick(done, error)

    def close(self, error: Exception | None) -> None:
        if not isinstance(self.iterator, Generator):
            return
        if error is not None:
            try:
                self.iterator.throw(error)
            except StopIteration:
                return
        self.iterator.close()


class _AsyncSource(_Source):
    def __init__(self, iterator: AsyncIterator[Any], user_destroy: _Destroy | None) -> None:
        super().__init__(user_destroy)
        self.iterator = iterator

    def read(self, stream: Readable, size: int) -> None:
        if self.task is None:
            self.start(stream)

    async def feed(self, stream: Readable, first: Any) -> None:
        async for value in self.iterator:
            if not self.push(stream, value):
                return
        stream.push(None)

    async def close(self, error: Exception | None) -> None:
        throw = getattr(self.iterator, "athrow", None)
        if error is not None and throw is not None:
            try:
                await throw(error)
            except StopAsyncIteration:
                return
        close = getattr(self.iterator, "aclose", None)
        if close is not None:
            await close()

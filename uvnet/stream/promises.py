"""pipeline() and finished() to be awaited. Node: lib/stream/promises.js"""

from __future__ import annotations

import asyncio
from typing import Any

from uvnet._core import current_loop
from uvnet.abort import AbortSignal
from uvnet.stream.finished import finished as _finished
from uvnet.stream.pipeline import Pipeline
from uvnet.stream.state import Stream

__all__ = ["finished", "pipeline"]


def finished(
    stream: Stream,
    *,
    readable: bool | None = None,
    writable: bool | None = None,
    error: bool = True,
    signal: AbortSignal | None = None,
    cleanup: bool = False,
) -> asyncio.Future[None]:
    """Wait until a stream is no longer readable and writable. Listening starts with the call.

    Args:
        stream: Any stream.
        readable: As uvnet.stream.finished, like the three that follow.
        writable: See there.
        error: See there.
        signal: See there.
        cleanup: Remove the listeners when it is over. A late 'error' then has no listener.

    Returns:
        A future. Cancelling it removes the listeners; the stream goes on.

    Raises:
        ERR_INVALID_ARG_TYPE: An argument is of another type. At once.
        Exception: What the stream failed with, or ERR_STREAM_PREMATURE_CLOSE, or AbortError. When
            awaited.

    Node: require('node:stream/promises').finished.
    """
    future = _future()

    def callback(error: Exception | None) -> None:
        if cleanup:
            stop()
        _resolve(future, error, None)

    stop = _finished(
        stream, callback, readable=readable, writable=writable, error=error, signal=signal
    )
    future.add_done_callback(lambda future: stop() if future.cancelled() else None)
    return future


def pipeline(
    *streams: Any, signal: AbortSignal | None = None, end: bool = True
) -> asyncio.Future[Any]:
    """Pipe each stream into the next, and wait until all of it is over. It starts with the call.

    Args:
        *streams: As uvnet.stream.pipeline, without a callback.
        signal: Aborting it destroys the streams, and an AbortError comes out.
        end: End the last stream when the one before it has ended.

    Returns:
        A future of what the last stage returned, if that is a coroutine function, else of None.
        Cancelling it destroys the streams.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_RETURN_VALUE, ERR_MISSING_ARGS, ERR_STREAM_UNABLE_TO_PIPE:
            As uvnet.stream.pipeline. At once.
        Exception: What one of the streams failed with. When awaited.

    Node: require('node:stream/promises').pipeline.
    """
    future = _future()
    running = Pipeline(
        streams, lambda error, value: _resolve(future, error, value), end=end, signal=signal
    )
    future.add_done_callback(lambda future: running.abort() if future.cancelled() else None)
    running.start()
    return future


async def closed(stream: Stream, expected: Exception | None, *, failed: bool) -> None:
    """Wait until a stream that is being destroyed is closed: the end of `async with stream`.

    Args:
        expected: What it is destroyed with.
        failed: The block has raised: that goes on, a cancellation above all.

    Raises:
        Exception: What it failed with, unless that is `expected` or the block has `failed`.
    """
    try:
        await finished(stream)
    except Exception as error:
        if error is not expected and not failed:
            raise


async def drained(stream: Any) -> None:
    """Wait for 'drain', which write() has promised, or for 'finish': `await stream.drain()`.

    Raises:
        Exception: What the stream fails with instead.
        ERR_STREAM_PREMATURE_CLOSE: It is destroyed instead.
    """
    draining: _Draining | None = getattr(stream, "_draining", None)
    if draining is None:
        draining = stream._draining = _Draining(stream)
    future = _future()
    draining.futures.append(future)
    try:
        await future
    finally:
        draining.leave(future)


class _Draining:
    """All who wait for one 'drain': with listeners of their own they would soon be too many."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.futures: list[asyncio.Future[Any]] = []
        stream.on("drain", self.wake)
        self.stop = _finished(stream, self.wake, readable=False)

    def wake(self, error: Exception | None = None) -> None:
        self.stream._draining = None  # who comes now waits for the next
        for future in self.futures:
            _resolve(future, error, None)

    def leave(self, future: asyncio.Future[Any]) -> None:
        self.futures.remove(future)
        if not self.futures:
            if self.stream._draining is self:
                self.stream._draining = None
            self.stop()
            self.stream.remove_listener("drain", self.wake)


def _future() -> asyncio.Future[Any]:
    loop: Any = current_loop()
    future: asyncio.Future[Any] = loop.create_future()
    return future


def _resolve(future: asyncio.Future[Any], error: Exception | None, value: Any) -> None:
    if future.done():  # cancelled
        return
    if error is None:
        future.set_result(value)
    else:
        future.set_exception(error)

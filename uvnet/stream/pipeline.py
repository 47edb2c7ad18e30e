"""pipeline: streams one after the other, of which none is left over when one fails.

Node: lib/internal/streams/pipeline.js
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
)
from contextlib import aclosing
from typing import Any

from uvnet import abort
from uvnet._core import current_loop
from uvnet.abort import AbortController, AbortSignal
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_RETURN_VALUE,
    ERR_MISSING_ARGS,
    ERR_STREAM_DESTROYED,
    ERR_STREAM_PREMATURE_CLOSE,
    ERR_STREAM_UNABLE_TO_PIPE,
    ERR_STREAM_WRITE_AFTER_END,
    AbortError,
    aggregate_two_errors,
)
from uvnet.stream.finished import finished
from uvnet.stream.passthrough import PassThrough
from uvnet.stream.state import Stream
from uvnet.stream.utils import (
    give_up,
    has_readable,
    is_readable,
    is_readable_finished,
    is_stream,
    spawn,
)

Callback = Callable[[Exception | None, Any], object]


def pipeline(*streams: Any, callback: Callback | None = None) -> Stream:
    """Pipe each stream into the next, and call `callback` when all of it is over.

    An error anywhere destroys every stream that is not done. Streams keep an 'error' listener, for
    errors that come after that.

    Args:
        *streams: Two or more, or one list of them. The first is a stream that can be read, an
            iterable (a str or bytes-like object is one chunk) or a function that returns one. Those
            between are Duplex streams, or functions: they take the one before as an async iterable
            and return another, as an async generator does. The last is a Writable, or such a
            function, or a coroutine function, whose result goes to the callback. A function with a
            parameter named `signal` gets an AbortSignal there, aborted when the pipeline is over.
        callback: callback(error, value), called once. The last positional argument if not given.

    Returns:
        The last stream; for a function there, one that gives what it gives.

    Raises:
        ERR_INVALID_ARG_TYPE: There is no callback; or something can be neither read nor written.
        ERR_INVALID_RETURN_VALUE: A function returned nothing to read.
        ERR_MISSING_ARGS: Fewer than two streams.
        ERR_STREAM_UNABLE_TO_PIPE: A stream other than the first is destroyed already.

    Node: stream.pipeline.
    """
    if callback is None and streams:
        *streams, callback = streams  # type: ignore[assignment]
    if not callable(callback):
        raise ERR_INVALID_ARG_TYPE("callback", "function", callback)
    return Pipeline(streams, callback).start()


def pump_stages(streams: Any) -> list[Any]:
    """Return the streams of a pipeline, which may be given as one list."""
    if len(streams) == 1 and isinstance(streams[0], list | tuple):
        streams = streams[0]
    if len(streams) < 2:
        raise ERR_MISSING_ARGS("streams")
    return list(streams)


class Pipeline:
    """One pipeline: what is still to end, and what to destroy if it does not end well."""

    def __init__(
        self,
        streams: Any,
        callback: Callback,
        *,
        end: bool = True,
        signal: AbortSignal | None = None,
    ) -> None:
        self.streams = pump_stages(streams)
        if signal is not None:
            abort.validate(signal, "signal")
        self.callback = callback
        self.end_last = end
        self.outer_signal = signal
        self.error: Exception | None = None
        self.value: Any = None
        self.pending = 0  # ends that are waited for
        self.destroys: list[Callable[[Exception | None], None]] = []
        self.last_cleanups: list[Callable[[], object]] = []  # if the last stream lives on
        self.generators: list[AsyncIterator[Any]] = []  # that functions made, to be closed
        self.tasks: list[asyncio.Task[None]] = []  # that no stream will wake when it is destroyed
        self.controller: AbortController | None = None

    # ------------------------------------------------------------------ how it ends

    def finish(self, error: Exception | None = None) -> None:
        """One of the ends that were waited for came."""
        self.pending -= 1
        self.settle(error, final=self.pending == 0)

    def settle(self, error: Exception | None, *, final: bool = False) -> None:
        # What a stream failed with says more than that another one closed because of it.
        if error is not None and (
            self.error is None or isinstance(self.error, ERR_STREAM_PREMATURE_CLOSE | AbortError)
        ):
            self.error = error
        if self.error is None and not final:
            return
        while self.destroys:
            self.destroys.pop(0)(self.error)
        for task in self.tasks:
            if self.error is not None and task is not asyncio.current_task(task.get_loop()):
                task.cancel()
        if self.outer_signal is not None:
            self.outer_signal.remove_listener(self.abort)
        if self.controller is not None:
            self.controller.abort()
        if final:
            if self.error is None:
                for cleanup in self.last_cleanups:
                    cleanup()
            current_loop().next_tick(self.callback, self.error, self.value)

    def abort(self) -> None:
        """End with an AbortError."""
        signal = self.outer_signal
        self.settle(AbortError(cause=None if signal is None else signal.reason))

    def on_error(self, error: Exception) -> None:
        if not isinstance(error, ERR_STREAM_PREMATURE_CLOSE | AbortError):
            self.settle(error)

    # ---------------------------------------------------------------- how it starts

    def start(self) -> Stream:
        signal = self.outer_signal
        if signal is not None and not signal.aborted:
            signal.add_listener(self.abort)
        last = len(self.streams) - 1
        result: Any = None
        for index, stage in enumerate(self.streams):
            end = index < last or self.end_last
            if is_stream(stage):
                if index > 0 and not hasattr(stage, "write"):
                    raise ERR_INVALID_ARG_TYPE("stream", ["Writable", "function"], stage)
                self.watch(index, stage, end=end)
            if index == 0:
                result = self.source(stage)
                self.from_stream = is_stream(result)
            elif is_stream(stage):
                self.connect(result, stage, end=end)
                result, self.from_stream = stage, True
            elif callable(stage):
                result = self.call(stage, self.as_async_iterable(result))
                if index == last:
                    result = self.proxy(result, end=end)
                elif not isinstance(result, AsyncIterable):
                    drop(result)
                    name = f"transform[{index - 1}]"
                    raise ERR_INVALID_RETURN_VALUE("AsyncIterable", name, result)
            else:
                raise ERR_INVALID_ARG_TYPE("stream", ["Stream", "function"], stage)
        if signal is not None and signal.aborted:
            current_loop().next_tick(self.abort)
        assert isinstance(result, Stream)
        return result

    def source(self, stage: Any) -> Any:
        """Return what the first stage gives to read."""
        if not is_stream(stage) and callable(stage):
            result = self.call(stage)
            if not isinstance(result, AsyncIterable | Iterable):
                drop(result)
                raise ERR_INVALID_RETURN_VALUE(
                    "Iterable, AsyncIterable or Stream", "source", result
                )
            return result
        if has_readable(stage) or isinstance(stage, AsyncIterable | Iterable):
            return stage
        raise ERR_INVALID_ARG_TYPE(
            "source", ["Stream", "Iterable", "AsyncIterable", "function"], stage
        )

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call a stage, and remember the generator that it makes."""
        options = {}
        if takes_signal(function):
            self.controller = self.controller or AbortController()
            options["signal"] = self.controller.signal
        result = function(*args, **options)
        if isinstance(result, AsyncIterator) and not is_stream(result):
            self.generators.append(result)
        return result

    def as_async_iterable(self, value: Any) -> AsyncIterable[Any]:
        """Return what a function can read with `async for`."""
        if isinstance(value, AsyncIterable):
            return value
        if not isinstance(value, Iterable):
            raise ERR_INVALID_ARG_TYPE("source", ["Stream", "Iterable", "AsyncIterable"], value)
        self.generators.append(each(value))
        return self.generators[-1]

    def watch(self, index: int, stream: Stream, *, end: bool) -> None:
        """See to it that this stream's errors are heard, and that it is destroyed in time."""
        last = len(self.streams) - 1
        if index < last:
            following = self.streams[index + 1]
            if is_stream(following) and (following.closed or following.destroyed):
                raise ERR_STREAM_UNABLE_TO_PIPE()
        if end:
            cleanup = self.destroy_on_error(stream, reading=index < last, writing=index > 0)
            self.clean_up_later(stream, cleanup)
        self.listen(stream, "error", self.on_error)

    def destroy_on_error(
        self, stream: Stream, *, reading: bool, writing: bool
    ) -> Callable[[], None]:
        """Destroy the stream when the pipeline is over, unless it was done before."""
        done = False

        def on_close(had_error: bool | None = None) -> None:
            nonlocal done
            done = True

        def on_finished(error: Exception | None) -> None:
            nonlocal done
            done = error is None

        def destroy(error: Exception | None) -> None:
            nonlocal done
            if not done:
                done = True
                give_up(stream, error or ERR_STREAM_DESTROYED("pipe"))

        self.listen(stream, "close", on_close)
        cleanup = finished(stream, on_finished, readable=reading, writable=writing)
        self.destroys.append(destroy)
        return cleanup

    def listen(self, stream: Any, event: str, listener: Callable[..., object]) -> None:
        stream.on(event, listener)
        self.clean_up_later(stream, lambda: stream.remove_listener(event, listener))

    def clean_up_later(self, stream: Stream, cleanup: Callable[[], object]) -> None:
        """Clean up when all went well, if this is the last stream, and is used afterwards."""
        if stream is self.streams[-1] and (is_readable(stream) or not self.end_last):
            self.last_cleanups.append(cleanup)

    # ------------------------------------------------------------------- connections

    def connect(self, source: Any, stream: Stream, *, end: bool) -> None:
        """Let `source` flow into `stream`."""
        if has_readable(source):
            self.pending += 2
            self.clean_up_later(stream, self.pipe(source, stream, end=end))
        elif isinstance(source, AsyncIterable | Iterable):
            self.spawn(self.pump(source, stream, self.chain(), end=end))
        else:
            raise ERR_INVALID_ARG_TYPE("source", ["Stream", "Iterable", "AsyncIterable"], source)

    def pipe(self, source: Any, stream: Any, *, end: bool) -> Callable[[], None]:
        ended = False

        def on_close(had_error: bool | None = None) -> None:
            if not ended:
                self.settle(ERR_STREAM_PREMATURE_CLOSE())

        def on_end() -> None:
            nonlocal ended
            ended = True
            stream.end()

        self.listen(stream, "close", on_close)
        source.pipe(stream, end=False)
        if not end:
            self.finish()
        elif is_readable_finished(source):
            current_loop().next_tick(on_end)
        else:
            source.once("end", on_end)
        finished(source, self.finish, readable=True, writable=False)
        return finished(stream, self.finish, readable=False, writable=True)

    def spawn(self, running: Coroutine[Any, Any, None]) -> None:
        self.pending += 1
        task = spawn(running)
        if not self.from_stream:
            self.tasks.append(task)

    def chain(self) -> list[AsyncIterator[Any]]:
        """Return the generators since the last stream: who reads the last of them closes all."""
        generators, self.generators = self.generators, []
        return generators

    async def pump(
        self, source: Any, stream: Any, chain: list[AsyncIterator[Any]], *, end: bool
    ) -> None:
        """Write what an iterable gives, at the stream's pace."""
        room = _Room(stream)
        error: Exception | None = None
        try:
            if stream.writable_need_drain:
                await room.wait()
            async with aclosing(each(source)) as chunks:
                async for chunk in chunks:
                    if room.done:  # somebody else has ended it
                        raise room.error or ERR_STREAM_WRITE_AFTER_END()
                    if not stream.write(chunk):
                        await room.wait()
            await close_all(chain)
            if end:
                stream.end()
                await room.wait()
        except asyncio.CancelledError as cancelled:
            error = self.error or AbortError(cause=cancelled)
            raise
        except Exception as exc:
            error = aggregate_two_errors(room.error, exc)
        finally:
            room.close()
            await close_all(chain, self.settle)
            self.finish(error)

    def proxy(self, result: Any, *, end: bool) -> Stream:
        """Return a stream that gives what the last function gives, so that it can be piped on."""
        stream = PassThrough(object_mode=True)
        running: Coroutine[Any, Any, None]
        if isinstance(result, AsyncIterable):
            running = self.pump(result, stream, self.chain(), end=end)
        elif inspect.isawaitable(result):
            running = self.take_value(result, stream, self.chain(), end=end)
        else:
            raise ERR_INVALID_RETURN_VALUE("AsyncIterable or Awaitable", "destination", result)
        self.spawn(running)
        self.last_cleanups.append(self.destroy_on_error(stream, reading=False, writing=True))
        return stream

    async def take_value(
        self, result: Awaitable[Any], stream: Any, chain: list[AsyncIterator[Any]], *, end: bool
    ) -> None:
        error: Exception | None = None
        try:
            self.value = await result
            if self.value is not None:
                stream.write(self.value)
            if end:
                stream.end()
        except asyncio.CancelledError as cancelled:
            error = self.error or AbortError(cause=cancelled)
            stream.destroy(error)
            raise
        except Exception as exc:
            error = exc
            stream.destroy(error)
        finally:
            await close_all(chain, self.settle)
            current_loop().next_tick(self.finish, error)


class _Room:
    """Waits until a stream takes more, or is done."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.error: Exception | None = None
        self.done = False
        self.waiter: asyncio.Future[None] | None = None
        stream.on("drain", self.wake)
        self.cleanup = finished(stream, self.over, readable=False)

    def over(self, error: Exception | None) -> None:
        self.done = True
        self.error = error
        self.wake()

    def wake(self) -> None:
        waiter, self.waiter = self.waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def wait(self) -> None:
        if not self.done:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.cleanup()
        self.stream.remove_listener("drain", self.wake)


async def close_all(
    chain: list[AsyncIterator[Any]], failed: Callable[[Exception], object] | None = None
) -> None:
    """Close generators, the last one first, for `async for` leaves open what it leaves early.

    Args:
        chain: Emptied.
        failed: Gets an exception that comes out of one. Without it, the exception goes on.
    """
    while chain:
        close = getattr(chain.pop(), "aclose", None)
        try:
            if close is not None:
                await close()
        except Exception as error:
            if failed is None:
                raise
            failed(error)


async def each(source: Any) -> AsyncGenerator[Any, None]:
    """Yield what any iterable gives; close the iterator at the end, however that comes."""
    if isinstance(source, str | bytes | bytearray | memoryview):
        yield source
    elif isinstance(source, AsyncIterable):
        chunks = aiter(source)
        try:
            async for chunk in chunks:
                yield chunk
        finally:
            if (aclose := getattr(chunks, "aclose", None)) is not None:
                await aclose()
    else:
        values = iter(source)
        try:
            for value in values:
                yield await value if inspect.isawaitable(value) else value
        finally:
            if isinstance(values, Generator):
                values.close()


def takes_signal(function: Callable[..., Any]) -> bool:
    """Return whether a stage wants to know when the pipeline is over."""
    try:
        parameter = inspect.signature(function).parameters.get("signal")
    except (TypeError, ValueError):  # some builtins do not tell
        return False
    return parameter is not None and parameter.kind in (
        parameter.KEYWORD_ONLY,
        parameter.POSITIONAL_OR_KEYWORD,
    )


def drop(result: Any) -> None:
    """Close a coroutine that nobody will await."""
    if inspect.iscoroutine(result):
        result.close()

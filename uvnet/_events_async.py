"""What events have to do with coroutines: async listeners, once() to await and on() to iterate."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from uvnet._core.current import current_loop
from uvnet.abort import AbortSignal, validate
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, ERR_UNHANDLED_ERROR, AbortError

if TYPE_CHECKING:
    from uvnet.events import EventEmitter

Args = tuple[Any, ...]


def _loop() -> asyncio.AbstractEventLoop:
    return cast(asyncio.AbstractEventLoop, current_loop())


# --------------------------------------------------------------------- async listeners


def run_listener(
    emitter: EventEmitter, coroutine: Coroutine[Any, Any, Any], event: str, args: Args
) -> None:
    """Run what an async listener of `event` has returned as a task of the current loop.

    What it raises goes to on_rejection(error, event, *args) where the emitter has that method,
    else to the listeners of 'error'. Without any, and if it is 'error' itself that it listened
    for, it is an uncaught exception of the loop. (Node: captureRejections)
    """
    try:
        loop = _loop()
        task = loop.create_task(coroutine)
    except BaseException:
        coroutine.close()
        raise
    # A loop refers to its tasks weakly. As long as this one runs, it must not be collected.
    vars(loop).setdefault("_listener_tasks", set()).add(task)
    task.add_done_callback(partial(_settle, emitter, event, args))


def _settle(emitter: EventEmitter, event: str, args: Args, task: asyncio.Task[Any]) -> None:
    vars(task.get_loop())["_listener_tasks"].discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is None or isinstance(error, (KeyboardInterrupt, SystemExit)):
        return  # which have ended the loop already
    on_rejection = getattr(emitter, "on_rejection", None)
    if on_rejection is not None:
        on_rejection(error, event, *args)
    elif event != "error":
        emitter.emit("error", error)
    else:
        raise error


def as_exception(error: object) -> BaseException:
    """Return what an 'error' event has brought, if need be in an exception."""
    return error if isinstance(error, BaseException) else ERR_UNHANDLED_ERROR(error)


# ---------------------------------------------------------------------------- checks


def _check(emitter: object, signal: object) -> None:
    if not callable(getattr(emitter, "remove_listener", None)):
        raise ERR_INVALID_ARG_TYPE("emitter", "EventEmitter", emitter)
    if signal is not None:
        validate(signal, "signal")


def _check_mark(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ERR_INVALID_ARG_TYPE(name, "int", value)
    if value < 1:
        raise ERR_OUT_OF_RANGE(name, ">= 1", value)


def _aborted(signal: AbortSignal) -> AbortError:
    return AbortError(cause=signal.reason)


# ------------------------------------------------------------------------------ once


class _Waiter(asyncio.Future[Args]):
    """A future that stops listening when it is done, however that happens."""

    def __init__(self, emitter: EventEmitter, event: str, signal: AbortSignal | None) -> None:
        super().__init__(loop=_loop())
        self._emitter: EventEmitter | None = None
        self._event = event
        self._signal = signal
        if signal is not None and signal.aborted:
            self.set_exception(_aborted(signal))
            return
        self._emitter = emitter
        try:
            emitter.once(event, self._resolve)
            if event != "error":
                emitter.once("error", self._reject)
            if signal is not None:
                signal.add_listener(self._abort)
        except BaseException:
            self._detach()
            raise

    def _detach(self) -> None:
        emitter, self._emitter = self._emitter, None
        if emitter is None:
            return
        emitter.remove_listener(self._event, self._resolve)
        if self._event != "error":
            emitter.remove_listener("error", self._reject)
        if self._signal is not None:
            self._signal.remove_listener(self._abort)

    def _resolve(self, *args: Any) -> None:
        self._detach()
        if not self.done():
            self.set_result(args)

    def _reject(self, error: object = None) -> None:
        self._detach()
        if not self.done():
            self.set_exception(as_exception(error))

    def _abort(self) -> None:
        assert self._signal is not None
        self._reject(_aborted(self._signal))

    def cancel(self, msg: Any | None = None) -> bool:
        self._detach()  # now: a done callback would be a turn late
        return super().cancel(msg)


def once(
    emitter: EventEmitter, event: str, *, signal: AbortSignal | None = None
) -> asyncio.Future[Args]:
    """Wait for an event: `args = await once(emitter, "ready")`. (Node: events.once)

    It listens from the call on, not only from the await, and no longer than it takes: also when
    the awaiting task is cancelled.

    Args:
        emitter: Whose event it is.
        event: Its name.
        signal: Ends the wait when it is aborted.

    Returns:
        A future of the tuple of the event's arguments.

    Raises:
        TypeError: ERR_INVALID_ARG_TYPE: not an emitter, not a name, or not a signal.
        BaseException: Awaiting raises what an 'error' event brings, unless that is waited for.
        AbortError: Awaiting raises it once the signal is aborted; its cause is the reason.
    """
    _check(emitter, signal)
    return _Waiter(emitter, event, signal)


# -------------------------------------------------------------------------------- on


class _Queue:
    """Listens, and keeps what has come and who waits for more. (Node: events.on)

    Emitters refer to this and not to the iterator, so that the iterator can be garbage.
    """

    def __init__(
        self,
        emitter: EventEmitter,
        event: str,
        signal: AbortSignal | None,
        close: Sequence[str],
        high: int | None,
        low: int,
    ) -> None:
        self.emitter = emitter
        self.signal = signal
        self.high = high
        self.low = low
        self.items: deque[Args] = deque()
        self.waiters: deque[asyncio.Future[Args | None]] = deque()
        self.error: BaseException | None = None
        self.paused = False
        self.finished = False
        self.listening: list[tuple[str, Callable[..., object]]] = []
        try:
            self.listen(event, self.take)
            if event != "error":
                self.listen("error", self.fail)
            for name in close:
                self.listen(name, self.end)
            if signal is not None:
                signal.add_listener(self.abort)
        except BaseException:
            self.finish()
            raise

    def listen(self, event: str, listener: Callable[..., object]) -> None:
        self.emitter.on(event, listener)
        self.listening.append((event, listener))

    def waiter(self) -> asyncio.Future[Args | None] | None:
        """Take the first that still waits."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if not waiter.done():
                return waiter
        return None

    def take(self, *args: Any) -> None:
        waiter = self.waiter()
        if waiter is not None:
            waiter.set_result(args)
            return
        self.items.append(args)
        if self.high is not None and not self.paused and len(self.items) > self.high:
            self.paused = True
            self.emitter.pause()  # type: ignore[attr-defined]

    def fail(self, error: object = None) -> None:
        exception = as_exception(error)
        waiter = self.waiter()
        if waiter is not None:
            waiter.set_exception(exception)
        else:
            self.error = exception
        self.finish()

    def abort(self) -> None:
        assert self.signal is not None
        self.fail(_aborted(self.signal))

    def end(self, *args: Any) -> None:
        self.finish()

    def finish(self) -> None:
        if self.finished:
            return
        self.finished = True
        self.paused = False
        if self.signal is not None:
            self.signal.remove_listener(self.abort)
        while self.listening:
            self.emitter.remove_listener(*self.listening.pop())
        while (waiter := self.waiter()) is not None:
            waiter.set_result(None)

    async def next(self) -> Args:
        if self.items:
            item = self.items.popleft()
            if self.paused and len(self.items) < self.low:
                self.paused = False
                self.emitter.resume()  # type: ignore[attr-defined]
            return item
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        if self.finished:
            raise StopAsyncIteration
        waiter: asyncio.Future[Args | None] = _loop().create_future()
        self.waiters.append(waiter)
        try:
            result = await waiter
        except asyncio.CancelledError:
            self.give_back(waiter)
            raise
        if result is None:
            raise StopAsyncIteration
        return result

    def give_back(self, waiter: asyncio.Future[Args | None]) -> None:
        """Whoever waited was cancelled after something had come: it is for the next who asks."""
        if not waiter.done() or waiter.cancelled():
            return
        if (error := waiter.exception()) is not None:
            self.error = error
        elif (item := waiter.result()) is not None:
            other = self.waiter()
            if other is not None:
                other.set_result(item)
            else:
                self.items.appendleft(item)


class EventIterator:
    """What on() returns: an async iterator over the events, each a tuple of its arguments.

    It stops listening when it has ended, when it is garbage, and on aclose(), which `async with`
    calls as well.
    """

    def __init__(self, queue: _Queue) -> None:
        if not isinstance(queue, _Queue):
            raise ERR_INVALID_ARG_TYPE("queue", "what on() makes", queue)
        self._queue = queue

    def __aiter__(self) -> EventIterator:
        return self

    async def __anext__(self) -> Args:
        return await self._queue.next()

    async def aclose(self) -> None:
        """Stop listening and drop what has come. Idempotent."""
        self._queue.finish()
        self._queue.items.clear()
        self._queue.error = None

    async def athrow(self, error: BaseException) -> None:
        """End as an 'error' event would end it: `error` is raised after what has come."""
        if not isinstance(error, BaseException):
            raise ERR_INVALID_ARG_TYPE("error", "Exception", error)
        self._queue.fail(error)

    async def __aenter__(self) -> EventIterator:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        if hasattr(self, "_queue"):  # else __init__ has not run
            self._queue.finish()


def on(
    emitter: EventEmitter,
    event: str,
    *,
    signal: AbortSignal | None = None,
    close: Sequence[str] = (),
    high_water_mark: int | None = None,
    low_water_mark: int = 1,
) -> EventIterator:
    """Iterate over events: `async for (chunk,) in on(emitter, "data")`. (Node: events.on)

    It listens from the call on; what comes while nobody asks is kept, in order. An 'error' event
    is raised, and ends it.

    Args:
        emitter: Whose events they are.
        event: Their name.
        signal: Ends it with an AbortError.
        close: The names of events that end it, after what has come before them.
        high_water_mark: When more events than this wait, emitter.pause() is called; None, the
            default, for any number.
        low_water_mark: When fewer wait again, emitter.resume() is called.

    Raises:
        TypeError: ERR_INVALID_ARG_TYPE: an argument is of the wrong type.
        ValueError: ERR_OUT_OF_RANGE: a mark is less than 1.
        AbortError: The signal is aborted already.
    """
    _check(emitter, signal)
    if signal is not None and signal.aborted:
        raise _aborted(signal)
    if isinstance(close, str):
        raise ERR_INVALID_ARG_TYPE("close", "Sequence", close)
    if high_water_mark is not None:
        _check_mark("high_water_mark", high_water_mark)
    _check_mark("low_water_mark", low_water_mark)
    return EventIterator(_Queue(emitter, event, signal, close, high_water_mark, low_water_mark))

"""TracingChannel: the five channels that tell of the parts of one operation."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace, coroutine
from typing import Any, ParamSpec, TypeVar

from uvnet.diagnostics._channel import Channel, Subscriber
from uvnet.errors import ERR_INVALID_ARG_TYPE

_P = ParamSpec("_P")
_T = TypeVar("_T")

# The attribute, and what Node has in the name of its channel.
PARTS = {
    "start": "start",
    "end": "end",
    "async_start": "asyncStart",
    "async_end": "asyncEnd",
    "error": "error",
}


class TracingChannel:
    """Five channels, on which an operation tells that it starts, ends or fails.

    Every message of one operation is the same object, its context, and has the attribute `result`
    once there is one, and `error` once there is one. Node: diagnostics_channel.TracingChannel

    Args:
        name_or_channels: 'name' for the channels 'tracing:name:start', ':end', ':asyncStart',
            ':asyncEnd' and ':error', Node's names. Or a mapping with a Channel for each of
            'start', 'end', 'async_start', 'async_end' and 'error'.

    Attributes:
        start: The call begins.
        end: The call has returned or raised. The operation may go on.
        async_start: The operation is done, and the callback about to be called.
        async_end: The callback has returned.
        error: The operation has failed.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither, or a channel is missing.
    """

    __slots__ = ("async_end", "async_start", "end", "error", "start")

    start: Channel
    end: Channel
    async_start: Channel
    async_end: Channel
    error: Channel

    def __init__(self, name_or_channels: str | Mapping[str, Channel]) -> None:
        if isinstance(name_or_channels, str):
            for part, nodes in PARTS.items():
                setattr(self, part, Channel(f"tracing:{name_or_channels}:{nodes}"))
        elif isinstance(name_or_channels, Mapping):
            for part in PARTS:
                given = name_or_channels.get(part)
                if not isinstance(given, Channel):
                    raise ERR_INVALID_ARG_TYPE(f"name_or_channels.{part}", "Channel", given)
                setattr(self, part, given)
        else:
            raise ERR_INVALID_ARG_TYPE("name_or_channels", ["string", "Mapping"], name_or_channels)

    @property
    def has_subscribers(self) -> bool:
        """Whether anybody listens to one of the five."""
        return (
            self.start.has_subscribers
            or self.end.has_subscribers
            or self.async_start.has_subscribers
            or self.async_end.has_subscribers
            or self.error.has_subscribers
        )

    def subscribe(
        self,
        *,
        start: Subscriber | None = None,
        end: Subscriber | None = None,
        async_start: Subscriber | None = None,
        async_end: Subscriber | None = None,
        error: Subscriber | None = None,
    ) -> None:
        """Have functions called with the messages of the channels. Node: tracingChannel.subscribe

        Args:
            start, end, async_start, async_end, error: Called with (context, name of the channel).

        Raises:
            ERR_INVALID_ARG_TYPE: One of them cannot be called.
        """
        for part, given in zip(PARTS, (start, end, async_start, async_end, error), strict=True):
            if given is not None:
                getattr(self, part).subscribe(given)

    def unsubscribe(
        self,
        *,
        start: Subscriber | None = None,
        end: Subscriber | None = None,
        async_start: Subscriber | None = None,
        async_end: Subscriber | None = None,
        error: Subscriber | None = None,
    ) -> bool:
        """Call functions no more. Node: tracingChannel.unsubscribe

        Args:
            start, end, async_start, async_end, error: What subscribe() was given.

        Returns:
            Whether all of them were subscribed.
        """
        done = True
        for part, given in zip(PARTS, (start, end, async_start, async_end, error), strict=True):
            if given is not None:
                done &= getattr(self, part).unsubscribe(given)
        return done

    # ----------------------------------------------------------------------- tracing

    @contextmanager
    def _call(self, context: Any) -> Iterator[None]:
        """Tell that a call begins, fails and ends."""
        with self.start._scope(context):
            try:
                yield
            except Exception as exc:
                self._fail(context, exc)
                raise
            finally:
                self.end.publish(context)

    def _fail(self, context: Any, error: BaseException) -> None:
        context.error = error
        self.error.publish(context)

    @contextmanager
    def _continuation(self, context: Any) -> Iterator[None]:
        """Tell that an operation is done, and that its callback has returned."""
        with self.async_start._scope(context):
            try:
                yield
            finally:
                self.async_end.publish(context)

    def trace_sync(
        self,
        function: Callable[_P, _T],
        context: Any = None,
        /,
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Call function(*args, **kwargs) and tell: start, error if it raises, end.

        Node: tracingChannel.traceSync

        Args:
            function: What is called.
            context: The message, an object that takes attributes. None, the default, for a new
                types.SimpleNamespace.

        Returns:
            What it returns. What it raises is raised.
        """
        if not self.has_subscribers:
            return function(*args, **kwargs)
        context = _message(context)
        with self._call(context):
            context.result = result = function(*args, **kwargs)
        return result

    def trace_callback(
        self,
        function: Callable[..., _T],
        position: int = -1,
        context: Any = None,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> _T:
        """Call function(*args, **kwargs) and tell of it and of the callback among its arguments.

        The call is start, error if it raises, end. The callback is error if its first argument is
        one, async_start, the callback itself, async_end. Node: tracingChannel.traceCallback

        Args:
            function: What is called.
            position: Which of `args` is the callback, of the form callback(error, result).
            context: As for trace_sync().

        Returns:
            What the function returns. What it raises is raised.

        Raises:
            ERR_INVALID_ARG_TYPE: There is no callback at `position`.
        """
        if not self.has_subscribers:
            return function(*args, **kwargs)
        context = _message(context)
        given = list(args)
        callback = given[position] if -len(given) <= position < len(given) else None
        if not callable(callback):
            raise ERR_INVALID_ARG_TYPE("callback", "function", callback)

        def traced(error: Any = None, *results: Any) -> Any:
            if error:
                self._fail(context, error)
            else:
                context.result = results[0] if results else None
            with self._continuation(context):
                return callback(error, *results)

        given[position] = traced
        with self._call(context):
            return function(*given, **kwargs)

    async def trace_async(
        self,
        function: Callable[_P, Coroutine[Any, Any, _T]],
        context: Any = None,
        /,
        *args: _P.args,
        **kwargs: _P.kwargs,
    ) -> _T:
        """Await function(*args, **kwargs) and tell of it. Node: tracingChannel.tracePromise

        In order: start; end, when the coroutine waits for the first time, or is done; error, if it
        raises or is cancelled; async_start and async_end, when it is done. Context variables that
        are bound to `start` are set until then.

        Args:
            function: A coroutine function.
            context: As for trace_sync().

        Returns:
            What the coroutine returns. What it raises is raised.

        Raises:
            ERR_INVALID_ARG_TYPE: The function has returned something else than a coroutine.
        """
        if not self.has_subscribers:
            return await function(*args, **kwargs)
        context = _message(context)
        with self.start._scope(context):
            try:
                running = function(*args, **kwargs)
                if not isinstance(running, Coroutine):
                    raise ERR_INVALID_ARG_TYPE("function", "coroutine function", function)
            except Exception as exc:
                self._fail(context, exc)
                self.end.publish(context)
                raise
            try:
                context.result = result = await _until_first_wait(
                    running, lambda: self.end.publish(context)
                )
            except GeneratorExit:  # it is dropped where it waits: nothing comes to an end
                raise
            except BaseException as exc:
                self._fail(context, exc)
                with self._continuation(context):
                    raise
            with self._continuation(context):
                return result


@coroutine
def _until_first_wait(
    running: Coroutine[Any, Any, _T], waits: Callable[[], object]
) -> Generator[Any, Any, _T]:
    """Await a coroutine; call `waits` when it waits for the first time, or is done before."""
    try:
        wanted = running.send(None)
    except StopIteration as stop:
        result: _T = stop.value
        return result
    finally:
        waits()
    while True:
        sent = thrown = None
        try:
            sent = yield wanted
        except GeneratorExit:
            running.close()
            raise
        except BaseException as exc:
            thrown = exc
        try:
            wanted = running.send(sent) if thrown is None else running.throw(thrown)
        except StopIteration as stop:
            result = stop.value
            return result


def tracing_channel(name_or_channels: str | Mapping[str, Channel]) -> TracingChannel:
    """Return a TracingChannel on these channels. Node: diagnostics_channel.tracingChannel

    Args:
        name_or_channels: As for TracingChannel.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither a name nor such a mapping.
    """
    return TracingChannel(name_or_channels)


def _message(context: Any) -> Any:
    """Return what is published: `context`, or a new object."""
    if context is None:
        return SimpleNamespace()
    if not hasattr(context, "__dict__"):
        raise ERR_INVALID_ARG_TYPE("context", "object that takes attributes", context)
    return context

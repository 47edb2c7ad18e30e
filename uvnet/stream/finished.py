"""finished: a callback for when a stream is done, in whichever way.

Node: lib/internal/streams/end-of-stream.js
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvnet import abort
from uvnet._core import current_loop
from uvnet.abort import AbortSignal
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_STREAM_PREMATURE_CLOSE, AbortError
from uvnet.stream.state import Stream
from uvnet.stream.utils import (
    has_readable,
    has_writable,
    is_errored,
    is_readable,
    is_readable_finished,
    is_stream,
    is_writable,
    is_writable_finished,
    pending_callbacks,
    will_emit_close,
)

Callback = Callable[[Exception | None], object]


def finished(
    stream: Stream,
    callback: Callback,
    *,
    readable: bool | None = None,
    writable: bool | None = None,
    error: bool = True,
    signal: AbortSignal | None = None,
) -> Callable[[], None]:
    """Call `callback` once the stream is no longer readable and writable, has failed or closed.

    The listeners stay on the stream afterwards, so that a late 'error' is not raised as one that
    nobody listens to; call the returned function to remove them.

    Args:
        stream: Any stream.
        callback: callback(error): None if all was read and written. ERR_STREAM_PREMATURE_CLOSE if
            it closed before that. Called once, and never before this function returns.
        readable: Wait for the readable side to end. By default if the stream has one.
        writable: Wait for the writable side to finish. By default if the stream has one.
        error: Take an 'error' as the end. False leaves it to others, and waits for 'close'.
        signal: Aborting it stops the wait with an AbortError; the stream goes on.

    Returns:
        A function that removes the listeners and forgets the callback.

    Raises:
        ERR_INVALID_ARG_TYPE: An argument is of another type.

    Node: stream.finished.
    """
    if not callable(callback):
        raise ERR_INVALID_ARG_TYPE("callback", "function", callback)
    if signal is not None:
        abort.validate(signal, "signal")
    if not is_stream(stream):
        raise ERR_INVALID_ARG_TYPE("stream", "Stream", stream)
    watch = _Watch(stream, callback, readable, writable, signal)
    known, outcome = watch.outcome_now()
    if known:
        if error:
            watch.listen_to("error", _ignore)
    elif signal is not None and signal.aborted:
        known, outcome = True, AbortError(cause=signal.reason)
    if known:
        current_loop().next_tick(watch.settle, outcome)
    else:
        watch.listen(error)
    return watch.cleanup


def _ignore(error: Exception) -> None:
    """Listen to an 'error' that is, or was, told in another way."""


class _Watch:
    """One wait for the end of one stream."""

    __slots__ = (
        "callback",
        "closes",
        "listeners",
        "read",
        "readable",
        "signal",
        "stream",
        "writable",
        "written",
    )

    def __init__(
        self,
        stream: Stream,
        callback: Callback,
        readable: bool | None,
        writable: bool | None,
        signal: AbortSignal | None,
    ) -> None:
        self.stream: Any = stream
        self.callback: Callback | None = callback
        self.signal = signal
        self.readable = has_readable(stream) if readable is None else readable
        self.writable = has_writable(stream) if writable is None else writable
        self.read = bool(is_readable_finished(stream, emitted=False))
        self.written = bool(is_writable_finished(stream, emitted=False))
        # 'close' is the last event: where it comes by itself, it is what to wait for.
        self.closes = (
            will_emit_close(stream)
            and has_readable(stream) == self.readable
            and has_writable(stream) == self.writable
        )
        self.listeners: list[tuple[str, Callable[..., None]]] = []

    def outcome_now(self) -> tuple[bool, Exception | None]:
        """Return whether the stream is done already, and with which error."""
        stream = self.stream
        if stream.closed:
            return True, self.error_of_close()
        if is_errored(stream):
            return not self.closes, stream.errored
        if (
            not self.readable
            and (not self.closes or bool(is_readable(stream)))
            and (self.written or is_writable(stream) is False)
            and (not has_writable(stream) or pending_callbacks(stream) == 0)
        ):
            return True, stream.errored
        if (
            not self.writable
            and (not self.closes or bool(is_writable(stream)))
            and (self.read or is_readable(stream) is False)
        ):
            return True, stream.errored
        return False, None

    def error_of_close(self) -> Exception | None:
        """Return what 'close' means now: the stream's error, or that it came too early."""
        stream = self.stream
        error: Exception | None = stream.errored
        if error is not None:
            return error
        early_read = (
            self.readable
            and not self.read
            and has_readable(stream)
            and not is_readable_finished(stream, emitted=False)
        )
        early_write = (
            self.writable and not self.written and not is_writable_finished(stream, emitted=False)
        )
        return ERR_STREAM_PREMATURE_CLOSE() if early_read or early_write else None

    def listen(self, error: bool) -> None:
        """Wait for the events that end the stream."""
        self.listen_to("end", self.on_end)
        self.listen_to("finish", self.on_finish)
        if error:
            self.listen_to("error", self.settle)
        self.listen_to("close", self.on_close)
        if self.signal is not None:
            self.signal.add_listener(self.on_abort)

    def listen_to(self, event: str, listener: Callable[..., None]) -> None:
        self.listeners.append((event, listener))
        self.stream.on(event, listener)

    def settle(self, error: Exception | None = None) -> None:
        """Call the callback, the first time."""
        callback = self.forget()
        if callback is not None:
            callback(error)

    def cleanup(self) -> None:
        self.forget()
        for event, listener in self.listeners:
            self.stream.remove_listener(event, listener)

    def forget(self) -> Callback | None:
        """Let go of the callback, which is returned, and of the signal."""
        callback, self.callback = self.callback, None
        if self.signal is not None:
            self.signal.remove_listener(self.on_abort)
        return callback

    def on_abort(self) -> None:
        callback, signal = self.callback, self.signal
        self.cleanup()
        if callback is not None and signal is not None:
            callback(AbortError(cause=signal.reason))

    def on_end(self) -> None:
        self.read = True
        stream = self.stream
        self.on_side_done(getattr(stream, "writable", False), self.writable, self.written)

    def on_finish(self) -> None:
        self.written = True
        stream = self.stream
        self.on_side_done(getattr(stream, "readable", False), self.readable, self.read)

    def on_side_done(
        self, other_is_open: bool, other_is_awaited: bool, other_is_done: bool
    ) -> None:
        if self.stream.destroyed:  # by its user: then who knows whether it will close
            self.closes = False
        if self.closes and (other_is_awaited or not other_is_open):
            return
        if other_is_done or not other_is_awaited:
            self.settle()

    def on_close(self, had_error: bool | None = None) -> None:
        self.settle(self.error_of_close())

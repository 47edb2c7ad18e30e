"""Questions that any stream answers: can it be read, is it done, did it fail.

Each takes any object. `None` means that the question makes no sense for it. What a program needs is
exported by uvnet.stream; the rest serves the modules beside this one.

Node: lib/internal/streams/utils.js
"""

from __future__ import annotations

from asyncio import Task
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from cython.cimports.uvnet.stream.state import (  # type: ignore[import-untyped]
    AUTO_DESTROY,
    EMIT_CLOSE,
    ENDED,
    ERROR_EMITTED,
    R_ABSENT,
    R_ENDED,
    R_SIDE,
    W_ABSENT,
    W_SIDE,
)
from cython.cimports.uvnet.stream.utils import (  # type: ignore[import-untyped]
    callbacks_of,
    flags_of,
    read_flags_of,
    set_read_sync,
)

from uvnet._core import current_loop
from uvnet.errors import AbortError
from uvnet.stream.state import Stream

if TYPE_CHECKING:
    from uvnet.stream.readable import Readable
    from uvnet.stream.writable import Writable

__all__ = [
    "give_up",
    "has_pushed_end",
    "has_readable",
    "has_writable",
    "has_written_end",
    "is_closed",
    "is_destroyed",
    "is_disturbed",
    "is_errored",
    "is_finished",
    "is_readable",
    "is_readable_finished",
    "is_stream",
    "is_writable",
    "is_writable_finished",
    "pending_callbacks",
    "push_at_once",
    "spawn",
    "will_emit_close",
]

_T = TypeVar("_T")

# asyncio itself keeps weak references to tasks only.
_tasks: set[Task[Any]] = set()


# ------------------------------------------------------------------------- questions


def is_stream(obj: object) -> TypeGuard[Stream]:
    """Return whether this is a stream of uvnet."""
    return isinstance(obj, Stream)


def has_readable(obj: object) -> TypeGuard[Readable]:
    """Return whether this stream has a readable side, be it ended or not."""
    return isinstance(obj, Stream) and read_flags_of(obj) & (R_SIDE | R_ABSENT) == R_SIDE


def has_writable(obj: object) -> TypeGuard[Writable]:
    """Return whether this stream has a writable side, be it ended or not."""
    return isinstance(obj, Stream) and flags_of(obj) & (W_SIDE | W_ABSENT) == W_SIDE


def is_readable(stream: object) -> bool | None:
    """Return whether data can still come out of the stream; None if it never could.

    Node: stream.isReadable.
    """
    if not has_readable(stream):
        return _lacks(stream, "readable")
    return bool(stream.readable) and not stream.readable_ended


def is_writable(stream: object) -> bool | None:
    """Return whether the stream still takes data; None if it never could.

    Node: stream.isWritable.
    """
    if not has_writable(stream):
        return _lacks(stream, "writable")
    return bool(stream.writable)


def _lacks(stream: object, side: str) -> bool | None:
    """Answer for what has no such side: a Duplex made without it says no, others say nothing."""
    return False if isinstance(getattr(stream, side, None), bool) else None


def is_destroyed(stream: object) -> bool | None:
    """Return whether the stream was destroyed; None if this is not a stream.

    Node: stream.isDestroyed.
    """
    return bool(stream.destroyed) if is_stream(stream) else None


def is_closed(stream: object) -> bool | None:
    """Return whether destroying the stream is over; None if this is not a stream."""
    return bool(stream.closed) if is_stream(stream) else None


def is_errored(stream: object) -> bool:
    """Return whether the stream has emitted an 'error'. Node: stream.isErrored."""
    return is_stream(stream) and bool(flags_of(stream) & ERROR_EMITTED)


def is_disturbed(stream: object) -> bool:
    """Return whether the stream was read from, or given up before its end.

    Node: stream.isDisturbed.
    """
    return has_readable(stream) and bool(stream.readable_did_read or stream.readable_aborted)


# ------------------------------------------------------------------ for our own modules


def has_pushed_end(stream: Stream) -> bool:
    """Return whether push(None) was called. There may be chunks left to read."""
    return bool(read_flags_of(stream) & R_ENDED)


def has_written_end(stream: Stream) -> bool:
    """Return whether end() was called, and has returned."""
    return bool(flags_of(stream) & ENDED)


def pending_callbacks(stream: Stream) -> int:
    """Return how many writes have not been answered; one more while it finishes."""
    return int(callbacks_of(stream))


def is_readable_finished(stream: object, *, emitted: bool = True) -> bool | None:
    """Return whether all was read; None if the stream has no readable side.

    Args:
        stream: Any object.
        emitted: Wait for 'end' to have been emitted. Otherwise an empty buffer after the last
            chunk will do.
    """
    if not has_readable(stream):
        return None
    if stream.errored is not None:
        return False
    if stream.readable_ended:
        return True
    return not emitted and has_pushed_end(stream) and stream.readable_length == 0


def is_writable_finished(stream: object, *, emitted: bool = True) -> bool | None:
    """Return whether all was written; None if the stream has no writable side.

    Args:
        stream: Any object.
        emitted: Wait for 'finish' to have been emitted. Otherwise an empty buffer after end()
            will do.
    """
    if not has_writable(stream):
        return None
    if stream.writable_finished:
        return True
    if stream.errored is not None:
        return False
    return not emitted and has_written_end(stream) and stream.writable_length == 0


def is_finished(stream: Stream) -> bool:
    """Return whether nothing more will come out of the stream, or go into it."""
    return bool(stream.destroyed) or not (is_readable(stream) or is_writable(stream))


def will_emit_close(stream: Stream) -> bool:
    """Return whether the stream will close itself when it is done, and say so."""
    flags = flags_of(stream)
    return flags & AUTO_DESTROY != 0 and flags & EMIT_CLOSE != 0 and not stream.closed


# ---------------------------------------------------------------------------- actions


def give_up(stream: Any, error: Exception | None = None) -> None:
    """Destroy a stream unless it is already; without an error, giving up early is one."""
    if stream is None or stream.destroyed:
        return
    if error is None and not is_finished(stream):
        error = AbortError()
    stream.destroy(error)


def push_at_once(stream: Stream) -> None:
    """Let a first push() before any read() reach listeners without waiting for a tick."""
    set_read_sync(stream, False)


def spawn(coroutine: Coroutine[Any, Any, _T]) -> Task[_T]:
    """Run a coroutine as a task of the current loop, and keep it alive until it is done."""
    loop: Any = current_loop()
    task: Task[_T] = loop.create_task(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    return task

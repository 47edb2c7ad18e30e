"""How a stream comes to its end, and how it is constructed when that takes time.

Node: lib/internal/streams/destroy.js
"""

from __future__ import annotations

from uvnet.errors import ERR_MULTIPLE_CALLBACK


def destroy_stream(stream, error=None):
    """Destroy the stream, unless it is destroyed: _destroy(), then 'error' if any, then 'close'."""
    wanted(stream)
    if stream.flags & DESTROYED:
        return stream
    if stream.flags & BUFFERED or stream.finish_callbacks is not None:
        stream.tick(stream._fail_pending, ())
    _set_error(stream, error)
    # Before anything is called, so that destroy() within it is without effect.
    stream.flags |= DESTROYED
    if stream.flags & CONSTRUCTED:
        _call_destroy(stream, error)
    else:
        stream.deferred_destroy = (error,)
    if stream.awaiting is not None:
        stream.awaiting.changed()
    if stream.waiter is not None:
        stream.waiter.end()
        stream.waiter = None
    return stream


def _set_error(stream, error):
    if error is not None and stream.errored is None:
        stream.errored = error
        stream.flags |= ERRORED


def _call_destroy(stream, error):
    destroyed = _Destroyed(stream)
    try:
        stream._destroy(error, destroyed)
    except Exception as exc:
        destroyed(exc)


class _Destroyed:
    """The callback that _destroy() gets."""

    def __init__(self, stream):
        self.stream = stream

    def __call__(self, error=None):
        stream = self.stream
        if stream is None:
            return
        self.stream = None
        _set_error(stream, error)
        stream.flags |= CLOSED
        if error is not None:
            stream.tick(_emit_error_and_close, (stream, error))
        elif stream.flags & EMIT_CLOSE:
            stream.tick(_emit_close, (stream,))
        else:
            stream.flags |= CLOSE_EMITTED


def _emit_error_and_close(stream, error):
    wanted(stream)
    try:
        emit_error(stream, error)
    finally:
        _emit_close(stream)


def _emit_close(stream):
    wanted(stream)
    if stream.flags & CLOSED:  # else an 'error' listener has made it as new
        stream.flags |= CLOSE_EMITTED
    if stream.flags & EMIT_CLOSE:
        stream.emit0("close")


def emit_error(stream, error):
    """Emit 'error', the only one in the stream's life."""
    if not stream.flags & ERROR_EMITTED:
        stream.flags |= ERROR_EMITTED
        if stream.rflags & AWAITED and not stream.has("error"):
            return 0  # the next read raises it
        stream.emit1("error", error)
    return 0


def _emit_error(stream, error):
    wanted(stream)
    emit_error(stream, error)


def error_or_destroy(stream, error, sync=False):
    """Destroy the stream with `error`; or only emit it, if it does not destroy itself.

    Args:
        sync: The caller is in the middle of a call by the user: emit on the next tick.
    """
    wanted(stream)
    if stream.flags & DESTROYED:
        return
    if stream.flags & AUTO_DESTROY:
        stream.destroy(error)
        return
    _set_error(stream, error)
    if stream.awaiting is not None:
        stream.awaiting.changed()
    if sync:
        stream.tick(_emit_error, (stream, error))
    else:
        emit_error(stream, error)


def undestroy(stream):
    """Make the stream as new: a socket connects again."""
    wanted(stream)
    stream.errored = None
    stream.flags &= ~(
        DESTROYED
        | CLOSED
        | CLOSE_EMITTED
        | ERRORED
        | ERROR_EMITTED
        | FINAL_CALLED
        | PREFINISHED
        | ENDED
        | ENDING
        | FINISHED
    )
    stream.flags |= CONSTRUCTED
    stream.rflags &= ~(READING | R_ENDED | END_EMITTED)
    if stream.flags & W_ABSENT:
        stream.flags |= ENDED | ENDING | FINISHED
    if stream.rflags & R_ABSENT:
        stream.rflags |= R_ENDED | END_EMITTED


def construct_stream(stream):
    """Call _construct() on the next tick, if there is one; work waits until it calls back."""
    wanted(stream)
    if getattr(stream, "_construct", None) is None:
        return
    stream.flags &= ~CONSTRUCTED
    stream.tick(_call_construct, (stream,))


def _call_construct(stream):
    wanted(stream)
    constructed = _Constructed(stream)
    try:
        stream._construct(constructed)
    except Exception as exc:
        constructed(exc)


class _Constructed:
    """The callback that _construct() gets."""

    def __init__(self, stream):
        self.stream = stream

    def __call__(self, error=None):
        wanted(self.stream)
        self.stream.tick(self.proceed, (error,))

    def proceed(self, error):
        stream = self.stream
        wanted(stream)
        if self.called:
            error_or_destroy(stream, error if error is not None else ERR_MULTIPLE_CALLBACK())
            return
        self.called = True
        stream.flags |= CONSTRUCTED
        if stream.flags & DESTROYED:
            [first] = stream.deferred_destroy
            stream.deferred_destroy = None
            _call_destroy(stream, first if first is not None else error)
        elif error is not None:
            error_or_destroy(stream, error, True)
        else:
            stream._constructed()

"""Writable: a sink for data, with backpressure. Node: lib/internal/streams/writable.js"""

from __future__ import annotations

from typing import NamedTuple

from uvnet import encodings
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_METHOD_NOT_IMPLEMENTED,
    ERR_MULTIPLE_CALLBACK,
    ERR_STREAM_ALREADY_FINISHED,
    ERR_STREAM_CANNOT_PIPE,
    ERR_STREAM_DESTROYED,
    ERR_STREAM_NULL_VALUES,
    ERR_STREAM_WRITE_AFTER_END,
    ERR_UNKNOWN_ENCODING,
    AbortError,
)

COMPACT_AT = 256  # chunks written from a buffer before the list is cut


class Chunk(NamedTuple):
    """What _writev() gets a list of."""

    chunk: object
    encoding: str


class Writable(Stream):
    """A sink for data. Implement _write() or _writev().

    Node: stream.Writable

    Args:
        high_water_mark: Bytes, or objects in object mode, from which on write() answers False.
            Default: 65536, 16.
        decode_strings: Encode str to bytes before _write() gets them.
        default_encoding: Of str that is written without one.
        object_mode: Anything but None may be written.
        emit_close: Emit 'close' when it is destroyed.
        auto_destroy: Destroy it after 'finish' and after an error.
        write, writev, final, destroy, construct: Implementations of _write and so on, for those
            who do not derive a class: they get the stream as their first argument.
        signal: An AbortSignal that destroys the stream.

    Events:
        'drain'(), 'finish'(), 'prefinish'(), 'pipe'(source), 'unpipe'(source), 'error'(error),
        'close'().
    """

    def __cinit__(self):
        init_writable(self, None, False, True, None, "high_water_mark")

    def __init__(
        self,
        *,
        high_water_mark: int | None = None,
        decode_strings: bool = True,
        default_encoding: str | None = None,
        object_mode: bool = False,
        emit_close: bool = True,
        auto_destroy: bool = True,
        write=None,
        writev=None,
        final=None,
        destroy=None,
        construct=None,
        signal=None,
    ):
        self.flags &= ~DECODE_STRINGS
        init_writable(
            self,
            high_water_mark,
            bool(object_mode),
            bool(decode_strings),
            default_encoding,
            "high_water_mark",
        )
        self._set_options(
            emit_close,
            auto_destroy,
            signal,
            _write=write,
            _writev=writev,
            _final=final,
            _destroy=destroy,
            _construct=construct,
        )

    def _constructed(self):
        if not self.flags & WRITING:
            clear_buffer(self)
        if self.flags & ENDING:
            finish_maybe(self, False)

    # ------------------------------------------------------------------ implementations

    def _write(self, chunk, encoding: str, callback) -> None:
        """Write one chunk, then callback(error=None). To be overridden, unless _writev() is.

        Args:
            encoding: "buffer" for bytes; of a str, with decode_strings=False, its encoding.
        """
        writev = getattr(self, "_writev", None)
        if writev is None:
            raise ERR_METHOD_NOT_IMPLEMENTED("_write()")
        writev([Chunk(chunk, encoding)], callback)

    def _written(self, error=None):
        written(self, error)

    def _fail_pending(self):
        fail_buffer(self)

    # ------------------------------------------------------------------ writing

    def write(self, chunk, encoding: str | None = None, callback=None) -> bool:
        """Write a chunk.

        Args:
            chunk: A bytes-like object, which must not change until it is written; a str; anything
                but None in object mode.
            encoding: Of a str; see set_default_encoding(). May be left out before `callback`.
            callback: callback(error or None), once the chunk is written or lost.

        Returns:
            False if the caller should wait for 'drain' before it writes more.

        Raises:
            ERR_STREAM_NULL_VALUES, ERR_INVALID_ARG_TYPE, ERR_UNKNOWN_ENCODING: An argument is
                wrong.
        """
        if callback is None and callable(encoding):
            encoding, callback = None, encoding
        return write_chunk(self, chunk, encoding, callback) is True

    def end(self, chunk=None, encoding: str | None = None, callback=None):
        """Write a last chunk, if one is given, and finish.

        Args:
            callback: callback(error or None), when all is written, before 'finish'.

        Returns:
            The stream.
        """
        if callback is None:
            if callable(chunk):
                chunk, callback = None, chunk
            elif callable(encoding):
                encoding, callback = None, encoding
        end_writing(self, chunk, encoding, callback)
        return self

    def cork(self) -> None:
        """Hold back what is written, until uncork() has been called as often or end() once."""
        self.corked += 1
        self.flags |= CORKED

    def uncork(self) -> None:
        """Write what was held back, in one piece if _writev() is implemented."""
        if self.corked:
            self.corked -= 1
            if not self.corked:
                self.flags &= ~CORKED
            if not self.flags & WRITING:
                clear_buffer(self)

    async def drain(self) -> None:
        """Wait until write() may be called again: at once, unless it has answered False.

        Raises:
            Exception: What the stream failed with meanwhile.
            ERR_STREAM_PREMATURE_CLOSE: It was destroyed meanwhile; a socket says ECANCELED, as the
                write that was under way does.
        """
        if self.writable_need_drain:
            from uvnet.stream.promises import drained

            await drained(self)

    def set_default_encoding(self, encoding: str):
        """Set the encoding of str that is written without one.

        Raises:
            ERR_UNKNOWN_ENCODING: `encoding` is none of utf8, latin1, ascii, hex, base64,
                base64url, utf16le or their other names.
        """
        name = encodings.normalize(encoding) if isinstance(encoding, str) else None
        if name is None or name == "buffer":
            raise ERR_UNKNOWN_ENCODING(encoding)
        self.default_encoding = name
        return self

    def pipe(self, destination, *, end: bool = True):
        """Fail: a Writable cannot be read."""
        error_or_destroy(self, ERR_STREAM_CANNOT_PIPE())

    def destroy(self, error: BaseException | None = None):
        """End it now: drop what is not written, emit 'error' if one is given, and 'close'."""
        return destroy_stream(self, error)

    def _destroy(self, error, callback) -> None:
        """Let go of what the stream holds, then callback(error). May be overridden."""
        callback(error)

    def on_rejection(self, error, event, *args) -> None:
        """An async listener has failed: so has the stream."""
        self.destroy(error)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc_info):
        from uvnet.stream.promises import closed

        error = None
        if not self.destroyed:
            error = None if self.writable_finished else AbortError()
            self.destroy(error)
        await closed(self, error, failed=any(exc_info))

    # ------------------------------------------------------------------ state

    @property
    def writable(self) -> bool:
        """Whether write() may be called: it has not ended, failed or been destroyed."""
        return self.flags & W_SIDE != 0 and not self.flags & (
            W_ABSENT | ENDING | ENDED | DESTROYED | ERRORED
        )

    @property
    def writable_length(self) -> int:
        """Bytes that are not written yet; objects in object mode."""
        return self.wlength

    @property
    def writable_high_water_mark(self) -> int:
        """From how much on write() answers False, in the units of writable_length."""
        return self.whwm

    @property
    def writable_need_drain(self) -> bool:
        """Whether 'drain' is to come: write() has answered False."""
        return self.flags & (DESTROYED | ENDING | NEED_DRAIN) == NEED_DRAIN

    @property
    def writable_ended(self) -> bool:
        """Whether end() has been called."""
        return self.flags & ENDING != 0

    @property
    def writable_finished(self) -> bool:
        """Whether all is written after end(); True just before 'finish'."""
        return self.flags & FINISHED != 0

    @property
    def writable_corked(self) -> int:
        """How often uncork() must be called."""
        return self.corked

    @property
    def writable_object_mode(self) -> bool:
        """Whether chunks are objects."""
        return self.flags & W_OBJECTS != 0

    @property
    def writable_aborted(self) -> bool:
        """Whether it was destroyed or failed before 'finish'."""
        return not self.flags & (W_ABSENT | FINISHED) and self.flags & (DESTROYED | ERRORED) != 0


class Pending:
    """A chunk that waits for its turn."""


# ---------------------------------------------------------------------- writing


def as_chunk(stream, chunk, encoding):
    """Return a str or bytes-like chunk as _write() is to get it."""
    if isinstance(chunk, str):
        name = stream.default_encoding
        if encoding is not None:
            name = encoding
            if name != "utf8" and name != "latin1" and name != "ascii":
                name = encodings.normalize(encoding)
            if name is None or name == "buffer":
                raise ERR_UNKNOWN_ENCODING(encoding)
        if not stream.flags & DECODE_STRINGS:
            return chunk
        try:  # what encodings.encode() does, but for a text that cannot be encoded
            if name is None or name == "utf8":
                return chunk.encode()
            if name == "latin1" or name == "ascii":
                return chunk.encode("latin-1")
        except UnicodeEncodeError:
            pass
        return encodings.encode(chunk, name or "utf8")
    if encoding is not None and encodings.normalize(encoding) is None:
        raise ERR_UNKNOWN_ENCODING(encoding)
    if type(chunk) is bytes:
        return chunk
    if isinstance(chunk, (bytes, bytearray)):
        return chunk
    try:
        view = memoryview(chunk)
    except TypeError:
        raise ERR_INVALID_ARG_TYPE("chunk", ["string", "bytes-like object"], chunk) from None
    if not view.c_contiguous:
        return view.tobytes()
    return view if view.ndim == 1 and view.itemsize == 1 else view.cast("B")


def write_chunk(stream, chunk, encoding, callback):
    """Return what write() answers, or the error that has been reported."""
    if chunk is None:
        raise ERR_STREAM_NULL_VALUES()
    if not stream.flags & W_OBJECTS:
        chunk = as_chunk(stream, chunk, encoding)
        if not isinstance(chunk, str):
            encoding = "buffer"
        elif encoding is None:
            encoding = stream.default_encoding or "utf8"
    if stream.flags & (ENDING | DESTROYED):
        if stream.flags & ENDING:
            error = ERR_STREAM_WRITE_AFTER_END()
        else:
            error = ERR_STREAM_DESTROYED("write")
        if callback is not None:
            stream.tick(callback, (error,))
        error_or_destroy(stream, error, True)
        return error
    stream.pending_callbacks += 1
    return write_or_buffer(stream, chunk, encoding, callback)


def write_or_buffer(stream, chunk, encoding, callback):
    length = 1 if stream.flags & W_OBJECTS else len(chunk)
    stream.wlength += length
    if stream.flags & (WRITING | ERRORED | CORKED | CONSTRUCTED) == CONSTRUCTED:
        start_write(stream, length, chunk, encoding, callback, False)
    else:
        if stream.wbuffer is None:
            stream.wbuffer = []
            stream.windex = 0
            stream.flags |= BUFFERED
        if callback is None and type(chunk) is bytes and not stream.flags & W_OBJECTS:
            # Nothing more is to be known of it. There may be thousands, and the garbage collector
            # does not look at bytes.
            stream.wbuffer.append(chunk)
        else:
            pending = Pending()
            pending.chunk = chunk
            pending.encoding = encoding
            pending.callback = callback
            pending.length = length
            stream.wbuffer.append(pending)
    if stream.wlength < stream.whwm or stream.wlength == 0:
        return stream.flags & (DESTROYED | ERRORED) == 0
    stream.flags |= NEED_DRAIN
    return False


def as_chunks(items):
    """Return what is buffered as _writev() is to get it."""
    chunks = []
    for item in items:
        if type(item) is bytes:
            chunks.append(Chunk(item, "buffer"))
        else:
            pending = item
            chunks.append(Chunk(pending.chunk, pending.encoding))
    return chunks


def as_bytes(items):
    """Return what is buffered in a stream that makes bytes of strings."""
    chunks = []
    for item in items:
        if type(item) is not bytes:
            pending = item
            item = pending.chunk
        chunks.append(item)
    return chunks


def start_write(stream, length, chunk, encoding, callback, several):
    """Have a chunk written, or a buffer's list of them."""
    stream.writelen = length
    stream.write_callback = callback
    stream.flags |= WRITING | W_SYNC | EXPECT_CALLBACK
    try:
        if stream.flags & DESTROYED:
            written(stream, ERR_STREAM_DESTROYED("write"))
        elif several:
            stream.do_writev(chunk)
        else:
            stream.do_write(chunk, encoding)
    finally:
        stream.flags &= ~W_SYNC
    return 0


def written(stream, error):
    """_write() has called back."""
    if not stream.flags & EXPECT_CALLBACK:
        error_or_destroy(stream, ERR_MULTIPLE_CALLBACK())
        return 0
    sync = stream.flags & W_SYNC
    callback = stream.write_callback
    stream.write_callback = None
    stream.flags &= ~(WRITING | EXPECT_CALLBACK)
    stream.wlength -= stream.writelen
    stream.writelen = 0

    if error is not None:
        if not stream.flags & ERRORED:
            stream.errored = error
            stream.flags |= ERRORED
        if sync:
            stream.tick(_write_failed, (stream, error, callback))
        else:
            _write_failed(stream, error, callback)
        return 0

    if stream.flags & BUFFERED:
        clear_buffer(stream)
    if not sync:
        return after_write(stream, 1, callback)
    if callback is None:
        if (
            stream.flags & W_OBJECTS or (stream.flags & NEED_DRAIN and stream.wlength == 0)
        ) and not stream.flags & AFTER_WRITE:
            stream.flags |= AFTER_WRITE
            stream.tick(_after_write, (stream,))
        else:
            stream.pending_callbacks -= 1
            if stream.flags & ENDING:
                finish_maybe(stream, True)
        return 0
    # Callbacks are never called from within write(). One that is used again shares its tick.
    waiting = stream.after_write
    if waiting is not None and (waiting.callback is callback):
        waiting.count += 1
        return 0
    waiting = AfterWrite()
    waiting.stream = stream
    waiting.callback = callback
    waiting.count = 1
    stream.after_write = waiting
    stream.flags |= AFTER_WRITE
    stream.tick(waiting, ())
    return 0


class AfterWrite:
    """The tick on which callbacks of writes that were done at once are called."""

    def __call__(self):
        stream = self.stream
        if stream.after_write is self:
            stream.after_write = None
        after_write(stream, self.count, self.callback)


def _after_write(stream):
    wanted(stream)
    after_write(stream, 1, None)


def after_write(stream, count, callback):
    stream.flags &= ~AFTER_WRITE
    stream.pending_callbacks -= count
    try:
        if stream.flags & (ENDING | NEED_DRAIN | DESTROYED) == NEED_DRAIN and stream.wlength == 0:
            stream.flags &= ~NEED_DRAIN
            stream.emit0("drain")
    finally:
        try:
            if callback is not None:
                if count == 1:
                    callback(None)
                else:
                    call_all(stream, [callback] * count, None)
        finally:
            if stream.flags & DESTROYED:
                fail_buffer(stream)
            if stream.flags & ENDING:
                finish_maybe(stream, True)
    return 0


def call_all(stream, callbacks, error):
    """Call each, whatever the others raise."""
    failure = None
    for callback in callbacks:
        try:
            callback(error)
        except BaseException as exc:
            if failure is None:
                failure = exc
            else:
                stream.tick(_raise, (exc,))
    if failure is not None:
        raise failure
    return 0


def _raise(exc):
    raise exc


def _write_failed(stream, error, callback):
    wanted(stream)
    stream.pending_callbacks -= 1
    try:
        if callback is not None:
            callback(error)
        fail_buffer(stream)
    finally:
        error_or_destroy(stream, error)


def fail_buffer(stream):
    """Call the callbacks of what will not be written any more."""
    if stream.flags & WRITING:
        return 0
    callbacks = empty_buffer(stream)
    error = stream.errored
    if error is None and callbacks:
        error = ERR_STREAM_DESTROYED("write")
    try:
        call_all(stream, callbacks, error)
    finally:
        fail_end(stream)
    return 0


def empty_buffer(stream):
    """Drop what is buffered; return the callbacks of it."""
    callbacks = []
    if stream.flags & BUFFERED:
        buffer = stream.wbuffer[stream.windex :]
        stream.wbuffer = None
        stream.windex = 0
        stream.flags &= ~BUFFERED
        for item in buffer:
            if type(item) is bytes:
                stream.wlength -= len(item)
                continue
            pending = item
            stream.wlength -= pending.length
            if pending.callback is not None:
                callbacks.append(pending.callback)
    return callbacks


def forget_writes(stream):
    """Give up what is not written: the stream begins another life. Who waits is told on a tick."""
    callbacks = empty_buffer(stream)
    if stream.flags & WRITING:
        if stream.write_callback is not None:
            callbacks.insert(0, stream.write_callback)
            stream.write_callback = None
        stream.wlength -= stream.writelen
        stream.writelen = 0
        stream.pending_callbacks -= 1
        stream.flags &= ~(WRITING | EXPECT_CALLBACK)
    if stream.finish_callbacks is not None:
        callbacks += stream.finish_callbacks
        stream.finish_callbacks = None
    if callbacks:
        stream.tick(_call_all, (stream, callbacks, ERR_STREAM_DESTROYED("write")))
    return 0


def _call_all(stream, callbacks, error):
    wanted(stream)
    call_all(stream, callbacks, error)


def fail_end(stream):
    if stream.finish_callbacks is not None:
        error = stream.errored
        call_finish_callbacks(stream, error if error is not None else ERR_STREAM_DESTROYED("end"))
    return 0


def clear_buffer(stream):
    """Write what is buffered, as far as it goes at once."""
    if (
        stream.flags & (DESTROYED | PROCESSING | CORKED | BUFFERED | CONSTRUCTED)
        != BUFFERED | CONSTRUCTED
    ):
        return 0
    buffer = stream.wbuffer
    index = stream.windex
    count = len(buffer) - index
    stream.flags |= PROCESSING
    try:
        if count > 1 and stream.has_writev():
            items = buffer[index:] if index else buffer
            stream.wbuffer = None
            stream.windex = 0
            stream.flags &= ~BUFFERED
            stream.pending_callbacks -= count - 1
            joined = None
            for item in items:
                if type(item) is bytes:
                    continue
                pending = item
                if pending.callback is not None:
                    if joined is None:
                        joined = _Joined()
                        joined.stream = stream
                        joined.callbacks = []
                    joined.callbacks.append(pending.callback)
            start_write(stream, stream.wlength, items, None, joined, True)
            return 0
        while index < len(buffer) and not stream.flags & WRITING:
            item = buffer[index]
            buffer[index] = None
            index += 1
            # Before the write, which may call back and come here through another write.
            stream.windex = index
            if type(item) is bytes:
                start_write(stream, len(item), item, "buffer", None, False)
                continue
            pending = item
            start_write(
                stream, pending.length, pending.chunk, pending.encoding, pending.callback, False
            )
        if index == len(buffer):
            stream.wbuffer = None
            stream.windex = 0
            stream.flags &= ~BUFFERED
        elif index > COMPACT_AT and index * 2 >= len(buffer):
            del buffer[:index]
            stream.windex = 0
    finally:
        stream.flags &= ~PROCESSING
    return 0


class _Joined:
    """The callbacks of several chunks that were written as one."""

    def __call__(self, error):
        self.call(error)

    def call(self, error):
        call_all(self.stream, self.callbacks, error)


# ---------------------------------------------------------------------- the end


def end_writing(stream, chunk, encoding, callback):
    error = None
    if chunk is not None:
        answer = write_chunk(stream, chunk, encoding, None)
        if answer is not True and answer is not False:
            error = answer
    if stream.flags & CORKED:
        stream.corked = 1
        stream.uncork()
    if error is not None:
        pass
    elif stream.flags & (DESTROYED | ENDING | ERRORED) == DESTROYED:
        error = ERR_STREAM_DESTROYED("end")
        stream.flags |= ENDING | ENDED
    elif not stream.flags & (ENDING | ERRORED):
        stream.flags |= ENDING
        finish_maybe(stream, True)
        stream.flags |= ENDED
    elif stream.flags & FINISHED:
        error = ERR_STREAM_ALREADY_FINISHED("end")
    elif stream.flags & DESTROYED:
        error = ERR_STREAM_DESTROYED("end")
    if callback is not None:
        if error is not None:
            stream.tick(callback, (error,))
        elif stream.flags & ERRORED:
            stream.tick(callback, (stream.errored,))
        elif stream.flags & FINISHED:
            stream.tick(callback, (None,))
        elif stream.finish_callbacks is None:
            stream.finish_callbacks = [callback]
        else:
            stream.finish_callbacks.append(callback)
    return 0


def need_finish(stream):
    return (
        stream.flags
        & (
            ENDING
            | DESTROYED
            | CONSTRUCTED
            | FINISHED
            | WRITING
            | ERROR_EMITTED
            | CLOSE_EMITTED
            | ERRORED
            | BUFFERED
        )
        == ENDING | CONSTRUCTED
        and stream.wlength == 0
    )


def prefinish(stream):
    if stream.flags & (PREFINISHED | FINAL_CALLED):
        return 0
    final = getattr(stream, "_final", None)
    if final is None or stream.flags & DESTROYED:
        stream.flags |= FINAL_CALLED | PREFINISHED
        stream.emit0("prefinish")
        return 0
    stream.flags |= FINAL_CALLED | W_SYNC
    stream.pending_callbacks += 1
    try:
        final(lambda error=None: _final_done(stream, error))
    except Exception as exc:
        _final_done(stream, exc)
    stream.flags &= ~W_SYNC
    return 0


def _final_done(stream, error):
    wanted(stream)
    if stream.flags & PREFINISHED:
        error_or_destroy(stream, error if error is not None else ERR_MULTIPLE_CALLBACK())
        return
    stream.pending_callbacks -= 1
    if error is not None:
        call_finish_callbacks(stream, error)
        error_or_destroy(stream, error, stream.flags & W_SYNC != 0)
    elif need_finish(stream):
        stream.flags |= PREFINISHED
        stream.emit0("prefinish")
        stream.pending_callbacks += 1
        stream.tick(_finish, (stream,))


def finish_maybe(stream, sync):
    if need_finish(stream):
        prefinish(stream)
        if stream.pending_callbacks == 0:
            if sync:
                stream.pending_callbacks += 1
                stream.tick(_finish_if_needed, (stream,))
            elif need_finish(stream):
                stream.pending_callbacks += 1
                _finish(stream)
    return 0


def _finish_if_needed(stream):
    wanted(stream)
    if need_finish(stream):
        _finish(stream)
    else:
        stream.pending_callbacks -= 1


def _finish(stream):
    wanted(stream)
    stream.pending_callbacks -= 1
    stream.flags |= FINISHED
    try:
        call_finish_callbacks(stream, None)
    finally:
        try:
            stream.emit0("finish")
        finally:  # whatever a listener raises: else the stream would never close
            if stream.flags & AUTO_DESTROY and (
                not stream.rflags & R_SIDE or stream.rflags & (END_EMITTED | R_ABSENT)
            ):
                stream.destroy()


def call_finish_callbacks(stream, error):
    callbacks = stream.finish_callbacks
    if callbacks is not None:
        stream.finish_callbacks = None
        call_all(stream, callbacks, error)
    return 0

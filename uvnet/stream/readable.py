"""Readable: a source of data, in flowing or paused mode. Node: lib/internal/streams/readable.js"""

from __future__ import annotations

import sys

from uvnet import encodings
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_METHOD_NOT_IMPLEMENTED,
    ERR_OUT_OF_RANGE,
    ERR_STREAM_PUSH_AFTER_EOF,
    ERR_STREAM_UNSHIFT_AFTER_END_EVENT,
    AbortError,
)

MAX_HIGH_WATER_MARK = 1 << 30


class Readable(Stream):
    """A source of data. Implement _read(), and push() what it is asked for.

    Node: stream.Readable

    Args:
        high_water_mark: Bytes, or objects in object mode, that are read ahead. Default: 65536, 16.
        encoding: Decode to str with this encoding; see set_encoding(). Default: chunks are bytes.
        object_mode: Chunks may be anything but None, and each is read alone.
        emit_close: Emit 'close' when it is destroyed.
        auto_destroy: Destroy it after 'end' and after an error.
        read, destroy, construct: Implementations of _read, _destroy and _construct, for those who
            do not derive a class: they get the stream as their first argument.
        signal: An AbortSignal that destroys the stream.

    Events:
        'data'(chunk), 'readable'(), 'end'(), 'pause'(), 'resume'(), 'error'(error), 'close'().
    """

    def __cinit__(self):
        init_readable(self, None, False, None, "high_water_mark")

    def __init__(
        self,
        *,
        high_water_mark: int | None = None,
        encoding: str | None = None,
        object_mode: bool = False,
        emit_close: bool = True,
        auto_destroy: bool = True,
        read=None,
        destroy=None,
        construct=None,
        signal=None,
    ):
        init_readable(self, high_water_mark, bool(object_mode), encoding, "high_water_mark")
        self._set_options(
            emit_close, auto_destroy, signal, _read=read, _destroy=destroy, _construct=construct
        )

    def _constructed(self):
        if self.rflags & NEED_READABLE:
            read_more(self)

    # ------------------------------------------------------------------ implementations

    def _read(self, size: int) -> None:
        """Fetch data and push() it, now or later. To be overridden."""
        raise ERR_METHOD_NOT_IMPLEMENTED("_read()")

    def push(self, chunk, encoding: str | None = None) -> bool:
        """Hand a chunk to the reader; None ends the stream. For implementations.

        Args:
            chunk: A bytes-like object, which is copied unless it is bytes; a str, encoded with
                `encoding`, utf8 by default; anything in object mode.

        Returns:
            Whether more should be pushed: less than the high water mark is buffered.
        """
        return push_chunk(self, chunk, encoding, False)

    def unshift(self, chunk, encoding: str | None = None) -> bool:
        """Give back what was read too much: it will be read next. Arguments as for push()."""
        return push_chunk(self, chunk, encoding, True)

    @classmethod
    def from_(cls, iterable, **options):
        """Make a Readable of what an iterable, or an async iterable, yields. Node: Readable.from

        Args:
            iterable: A str or bytes-like object is one chunk.
            options: As of the constructor; object_mode is True by default.
        """
        from uvnet.stream.from_ import from_

        return from_(cls, iterable, **options)

    # ------------------------------------------------------------------ reading

    def read(self, size: int | None = None):
        """Take a chunk out of the buffer, in paused mode.

        Args:
            size: Exactly so many bytes, or what is left at the end of the stream. Default: the
                next chunk, or everything where an encoding is set.

        Returns:
            The chunk, or None if there is not that much now. 'data' is emitted for it as well.
        """
        if size is None:
            return read_chunk(self, EVERYTHING)
        if isinstance(size, bool) or not isinstance(size, int):
            raise ERR_INVALID_ARG_TYPE("size", "number", size)
        if size > sys.maxsize:
            raise ERR_OUT_OF_RANGE("size", "<= 1GiB", size)
        return read_chunk(self, max(size, 0))

    def read_exactly(self, n: int):
        """Wait for `n` bytes, or characters with an encoding, and take them: `await`.

        What is there already is taken at once, without a turn of the loop. Until it has all, the
        data stays in the buffer: a cancelled wait, or one that failed, has taken nothing. The
        buffer may grow beyond the high water mark for it.

        An error of the stream is raised by the read that waits, or else by the next one: from the
        first read on it needs no 'error' listener, until resume() or a 'data' listener.

        Args:
            n: Bytes or characters; 0 gives an empty chunk.

        Raises:
            ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE: `n` is no integer >= 0. At once.
            ERR_INVALID_STATE: In object mode, at once. Awaited: somebody else waits for data, or
                the stream flows, so that its 'data' listeners or a pipe take everything.
            asyncio.IncompleteReadError: The stream has ended; `partial` is the rest, now taken.
            Exception: What the stream failed with.
            ERR_STREAM_PREMATURE_CLOSE: It was destroyed.

        Not in Node; asyncio.StreamReader.readexactly.
        """
        return exactly(self, n)

    def read_until(self, separator=b"\n", *, limit: int | None = None):
        """Wait for a separator, and take everything up to and with it: `await`.

        As read_exactly() in everything else.

        Args:
            separator: bytes, or a str with an encoding, for which b"\\n" stands as well; or a
                tuple of them, of which the one that ends first counts.
            limit: How long what comes before the separator may be. Default: 65536.

        Raises:
            ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE: `separator` is of
                another type, or empty; `limit` is no integer > 0. At once.
            asyncio.LimitOverrunError: The separator is farther away, or not in sight; everything
                stays in the buffer. `consumed` is how much comes before the separator, or how much
                can be read without cutting one in two.
            asyncio.IncompleteReadError: The stream has ended; `partial` is the rest, now taken.

        Not in Node; asyncio.StreamReader.readuntil.
        """
        return until(self, separator, limit)

    def pause(self):
        """Stop 'data'. What arrives is buffered, up to the high water mark."""
        if not self.flags & DESTROYED:
            if self.rflags & (HAS_FLOWING | FLOWING) != HAS_FLOWING:
                self.rflags = (self.rflags | HAS_FLOWING) & ~FLOWING
                self.emit0("pause")
            self.rflags |= HAS_PAUSED | PAUSED
        return self

    def resume(self):
        """Let data flow, from the next tick on; without a 'data' listener it is dropped."""
        if self.flags & DESTROYED:
            return self
        if not self.rflags & FLOWING:
            self.rflags |= HAS_FLOWING
            # Whoever listens for 'readable' reads: nothing flows.
            if not self.rflags & READABLE_LISTENING:
                self.rflags |= FLOWING
            if not self.rflags & RESUME_SCHEDULED:
                self.rflags |= RESUME_SCHEDULED
                self.tick(_resume, (self,))
        self.rflags = (self.rflags | HAS_PAUSED) & ~(PAUSED | AWAITED)
        return self

    def is_paused(self) -> bool:
        """Return whether pause() was called, and resume() not since."""
        return self.rflags & PAUSED != 0 or self.rflags & (HAS_FLOWING | FLOWING) == HAS_FLOWING

    def set_encoding(self, encoding: str):
        """Decode what is read from now on, and what is buffered, to str.

        Characters that are split between chunks are kept together.

        Raises:
            ERR_UNKNOWN_ENCODING: `encoding` is none of utf8, latin1, ascii, hex, base64,
                base64url, utf16le or their other names.
        """
        decoder = encodings.StringDecoder(encoding)
        content = ""
        if self.awaiting is not None:
            self.awaiting.disturbed()
        if self.rbuffer is not None:
            trim(self)
            content = "".join([decoder.write(chunk) for chunk in self.rbuffer[self.rindex :]])
        if self.rflags & R_ENDED:
            content += decoder.end()
        self.decoder = decoder
        self.rflags |= DECODES
        self.rbuffer = [content] if content else None
        self.rindex = 0
        self.rlength = len(content)
        if self.awaiting is not None:
            self.awaiting.changed()
        return self

    def pipe(self, destination, *, end: bool = True):
        """Write everything that is read to `destination`, at the pace that it takes.

        Args:
            destination: A Writable.
            end: End it when this stream ends.

        Returns:
            `destination`.
        """
        from uvnet.stream.pipe import start

        return start(self, destination, end)

    def unpipe(self, destination=None):
        """Stop writing to `destination`, or to all, and pause if none is left."""
        from uvnet.stream.pipe import stop

        stop(self, destination)
        return self

    def iterator(self, *, destroy_on_return: bool = True):
        """Return an async iterator over the chunks.

        Args:
            destroy_on_return: Destroy the stream when the loop is left early.
        """
        from uvnet.stream.iterator import StreamIterator

        return StreamIterator(self, destroy_on_return)

    def __aiter__(self):
        return self.iterator()

    # ------------------------------------------------------------------ listeners

    def on(self, event, listener):
        """Add a listener. 'data' makes the data flow; 'readable' stops that."""
        EventEmitter.on(self, event, listener)
        added(self, event)
        return self

    add_listener = on

    def remove_listener(self, event, listener):
        """Remove a listener."""
        EventEmitter.remove_listener(self, event, listener)
        removed(self, event)
        return self

    off = remove_listener

    def remove_all_listeners(self, event=None):
        """Remove all listeners, or those of one event."""
        EventEmitter.remove_all_listeners(self, event)
        if event is None or event == "readable":
            self.tick(_update_listening, (self,))
        return self

    # ------------------------------------------------------------------ the end

    def destroy(self, error: BaseException | None = None):
        """End it now: drop what is buffered, emit 'error' if one is given, and 'close'."""
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
            error = None if self.readable_ended else AbortError()
            self.destroy(error)
        await closed(self, error, failed=any(exc_info))

    # ------------------------------------------------------------------ state

    @property
    def readable(self) -> bool:
        """Whether read() may be called: it has not ended, failed or been destroyed."""
        return not (
            self.rflags & (R_ABSENT | END_EMITTED) or self.flags & (DESTROYED | ERROR_EMITTED)
        )

    @property
    def readable_flowing(self) -> bool | None:
        """Whether data flows; None if nobody has asked for any yet."""
        return self.rflags & FLOWING != 0 if self.rflags & HAS_FLOWING else None

    @readable_flowing.setter
    def readable_flowing(self, value: bool | None) -> None:
        self.rflags &= ~(HAS_FLOWING | FLOWING)
        if value is not None:
            self.rflags |= HAS_FLOWING | FLOWING if value else HAS_FLOWING

    @property
    def readable_length(self) -> int:
        """Bytes that are buffered; characters with an encoding; objects in object mode."""
        return self.rlength

    @property
    def readable_high_water_mark(self) -> int:
        """How much is read ahead, in the units of readable_length."""
        return self.rhwm

    @property
    def readable_encoding(self) -> str | None:
        """The encoding that chunks are decoded with; None if they are bytes."""
        return self.decoder.encoding if self.rflags & DECODES else None

    @property
    def readable_ended(self) -> bool:
        """Whether 'end' has been emitted."""
        return self.rflags & END_EMITTED != 0

    @property
    def readable_aborted(self) -> bool:
        """Whether it was destroyed or failed before 'end'."""
        return (
            not self.rflags & (R_ABSENT | END_EMITTED) and self.flags & (DESTROYED | ERRORED) != 0
        )

    @property
    def readable_did_read(self) -> bool:
        """Whether 'data' has been emitted."""
        return self.rflags & DATA_EMITTED != 0

    @property
    def readable_object_mode(self) -> bool:
        """Whether chunks are objects."""
        return self.rflags & R_OBJECTS != 0


# ---------------------------------------------------------------------- the buffer


def as_bytes(stream, chunk, encoding):
    """Return what push() was given as the buffer holds it; None after reporting a wrong type."""
    if isinstance(chunk, str):
        own = stream.decoder.encoding if stream.rflags & DECODES else None
        name = encodings.normalize(encoding or "utf8")
        if own is not None and name == own:
            return chunk
        return encodings.encode(chunk, encoding or "utf8")
    try:
        return bytes(memoryview(chunk))
    except TypeError:
        error_or_destroy(
            stream, ERR_INVALID_ARG_TYPE("chunk", ["string", "bytes-like object"], chunk)
        )
        return None


def push_chunk(stream, chunk, encoding, front):
    if chunk is None:
        stream.rflags &= ~READING
        end_of_chunks(stream)
        return False
    if not stream.rflags & R_OBJECTS:
        if type(chunk) is not bytes:
            chunk = as_bytes(stream, chunk, encoding)
            if chunk is None:
                return False
        if not chunk:
            if not front:
                stream.rflags &= ~READING
                read_more(stream)
            return can_push_more(stream)
    if front:
        if stream.rflags & END_EMITTED:
            error_or_destroy(stream, ERR_STREAM_UNSHIFT_AFTER_END_EVENT())
            return can_push_more(stream)
    elif stream.rflags & R_ENDED:
        error_or_destroy(stream, ERR_STREAM_PUSH_AFTER_EOF())
        return False
    if stream.flags & (DESTROYED | ERRORED):
        return False
    if front:
        if stream.rflags & DECODES and type(chunk) is bytes and not stream.rflags & R_OBJECTS:
            chunk = encodings.decode(chunk, stream.decoder.encoding)
    else:
        stream.rflags &= ~READING
        if stream.rflags & DECODES and type(chunk) is bytes:
            chunk = stream.decoder.write(chunk)
            if not chunk and not stream.rflags & R_OBJECTS:
                read_more(stream)
                return can_push_more(stream)
    add_chunk(stream, chunk, front)
    return can_push_more(stream)


def can_push_more(stream):
    return not stream.rflags & R_ENDED and (stream.rlength < stream.rhwm or stream.rlength == 0)


def add_chunk(stream, chunk, front):
    if (
        stream.rflags & (FLOWING | R_SYNC | DATA_LISTENING) == FLOWING | DATA_LISTENING
        and stream.rlength == 0
    ):
        stream.await_drain = None
        stream.rflags |= DATA_EMITTED
        stream.emit1("data", chunk)
    else:
        if not front or stream.rbuffer is None:
            append(stream, chunk)
        else:
            prepend(stream, chunk)
        if stream.awaiting is not None:
            stream.awaiting.changed()
        if stream.rflags & NEED_READABLE:
            emit_readable(stream)
    read_more(stream)
    return 0


def end_of_chunks(stream):
    """push(None) was called."""
    if stream.rflags & R_ENDED:
        return 0
    if stream.rflags & DECODES:
        rest = stream.decoder.end()
        if rest:
            append(stream, rest)
    stream.rflags |= R_ENDED
    if stream.awaiting is not None:
        stream.awaiting.changed()
    if stream.rflags & AWAITED and stream.rlength == 0:
        end_readable(stream)  # which a read() that finds nothing would do
    if not stream.rflags & R_SYNC:
        # Nobody is in the middle of a read(): tell at once.
        stream.rflags = (stream.rflags | EMITTED_READABLE) & ~NEED_READABLE
        _emit_readable(stream)
    elif stream.rflags & (FLOWING | NEED_READABLE) or stream.has("readable"):
        emit_readable(stream)
    else:
        stream.rflags |= EOF_PENDING
    return 0


# ---------------------------------------------------------------------- reading


def fetch(stream):
    """Ask the implementation for more, if it may be asked; return whether it was."""
    if stream.rflags & (READING | R_ENDED) or (
        stream.flags & (DESTROYED | ERRORED | CONSTRUCTED) != CONSTRUCTED
    ):
        return False
    stream.rflags |= READING | R_SYNC
    if stream.rlength == 0:
        stream.rflags |= NEED_READABLE
    try:
        stream.do_read(stream.rhwm)
    except Exception as exc:
        error_or_destroy(stream, exc)
    stream.rflags &= ~R_SYNC
    return True


def consume(stream, size):
    """Take `size` bytes that are there, which may be all at the end."""
    chunk = take(stream, size)
    stream.rlength -= size
    stream.rflags = (stream.rflags | DATA_EMITTED) & ~(EMITTED_READABLE | EOF_PENDING)
    stream.await_drain = None
    if stream.rlength == 0:
        stream.rflags |= NEED_READABLE
    if stream.rlength < stream.rhwm or stream.rlength == 0:
        fetch(stream)
    if stream.rlength == 0 and stream.rflags & R_ENDED:
        end_readable(stream)
    if not stream.flags & (ERROR_EMITTED | CLOSE_EMITTED):
        stream.emit1("data", chunk)
    return chunk


def read_chunk(stream, size):
    asked = size
    dead = stream.flags & DESTROYED
    if size > stream.rhwm:
        if size > MAX_HIGH_WATER_MARK:
            raise ERR_OUT_OF_RANGE("size", "<= 1GiB", size)
        stream.rhwm = 1 << (size - 1).bit_length()
    if size != 0:
        stream.rflags &= ~(EMITTED_READABLE | EOF_PENDING)
    elif stream.rflags & NEED_READABLE and (
        stream.rflags & R_ENDED
        or (stream.rlength >= stream.rhwm if stream.rhwm != 0 else stream.rlength > 0)
    ):
        # Nothing is to be fetched, only told.
        if stream.rlength == 0 and stream.rflags & R_ENDED:
            end_readable(stream)
        else:
            emit_readable(stream)
        return None

    size = how_much(stream, asked)
    if size == 0 and stream.rflags & R_ENDED:
        if stream.rlength == 0:
            end_readable(stream)
        return None

    if (
        (
            stream.rflags & NEED_READABLE
            or stream.rlength == 0
            or stream.rlength - size < stream.rhwm
        )
        and fetch(stream)
        and not stream.rflags & READING
    ):
        size = how_much(stream, asked)  # it has pushed already

    chunk = take(stream, size) if size > 0 else None
    if chunk is None:
        if stream.rlength <= stream.rhwm:
            stream.rflags |= NEED_READABLE
        size = 0
    else:
        stream.rlength -= size
        stream.await_drain = None
    if stream.rlength == 0:
        if not stream.rflags & R_ENDED:
            stream.rflags |= NEED_READABLE
        elif asked != size:
            end_readable(stream)
    if chunk is not None and not dead and not stream.flags & (ERROR_EMITTED | CLOSE_EMITTED):
        stream.rflags |= DATA_EMITTED
        stream.emit1("data", chunk)
    return chunk


def emit_readable(stream):
    stream.rflags &= ~NEED_READABLE
    if not stream.rflags & EMITTED_READABLE:
        stream.rflags |= EMITTED_READABLE
        stream.tick(_emit_readable, (stream,))
    return 0


def _emit_readable(stream):
    wanted(stream)
    if not stream.flags & (DESTROYED | ERRORED) and (stream.rlength or stream.rflags & R_ENDED):
        stream.emit0("readable")
        stream.rflags &= ~EMITTED_READABLE
    if not stream.rflags & (FLOWING | R_ENDED) and stream.rlength <= stream.rhwm:
        stream.rflags |= NEED_READABLE
    flow(stream)


def read_more(stream):
    """Read ahead on the next tick, up to the high water mark."""
    if not stream.rflags & (READING_MORE | READING) and stream.flags & CONSTRUCTED:
        stream.rflags |= READING_MORE
        stream.tick(_read_more, (stream,))
    return 0


def _read_more(stream):
    wanted(stream)
    while not stream.rflags & (READING | R_ENDED) and (
        stream.rlength < stream.rhwm or (stream.rflags & FLOWING and stream.rlength == 0)
    ):
        length = stream.rlength
        stream.read(0)
        if length == stream.rlength:
            break
    stream.rflags &= ~READING_MORE


def flow(stream):
    while stream.rflags & FLOWING and not stream.flags & DESTROYED and stream.read() is not None:
        pass
    return 0


def _resume(stream):
    wanted(stream)
    if not stream.rflags & READING:
        stream.read(0)
    stream.rflags &= ~RESUME_SCHEDULED
    if stream.awaiting is not None:
        stream.awaiting.changed()
    stream.emit0("resume")
    flow(stream)
    if stream.rflags & (FLOWING | READING) == FLOWING:
        stream.read(0)


# ---------------------------------------------------------------------- listeners


def added(stream, event):
    """A listener was added."""
    if event == "data":
        stream.rflags |= DATA_LISTENING
        if stream.has("readable"):
            stream.rflags |= READABLE_LISTENING
        if stream.rflags & (HAS_FLOWING | FLOWING) != HAS_FLOWING:
            stream.resume()
    elif event == "readable" and not stream.rflags & (END_EMITTED | READABLE_LISTENING):
        stream.rflags |= READABLE_LISTENING | NEED_READABLE | HAS_FLOWING
        stream.rflags &= ~(FLOWING | EMITTED_READABLE)
        if stream.rlength:
            emit_readable(stream)
            return 0
        if stream.rflags & EOF_PENDING:
            stream.rflags &= ~EOF_PENDING
            emit_readable(stream)
        if not stream.rflags & READING:
            stream.tick(_read_nothing, (stream,))
    return 0


def removed(stream, event):
    """A listener was removed."""
    if event == "readable":
        # On the next tick: it may be replaced by another.
        stream.tick(_update_listening, (stream,))
    elif event == "data" and not stream.has("data"):
        stream.rflags &= ~DATA_LISTENING
    return 0


def _read_nothing(stream):
    wanted(stream)
    stream.read(0)


def _update_listening(stream):
    wanted(stream)
    if stream.has("readable"):
        stream.rflags |= READABLE_LISTENING
    else:
        stream.rflags &= ~READABLE_LISTENING
    if stream.rflags & (HAS_PAUSED | PAUSED | RESUME_SCHEDULED) == HAS_PAUSED | RESUME_SCHEDULED:
        stream.rflags |= HAS_FLOWING | FLOWING
    elif stream.rflags & DATA_LISTENING:
        stream.resume()
    elif not stream.rflags & READABLE_LISTENING:
        stream.rflags &= ~(HAS_FLOWING | FLOWING)


# ---------------------------------------------------------------------- the end


def end_readable(stream):
    if not stream.rflags & (END_EMITTED | END_SCHEDULED):
        stream.rflags |= R_ENDED | END_SCHEDULED
        stream.tick(_end_readable, (stream,))
    return 0


def _end_readable(stream):
    wanted(stream)
    stream.rflags &= ~END_SCHEDULED
    if (
        stream.flags & (ERRORED | CLOSE_EMITTED)
        or stream.rflags & END_EMITTED
        or stream.rlength != 0
    ):
        return
    stream.rflags |= END_EMITTED
    try:
        stream.emit0("end")
    finally:  # whatever a listener raises: else the stream would never close
        _after_end(stream)


def _after_end(stream):
    if stream.flags & W_SIDE and not stream.flags & HALF_OPEN and stream.writable:
        stream.tick(_end_writable, (stream,))
    elif stream.flags & AUTO_DESTROY and (
        not stream.flags & W_SIDE or stream.flags & (FINISHED | W_ABSENT)
    ):
        stream.destroy()
    return 0


def _end_writable(stream):
    wanted(stream)
    if stream.writable and not stream.flags & (ENDING | DESTROYED):
        stream.end()


# ---------------------------------------------------------------------- awaiting


def set_awaiting(read_exactly, read_until):
    """Take what read_exactly() and read_until() call: they are made of what is here."""
    global exactly, until
    exactly, until = read_exactly, read_until


exactly = until = None

"""Stream: the state of both sides, and where each side asks its implementation for work.

Readable and Writable add no fields, so that Duplex can derive from both. What the flags mean stands
in state.pxd. Node: ReadableState and WritableState.
"""

from __future__ import annotations

import sys
from types import MethodType

from uvnet import encodings
from uvnet._core.current import current_loop
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_UNKNOWN_ENCODING
from uvnet.events import EventEmitter

# Bytes, and objects in object mode.
_default_high_water_mark = [64 * 1024, 16]


def get_default_high_water_mark(object_mode: bool) -> int:
    """Return how much a stream buffers by default: 65536 bytes, or 16 objects in object mode."""
    return _default_high_water_mark[bool(object_mode)]


def set_default_high_water_mark(object_mode: bool, value: int) -> None:
    """Set how much streams made from now on buffer by default: bytes, or objects in object mode.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: `value` is no integer >= 0.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ERR_INVALID_ARG_TYPE("value", "number", value)
    if not 0 <= value <= sys.maxsize:
        raise ERR_INVALID_ARG_VALUE("value", value)
    _default_high_water_mark[bool(object_mode)] = value


class Stream(EventEmitter):
    """The base of all streams. Not made directly. Node: stream.Stream.

    Attributes:
        errored: What it failed with, or None. Read-only.
    """

    def __cinit__(self):
        self.flags = CONSTRUCTED | EMIT_CLOSE | AUTO_DESTROY | HALF_OPEN

    def loop_of(self):
        return current_loop()

    def check_read(self):
        """Raise if it cannot be read from the buffer."""
        return 0

    def tick(self, function, args):
        """Call function(*args) on the next tick of the loop that the stream belongs to."""
        return self.loop_of().tick(function, args)

    def do_read(self, size):
        self._read(size)
        return 0

    def do_write(self, chunk, encoding):
        self._write(chunk, encoding, Completion(self))
        return 0

    def do_writev(self, items):
        from uvnet.stream.writable import as_chunks

        self._writev(as_chunks(items), Completion(self))
        return 0

    def has_writev(self):
        return getattr(self, "_writev", None) is not None

    def _set_options(self, emit_close, auto_destroy, signal, **functions):
        """Take the options that all streams have; `functions` replace methods."""
        from uvnet.stream.destroy import construct_stream

        if not emit_close:
            self.flags &= ~EMIT_CLOSE
        if not auto_destroy:
            self.flags &= ~AUTO_DESTROY
        for name, function in functions.items():
            if function is not None:
                if not callable(function):
                    raise ERR_INVALID_ARG_TYPE(name.lstrip("_"), "function", function)
                setattr(self, name, MethodType(function, self))
        if signal is not None:
            from uvnet.stream.add_abort_signal import add_abort_signal

            add_abort_signal(signal, self)
        construct_stream(self)

    def _set_sides(
        self,
        allow_half_open,
        readable,
        writable,
        high_water_marks,
        readable_objects,
        writable_objects,
        encoding,
        decode_strings,
        default_encoding,
    ):
        """Set up both sides of a Duplex."""
        both, first, second = high_water_marks
        if not allow_half_open:
            self.flags &= ~HALF_OPEN
        if not decode_strings:
            self.flags &= ~DECODE_STRINGS
        # The mark of one side counts only where there is none of both. (Node)
        init_readable(
            self,
            first if both is None else both,
            bool(readable_objects),
            encoding,
            "readable_high_water_mark" if both is None else "high_water_mark",
        )
        init_writable(
            self,
            second if both is None else both,
            bool(writable_objects),
            bool(decode_strings),
            default_encoding,
            "writable_high_water_mark" if both is None else "high_water_mark",
        )
        if not readable:
            self.rflags |= R_ABSENT | R_ENDED | END_EMITTED
        if not writable:
            self.flags |= W_ABSENT | ENDING | ENDED | FINISHED

    @property
    def allow_half_open(self) -> bool:
        """Whether the end of the readable side leaves the writable one open."""
        return self.flags & HALF_OPEN != 0

    @allow_half_open.setter
    def allow_half_open(self, value: bool) -> None:
        if value:
            self.flags |= HALF_OPEN
        else:
            self.flags &= ~HALF_OPEN

    @property
    def destroyed(self) -> bool:
        """Whether destroy() has been called."""
        return self.flags & DESTROYED != 0

    @property
    def closed(self) -> bool:
        """Whether _destroy() has finished: 'close' was emitted or is about to be."""
        return self.flags & CLOSED != 0


class Completion:
    """The callback that _write() and _writev() get: callback(error=None), to be called once."""

    def __init__(self, stream):
        self.stream = stream

    def __call__(self, error=None):
        self.stream._written(error)


def _high_water_mark(value, object_mode, name):
    if value is None:
        return _default_high_water_mark[object_mode]
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= sys.maxsize:
        raise ERR_INVALID_ARG_VALUE(name, value)
    return value


def wanted(stream):
    """Refuse None, from Python, where C code expects a stream."""
    if stream is None:
        raise TypeError("a stream is wanted, not None")
    return 0


def init_readable(self, high_water_mark, object_mode, encoding, name):
    """Give the stream a readable side."""
    self.rhwm = _high_water_mark(high_water_mark, object_mode, name)
    self.rflags |= R_SIDE | R_SYNC
    if object_mode:
        self.rflags |= R_OBJECTS
    if encoding is not None:
        self.decoder = encodings.StringDecoder(encoding)
        self.rflags |= DECODES
    return 0


def init_writable(self, high_water_mark, object_mode, decode_strings, default_encoding, name):
    """Give the stream a writable side."""
    self.whwm = _high_water_mark(high_water_mark, object_mode, name)
    self.flags |= W_SIDE | W_SYNC
    if object_mode:
        self.flags |= W_OBJECTS
    if decode_strings:
        self.flags |= DECODE_STRINGS
    if default_encoding is not None and default_encoding != "utf8":
        self.default_encoding = encodings.normalize(default_encoding)
        if self.default_encoding is None:
            raise ERR_UNKNOWN_ENCODING(default_encoding)
    return 0

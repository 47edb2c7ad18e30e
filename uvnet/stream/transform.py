"""Transform: a Duplex whose output is computed from its input.

Node: lib/internal/streams/transform.js
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from uvnet._core import current_loop
from uvnet.errors import ERR_METHOD_NOT_IMPLEMENTED
from uvnet.stream.duplex import Duplex
from uvnet.stream.utils import has_pushed_end, has_written_end, push_at_once


class Callback(Protocol):
    """What ends one step of a transform: its error, or one more chunk to push."""

    def __call__(self, error: Exception | None = None, data: Any = None) -> None: ...


class Transform(Duplex):
    """A stream that takes chunks, and gives others.

    A subclass overrides _transform(), and _flush() if it keeps something back; or both are given as
    functions, which get the stream first. Each calls `callback(error=None, data=None)` once when
    its step is over; push() may be called any number of times before. The next chunk is transformed
    after the callback, and only while the readable side has room.

    Events: those of Duplex.

    Node: lib/internal/streams/transform.js Transform.
    """

    # The write callback of the chunk after which the readable side was full.
    _held: Callable[[], object] | None = None
    _transform_option: Callable[..., object] | None = None
    _flush_option: Callable[..., object] | None = None

    def __init__(
        self,
        *,
        transform: Callable[[Any, Any, str, Callback], object] | None = None,
        flush: Callable[[Any, Callback], object] | None = None,
        final: Callable[..., object] | None = None,
        high_water_mark: int | None = None,
        readable_high_water_mark: int | None = None,
        writable_high_water_mark: int | None = None,
        **options: Any,
    ) -> None:
        """Make a transform.

        Args:
            transform: transform(stream, chunk, encoding, callback), in place of _transform().
            flush: flush(stream, callback), in place of _flush().
            final: final(stream, callback), in place of _final(). What is kept back is then flushed
                after it.
            high_water_mark: Of both sides, in bytes, or objects in object mode. If the readable
                side's is 0, the writable side's is 0 too, unless it is given: a transform buffers
                on one side.
            readable_high_water_mark: Of the readable side, where high_water_mark is not given.
            writable_high_water_mark: Of the writable side, where high_water_mark is not given.
            **options: Those of Duplex.

        Raises:
            ERR_INVALID_ARG_VALUE: A high water mark is no integer from 0 on.
        """
        readable_mark = readable_high_water_mark if high_water_mark is None else high_water_mark
        if readable_mark == 0:
            high_water_mark, readable_high_water_mark = None, 0
            writable_high_water_mark = writable_high_water_mark or 0
        if transform is not None:
            self._transform_option = transform
        if flush is not None:
            self._flush_option = flush
        super().__init__(
            final=final,
            high_water_mark=high_water_mark,
            readable_high_water_mark=readable_high_water_mark,
            writable_high_water_mark=writable_high_water_mark,
            **options,
        )
        # Nothing is read before it is asked for, so a first push need not wait for a tick.
        push_at_once(self)
        if final is not None or type(self)._final is not Transform._final:
            self.on("prefinish", self._flush_after_final)

    # ------------------------------------------------------------ for a subclass to override

    def _transform(self, chunk: Any, encoding: str, callback: Callback) -> None:
        """Transform one chunk.

        Args:
            chunk: bytes; str if decode_strings=False; anything in object mode.
            encoding: Of a str, else 'buffer'.
            callback: callback(error=None, data=None): call it once, when done with this chunk.

        Raises:
            ERR_METHOD_NOT_IMPLEMENTED: Neither overridden nor given as an option.
        """
        if self._transform_option is None:
            raise ERR_METHOD_NOT_IMPLEMENTED("_transform()")
        self._transform_option(self, chunk, encoding, callback)

    def _flush(self, callback: Callback) -> None:
        """Push what was kept back: all was written, and 'end' waits for the callback."""
        if self._flush_option is None:
            callback()
        else:
            self._flush_option(self, callback)

    # --------------------------------------------------------------------- as a Duplex

    def _final(self, callback: Callable[..., object]) -> None:
        def flushed(error: Exception | None = None, data: Any = None) -> None:
            if error is not None:
                callback(error)
                return
            if data is not None:
                self.push(data)
            self.push(None)
            callback()

        self._flush(flushed)

    def _flush_after_final(self) -> None:
        """Flush where _final() was overridden; by then 'finish' no longer waits for anything."""
        Transform._final(self, self._flushed_late)

    def _flushed_late(self, error: Exception | None = None) -> None:
        if error is not None:
            self.destroy(error)

    def _write(self, chunk: Any, encoding: str, callback: Callable[..., object]) -> None:
        length = self.readable_length

        def transformed(error: Exception | None = None, data: Any = None) -> None:
            if error is not None:
                callback(error)
                return
            if data is not None:
                self.push(data)
            if has_pushed_end(self):
                # Only after a tick is it seen that push(None) ended the stream.
                current_loop().next_tick(callback)
            elif (
                has_written_end(self)
                or self.readable_length == length
                or self.readable_length < self.readable_high_water_mark
            ):
                callback()
            else:
                self._held = callback

        self._transform(chunk, encoding, transformed)

    def _read(self, size: int) -> None:
        self._go_on()

    def _go_on(self) -> None:
        """Call the callback that was held back, so that the next chunk is transformed."""
        if (callback := self._held) is not None:
            self._held = None
            callback()

    def _destroy(
        self, error: Exception | None, callback: Callable[[Exception | None], object]
    ) -> None:
        # Nobody will read any more: what waits behind a full buffer learns that it is lost.
        if self._held is not None:
            current_loop().next_tick(self._go_on)
        callback(error)

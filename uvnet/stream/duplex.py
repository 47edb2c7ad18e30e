"""Duplex: a Readable and a Writable in one. Node: lib/internal/streams/duplex.js"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from uvnet.stream.readable import Readable
from uvnet.stream.writable import Chunk, Writable

if TYPE_CHECKING:
    from uvnet.abort import AbortSignal
    from uvnet.stream.state import _Done


class Duplex(Readable, Writable):
    """A stream that can be both read and written; the two sides know nothing of each other.

    Node: stream.Duplex

    Args:
        allow_half_open: Leave the writable side open when the readable one ends.
        readable, writable: False: that side is absent.
        readable_object_mode, writable_object_mode: object_mode of one side.
        readable_high_water_mark, writable_high_water_mark: high_water_mark of one side.

    The other arguments, and the events, are those of Readable and Writable.
    """

    __slots__ = ()

    def __init__(
        self,
        *,
        allow_half_open: bool = True,
        readable: bool = True,
        writable: bool = True,
        high_water_mark: int | None = None,
        readable_high_water_mark: int | None = None,
        writable_high_water_mark: int | None = None,
        object_mode: bool = False,
        readable_object_mode: bool = False,
        writable_object_mode: bool = False,
        encoding: str | None = None,
        decode_strings: bool = True,
        default_encoding: str | None = None,
        emit_close: bool = True,
        auto_destroy: bool = True,
        read: Callable[[Self, int], object] | None = None,
        write: Callable[[Self, Any, str, _Done], object] | None = None,
        writev: Callable[[Self, list[Chunk], _Done], object] | None = None,
        final: Callable[[Self, _Done], object] | None = None,
        destroy: Callable[[Self, Exception | None, _Done], object] | None = None,
        construct: Callable[[Self, _Done], object] | None = None,
        signal: AbortSignal | None = None,
    ) -> None:
        self._set_sides(
            allow_half_open,
            readable,
            writable,
            (high_water_mark, readable_high_water_mark, writable_high_water_mark),
            object_mode or readable_object_mode,
            object_mode or writable_object_mode,
            encoding,
            decode_strings,
            default_encoding,
        )
        self._set_options(
            emit_close,
            auto_destroy,
            signal,
            _read=read,
            _write=write,
            _writev=writev,
            _final=final,
            _destroy=destroy,
            _construct=construct,
        )

    def _constructed(self) -> None:
        Readable._constructed(self)
        Writable._constructed(self)

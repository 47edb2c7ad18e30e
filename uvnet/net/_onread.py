"""onread: reading into the user's memory, without a bytes object for each chunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE

Buffer: TypeAlias = "bytearray | memoryview[Any] | Any"  # writable and contiguous


class OnRead(NamedTuple):
    """Where a socket reads into, and who hears of it; 'data' is not emitted then.

    Attributes:
        buffer: A writable buffer that every read fills from its start; or a function without
            arguments that returns one, called once at first and again after each callback.
        callback: callback(nread, buffer): the first `nread` bytes are new. When it returns False,
            nothing else, the socket is paused.
    """

    buffer: Buffer | Callable[[], Buffer]
    callback: Callable[[int, Any], object]


def check_onread(value: Any, name: str = "onread") -> OnRead:
    """Return an OnRead for a pair that may be one.

    Raises:
        ERR_INVALID_ARG_TYPE: It is no pair of a writable buffer, or a function, and a function.
        ERR_INVALID_ARG_VALUE: The buffer is empty.
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ERR_INVALID_ARG_TYPE(name, "a pair of a buffer and a callback", value)
    buffer, callback = value
    if not callable(callback):
        raise ERR_INVALID_ARG_TYPE(f"{name}.callback", "function", callback)
    if not callable(buffer):
        try:
            view = memoryview(buffer)
        except TypeError:
            view = None
        if view is None or view.readonly or not view.c_contiguous:
            raise ERR_INVALID_ARG_TYPE(
                f"{name}.buffer", ["a writable, contiguous bytes-like object", "function"], buffer
            )
        if view.nbytes == 0:
            raise ERR_INVALID_ARG_VALUE(f"{name}.buffer", buffer, "must hold at least one byte")
    return value if isinstance(value, OnRead) else OnRead(buffer, callback)

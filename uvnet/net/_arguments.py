"""The positional forms of connect() and listen(), turned into their options.

    (port[, host][, callback])   (path[, callback])   (handle[, backlog][, callback])

Node: normalizeArgs in lib/net.js.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from uvnet import _core
from uvnet.errors import ERR_INVALID_ARG_TYPE
from uvnet.net._bound_socket import BoundSocket
from uvnet.net._validators import is_pipe_name

Callback = Callable[[], object]


def normalize(
    function: str,
    args: tuple[Any, ...],
    options: dict[str, Any],
    known: Collection[str],
) -> tuple[dict[str, Any], Callback | None]:
    """Put the positional arguments of a call among its options.

    Args:
        function: The name of what was called, for errors.
        args: A last one that can be called is the callback. Before it the first is a path if it
            reads like one, a handle if it has one, and else a port; the rest are what may follow.
        options: By their names.
        known: The names there are. With 'handle' a handle may come first, with 'backlog' one may
            be last.

    Returns:
        The options, 'port' among them if a port was given, be it None; and the callback, or None.

    Raises:
        TypeError: There is no such option, it was given twice, or there are too many arguments.
        ERR_INVALID_ARG_TYPE: What stands in the host's place is no string.
    """
    unknown = options.keys() - known
    if unknown:
        raise TypeError(f"{function}() got an unexpected keyword argument {min(unknown)!r}")
    callback = None
    if args and callable(args[-1]):
        *args_left, callback = args
    else:
        args_left = list(args)
    if not args_left:
        return options, callback
    first, *rest = args_left
    placed: dict[str, Any] = {}
    if is_pipe_name(first):
        placed["path"] = first
    elif "handle" in known and has_handle(first):
        placed["handle"] = first
    else:
        placed["port"] = first
        if rest and (rest[0] is None or isinstance(rest[0], str)):
            placed["host"] = rest.pop(0)
        elif rest and "backlog" not in known:
            raise ERR_INVALID_ARG_TYPE("host", "string", rest[0])
    if rest and "backlog" in known:
        placed["backlog"] = rest.pop(0)
    if any(value is not None for value in rest):
        raise TypeError(f"{function}() got too many positional arguments: {args!r}")
    twice = options.keys() & placed
    if twice:
        raise TypeError(f"{function}() got multiple values for argument {min(twice)!r}")
    return {**options, **placed}, callback


def has_handle(value: object) -> bool:
    """Return whether a server can listen on a value: see handle_in()."""
    return handle_in(value) is not None


def handle_in(value: object) -> _core.TCP | _core.Pipe | BoundSocket | int | None:
    """Return what a server can listen on.

    Returns:
        The stream handle or BoundSocket that the value is, or has as `_handle` or `handle`; or the
        descriptor that it has as `fd`; else None.
    """
    kinds = (_core.TCP, _core.Pipe, BoundSocket)
    if isinstance(value, kinds):
        return value
    for name in ("_handle", "handle"):
        found = getattr(value, name, None)
        if isinstance(found, kinds):
            return found
    fd = getattr(value, "fd", None)
    return fd if isinstance(fd, int) and not isinstance(fd, bool) and fd >= 0 else None

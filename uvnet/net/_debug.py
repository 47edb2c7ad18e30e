"""The log of net: UVNET_DEBUG=net. Every use stands behind `if debug is not None`."""

from __future__ import annotations

from typing import Any

from uvnet._debug import debug_log

debug = debug_log("net")


def name_of(value: object) -> str:
    """Return what an object is called in the log: 'Socket 0x7f21c0a1'."""
    return f"{type(value).__name__} {id(value):#x}"


def ends_of(handle: Any) -> str:
    """Return both addresses of a connection, as far as there are any: '1.2.3.4:5 -> 1.2.3.4:6'."""
    return f"{address_text(handle.getsockname())} -> {address_text(handle.getpeername())}"


def address_text(found: Any) -> str:
    """Return what a handle says of an address: (address, family, port), a path, or an error."""
    if isinstance(found, tuple):
        address, family, port = found
        return f"[{address}]:{port}" if family == 6 else f"{address}:{port}"
    return found or "(no path)" if isinstance(found, str) else "(unknown)"

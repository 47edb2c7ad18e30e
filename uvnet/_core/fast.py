"""The fast paths, each of which can be switched off to prove that nobody can see it.

UVNET_FAST=-recycle python program.py
"""

from __future__ import annotations

import os
import warnings

_PATHS = {
    "recycle": True,  # a bytes object that a read callback did not keep is used for the next read
    "flow": True,  # what a socket reads goes to its 'data' listeners without the read buffer
    "write": True,  # what a socket is given to write goes to the kernel without the write buffer
    "feed": True,  # what a socket reads goes to the `async for` that waits without an event
    "cork": True,  # what a transport writes leaves at the end of the callback, or of its batch
    "sock": True,  # sock_recv, sock_recv_into and sock_sendall call plain sockets in C
    "splice": True,  # socket.pipe(socket) moves its bytes in C
    "batch": True,  # datagrams are received and sent many in one system call
}


def _switch(switches: str) -> None:
    for switch in switches.replace(",", " ").split():
        name = switch.lstrip("+-")
        if name in _PATHS:
            _PATHS[name] = not switch.startswith("-")
        else:
            warnings.warn(
                f"UVNET_FAST names no fast path: {switch!r}; there are {', '.join(_PATHS)}",
                RuntimeWarning,
                stacklevel=2,
            )


_switch(os.environ.get("UVNET_FAST", ""))


def is_enabled(name: str) -> bool:
    """Return whether a fast path is on. Loops ask when they are made."""
    return _PATHS[name]


def fast_paths() -> dict[str, bool]:
    """Return which fast paths are on, by name: set by UVNET_FAST when uvnet was imported."""
    return dict(_PATHS)

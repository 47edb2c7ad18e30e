"""Handles for descriptors that somebody else made. Node: createHandle in lib/net.js."""

from __future__ import annotations

import os
import socket
import stat

from uvnet import _core
from uvnet.errors import ERR_INVALID_FD_TYPE

_SOCKETS = {
    (socket.AF_INET, socket.SOCK_STREAM): "TCP",
    (socket.AF_INET6, socket.SOCK_STREAM): "TCP",
    (socket.AF_INET, socket.SOCK_DGRAM): "UDP",
    (socket.AF_INET6, socket.SOCK_DGRAM): "UDP",
    (socket.AF_UNIX, socket.SOCK_STREAM): "PIPE",
}


def guess_type(fd: int) -> str:
    """Return what a descriptor is: 'TCP', 'UDP', 'PIPE', 'TTY', 'FILE' or 'UNKNOWN'.

    Unix stream sockets and FIFOs are both pipes. (libuv: uv_guess_handle)
    """
    try:
        if os.isatty(fd):
            return "TTY"
        mode = os.fstat(fd).st_mode
    except OSError:
        return "UNKNOWN"
    if stat.S_ISFIFO(mode):
        return "PIPE"
    if stat.S_ISREG(mode) or stat.S_ISCHR(mode):
        return "FILE"
    if not stat.S_ISSOCK(mode):
        return "UNKNOWN"
    borrowed = socket.socket(fileno=fd)  # asks the system what it is
    try:
        return _SOCKETS.get((borrowed.family, borrowed.type), "UNKNOWN")
    finally:
        borrowed.detach()


def handle_for(fd: int) -> _core.TCP | _core.Pipe:
    """Return a handle of the right kind for a descriptor, which it does not have yet.

    Raises:
        ERR_INVALID_FD_TYPE: It is neither a TCP socket nor a pipe.
    """
    kind = guess_type(fd)
    if kind == "TCP":
        return _core.TCP()
    if kind == "PIPE":
        return _core.Pipe()
    raise ERR_INVALID_FD_TYPE(kind)

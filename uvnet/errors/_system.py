"""Errors of system calls: a negative errno with what it happened to.

The classes are made from a table: for each errno that Python has an exception for, a class named
by the code that is a UVError and that exception: `ECONNREFUSED(UVError, ConnectionRefusedError)`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from uvnet._core.constants import (
    UV_EAI_NODATA,
    UV_EAI_NONAME,
    error_name,
    error_numbers,
    error_text,
)
from uvnet.errors._codes import Fixed, restore


class UVError(OSError):
    """A system call failed. Made by uv_error().

    Its text is Node's, `connect ECONNREFUSED 127.0.0.1:80`. Where Python has an exception for the
    errno it is that too: `except ConnectionRefusedError` catches it.

    Attributes:
        code: The name of the errno: 'ECONNREFUSED'.
        errno: Its number, positive.
        strerror: Its text, as libuv words it.

    Args:
        status: A negative errno, as the low-level API returns it.
        syscall: What failed. An attribute too, as are all that follow but `with_text`; what is
            absent is None.
        address: The address, or the path of a Unix socket.
        port: The port of `address`.
        local_address, local_port: The other end.
        path: The path of a Unix socket; `address` is the same then.
        with_text: Whether the message has the errno's text in it, as that of listen() has.

    Raises:
        ValueError: `status` is no error.
    """

    code: str
    syscall: str
    address: str | None = None
    port: int | None = None
    local_address: str | None = None
    local_port: int | None = None
    path: str | None = None
    _with_text = False

    def __init__(
        self,
        status: int,
        syscall: str,
        *,
        address: str | None = None,
        port: int | None = None,
        local_address: str | None = None,
        local_port: int | None = None,
        path: str | None = None,
        with_text: bool = False,
    ) -> None:
        if status >= 0:
            raise ValueError(f"status must be a negative errno, not {status!r}")
        super().__init__(-status, error_text(status))
        self.code = error_name(status)
        self.syscall = syscall
        # What is absent is found in the class.
        if path is not None:
            self.path = self.address = path
        elif address is not None:
            self.address = address
        if port is not None:
            self.port = port
        if local_address is not None:
            self.local_address = local_address
            self.local_port = local_port
        if with_text:
            self._with_text = True

    def __str__(self) -> str:
        text = f"{self.syscall} {self.code}"
        if self._with_text:
            text += f": {self.strerror}"
        if self.port:
            text += f" {self.address or ''}:{self.port}"
        elif self.address:
            text += f" {self.address}"
        if self.local_address is not None:
            text += f" - Local ({self.local_address}:{self.local_port})"
        return text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...], dict[str, Any]]:
        return restore, (type(self), self.args), self.__dict__


class DNSError(UVError, socket.gaierror):
    """A lookup failed: `getaddrinfo ENOTFOUND example.invalid`.

    Its `errno` is the one of socket.gaierror, such as socket.EAI_NONAME. Its `code` is 'ENOTFOUND'
    both for a name that does not exist and for one without addresses.

    Args:
        status: A negative number: UV_EAI_*, or another errno.
        syscall: What failed.
        hostname: What was looked up. An attribute too.
    """

    def __init__(self, status: int, syscall: str, hostname: str | None = None) -> None:
        super().__init__(status, syscall)
        self.hostname = hostname
        self.errno = getattr(socket, self.code, self.errno)
        if status in (UV_EAI_NODATA, UV_EAI_NONAME):
            self.code = "ENOTFOUND"
        self.args = (self.errno, self.strerror)

    def __str__(self) -> str:
        text = f"{self.syscall} {self.code}"
        return text if self.hostname is None else f"{text} {self.hostname}"


class SocketEnded(Fixed, BrokenPipeError):
    """A write after the peer ended the connection, which ended our side too. It has no errno."""

    code = "EPIPE"
    template = "This socket has been ended by the other party"


def _make_classes() -> dict[int, type[UVError]]:
    made: dict[int, type[UVError]] = {}
    for name, status in error_numbers().items():
        base = type(OSError(-status, ""))
        if base is not OSError:
            code = name.removeprefix("UV_")
            doc = f"{base.__name__}: {error_text(status)}."
            # Where they are pickled from: uvnet.errors has them by their names.
            namespace = {"__doc__": doc, "__module__": "uvnet.errors"}
            made[status] = type(code, (UVError, base), namespace)
    return made


classes = _make_classes()


def uv_error(
    status: int,
    syscall: str,
    *,
    address: str | None = None,
    port: int | None = None,
    local_address: str | None = None,
    local_port: int | None = None,
    path: str | None = None,
) -> UVError:
    """Make the exception for a negative errno: `connect ECONNREFUSED ::1:80 - Local (::1:5)`.

    See UVError for the arguments.
    """
    return classes.get(status, UVError)(
        status,
        syscall,
        address=address,
        port=port,
        local_address=local_address,
        local_port=local_port,
        path=path,
    )


def uv_error_with_text(
    status: int, syscall: str, address: str | None = None, port: int | None = None
) -> UVError:
    """Make one that says more: `listen EADDRINUSE: address already in use 127.0.0.1:80`.

    See UVError for the arguments.
    """
    return classes.get(status, UVError)(status, syscall, address=address, port=port, with_text=True)

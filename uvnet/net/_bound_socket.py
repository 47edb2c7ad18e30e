"""BoundSocket: an address that is taken before it is known who will listen or connect there."""

from __future__ import annotations

import errno
import os
import socket
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from types import TracebackType
from typing import Any, NoReturn, Self

from uvnet import _core
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_HANDLE_ADOPTED,
    uv_error,
)
from uvnet.net._address import ANY, FAMILIES, Address
from uvnet.net._validators import validate_path, validate_port, validate_switch

LINUX = sys.platform == "linux"
LONGEST_PATH = 107 if LINUX else 103  # bytes; the kernel's limit, less the final NUL


class BoundSocket:
    """A socket that is bound and does nothing yet. Node: net.BoundSocket, since v26

    It is newer than the v23.5 documentation that the rest of uvnet.net follows. A Server or a
    Socket adopts it: `server.listen(bound)`, `server.listen(handle=bound)`, `Socket(handle=bound)`.
    From then on it is theirs, and here all but `with` raises ERR_SOCKET_HANDLE_ADOPTED. It belongs
    to no loop before that, and must be closed if nobody adopts it; `with` does so.

    Args:
        host: An IPv4 or IPv6 literal, for nothing is looked up; None, the default, for '0.0.0.0',
            or '::' with `ipv6_only`.
        port: A number, or a string that stands for one; 0, the default, for any free one.
        ipv6_only: Whether '::' takes no IPv4 clients.
        reuse_port: Whether several sockets may share the port. (SO_REUSEPORT)
        path: Instead of all these, the path of a Unix socket. It must not exist, and is removed
            when this, or who adopts it, closes. A leading NUL makes an abstract name, and ''
            has the system choose one (Linux).

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_SOCKET_BAD_PORT: An argument is wrong, or
            there is a path besides other arguments.
        UVError: The address cannot be had. On Linux a port counts as taken once somebody listens
            there.
    """

    _socket: socket.socket | None = None
    _address: Address | str = ""
    _is_pipe = False
    _identity: tuple[int, int] | None = None  # of the file that was bound
    _pid = 0  # of the process that bound it, and alone removes it

    def __init__(
        self,
        *,
        host: str | None = None,
        port: int | str | None = None,
        ipv6_only: bool | None = None,
        reuse_port: bool | None = None,
        path: str | PathLike[str] | None = None,
    ) -> None:
        if self._socket is not None:
            raise RuntimeError(f"{self!r} is already bound")
        if path is not None:
            if any(option is not None for option in (host, port, ipv6_only, reuse_port)):
                raise ERR_INVALID_ARG_VALUE(
                    "path", path, "cannot be had with host, port, ipv6_only or reuse_port"
                )
            self._is_pipe = True
            self._socket, name = bound_to_path(validate_path(path))
            self._address = name if isinstance(name, str) else os.fsdecode(name)
            self._identity = identity_of(self._address)
            self._pid = os.getpid()
            return
        number = 0 if port is None else validate_port(port)
        only = validate_switch(ipv6_only, "ipv6_only")
        reuse = validate_switch(reuse_port, "reuse_port")
        if host is None:
            host = ANY[6 if only else 4]
        elif not isinstance(host, str):
            raise ERR_INVALID_ARG_TYPE("host", "string", host)
        family = _core.is_ip(host)
        if not family:
            raise ERR_INVALID_ARG_VALUE(
                "host", host, "must be an IP address: a BoundSocket looks nothing up"
            )
        self._socket, (literal, actual, *_) = bound_to_port(host, family, number, only, reuse)
        self._address = Address(literal, FAMILIES[family], actual)

    def address(self) -> Address | str:
        """Return what it is bound to: an Address with the actual port, or a path.

        Raises:
            ERR_SOCKET_HANDLE_ADOPTED: It has been adopted, or closed.
        """
        self._owned()
        return self._address

    def fd(self) -> int:
        """Return the descriptor, which stays this socket's.

        Raises:
            ERR_SOCKET_HANDLE_ADOPTED: It has been adopted, or closed.
        """
        return self._owned().fileno()

    @property
    def is_pipe(self) -> bool:
        """Whether it is bound to a path, and not to a port."""
        return self._is_pipe

    def close(self) -> None:
        """Give the address back; a path is removed, if it is still the file that was bound.

        Raises:
            ERR_SOCKET_HANDLE_ADOPTED: It has been adopted, or closed.
        """
        held = self._taken()
        if self._is_still_there():
            with suppress(OSError):  # nobody could do anything about it
                os.unlink(str(self._address))
        held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it, unless it has been adopted or closed. Node: bound[Symbol.dispose]"""
        if self._socket is not None:
            self.close()

    def __del__(self) -> None:
        if self._socket is not None:
            try:
                warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
            finally:  # a warning may be an error
                self.close()

    def __repr__(self) -> str:
        state = "adopted or closed" if self._socket is None else f"{self._address!r}"
        return f"<{type(self).__module__}.{type(self).__qualname__} {state}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def _owned(self) -> socket.socket:
        if self._socket is None:
            raise ERR_SOCKET_HANDLE_ADOPTED()
        return self._socket

    def _taken(self) -> socket.socket:
        """Take the socket: of two threads only one gets it."""
        held, self._socket = self._socket, None
        if held is None:
            raise ERR_SOCKET_HANDLE_ADOPTED()
        return held

    def _is_still_there(self) -> bool:
        if self._identity is None or self._pid != os.getpid():
            return False
        return identity_of(str(self._address)) == self._identity

    def _adopt(self) -> _core.TCP | _core.Pipe:
        """Return a handle of the current loop that has the descriptor now, and the path.

        Raises:
            ERR_SOCKET_HANDLE_ADOPTED: There is nothing to adopt any more.
            UVError: The loop does not take the descriptor, which stays this socket's.
        """
        held = self._taken()
        try:
            handle: _core.TCP | _core.Pipe = _core.Pipe() if self._is_pipe else _core.TCP()
            status = handle.open(held.fileno())
            if status:
                handle.close()
                raise uv_error(status, "open")
        except BaseException:
            self._socket = held
            raise
        held.detach()
        if isinstance(handle, _core.Pipe) and self._is_still_there():
            handle.own(str(self._address))
        return handle


def bound_to_port(
    host: str, family: int, port: int, ipv6_only: bool, reuse_port: bool
) -> tuple[socket.socket, tuple[Any, ...]]:
    """Return a TCP socket bound as a Server's is, and its address."""
    with bind_errors(address=host, port=port or None):
        made = socket.socket(socket.AF_INET6 if family == 6 else socket.AF_INET)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == 6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, ipv6_only)
            if reuse_port:
                if not LINUX:  # where others have it, they do not distribute connections
                    raise OSError(-_core.UV_ENOTSUP, "")
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            # Looks nothing up, but reads the zone that a literal may have.
            numeric = socket.AI_NUMERICHOST
            [found, *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=numeric)
            made.bind(found[4])
            return made, made.getsockname()
        except BaseException:
            made.close()
            raise


def bound_to_path(path: str) -> tuple[socket.socket, str | bytes]:
    """Return a Unix socket bound to a path, or to an abstract name, and this."""
    name = os.fsencode(path)
    abstract = LINUX and name[:1] in (b"\0", b"")
    # Python would cut it at the NUL, or raise what has no errno.
    if not abstract and (b"\0" in name or not 0 < len(name) <= LONGEST_PATH):
        raise uv_error(_core.UV_EINVAL, "bind", path=path)
    with bind_errors(path=path):
        made = socket.socket(socket.AF_UNIX)
        bound = False
        try:
            made.bind(name)
            bound = True
            return made, made.getsockname()
        except BaseException:
            made.close()
            if bound and not abstract:
                os.unlink(name)
            raise


@contextmanager
def bind_errors(
    *, address: str | None = None, port: int | None = None, path: str | None = None
) -> Iterator[None]:
    """Raise what the system says as a UVError: of a folder that does not exist EACCES, as libuv."""
    try:
        yield
    except OSError as exc:
        if isinstance(exc, socket.gaierror) or exc.errno is None:
            status = _core.UV_EINVAL
        elif exc.errno == errno.ENOENT:
            status = _core.UV_EACCES
        else:
            status = -exc.errno
        raise uv_error(status, "bind", address=address, port=port, path=path) from None


def identity_of(path: str) -> tuple[int, int] | None:
    """Return which file is at a path; None if there is none, as for an abstract name."""
    try:
        found = os.lstat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino

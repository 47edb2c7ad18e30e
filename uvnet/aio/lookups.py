"""getaddrinfo(): a name in libuv's thread pool, what needs no lookup at once."""

from __future__ import annotations

import socket
import types
from typing import TYPE_CHECKING, Any

from uvnet import _core

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object


def _is_pythons_own(function: Any) -> bool:
    """Whether it is socket.getaddrinfo(), which asks libc: another in its place is to be asked."""
    return (
        isinstance(function, types.FunctionType)
        and function.__globals__ is vars(socket)
        and function.__code__.co_name == "getaddrinfo"
    )


_OF_PYTHON = socket.getaddrinfo if _is_pythons_own(socket.getaddrinfo) else None


class Lookups(LoopBase):
    """The part of Loop that turns names into addresses."""

    async def getaddrinfo(
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        """Look a host up in libuv's thread pool; answer for a numeric address and port at once.

        Lookups go to the executor, to socket.getaddrinfo(), in debug mode, where those that are
        slow are logged; when somebody has replaced that function; and with rare arguments: a name
        outside ASCII, bytes, flags of IDN.

        Args:
            host: A name, or a numeric address; None for the wildcard or loopback address.
            port: A number, or a service's name, or None.
            family, type, proto, flags: As for socket.getaddrinfo().

        Returns:
            What socket.getaddrinfo() returns: (family, type, proto, canonname, address) for each.

        Raises:
            OSError: As of socket.getaddrinfo(): a gaierror.
        """
        if socket.getaddrinfo is _OF_PYTHON and not self._debug:
            found = _core.resolve(self, host, port, family, type, proto, flags)
            if isinstance(found, list):
                return found
            if found is not None:
                try:
                    return await found.future
                except BaseException:  # cancelled, most likely
                    found.future.cancel()  # first, or it hears of the other
                    found.cancel()
                    raise
                finally:
                    del found  # an exception refers to this frame, and its future to the exception
        return await super().getaddrinfo(
            host, port, family=family, type=type, proto=proto, flags=flags
        )

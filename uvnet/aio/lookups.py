"""getaddrinfo(): a name in libuv's thread pool, what needs no lookup at once."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from uvnet import _core

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

_OF_LIBC = socket.getaddrinfo  # who has put something else in its place is to be asked


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
        if socket.getaddrinfo is _OF_LIBC and not self._debug:
            found = _core.resolve(self, host, port, family, type, proto, flags)
            if isinstance(found, list):
                return found
            if found is not None:
                try:
                    return await found.future
                except BaseException:  # cancelled, most likely
                    found.cancel()
                    raise
        return await super().getaddrinfo(
            host, port, family=family, type=type, proto=proto, flags=flags
        )

"""getaddrinfo(): in a thread of the executor, but for what needs no lookup."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

from uvnet import _core

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object


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
        """Look a host up in the executor; answer for a numeric address and port at once.

        In debug mode all lookups go to the executor, and those that are slow are logged.

        Args:
            host: A name, or a numeric address; None for the wildcard or loopback address.
            port: A number, or a service's name, or None.
            family, type, proto, flags: As for socket.getaddrinfo().

        Returns:
            What socket.getaddrinfo() returns: (family, type, proto, canonname, address) for each.

        Raises:
            OSError: As of socket.getaddrinfo(): a gaierror.
        """
        if (
            isinstance(host, str)
            and (port is None or isinstance(port, int))
            and _core.is_ip(host)
            and not self.get_debug()
        ):
            numeric = flags | socket.AI_NUMERICHOST  # never waits for a name server
            return socket.getaddrinfo(host, port, family, type, proto, numeric)
        return await super().getaddrinfo(
            host, port, family=family, type=type, proto=proto, flags=flags
        )

"""Datagrams: what asyncio makes of a datagram socket. create_datagram_endpoint is its own code."""

from __future__ import annotations

import asyncio
import socket
from asyncio import selector_events
from typing import TYPE_CHECKING, Any

from uvnet.aio.datagram import DatagramTransport

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

_FAMILIES = (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX)
_TYPES = (socket.SOCK_DGRAM, socket.SOCK_RAW)


class Datagrams(LoopBase):
    """The part of the loop that makes datagram transports."""

    def _make_datagram_transport(
        self,
        sock: socket.socket,
        protocol: asyncio.DatagramProtocol,
        address: Any = None,
        waiter: asyncio.Future[None] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> Any:
        if sock.family not in _FAMILIES or sock.type not in _TYPES:
            # Netlink, Bluetooth, packets: asyncio's own, with Python's idea of their addresses.
            return selector_events._SelectorDatagramTransport(  # type: ignore[attr-defined]
                self, sock, protocol, address, waiter, extra
            )
        self._forget_watch(sock.fileno())  # of its connect
        transport = DatagramTransport(self, sock, protocol, address, extra)
        self.call_soon(transport.start, waiter, context=transport._context)
        return transport

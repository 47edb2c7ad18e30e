"""Secure: where TLS begins, with a connection or in the middle of one."""

from __future__ import annotations

import asyncio
import socket
from asyncio.streams import StreamReaderProtocol
from ssl import SSLContext
from typing import TYPE_CHECKING, Any

from uvnet.aio.tls import TLSTransport

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
    from uvnet.aio.tls_engine import Scratch
else:
    LoopBase = object


class Secure(LoopBase):
    """The part of the loop that makes transports with TLS."""

    def __init__(self) -> None:
        self._tls_scratch: Scratch | None = None  # what its connections decrypt into

    def _make_ssl_transport(
        self,
        rawsock: socket.socket,
        protocol: asyncio.BaseProtocol,
        sslcontext: SSLContext | None,
        waiter: asyncio.Future[None] | None = None,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
        extra: dict[str, Any] | None = None,
        server: Any = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        call_connection_made: bool = True,
    ) -> TLSTransport:
        tls = TLSTransport(
            self,
            protocol,
            sslcontext,
            waiter,
            server_side,
            server_hostname,
            call_connection_made,
            ssl_handshake_timeout,
            ssl_shutdown_timeout,
        )
        self._make_socket_transport(rawsock, tls, extra=extra, server=server)
        return tls

    async def start_tls(
        self,
        transport: asyncio.BaseTransport,
        protocol: asyncio.BaseProtocol,
        sslcontext: SSLContext,
        *,
        server_side: bool = False,
        server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
    ) -> TLSTransport | None:
        """Go on with TLS on a connection. See asyncio's loop.start_tls().

        On the server's side, what a StreamReader has read already and nobody has taken out of it
        belongs to the handshake: a PROXY header may come in one segment with it.

        Returns:
            The transport that is to be used from now on; `protocol` is called by it. None if
            `transport` is closed already.

        Raises:
            TypeError: It is no SSLContext, or the transport is not of a kind that allows it.
            OSError: The handshake has failed: ssl.SSLError, ConnectionAbortedError at its timeout.
        """
        if not isinstance(sslcontext, SSLContext):
            raise TypeError(
                f"sslcontext is expected to be an instance of ssl.SSLContext, got {sslcontext!r}"
            )
        if not getattr(transport, "_start_tls_compatible", False):
            raise TypeError(f"transport {transport!r} is not supported by start_tls()")
        if transport.is_closing():
            return None
        waiter = self.create_future()
        tls = TLSTransport(
            self,
            protocol,
            sslcontext,
            waiter,
            server_side,
            server_hostname,
            False,
            ssl_handshake_timeout,
            ssl_shutdown_timeout,
        )
        lower: Any = transport
        lower.pause_reading()  # until the handshake has begun
        lower.set_protocol(tls)
        if server_side:
            tls._take_early(_take_over(protocol))
        begin = self.call_soon(tls.connection_made, lower)
        go_on = self.call_soon(lower.resume_reading)
        try:
            await waiter
        except BaseException:
            lower.close()
            begin.cancel()
            go_on.cancel()
            raise
        return tls


def _take_over(protocol: Any) -> bytes:
    """Return what the stream of a protocol has read, and empty it."""
    if not isinstance(protocol, StreamReaderProtocol):
        return b""
    reader = getattr(protocol, "_stream_reader", None)
    if reader is None or not reader._buffer:
        return b""
    early = bytes(reader._buffer)
    reader._buffer.clear()
    reader._paused = False
    return early

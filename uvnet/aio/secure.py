"""Secure: where TLS begins, with a connection or in the middle of one."""

from __future__ import annotations

import asyncio
import socket
from asyncio.streams import StreamReaderProtocol
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssl import SSLContext

    from uvnet.aio._base import LoopBase
    from uvnet.aio.tls import TLSTransport
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
        tls = self._make_tls(
            protocol,
            sslcontext,
            waiter,
            server_side=server_side,
            server_hostname=server_hostname,
            handshake_timeout=ssl_handshake_timeout,
            shutdown_timeout=ssl_shutdown_timeout,
            call_connection_made=call_connection_made,
        )
        self._make_socket_transport(rawsock, tls, extra=extra, server=server)
        return tls

    def _make_tls(
        self,
        protocol: asyncio.BaseProtocol,
        sslcontext: SSLContext | None,
        waiter: asyncio.Future[None] | None,
        *,
        server_side: bool,
        server_hostname: str | None = None,
        handshake_timeout: float | None,
        shutdown_timeout: float | None,
        call_connection_made: bool = True,
    ) -> TLSTransport:
        """Return a TLSTransport: the protocol of the transport that is to be below it."""
        try:
            from uvnet.aio.tls import TLSTransport
        except ImportError as exc:  # all the rest of the loop works without OpenSSL
            raise _without_openssl(exc) from None
        return TLSTransport(
            self,
            protocol,
            sslcontext,
            waiter,
            server_side,
            server_hostname,
            call_connection_made,
            handshake_timeout,
            shutdown_timeout,
        )

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
            RuntimeError: This Python was built without OpenSSL.
            TypeError: It is no SSLContext, or the transport is not of a kind that allows it.
            OSError: The handshake has failed: ssl.SSLError, ConnectionAbortedError at its timeout.
        """
        _check_context(sslcontext)
        if not getattr(transport, "_start_tls_compatible", False):
            raise TypeError(f"transport {transport!r} is not supported by start_tls()")
        if transport.is_closing():
            return None
        waiter = self.create_future()
        tls = self._make_tls(
            protocol,
            sslcontext,
            waiter,
            server_side=server_side,
            server_hostname=server_hostname,
            handshake_timeout=ssl_handshake_timeout,
            shutdown_timeout=ssl_shutdown_timeout,
            call_connection_made=False,
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


def _check_context(context: Any) -> None:
    """Raise unless `context` is an SSLContext, and this Python has such a thing."""
    try:
        from ssl import SSLContext
    except ImportError as exc:
        raise _without_openssl(exc) from None
    if not isinstance(context, SSLContext):
        raise TypeError(
            f"sslcontext is expected to be an instance of ssl.SSLContext, got {context!r}"
        )


def _without_openssl(exc: ImportError) -> RuntimeError:
    return RuntimeError(f"TLS needs Python's ssl module, which this Python lacks: {exc}")


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

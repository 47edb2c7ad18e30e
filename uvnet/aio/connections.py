"""Connections: what asyncio makes of a connected socket, plain and with TLS."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import warnings
from asyncio.format_helpers import extract_stack
from typing import TYPE_CHECKING, Any

from uvnet import _core
from uvnet.aio.registry import Transports
from uvnet.aio.transport import StreamTransport, os_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from ssl import SSLContext
    from traceback import StackSummary

    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

_INTERNET = (socket.AF_INET, socket.AF_INET6)


class Connections(LoopBase):
    """The part of the loop that makes transports. asyncio's own code finds and connects sockets."""

    def __init__(self) -> None:
        self._transports = Transports()

    def _make_socket_transport(
        self,
        sock: socket.socket,
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[None] | None = None,
        *,
        extra: dict[str, Any] | None = None,
        server: Any = None,
    ) -> StreamTransport:
        handle = open_handle(self, sock)
        if isinstance(handle, _core.TCP):
            handle.set_no_delay(True)
        transport = StreamTransport(self, handle, protocol, sock, extra, server)
        if self._debug:
            transport._source_traceback = origin(self)
        self.call_soon(transport.start, waiter, context=transport._context)
        return transport

    # --------------------------------------------------------------------- Unix

    async def create_unix_connection(
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        path: str | bytes | os.PathLike[str] | None = None,
        *,
        ssl: bool | SSLContext | None = None,
        sock: socket.socket | None = None,
        server_hostname: str | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
    ) -> tuple[Any, Any]:
        """Connect to the Unix socket at `path`; a leading NUL makes it an abstract name (Linux).

        Args:
            protocol_factory: Makes the protocol.
            path: Of the socket to connect to.
            sock: Instead of a path, a socket that is connected already.
            server_hostname: The name that the certificate must have.
            ssl: An SSLContext, or True for a default one; then `server_hostname` is needed.
            ssl_handshake_timeout: Seconds; 60 by default.
            ssl_shutdown_timeout: Seconds; 30 by default.

        Returns:
            (transport, protocol)

        Raises:
            ValueError: The arguments contradict each other.
            OSError: It cannot be connected.
        """
        if ssl:
            if server_hostname is None:
                raise ValueError("you have to pass server_hostname when using ssl")
        else:
            if server_hostname is not None:
                raise ValueError("server_hostname is only meaningful with ssl")
            check_tls_timeouts(ssl, ssl_handshake_timeout, ssl_shutdown_timeout)
        if path is not None:
            if sock is not None:
                raise ValueError("path and sock can not be specified at the same time")
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                sock.setblocking(False)
                await self.sock_connect(sock, os.fspath(path))
            except BaseException:
                sock.close()
                raise
        elif sock is None:
            raise ValueError("no path and sock were specified")
        else:
            check_unix_socket(sock)
            sock.setblocking(False)
        return await self._create_connection_transport(
            sock,
            protocol_factory,
            ssl,
            server_hostname,
            ssl_handshake_timeout=ssl_handshake_timeout,
            ssl_shutdown_timeout=ssl_shutdown_timeout,
        )

    # ---------------------------------------------------------------------- end

    def _close_transports(self) -> None:
        """Close what the program has left open, and say so."""
        with contextlib.ExitStack() as last:
            for transport in self._transports.values():
                if hasattr(transport, "_abandon"):  # ours
                    last.callback(self._close_transport, transport)
        self._transports.clear()

    def _close_transport(self, transport: Any) -> None:
        try:
            warn_unclosed("transport", transport)
        finally:
            with contextlib.suppress(RuntimeError):  # a forked child leaves it alone
                transport._abandon()


def open_handle(loop: Any, sock: socket.socket) -> _core.TCP | _core.Pipe:
    """Return a handle for a stream socket, whose descriptor it then owns.

    Who closes the handle detaches the socket: until then closing that has no effect, as if a file
    made of it were open.

    Raises:
        OSError: It is no stream socket, or the loop has it already.
    """
    handle = (_core.TCP if sock.family in _INTERNET else _core.Pipe)(loop)
    status = handle.open(sock.fileno())
    if status:
        handle.close()
        raise os_error(status)
    if isinstance(sock, socket.socket):
        sock._io_refs += 1  # type: ignore[attr-defined]
    return handle


def origin(loop: Any) -> StackSummary | None:
    """Return where the program is, in debug mode."""
    return extract_stack(sys._getframe(1)) if loop.get_debug() else None


def warn_unclosed(kind: str, resource: Any) -> None:
    """Warn of what is still open when the loop closes; in debug mode, tell where it was made."""
    text = f"unclosed {kind} {resource!r}"
    where = getattr(resource, "_source_traceback", None)
    if where is not None:
        text += f"\nCreated at (most recent call last):\n{''.join(where.format()).rstrip()}"
    warnings.warn(text, ResourceWarning, stacklevel=9, source=resource)


def check_unix_socket(sock: socket.socket) -> None:
    if sock.family != socket.AF_UNIX or sock.type != socket.SOCK_STREAM:
        raise ValueError(f"A UNIX Domain Stream Socket was expected, got {sock!r}")


def check_tls_timeouts(ssl: Any, handshake: float | None, shutdown: float | None) -> None:
    if handshake is not None and not ssl:
        raise ValueError("ssl_handshake_timeout is only meaningful with ssl")
    if shutdown is not None and not ssl:
        raise ValueError("ssl_shutdown_timeout is only meaningful with ssl")

"""Servers: listening sockets, whose connections get a transport without a socket of Python's."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import errno
import os
import socket
import stat
import sys
from asyncio import sslproto
from asyncio.log import logger
from collections.abc import Callable
from ssl import SSLContext
from typing import TYPE_CHECKING, Any

from uvnet import _core
from uvnet.aio.connections import check_tls_timeouts, check_unix_socket, open_handle
from uvnet.aio.transport import StreamTransport, os_error

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

Factory = Callable[[], asyncio.BaseProtocol]

# Where an accepted socket has its listener's TCP_NODELAY.
_INHERITS_NO_DELAY = sys.platform == "linux"


class Server(asyncio.Server):
    """asyncio.Server, accepting natively. close_clients() and abort_clients() on every Python."""

    def __init__(
        self,
        loop: Any,
        sockets: list[socket.socket],
        protocol_factory: Factory,
        ssl_context: SSLContext | None,
        backlog: int,
        ssl_handshake_timeout: float | None,
        ssl_shutdown_timeout: float | None = None,
    ) -> None:
        super().__init__(
            loop,
            sockets,
            protocol_factory,
            ssl_context,
            backlog,
            ssl_handshake_timeout,
            ssl_shutdown_timeout,
        )
        self._handles: list[_core.TCP | _core.Pipe] = []
        self._connections = 0
        self._context = contextvars.copy_context()
        self._path: tuple[str, int] | None = None  # to be removed if it is still this inode

    # --------------------------------------------------------------- connections

    def _attach(self, transport: object = None) -> None:
        self._connections += 1

    def _detach(self, transport: object = None) -> None:
        self._connections -= 1
        if self._connections == 0 and self._sockets is None:
            self._wakeup()

    def _transports(self) -> list[Any]:
        transports = self._loop._transports.values()
        return [each for each in transports if getattr(each, "_server", None) is self]

    def close_clients(self) -> None:
        """Close the connections, as transport.close() does."""
        for transport in self._transports():
            transport.close()

    def abort_clients(self) -> None:
        """Close the connections at once, as transport.abort() does."""
        for transport in self._transports():
            transport.abort()

    # ------------------------------------------------------------------- serving

    def _start_serving(self) -> None:
        if self._serving:
            return
        self._serving = True
        self._context = contextvars.copy_context()
        for sock in self._sockets:
            # As asyncio does, so that the error is one of the socket's.
            sock.listen(self._backlog)
            handle = open_handle(self._loop, sock)
            self._handles.append(handle)
            if isinstance(handle, _core.TCP):
                handle.set_no_delay(True)
            handle.onconnection = self._accepted
            status = handle.listen(self._backlog)
            if status:
                raise os_error(status)

    def close(self) -> None:
        """Stop listening. Connections go on; see wait_closed(), close_clients()."""
        sockets = self._sockets
        if sockets is None:
            return
        self._sockets = None
        self._remove_path()
        handles, self._handles = self._handles, []
        for sock, handle in zip(sockets, handles, strict=False):
            sock.detach()  # the descriptor is the handle's
            handle.close()
        for sock in sockets[len(handles) :]:
            sock.close()
        self._loop._servers.discard(self)
        self._serving = False
        forever = self._serving_forever_fut
        if forever is not None and not forever.done():
            forever.cancel()
            self._serving_forever_fut = None
        if self._connections == 0:
            self._wakeup()

    def _remove_path(self) -> None:
        if self._path is None:
            return
        path, inode = self._path
        self._path = None
        try:
            if os.stat(path).st_ino == inode:
                os.unlink(path)
        except FileNotFoundError:
            pass
        except OSError as exc:
            logger.error("Unable to clean up listening UNIX socket %r: %r", path, exc)

    # ----------------------------------------------------------------- accepting

    def _accepted(self, status: int, client: Any) -> None:
        if status:
            self._loop.call_exception_handler(
                {"message": "Accepting a connection failed", "exception": os_error(status)}
            )
            return
        context = self._context.copy()
        context.run(self._connect, client, context)

    def _connect(self, client: Any, context: contextvars.Context) -> None:
        loop = self._loop
        protocol = transport = waiter = None
        try:
            protocol = self._protocol_factory()
            if self._ssl_context is not None:
                waiter = loop.create_future()
                inner: Any = sslproto.SSLProtocol(
                    loop,
                    protocol,
                    self._ssl_context,
                    waiter,
                    server_side=True,
                    server_hostname=None,
                    ssl_handshake_timeout=self._ssl_handshake_timeout,
                    ssl_shutdown_timeout=self._ssl_shutdown_timeout,
                )
            else:
                inner = protocol
            if not _INHERITS_NO_DELAY and isinstance(client, _core.TCP):
                client.set_no_delay(True)
            transport = StreamTransport(loop, client, inner, None, None, self, context)
            if waiter is not None:
                waiter.add_done_callback(lambda done: _handshake_done(loop, done, transport))
            transport.start()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            if transport is None:
                client.close()
            details = {
                "message": "Error on transport creation for incoming connection",
                "exception": exc,
            }
            if protocol is not None:
                details["protocol"] = protocol
            if transport is not None:
                details["transport"] = transport
            loop.call_exception_handler(details)


def _handshake_done(loop: Any, waiter: asyncio.Future[None], transport: Any) -> None:
    """A TLS handshake that fails is no news, but in debug mode."""
    exc = None if waiter.cancelled() else waiter.exception()
    if exc is None:
        return
    transport.close()
    if loop.get_debug():
        loop.call_exception_handler(
            {
                "message": "Error on transport creation for incoming connection",
                "exception": exc,
                "transport": transport,
            }
        )


class Serving(LoopBase):
    """The part of the loop that listens. asyncio's own code resolves and binds."""

    def __init__(self) -> None:
        self._servers: set[Server] = set()  # that are not closed

    async def create_server(
        self,
        protocol_factory: Factory,
        host: Any = None,
        port: int | None = None,
        *,
        sock: socket.socket | None = None,
        backlog: int = 100,
        ssl: SSLContext | None = None,
        keep_alive: bool | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True,
        **options: Any,
    ) -> Server:
        """Listen for TCP connections. See asyncio's loop.create_server().

        Args:
            keep_alive: Have connections probed when they are idle (SO_KEEPALIVE); on every Python.
            **options: family, flags, reuse_address, reuse_port: asyncio's.
        """
        stock = await asyncio.BaseEventLoop.create_server(
            self,
            protocol_factory,
            host,
            port,
            sock=sock,
            backlog=backlog,
            ssl=ssl,
            ssl_handshake_timeout=ssl_handshake_timeout,
            ssl_shutdown_timeout=ssl_shutdown_timeout,
            start_serving=False,
            **options,
        )
        sockets = stock._sockets
        if keep_alive:
            for each in sockets:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, True)
        return await self._serve(
            sockets,
            protocol_factory,
            ssl,
            backlog,
            ssl_handshake_timeout,
            ssl_shutdown_timeout,
            start_serving,
        )

    async def create_unix_server(
        self,
        protocol_factory: Factory,
        path: str | bytes | os.PathLike[str] | None = None,
        *,
        sock: socket.socket | None = None,
        backlog: int = 100,
        ssl: SSLContext | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True,
        cleanup_socket: bool = sys.version_info >= (3, 13),
    ) -> Server:
        """Listen for connections to a Unix socket.

        Args:
            protocol_factory: Makes the protocol of a connection.
            path: A socket that is there is replaced. A leading NUL makes an abstract name (Linux).
                Or `sock`, which is bound already.
            cleanup_socket: Remove the path when the server closes, if it is still this server's.
                By default from Python 3.13 on, as in asyncio.

        Raises:
            ValueError, TypeError: The arguments contradict each other.
            OSError: The path cannot be bound.
        """
        if isinstance(ssl, bool):
            raise TypeError("ssl argument must be an SSLContext or None")
        check_tls_timeouts(ssl, ssl_handshake_timeout, ssl_shutdown_timeout)
        if path is not None:
            if sock is not None:
                raise ValueError("path and sock can not be specified at the same time")
            sock = _bind_unix(os.fspath(path))
        elif sock is None:
            raise ValueError("path was not specified, and no sock specified")
        else:
            check_unix_socket(sock)
        sock.setblocking(False)
        return await self._serve(
            [sock],
            protocol_factory,
            ssl,
            backlog,
            ssl_handshake_timeout,
            ssl_shutdown_timeout,
            start_serving,
            cleanup_socket,
        )

    async def _serve(
        self,
        sockets: list[socket.socket],
        protocol_factory: Factory,
        ssl: SSLContext | None,
        backlog: int,
        ssl_handshake_timeout: float | None,
        ssl_shutdown_timeout: float | None,
        start_serving: bool,
        cleanup_socket: bool = False,
    ) -> Server:
        server = Server(
            self,
            sockets,
            protocol_factory,
            ssl,
            backlog,
            ssl_handshake_timeout,
            ssl_shutdown_timeout,
        )
        if cleanup_socket:
            name = sockets[0].getsockname()
            if name and name[0] not in (0, "\0"):
                with contextlib.suppress(FileNotFoundError):
                    server._path = name, os.stat(name).st_ino
        self._servers.add(server)
        if start_serving:
            try:
                server._start_serving()
            except BaseException:
                server.close()
                raise
            await asyncio.sleep(0)  # as asyncio's own, so that the order of tasks is the same
        return server

    def _stop_serving(self, sock: socket.socket) -> None:
        """Close a listening socket that is no server's, as asyncio's own code may ask."""
        self.remove_reader(sock)
        sock.close()

    def _close_servers(self) -> None:
        """Close what still listens: without a running loop there is nobody to tell."""
        for server in list(self._servers):
            server.close()


def _bind_unix(path: str | bytes) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path and path[0] not in (0, "\0"):
            try:
                if stat.S_ISSOCK(os.stat(path).st_mode):
                    os.remove(path)
            except FileNotFoundError:
                pass
            except OSError as exc:
                # The folder may allow no more than to make the socket.
                logger.error("Unable to check or remove stale UNIX socket %r: %r", path, exc)
        sock.bind(path)
    except OSError as exc:
        sock.close()
        if exc.errno == errno.EADDRINUSE:
            raise OSError(exc.errno, f"Address {path!r} is already in use") from None
        raise
    except BaseException:
        sock.close()
        raise
    return sock

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
from asyncio.log import logger
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from uvnet import _core
from uvnet.aio.connections import (
    check_tls_timeouts,
    check_unix_socket,
    open_handle,
    origin,
    warn_unclosed,
)
from uvnet.aio.transport import StreamTransport, os_error

if TYPE_CHECKING:
    from ssl import SSLContext

    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

Factory = Callable[[], asyncio.BaseProtocol]

# Where an accepted socket has its listener's TCP_NODELAY.
_INHERITS_NO_DELAY = sys.platform == "linux"


class Server(asyncio.Server):
    """asyncio.Server, without a set of its connections. Made by the loop.

    close_clients() and abort_clients() are there on every Python.
    """

    if TYPE_CHECKING:  # what typeshed leaves out
        _loop: Any
        _sockets: list[socket.socket] | None
        _serving: bool
        _serving_forever_fut: asyncio.Future[None] | None

        def _start_serving(self) -> None: ...
        def _wakeup(self) -> None: ...

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
        self._connections = 0
        self._path: tuple[str, int] | None = None  # to be removed if it is still this inode
        self._source_traceback = origin(loop)

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

    # ------------------------------------------------------------------- closing

    def close(self) -> None:
        """Stop listening. Connections go on; see wait_closed(), close_clients()."""
        sockets = self._sockets
        if sockets is None:
            return
        for sock in sockets:
            self._loop._stop_serving(sock)
        self._sockets = None
        self._remove_path()
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


class Listener:
    """A listening socket: makes a transport and a protocol of every connection."""

    def __init__(
        self,
        loop: Any,
        protocol_factory: Factory,
        sock: socket.socket,
        ssl_context: SSLContext | None,
        server: Any,
        backlog: int,
        ssl_handshake_timeout: float | None,
        ssl_shutdown_timeout: float | None,
    ) -> None:
        self._loop = loop
        self._protocol_factory = protocol_factory
        self._ssl_context = ssl_context
        self._server = server
        self._ssl_handshake_timeout = ssl_handshake_timeout
        self._ssl_shutdown_timeout = ssl_shutdown_timeout
        self._context = contextvars.copy_context()
        self._handle = open_handle(loop, sock)
        if isinstance(self._handle, _core.TCP):
            self._handle.set_no_delay(True)
        self._handle.onconnection = self._accepted
        status = self._handle.listen(backlog)
        if status:
            self._handle.close()
            sock.detach()  # the descriptor was the handle's
            raise os_error(status)
        # What all its connections have in common, so that none has to ask for it.
        self._extra = None if _is_wildcard(sock) else {"sockname": sock.getsockname()}

    def close(self) -> None:
        self._handle.close()

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
                inner: Any = loop._make_tls(
                    protocol,
                    self._ssl_context,
                    waiter,
                    server_side=True,
                    handshake_timeout=self._ssl_handshake_timeout,
                    shutdown_timeout=self._ssl_shutdown_timeout,
                )
            else:
                inner = protocol
            if not _INHERITS_NO_DELAY and isinstance(client, _core.TCP):
                client.set_no_delay(True)
            transport = StreamTransport(
                loop, client, inner, None, self._extra, self._server, context
            )
            if waiter is not None:
                waiter.add_done_callback(lambda done: _handshake_done(loop, done, transport))
            transport.start()
        except (SystemExit, KeyboardInterrupt):
            if transport is None:
                client.close()
            else:
                transport.abort()
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


def _is_wildcard(sock: socket.socket) -> bool:
    """Return whether its connections may have different names at this end."""
    if sock.family == socket.AF_UNIX:
        return False
    return sock.getsockname()[0] in ("0.0.0.0", "::")


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
        self._listeners: dict[socket.socket, Listener] = {}

    async def create_server(  # type: ignore[override]  # typeshed has overloads
        self,
        protocol_factory: Factory,
        host: str | Sequence[str] | None = None,
        port: int | None = None,
        *,
        family: int = socket.AF_UNSPEC,
        flags: int = socket.AI_PASSIVE,
        sock: socket.socket | None = None,
        backlog: int = 100,
        ssl: SSLContext | None = None,
        reuse_address: bool | None = None,
        reuse_port: bool | None = None,
        keep_alive: bool | None = None,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
        start_serving: bool = True,
    ) -> Server:
        """Listen for TCP connections.

        Args:
            protocol_factory: Makes the protocol of a connection.
            host: A name or literal, or several; None or "" for every interface.
            port: 0 or None for any free one, of each host.
            family: socket.AF_INET or AF_INET6; by default both.
            flags: Of getaddrinfo.
            sock: Instead of all these, a socket that is bound already. It is the loop's from then
                on: closing the object has no effect before the server closes.
            backlog: How many clients may wait to be accepted.
            ssl: An SSLContext.
            reuse_address: SO_REUSEADDR; by default True.
            reuse_port: SO_REUSEPORT; by default False.
            keep_alive: Have connections probed when they are idle (SO_KEEPALIVE); on every Python.
            ssl_handshake_timeout: Seconds; 60 by default.
            ssl_shutdown_timeout: Seconds; 30 by default.
            start_serving: Listen at once, and not only with start_serving() or serve_forever().

        Returns:
            The server.

        Raises:
            ValueError, TypeError: The arguments contradict each other.
            OSError: An address cannot be bound.
        """
        make: Any = asyncio.BaseEventLoop.create_server
        stock = await make(
            self,
            protocol_factory,
            host,
            port,
            family=family,
            flags=flags,
            sock=sock,
            backlog=backlog,
            ssl=ssl,
            reuse_address=reuse_address,
            reuse_port=reuse_port,
            ssl_handshake_timeout=ssl_handshake_timeout,
            ssl_shutdown_timeout=ssl_shutdown_timeout,
            start_serving=False,
        )
        sockets: list[socket.socket] = stock._sockets
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

    async def create_unix_server(  # type: ignore[override]  # typeshed has no bytes
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
            sock: Instead of a path, a socket that is bound already. See create_server().
            backlog: How many clients may wait to be accepted.
            ssl: An SSLContext.
            ssl_handshake_timeout: Seconds; 60 by default.
            ssl_shutdown_timeout: Seconds; 30 by default.
            start_serving: Listen at once, and not only with start_serving() or serve_forever().
            cleanup_socket: Remove the path when the server closes, if it is still this server's.
                By default from Python 3.13 on, as in asyncio.

        Returns:
            The server.

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
                    server._path = name, os.lstat(name).st_ino
        self._servers.add(server)
        if start_serving:
            try:
                server._start_serving()
            except BaseException:
                server.close()
                raise
            await asyncio.sleep(0)  # as asyncio's own, so that the order of tasks is the same
        return server

    # What asyncio's own Server calls for each of its sockets.

    def _start_serving(
        self,
        protocol_factory: Factory,
        sock: socket.socket,
        sslcontext: SSLContext | None = None,
        server: asyncio.Server | None = None,
        backlog: int = 100,
        ssl_handshake_timeout: float | None = None,
        ssl_shutdown_timeout: float | None = None,
    ) -> None:
        self._listeners[sock] = Listener(
            self,
            protocol_factory,
            sock,
            sslcontext,
            server,
            backlog,
            ssl_handshake_timeout,
            ssl_shutdown_timeout,
        )

    def _stop_serving(self, sock: socket.socket) -> None:
        listener = self._listeners.get(sock)
        if listener is None:
            sock.close()
            return
        listener.close()
        del self._listeners[sock]
        sock.detach()  # the descriptor was the handle's

    def _close_servers(self) -> None:
        """Close what still listens, and say so."""
        with contextlib.ExitStack() as last:
            for server in self._servers:
                last.callback(self._close_server, server)

    def _close_server(self, server: Server) -> None:
        try:
            warn_unclosed("server", server)
        finally:
            with contextlib.suppress(RuntimeError):  # a forked child leaves it alone
                server.close()


def _remove_stale(path: str | bytes) -> None:
    """Remove what an earlier server has left there."""
    try:
        if stat.S_ISSOCK(os.stat(path).st_mode):
            os.remove(path)
    except FileNotFoundError:
        pass
    except OSError as exc:
        # The folder may allow no more than to make the socket.
        logger.error("Unable to check or remove stale UNIX socket %r: %r", path, exc)


def _bind_unix(path: str | bytes) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        try:
            sock.bind(path)
        except OSError as exc:
            if exc.errno != errno.EADDRINUSE or not path or path[0] in (0, "\0"):
                raise
            _remove_stale(path)
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

"""Sockets: sock_connect, sock_sendfile and sendfile. What is called per packet is native."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from typing import IO, TYPE_CHECKING, Any

from uvnet import _core

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

try:
    import ssl
except ImportError:  # an interpreter built without OpenSSL
    ssl = None  # type: ignore[assignment]


def check_socket(sock: Any) -> None:
    """Raise TypeError for a socket whose bytes are not those of the wire."""
    if ssl is not None and isinstance(sock, ssl.SSLSocket):
        raise TypeError("Socket cannot be of type SSLSocket")


_core.socket_check(check_socket)


class Sockets(_core.SockMethods, LoopBase):
    """The part of the loop that calls sockets which their user owns, when they are ready."""

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Connect `sock`, a non-blocking socket. A host name in `address` is looked up.

        Raises:
            TypeError: It is an SSL socket.
            ValueError: In debug mode: the socket blocks.
            OSError: What connect(2) says, or the lookup.
            RuntimeError: A transport uses the socket.
        """
        check_socket(sock)
        if self._debug and sock.gettimeout() != 0:
            raise ValueError("the socket must be non-blocking")
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            resolved = await self._ensure_resolved(
                address, family=sock.family, type=sock.type, proto=sock.proto, loop=self
            )
            address = resolved[0][4]
        try:
            sock.connect(address)
            return
        except (BlockingIOError, InterruptedError):
            pass  # under way, also after EINTR
        await self._sock_writable(sock, "sock_connect")
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error != 0:
            raise OSError(error, f"Connect call failed {address}")

    async def _sock_sendfile_native(
        self, sock: socket.socket, file: IO[bytes], offset: int, count: int | None
    ) -> int:
        """Send the file by os.sendfile(); leave its position behind what was sent."""
        if not hasattr(os, "sendfile"):
            raise asyncio.SendfileNotAvailableError("os.sendfile() is not available")
        try:
            fileno = file.fileno()
        except (AttributeError, OSError) as exc:  # io.UnsupportedOperation is an OSError
            raise asyncio.SendfileNotAvailableError("not a regular file") from exc
        try:
            size = os.fstat(fileno).st_size
        except OSError as exc:
            raise asyncio.SendfileNotAvailableError("not a regular file") from exc
        if not (count or size):
            return 0
        sent = 0
        try:
            while count is None or sent < count:
                # The file may have grown, or be of a kind that tells no size.
                wanted = (size or _BLOCK) if count is None else count - sent
                try:
                    n = os.sendfile(sock.fileno(), fileno, offset + sent, min(wanted, _BLOCK))
                except (BlockingIOError, InterruptedError):
                    await self._sock_writable(sock, "sock_sendfile")
                    continue
                except OSError as exc:
                    if sent == 0:
                        raise asyncio.SendfileNotAvailableError("os.sendfile() failed") from exc
                    if exc.errno == errno.ENOTCONN:  # as Linux calls a connection that is closed
                        raise ConnectionError(exc.errno, "socket is not connected") from exc
                    raise
                if n == 0:
                    break
                sent += n
        except BaseException:
            if sent:
                os.lseek(fileno, offset + sent, os.SEEK_SET)
            raise
        os.lseek(fileno, offset + sent, os.SEEK_SET)  # after nothing, too, as asyncio since 3.14
        return sent

    async def _sendfile_native(
        self, transp: Any, file: IO[bytes], offset: int, count: int | None
    ) -> int:
        """Send the file over a transport, whose own writes have left before."""
        reading = transp.is_reading()
        transp.pause_reading()
        try:
            await transp._make_empty_waiter()
            # A copy, for the transport's handle watches the descriptor itself.
            with socket.socket(fileno=os.dup(transp._sock_fd)) as sock:
                sock.setblocking(False)
                guard = _Guard(self, transp, sock)
                try:
                    return await self._sock_sendfile_native(sock, file, offset, count)
                finally:
                    guard.close()
                    self._forget_watch(sock.fileno())
        finally:
            transp._reset_empty_waiter()
            if reading:
                transp.resume_reading()


class _Guard:
    """Ends the connection soon after its transport was closed: a copy of its socket lives on."""

    INTERVAL = 0.1  # seconds

    def __init__(self, loop: LoopBase, transport: Any, sock: socket.socket) -> None:
        self._loop = loop
        self._transport = transport
        self._sock = sock
        self._timer = loop.call_later(self.INTERVAL, self._check)

    def _check(self) -> None:
        if self._transport.is_closing():
            with contextlib.suppress(OSError):  # the peer was quicker
                self._sock.shutdown(socket.SHUT_RDWR)
        else:
            self._timer = self._loop.call_later(self.INTERVAL, self._check)

    def close(self) -> None:
        self._timer.cancel()


_BLOCK = 0x7FFF_F000  # what Linux sends at most

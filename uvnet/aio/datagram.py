"""DatagramTransport: asyncio's, over an UDP of the core, for the Internet and for Unix.

What is sent in a callback is held back until its end ("cork"), and leaves as one system call: from
the receive callback when it has delivered its batch, from others before the loop's next poll.
"""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import constants, trsock
from asyncio.log import logger
from asyncio.sslproto import add_flowcontrol_defaults

from uvnet import _core
from uvnet._core.fast import is_enabled

bad_descriptor: int = _core.UV_EBADF
fast_cork: bool = is_enabled("cork")

HIGH_WATER = 64 * 1024
HEADER = 8  # bytes that a datagram counts for besides its own: empty ones fill the queue, too


class _Kind(asyncio.Transport, asyncio.DatagramTransport):
    """What a DatagramTransport says it is: asyncio's own is both."""


class Endpoint:
    """The handle, which tells its transport instead of calling onmessage and onsend."""

    def messages(self, batch, n):
        entered = PyContext_Enter_(self.context) == 0
        if not entered:
            PyErr_Clear_()
        transport = self.transport
        transport.in_batch = True
        try:
            self.receive(batch, n)
        finally:
            transport.in_batch = False
            if entered:
                PyContext_Exit_(self.context)
        if transport.handle is not None and self.count != 0:
            transport.flush()
        return 0

    def message(self, data, address):
        transport = self.transport
        if transport is not None and not transport.conn_lost:
            transport.protocol.datagram_received(data, address)
        return 0

    def receive_failed(self, status):
        transport = self.transport
        if transport is None or transport.conn_lost:
            return 0
        if status == bad_descriptor:
            return transport.fatal_error(os_error(status), "Fatal read error on datagram transport")
        return transport.tell_error(status)

    def send_failed(self, status):
        transport = self.transport
        if transport is None or transport.handle is None:
            return 0
        return transport.tell_error(status)

    def drained(self):
        transport = self.transport
        if transport is None:
            return 0
        transport.maybe_resume()  # may queue more
        if transport.closing and not transport.conn_lost and self.count == 0:
            transport.lose(None)
        return 0


class DatagramTransport:
    """A datagram socket, as asyncio's protocols see it. Made by the loop.

    The handle owns the descriptor. The protocol's callbacks run in the context that the transport
    was made in.
    """

    max_size = 256 * 1024

    def __init__(self, loop, sock, protocol, address=None, extra=None):
        self.context = PyContext_CopyCurrent()
        self.loop = loop
        self.sock = sock
        self.fd = sock.fileno()
        self.handle = Endpoint(loop)
        status = self.handle.open(self.fd)
        if status:
            self.handle.close()
            raise os_error(status)
        self.handle.transport = self
        self.handle.context = self.context
        self.protocol = protocol
        self.address = address or None
        self.extra = extra
        self.high_water = HIGH_WATER
        self.low_water = HIGH_WATER // 4
        try:
            self.peername = sock.getpeername()
            self.connected = True  # to a Unix socket without a name, too
        except OSError:
            self.peername = None
        loop._transports[self.fd] = self

    @property
    def __class__(self):
        return _Kind

    def __repr__(self):
        info = ["DatagramTransport"]
        if self.handle is None:
            info.append("closed")
        elif self.closing:
            info.append("closing")
        info.append(f"fd={self.fd}")
        if self.handle is not None:
            info.append("read=idle" if self.closing else "read=polling")
            state = "polling" if self.handle.waiting else "idle"
            info.append(f"write=<{state}, bufsize={self.buffered()}>")
        return f"<{' '.join(info)}>"

    def start(self, waiter=None):
        """Call connection_made(), start receiving, and then wake who waits for it.

        Called once, by who has made the transport, in its context.
        """
        try:
            if self.protocol is not None:
                self.protocol.connection_made(self)
        finally:
            if self.handle is not None and not self.closing:
                status = self.handle.begin_receiving()
                if status:
                    self.fatal_error(os_error(status), "Fatal read error on datagram transport")
            if waiter is not None and not waiter.cancelled():
                waiter.set_result(None)

    def set_protocol(self, protocol):
        """Have another protocol take what arrives from now on."""
        self.protocol = protocol

    def get_protocol(self):
        """Return the protocol; None once the transport is closed."""
        return self.protocol

    # ------------------------------------------------------------------ sending

    def sendto(self, data, addr=None):
        """Send one datagram, empty ones too.

        Args:
            data: bytes, a bytearray or a memoryview, which may be changed at once.
            addr: None for the remote address; without one, where to send to. A host name is looked
                up in place, which blocks the loop.

        Raises:
            TypeError: `data` is none of these.
            ValueError: `addr` is not the remote address.
            RuntimeError: The loop runs in another thread.
        """
        if type(data) is not bytes:
            if not isinstance(data, (bytes, bytearray, memoryview)):
                raise TypeError(
                    f"data argument must be a bytes-like object, not {type(data).__name__!r}"
                )
            data = bytes(data)
        if self.address is not None:
            if addr is not None and addr != self.address:
                raise ValueError(f"Invalid address: must be None or {self.address}")
            addr = self.address
        self.put(data, addr)

    def put(self, data, address):
        loop = self.loop
        handle = self.handle
        peer = None
        if self.conn_lost or handle is None:
            if self.conn_lost >= constants.LOG_THRESHOLD_FOR_CONNLOST_WRITES:
                logger.warning("socket.send() raised exception.")
            self.conn_lost += 1
            return 0
        if loop.thread != 0 and loop.thread != this_thread():
            loop.check_thread()
        if not self.connected:
            try:
                peer = handle.find_peer(address)
                if peer is None:
                    peer = self.resolve(address)
            except OSError as exc:
                return self.tell_exception(exc)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                return self.fatal_error(exc, "Fatal write error on datagram transport")
        handle.put(data, peer)
        if handle.waiting:
            return self.maybe_pause()
        if handle.draining:  # by who hears of another one that could not be sent
            if not self.corked:
                cork(loop, self)
            return 0
        # A high-water mark of 0 asks to be told of the first one refused, before this returns.
        if fast_cork and loop.thread != 0 and loop.depth != 0 and self.high_water != 0:
            if not (self.in_batch or self.corked):
                cork(loop, self)
            loop.held += 1
            if handle.count < UVN_SEND_MAX:
                return 0
        return self.flush()

    def resolve(self, address):
        """Look the host up, as socket.sendto() does."""
        host = address[0]
        family = self.sock.family
        if host == "" and family == socket.AF_INET:
            found = "0.0.0.0"
        elif host == "" and family == socket.AF_INET6:
            found = "::"
        elif host == "<broadcast>" and family == socket.AF_INET:
            found = "255.255.255.255"
        else:
            if not isinstance(host, (str, bytes, bytearray)):
                raise TypeError(f"a host must be str or bytes, not {type(host).__name__!r}")
            [found, *_] = socket.getaddrinfo(host, None, family, socket.SOCK_DGRAM)[0][4]
        return self.handle.find_peer((found, *address[1:]))

    def flush(self):
        """Offer to the kernel what is held back; of a closing transport, that is the end."""
        if self.handle is not None:
            self.handle.drain()  # may tell of an error, to somebody who closes
            handle = self.handle
            if handle is not None and handle.waiting:
                return self.maybe_pause()
            if (
                self.closing
                and not self.conn_lost
                and handle is not None
                and handle.count == 0
                and not handle.draining
            ):
                self.lose(None)
        return 0

    def tell_error(self, status):
        return self.tell_exception(os_error(status))

    def tell_exception(self, exc):
        """Call error_received(), in the protocol's context; the loop is told what it raises."""
        entered = PyContext_Enter_(self.context) == 0
        if not entered:  # by who called what called this
            PyErr_Clear_()
        try:
            self.protocol.error_received(exc)
        except BaseException as error:
            self.loop.report_caught("Exception in callback", self, error)
        finally:
            if entered:
                PyContext_Exit_(self.context)
        return 0

    # ------------------------------------------------------------------ flow control

    def buffered(self):
        handle = self.handle
        if handle is None or not handle.waiting:
            return 0
        return handle.nbytes + HEADER * handle.count

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the kernel has refused so far, 8 more for each datagram."""
        return self.buffered()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Return (low, high), in bytes."""
        return self.low_water, self.high_water

    def set_write_buffer_limits(self, high=None, low=None):
        """Have pause_writing() called above `high` bytes, resume_writing() from `low` on.

        Args:
            high: 4 * low by default, or 64 KiB.
            low: A quarter of `high` by default.

        Raises:
            ValueError: Not high >= low >= 0.
        """
        self.high_water, self.low_water = add_flowcontrol_defaults(high, low, HIGH_WATER // 1024)
        self.maybe_pause()

    def maybe_pause(self):
        if self.protocol_paused or self.buffered() <= self.high_water:
            return 0
        self.protocol_paused = True
        try:
            self.context.run(self.protocol.pause_writing)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self.tell_failed(exc, "protocol.pause_writing() failed")
        return 0

    def maybe_resume(self):
        if not self.protocol_paused or self.buffered() > self.low_water:
            return 0
        self.protocol_paused = False
        try:
            self.context.run(self.protocol.resume_writing)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self.tell_failed(exc, "protocol.resume_writing() failed")
        return 0

    def tell_failed(self, exc, message):
        self.loop.call_exception_handler(
            {"message": message, "exception": exc, "transport": self, "protocol": self.protocol}
        )
        return 0

    # ------------------------------------------------------------------ the end

    def is_closing(self) -> bool:
        """Return whether it is closed or about to be."""
        return self.closing

    def close(self):
        """Close it when everything has been sent; what arrives from now on is lost."""
        if self.closing:
            return
        self.handle.recv_stop()  # first: it raises in a wrong thread
        self.closing = True
        self.flush()

    def abort(self):
        """Close it at once, and drop what the kernel has refused."""
        handle = self.handle
        if handle is not None and handle.count and not (handle.waiting or handle.draining):
            self.flush()  # corked: it has not been offered to the kernel yet
        self.force_close(None)

    def fatal_error(self, exc, message):
        if isinstance(exc, OSError):
            if self.loop.debug:
                logger.debug("%r: %s", self, message, exc_info=exc)
        else:
            self.tell_failed(exc, message)
        return self.force_close(exc)

    def _fatal_error(self, exc, message="Fatal error on transport"):
        self.fatal_error(exc, message)

    def _force_close(self, exc):
        self.force_close(exc)

    def force_close(self, exc):
        if self.conn_lost or self.handle is None:
            return 0
        self.handle.pop(self.handle.count)
        if not self.closing:
            self.handle.recv_stop()
            self.closing = True
        return self.lose(exc)

    def lose(self, exc):
        self.conn_lost += 1
        loop = self.loop
        loop.push_ready(loop.make_call(self._call_connection_lost, (exc,), self.context))
        return 0

    def _call_connection_lost(self, exc):
        if self.handle is None:
            return
        try:
            self.protocol.connection_lost(exc)
        finally:
            self.dispose()

    def dispose(self):
        """Close the handle, and let go of everything."""
        if self.handle is None:
            return 0
        self.learn_names()
        handle = self.handle
        self.handle = None
        handle.transport = None
        self.closing = True
        self.loop._transports.forget(self.fd, self)
        self.sock.detach()  # the descriptor is the handle's
        handle.close()
        self.protocol = None
        return 0

    def _abandon(self):
        """Close it with the loop: nobody is called."""
        self.conn_lost += 1
        self.dispose()

    # ------------------------------------------------------------------ what it is

    def get_extra_info(self, name, default=None):
        """Return 'socket', 'sockname', 'peername', or what the loop has added; else `default`."""
        if name == "peername":
            return self.peername
        if name == "sockname":
            self.learn_names()
            return self.sockname
        if name == "socket" and (self.extra is None or name not in self.extra):
            if self.handle is None:
                return default
            # From now on the same one, also when the transport is closed.
            self.extra = {**(self.extra or {}), name: trsock.TransportSocket(self.sock)}
        return default if self.extra is None else self.extra.get(name, default)

    def learn_names(self):
        if self.handle is not None:
            try:
                self.sockname = self.sock.getsockname()
            except OSError:
                self.sockname = None
        return 0

    @property
    def _sock(self):
        """The socket of Python; None once it is closed."""
        return None if self.handle is None else self.sock

    @property
    def _sock_fd(self):
        return self.fd

    @property
    def _context(self):
        return self.context

    @property
    def _loop(self):
        return None if self.handle is None else self.loop

    @property
    def _protocol(self):
        return self.protocol

    @property
    def _conn_lost(self):
        return self.conn_lost

    @property
    def _protocol_paused(self):
        return self.protocol_paused


def os_error(status):
    """Return the exception of a negative errno."""
    return OSError(-status, os.strerror(-status))

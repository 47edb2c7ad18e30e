"""TLSTransport: asyncio's Transport with TLS, over any other transport, whose protocol it is.

What is written in a callback is held back until its end and encrypted as one. What is read is
decrypted into memory that the connections of a loop share. Between packets a connection has no
memory of its own but OpenSSL's.
"""

from __future__ import annotations

import ssl
from asyncio import constants, sslproto
from asyncio.log import logger

import cython

from uvnet._core.fast import is_enabled

fast_cork: bool = is_enabled("cork")


class TLSTransport:
    """One end of a TLS connection: a transport above, a protocol below. Made by the loop.

    The protocol's callbacks run in the context of the transport below.

    Args:
        loop: The loop.
        protocol: The application's.
        context: The ssl.SSLContext; None: a client's default one.
        waiter: A future, which is told how the handshake ends; or None.
        server_side: Whether this is the server's end.
        server_hostname: Whom a client expects; None or "": anybody.
        call_connection_made: False if the protocol is connected already.
        ssl_handshake_timeout: Seconds; 60 by default.
        ssl_shutdown_timeout: Seconds; 30 by default.

    Raises:
        ValueError: A timeout is not positive, a server has no context, or what ssl finds wrong.
    """

    max_size = 256 * 1024
    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.FALLBACK

    def __init__(
        self,
        loop,
        protocol,
        context,
        waiter=None,
        server_side=False,
        server_hostname=None,
        call_connection_made=True,
        ssl_handshake_timeout=None,
        ssl_shutdown_timeout=None,
    ):
        if self.loop is not None or loop is None:
            raise TypeError("a transport is made once, of a loop")
        self.handshake_timeout = _positive(
            "ssl_handshake_timeout", ssl_handshake_timeout, constants.SSL_HANDSHAKE_TIMEOUT
        )
        self.shutdown_timeout = _positive(
            "ssl_shutdown_timeout", ssl_shutdown_timeout, constants.SSL_SHUTDOWN_TIMEOUT
        )
        if not context:
            context = _default_context(server_side, server_hostname)
        self.ssl_context = context
        if server_side or not server_hostname:
            server_hostname = None
        self.engine = Engine(context, server_side, server_hostname, _scratch_of(loop))
        self.loop = loop
        self.context = PyContext_CopyCurrent()
        self.waiter = waiter
        self.made = not call_connection_made
        self.set_read_buffer_limits()
        self.set_write_buffer_limits()
        self.use_protocol(protocol)
        self.state = NEW
        self.closed = False

    @property
    def __class__(self):
        # An asyncio.Transport; loop.sendfile() and others ask for what it is besides.
        return sslproto._SSLProtocolTransport

    def __repr__(self):
        state = ("new", "handshake", "open", "flushing", "shutdown", "closed")[self.state]
        return f"<TLSTransport {state} over={self.below!r}>"

    # ---------------------------------------------------- what the transport below calls

    def connection_made(self, transport):
        """The transport below is connected: start the handshake."""
        if self.state != NEW:
            return
        self.below = transport
        if isinstance(transport, StreamTransport):
            self.stream = transport
            self.stream.sips = True  # what comes while paused, OpenSSL keeps the memory of
            self.context = transport._context
        elif isinstance(transport, TLSTransport):
            self.context = transport._context
        if self.closed:  # before it was connected
            self.force_close(None)
            return
        if getattr(transport, "_protocol_paused", False):
            # Somebody waits to be resumed, now by this transport.
            self.below_paused = self.protocol_paused = True
        self.state = HANDSHAKE
        if self.loop.debug:
            logger.debug("%r starts SSL handshake", self)
            self.began = self.loop.time()
        self.timer = self.loop.call_later(self.handshake_timeout, self._check_handshake_timeout)
        self.handshake()

    def _take_early(self, data):
        """Take what the transport below has read before it got this protocol."""
        self.engine.put(data)

    def data_received(self, data):
        """What the transport below has read, for one that is not ours."""
        self.received(data)

    def received(self, data):
        """Decrypt what has arrived, give it to the application, and send what that writes."""
        self.in_read = fast_cork
        try:
            self.take(data if type(data) is bytes else bytes(data))
        finally:
            self.in_read = False
        if self.state == LOST:
            return 0
        if self.queued and self.state == OPEN and not self.below_paused:
            return self.send()
        return self.send_output()

    def take(self, data):
        if self.state == OPEN and not self.paused:
            size = len(data)
            if size <= PART:
                self.engine.put(data)
                return self.read_on()
            # In parts: OpenSSL keeps the memory of the largest that it is given at once.
            offset = 0
            while self.state == OPEN and not self.paused and offset < size:
                part = min(PART, size - offset)
                self.engine.put_part(memory_of(data) + offset, part)
                offset += part
                self.read_on()
            if offset == size or self.state == LOST:
                return 0
            self.engine.put_part(memory_of(data) + offset, size - offset)
        elif self.state != LOST:
            self.engine.put(data)
        if self.state == HANDSHAKE:
            return self.handshake()
        if self.state == OPEN:
            return self.control_reading()
        return self.proceed()

    def eof_received(self):
        """The end of what the transport below can read. Return whether it is to stay open."""
        self.eof = True
        if self.state == LOST:
            return False
        if self.loop.debug:
            logger.debug("%r received EOF", self)
        if self.state == HANDSHAKE:
            self.handshake_failed(ConnectionResetError("closed during the TLS handshake"))
            return False
        if self.state == OPEN and not self.paused:
            self.read_on()
        if self.state == OPEN:
            if self.paused:
                return True  # resume_reading() goes on from here
            self.end_of_input()
        else:
            self.proceed()
        return self.state == FLUSHING

    def pause_writing(self):
        """The transport below is full: what is written waits here, not encrypted yet."""
        self.below_paused = True

    def resume_writing(self):
        """The transport below takes more."""
        self.below_paused = False
        if self.state == OPEN:
            self.send()
        elif self.state == FLUSHING:
            self.proceed()

    def connection_lost(self, exc):
        """The transport below is closed."""
        if self.protocol is None:
            return
        self.conn_lost += 1
        self.closed = True
        self.state = LOST
        self.drop_queue()
        self.stop_timer()
        protocol = self.protocol
        self.protocol = self.receive = self.give_buffer = None
        self.feed = TO_DATA_RECEIVED
        if self.made and protocol is not None:
            self.loop.call_soon(protocol.connection_lost, exc, context=self.context)
        if exc is None:
            exc = ConnectionAbortedError("closed during the TLS handshake")
        self.wake(exc)

    # ----------------------------------------------------------------------- handshake

    def handshake(self):
        entered = enter_context(self.context)
        try:
            done = self.engine.handshake()
        except (SystemExit, KeyboardInterrupt):
            self.force_close(None)
            raise
        except BaseException as exc:
            return self.handshake_failed(exc)
        finally:
            if entered:
                PyContext_Exit_(self.context)
        if self.state != HANDSHAKE:  # what OpenSSL called has aborted it
            return 0
        self.send_output()
        if done and self.state == HANDSHAKE:
            return self.handshake_done()
        return 0

    def handshake_failed(self, exc):
        message = "SSL handshake failed"
        if isinstance(exc, ssl.CertificateError):
            message = "SSL handshake failed on verifying the certificate"
        self.send_output()  # the alert that tells the other end why
        if self.stream is not None:
            self.stream.flush()
        self.fatal_error(exc, message)
        return self.wake(exc)

    def handshake_done(self):
        self.stop_timer()
        try:
            self.peercert = self.engine.ssl_object.getpeercert()
        except Exception as exc:
            return self.handshake_failed(exc)
        self.state = OPEN
        self.secured = True
        if self.loop.debug:
            seconds = self.loop.time() - self.began
            logger.debug("%r: SSL handshake took %.1f ms", self, seconds * 1e3)
        if self.made:  # start_tls(): its caller is to know before data arrives
            self.loop.call_soon(self._resume, context=self.context)
        else:
            self.made = True
            try:
                ask(
                    self.context,
                    self.protocol,
                    "connection_made",
                    cython.cast(cython.pointer(PyObject), self),
                )
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                self.wake(exc)
                return self.fatal_error(exc, "Fatal error: protocol.connection_made() call failed.")
            self.read_on()
        return self.wake(None)

    def _check_handshake_timeout(self):
        if self.state == HANDSHAKE:
            self.timer = None
            message = (
                f"SSL handshake is taking longer than {self.handshake_timeout} seconds: "
                "aborting the connection"
            )
            self.fatal_error(ConnectionAbortedError(message), "Fatal error on transport")

    def wake(self, exc):
        waiter = self.waiter
        self.waiter = None
        if waiter is None or waiter.done():
            return 0
        if exc is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(exc)
        return 0

    def stop_timer(self):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        return 0

    # ------------------------------------------------------------------------- the end

    def is_closing(self) -> bool:
        """Return whether close() or abort() has been called, or the connection is ending."""
        return self.closed

    def close(self):
        """Close once everything is written and the other end has agreed. No-op if closing.

        It is waited for ssl_shutdown_timeout seconds. What it sends meanwhile is dropped, and once
        everything is written, the connection cut if that is more than set_read_buffer_limits()
        allows to wait.
        """
        if not self.closed:
            self.start_shutdown()

    def start_shutdown(self):
        self.closed = True
        if self.state == HANDSHAKE:
            return self.force_close(None)
        if self.state != OPEN:
            return 0
        self.state = FLUSHING
        self.timer = self.loop.call_later(self.shutdown_timeout, self._check_shutdown_timeout)
        return self.proceed()

    def _check_shutdown_timeout(self):
        self.timer = None
        if self.state == FLUSHING or self.state == SHUTDOWN:
            self.force_close(TimeoutError("SSL shutdown timed out"))

    def proceed(self):
        """Go on with the end, as far as it goes now."""
        if self.state == FLUSHING:
            self.send()
            if self.state != FLUSHING:
                return 0
            self.discard()
            if self.queued and self.engine.status < FAILED:
                if self.discarded > PATIENCE * self.read_high and not self.below_stopped:
                    self.below_stopped = True  # the other end sends, but does not read
                    self.below.pause_reading()
                return 0
            self.state = SHUTDOWN
            self.discarded = 0
            if self.below_stopped:
                self.below_stopped = False
                self.below.resume_reading()
            if not self.eof and self.engine.status != FAILED:
                try:
                    self.engine.unwrap()
                except (SystemExit, KeyboardInterrupt):
                    raise
                except BaseException as exc:
                    return self.fatal_error(exc, "Fatal error on transport")
            self.send_output()
        elif self.state == SHUTDOWN:
            self.discard()
        else:
            return 0
        if self.eof or self.engine.status >= CLOSED or self.discarded > self.read_high:
            self.below.close()
        return 0

    def abort(self):
        """Close without writing what waits; connection_lost(None) follows."""
        self.force_close(None)

    def _force_close(self, exc):
        self.force_close(exc)

    def force_close(self, exc):
        self.closed = True
        self.drop_queue()
        below = self.below
        if below is None or self.state == LOST:
            return 0
        self.state = LOST
        if hasattr(below, "_force_close"):
            below._force_close(exc)
        else:
            below.abort()
        return 0

    # --------------------------------------------------------------------- what it is

    def get_extra_info(self, name, default=None):
        """Return "ssl_object", "sslcontext", "peercert", "cipher" or "compression".

        All but "sslcontext" when the handshake is complete. Of other names, what the transport
        below returns: "socket", "sockname", "peername".
        """
        if name == "sslcontext":
            return self.ssl_context
        if name in _IN_HANDSHAKE:
            if not self.secured:
                return default
            ssl_object = self.engine.ssl_object
            if name == "peercert":
                return self.peercert
            if name == "ssl_object":
                return ssl_object
            return ssl_object.cipher() if name == "cipher" else ssl_object.compression()
        return default if self.below is None else self.below.get_extra_info(name, default)

    @property
    def _ssl_protocol(self):
        return self  # transport and protocol are one

    @property
    def _sslcontext(self):
        return self.ssl_context

    @property
    def _transport(self):
        return self.below

    @property
    def _loop(self):
        return self.loop

    @property
    def _context(self):
        return self.context


_IN_HANDSHAKE = frozenset(["ssl_object", "peercert", "cipher", "compression"])


def _positive(name, seconds, default):
    if seconds is None:
        return default
    if seconds <= 0:
        raise ValueError(f"{name} should be a positive number, got {seconds}")
    return seconds


def _default_context(server_side, server_hostname):
    if server_side:
        raise ValueError("Server side SSL needs a valid SSLContext")
    context = ssl.create_default_context()
    if not server_hostname:
        context.check_hostname = False
    return context


def _scratch_of(loop):
    """Return the memory that all connections of a loop decrypt into."""
    if loop._tls_scratch is None:
        loop._tls_scratch = Scratch()
    return loop._tls_scratch

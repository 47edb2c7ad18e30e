"""StreamTransport: asyncio's Transport over a TCP or Pipe of the core.

What is written in a callback is held back until its end ("cork"): several writes leave as one. The
read callback of the transport flushes it itself, for others the loop does before its next poll.
"""

from __future__ import annotations

import asyncio
import os
import socket
import time
from asyncio import constants, transports, trsock
from asyncio.log import logger
from asyncio.sslproto import add_flowcontrol_defaults
from types import MethodType

import cython

from uvnet._core.fast import is_enabled

fast_cork: bool = is_enabled("cork")
fast_feed: bool = is_enabled("feed")


class NativeProtocol:
    """A base for protocols in native code, which take what arrives without a call of Python's."""

    def received(self, data):
        """Take a chunk: bytes, which must not be kept without a reference to it.

        It runs in the context of who called the loop: enter transport.context to call user code.
        What it raises closes the connection, as with data_received().
        """
        raise NotImplementedError


class StreamTransport:
    """A connection, as asyncio's protocols see it. Made by the loop.

    The handle owns the descriptor. The protocol's callbacks run in the context that the transport
    was made in.
    """

    max_size = 256 * 1024
    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.TRY_NATIVE

    def __cinit__(self):
        share_dict(self)
        # As closed until __init__ has run.
        self.closing = self.hindered = True
        self.conn_lost = 1

    def __init__(self, loop, handle, protocol, sock=None, extra=None, server=None, context=None):
        if self.loop is not None or loop is None or handle is None:
            raise TypeError("a transport is made once, of a loop and a handle")
        self.loop = loop
        self.handle = handle
        self.fd = handle.fd
        self.server = server
        self.context = PyContext_CopyCurrent() if context is None else context
        self.closing = self.hindered = False
        self.conn_lost = 0
        self.extra = extra
        if sock is not None:
            self.make_details().sock = sock
        self.learn_peer()  # now, for a peer that is gone has no name
        self.handle.read_for(self, cython.cast(owner_read_cb, on_read))
        self.use_protocol(protocol)
        if server is not None:
            server._attach(self)
        loop._transports[self.fd] = self

    @property
    def __class__(self):
        return transports._FlowControlMixin  # an asyncio.Transport; loop.sendfile() asks for it

    def __setattr__(self, name, value):
        own_dict(self)
        PyObject_GenericSetAttr(self, name, value)

    def __repr__(self):
        info = ["StreamTransport"]
        if self.handle is None:
            info.append("closed")
        elif self.closing:
            info.append("closing")
        info.append(f"fd={self.fd}")
        if self.handle is not None:
            reading = self.started and not (self.closing or self.paused or self.eof_read)
            info.append("read=polling" if reading else "read=idle")
            state = "polling" if self.writing else "idle"
            info.append(f"write=<{state}, bufsize={self.buffered()}>")
        return f"<{' '.join(info)}>"

    # ------------------------------------------------------------------ the protocol

    def set_protocol(self, protocol):
        """Have another protocol take what arrives from now on."""
        self.use_protocol(protocol)

    def get_protocol(self):
        """Return the protocol; None once the connection is lost."""
        return self.protocol

    def use_protocol(self, protocol):
        if self.feed == TO_BUFFER:
            self.details.give = None
            if self.handle is not None:
                self.handle.ask_for_buffers(cython.NULL)
        self.protocol = protocol
        if isinstance(protocol, asyncio.BufferedProtocol):
            details = self.make_details()
            self.feed = TO_BUFFER
            self.receive, self.binds_receive = method_of(protocol, "buffer_updated")
            details.give, self.binds_give = method_of(protocol, "get_buffer")
            if self.handle is not None:
                self.handle.ask_for_buffers(cython.cast(owner_buffer_cb, on_buffer))
            return 0
        self.receive, self.binds_receive = method_of(protocol, "data_received")
        self.feed = TO_DATA_RECEIVED
        if isinstance(protocol, NativeProtocol):
            self.feed = TO_NATIVE
        elif fast_feed and self.binds_receive and is_plain(protocol, self.receive):
            self.receive = ReaderFeed(protocol._stream_reader_wr)
            self.feed = TO_READER
        return 0

    def start(self, waiter=None):
        """Call connection_made(), start reading, and then wake who waits for it.

        Called once, by who has made the transport, in its context.
        """
        began = time.monotonic() if self.loop.debug and self.server is not None else 0.0
        try:
            if self.protocol is not None:
                self.protocol.connection_made(self)
        finally:
            if began:  # else the loop sees it
                self.check_duration("connection_made", time.monotonic() - began)
            self.started = True
            if not self.paused:
                self.start_reading()
            if waiter is not None and not waiter.cancelled():
                waiter.set_result(None)

    # ------------------------------------------------------------------ reading

    def is_reading(self) -> bool:
        """Return whether it takes what arrives: neither paused nor closing."""
        return not (self.closing or self.paused)

    def pause_reading(self):
        """Stop calling data_received(), at once. No-op if it does not read."""
        if self.closing or self.paused:
            return
        self.stop_reading()
        self.paused = True
        if self.loop.debug:
            logger.debug("%r pauses reading", self)

    def resume_reading(self):
        """Go on after pause_reading(). No-op if it reads, or is closing."""
        if self.closing or not self.paused:
            return
        self.paused = False
        if self.started:
            self.start_reading()
        if self.loop.debug:
            logger.debug("%r resumes reading", self)

    def start_reading(self):
        if self.closing or self.eof_read or self.handle is None:
            return 0
        if self.unread:
            self.loop.call_soon(self.details.deliver, self, context=self.context)
            return 0
        status = self.handle.start_owner_reading(not self.sips)
        if status:
            self.fatal_error(os_error(status), "Fatal read error on socket transport")
        return 0

    def stop_reading(self):
        if self.handle is not None:
            self.handle.read_stop()
        return 0

    def read_failed(self, status):
        """The end of what can be read, or an error; the handle has stopped reading."""
        if self.conn_lost:
            return 0
        if status == UV_EOF:
            return self.ended()
        return self.fatal_error(os_error(status), "Fatal read error on socket transport")

    def ended(self):
        self.eof_read = True
        if self.loop.debug:
            logger.debug("%r received EOF", self)
        try:
            keep_open = ask(self.context, self.protocol, "eof_received", cython.NULL)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            return self.fatal_error(exc, "Fatal error: protocol.eof_received() call failed.")
        if not keep_open:
            self.close()
        return 0

    def check_duration(self, name, seconds):
        """In debug mode, report a method of the protocol that took long."""
        method = getattr(self.protocol, name, None)
        self.loop.check_duration(None, self if method is None else method, (), seconds)
        return 0

    # ------------------------------------------------------------------ writing

    def write(self, data):
        """Write bytes, a bytearray or a memoryview, which may be changed at once.

        Raises:
            TypeError: `data` is none of these.
            RuntimeError: After write_eof(), during sendfile, or in a wrong thread.
        """
        if type(data) is bytes:
            write_bytes(self, data)
        else:
            self.write_checked(data)

    def writelines(self, list_of_data):
        """Write several chunks as one."""
        self.batching = True
        try:
            for data in list_of_data:
                self.write(data)
        finally:
            self.batching = False
            if self.unsent is not None and not (self.writing or self.in_read or self.corked):
                if fast_cork and self.loop.thread == this_thread() and self.loop.depth != 0:
                    cork(self.loop, self)
                else:
                    self.send()

    def write_checked(self, data):
        """Write what is not bytes; or find out why it cannot be done."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"data argument must be a bytes-like object, not {type(data).__name__!r}"
            )
        if self.hindered and self.is_hindered(data):
            return 0
        if type(data) is bytearray and holds_copy(self, data):
            return 0
        if type(data) is bytes:
            return self.put(data, size_of(data)) if size_of(data) else 0
        return put_memory(self, data if is_contiguous(data) else bytes(data))

    def is_hindered(self, data):
        """Return whether nothing is to be written, for the connection is lost; or raise."""
        if self.eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self.details is not None and self.details.empty_waiter is not None:
            raise RuntimeError("unable to write; sendfile is in progress")
        if self.conn_lost == 0:
            return False
        if data:
            if self.conn_lost >= constants.LOG_THRESHOLD_FOR_CONNLOST_WRITES:
                logger.warning("socket.send() raised exception.")
            self.conn_lost += 1
        return True

    def put(self, chunk, size):
        """Take a chunk over: it waits for the kernel, or for the end of the callback, or leaves."""
        loop = self.loop
        check_thread(loop)
        if self.writing:
            self.hold(chunk, size)
            return self.maybe_pause()
        if fast_cork and loop.thread != 0 and loop.depth != 0:
            if self.unsent is None and not (self.in_read or self.corked or self.batching):
                cork(loop, self)
            self.hold(chunk, size)
            loop.held += 1
            if self.held < CORK_LIMIT:
                return 0
        else:
            self.hold(chunk, size)
            if self.batching:
                return 0
        return self.send()

    def hold(self, chunk, size):
        if self.unsent is None:
            self.unsent = chunk
        elif type(self.unsent) is list:
            self.unsent.append(chunk)
        else:
            self.unsent = [self.unsent, chunk]
        self.held += size
        return 0

    def send(self):
        """Offer what is held back to the kernel; what it refuses becomes a request."""
        global spare
        if spare is None:
            spare = TransportWrite()
        result = send_held(self, spare)
        if result == 0:
            return 0
        request = spare
        if result < 0:
            return self.fatal_error(os_error(result), "Fatal write error on socket transport")
        spare = None
        request.transport = self
        self.writing = True
        return self.maybe_pause()

    def flush(self):
        """What the loop calls before it polls."""
        if self.unsent is not None and not self.writing:
            self.send()
            if not self.writing:
                return self.drained()
        return 0

    def written(self, status):
        """The request is complete: what came meanwhile is next."""
        self.writing = False
        if self.conn_lost:
            return 0
        if status < 0:
            exc = os_error(status)
            self.fatal_error(exc, "Fatal write error on socket transport")
            self.settle_empty_waiter(exc)
            return 0
        if self.unsent is not None:
            self.send()
        if not self.conn_lost:
            self.maybe_resume()  # which may write more
        if self.writing or self.unsent is not None:
            return 0
        return self.drained()

    def drained(self):
        """Everything is with the kernel: do what waits for that."""
        if self.conn_lost:
            return 0
        self.settle_empty_waiter(None)
        if self.closing:
            self.lose(None)
        elif self.eof:
            self._end_writing()
        return 0

    def write_eof(self):
        """Send FIN once everything is written; reading goes on."""
        if self.closing or self.eof:
            return
        self.flush()
        self.eof = self.hindered = True
        if not self.writing and not self.conn_lost:
            self._end_writing()

    def _end_writing(self):
        status = self.handle.end_writing()
        if status:
            raise os_error(status)

    def can_write_eof(self) -> bool:
        """Return True."""
        return True

    # ------------------------------------------------------------------ flow control

    def buffered(self):
        return 0 if not self.writing or self.handle is None else queue_size(self.handle) + self.held

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait for the kernel, which has refused some of them."""
        return self.buffered()

    def get_write_buffer_limits(self) -> tuple:
        """Return (low, high), in bytes."""
        if self.details is None:
            return (HIGH_WATER // 4, HIGH_WATER)
        return (self.details.low_water, self.details.high_water)

    def set_write_buffer_limits(self, high=None, low=None):
        """Call pause_writing() above `high` bytes that wait, resume_writing() at `low`.

        Args:
            high: 64 KiB by default, or four times `low`.
            low: A quarter of `high` by default.

        Raises:
            ValueError: high >= low >= 0 is not so.
        """
        high, low = add_flowcontrol_defaults(high, low, HIGH_WATER // 1024)
        details = self.make_details()
        details.high_water = high
        details.low_water = low
        self.maybe_pause()

    def maybe_pause(self):
        if self.protocol_paused or not self.writing:
            return 0
        high = HIGH_WATER if self.details is None else self.details.high_water
        if self.buffered() <= high:
            return 0
        self.protocol_paused = True
        if not tell(self.context, self.protocol, "pause_writing", cython.NULL):
            self.told_of_failure("protocol.pause_writing() failed")
        return 0

    def maybe_resume(self):
        if not self.protocol_paused:
            return 0
        low = HIGH_WATER // 4 if self.details is None else self.details.low_water
        if self.buffered() > low:
            return 0
        self.protocol_paused = False
        if not tell(self.context, self.protocol, "resume_writing", cython.NULL):
            self.told_of_failure("protocol.resume_writing() failed")
        return 0

    # ------------------------------------------------------------------ the end

    def is_closing(self) -> bool:
        """Return whether close() or abort() has been called, or the connection is lost."""
        return self.closing

    def close(self):
        """Close once everything is written; connection_lost(None) follows. No-op if closing."""
        if self.closing:
            return
        self.stop_reading()
        self.closing = True
        self.flush()
        if not self.writing and not self.conn_lost:
            self.lose(None)

    def abort(self):
        """Close without writing what the kernel has refused; connection_lost(None) follows."""
        if self.unsent is not None and not self.writing and self.handle is not None:
            self.send()  # corked: it has not been offered to the kernel yet
        self.force_close(None)

    def callback_failed(self, message):
        """What a callback has raised ends the connection. The exception is raised in C."""
        try:
            reraise()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self.fatal_error(exc, message)
        return 0

    def told_of_failure(self, message):
        """As callback_failed, but the connection goes on."""
        try:
            reraise()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self.loop.call_exception_handler(
                {
                    "message": message,
                    "exception": exc,
                    "transport": self,
                    "protocol": self.protocol,
                }
            )
        return 0

    def fatal_error(self, exc, message):
        if self.handle is None:
            return 0
        if isinstance(exc, OSError):
            if self.loop.debug:
                logger.debug("%r: %s", self, message, exc_info=exc)
        else:
            self.loop.call_exception_handler(
                {
                    "message": message,
                    "exception": exc,
                    "transport": self,
                    "protocol": self.protocol,
                }
            )
        return self.force_close(exc)

    def _fatal_error(self, exc, message="Fatal error on transport"):
        self.fatal_error(exc, message)

    def _force_close(self, exc):
        self.force_close(exc)

    def force_close(self, exc):
        if self.conn_lost or self.handle is None:
            return 0
        self.unsent = None
        self.held = 0
        if not self.closing:
            self.stop_reading()
            self.closing = True
        return self.lose(exc)

    def lose(self, exc):
        self.conn_lost += 1
        self.hindered = True
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
            if self.details is not None and self.details.empty_waiter is not None:
                self.settle_empty_waiter(ConnectionError("Connection is closed by peer"))

    def dispose(self):
        """Close the handle, and let go of everything."""
        if self.handle is None:
            return 0
        if self.extra is None or "sockname" not in self.extra:
            self.learn_names()
        handle = self.handle
        self.handle = None
        self.closing = True
        self.hindered = True
        self.loop._transports.forget(self.fd, self)
        self.leave_sock()
        handle.close()
        self.protocol = self.receive = None
        if self.feed == TO_BUFFER:
            self.details.give = None
        server = self.server
        self.server = None
        if server is not None:
            server._detach(self)
        return 0

    def _abandon(self):
        """Close it with the loop: nobody is called."""
        self.conn_lost += 1
        self.dispose()

    # ------------------------------------------------------------------ what it is

    def get_extra_info(self, name, default=None):
        """Return 'socket', 'sockname', 'peername', or what the loop has added; else `default`."""
        if self.extra is not None and name in self.extra:
            return self.extra[name]
        if name == "peername":
            return peer_of(self) if self.details is None else self.details.peername
        if name == "sockname":
            self.learn_names()
            return self.details.sockname
        if name == "socket":
            sock = self._sock
            if sock is None:
                return default
            # From now on the same one, also when the connection is closed.
            self.extra = {**(self.extra or {}), name: trsock.TransportSocket(sock)}
            return self.extra[name]
        return default

    def make_details(self):
        """Return the part of the transport that most do without."""
        details = self.details
        if details is None:
            details = Details()
            details.high_water = HIGH_WATER
            details.low_water = HIGH_WATER // 4
            details.peername = peer_of(self)
            self.details = details
        return details

    def learn_peer(self):
        """Note the peer's name: the kernel tells it only while there is a peer."""
        if self.server is not None and take_peer(self):
            return 0
        details = self.make_details()
        details.peername = self._name(self.handle.getpeername(), "getpeername")
        return 0

    def learn_names(self):
        """Ask for this end's name, which the kernel tells as long as the descriptor is open."""
        details = self.make_details()
        if details.sockname is None and self.handle is not None:
            details.sockname = self._name(self.handle.getsockname(), "getsockname")
        return 0

    def _name(self, name, method):
        """Return an address as the socket module has it."""
        if type(name) is int:
            return None
        if type(name) is str:  # an abstract name is bytes there
            return os.fsencode(name) if name.startswith("\0") else name
        if name[1] == 4:
            return (name[0], name[2])
        try:
            return getattr(self._sock, method)()
        except OSError:
            return None

    @property
    def _sock(self):
        """The socket of Python; None once the connection is closed."""
        if self.handle is None:
            return None
        details = self.make_details()
        if details.sock is None:
            details.sock = socket.socket(fileno=self.fd)
        return details.sock

    def leave_sock(self):
        """Let the socket of Python go: the descriptor is the handle's."""
        if self.details is not None and self.details.sock is not None:
            self.details.sock.detach()
        return 0

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
    def _server(self):
        return self.server

    @property
    def _conn_lost(self):
        return self.conn_lost

    @property
    def _protocol_paused(self):
        return self.protocol_paused

    # ------------------------------------------------------------------ sendfile

    def _make_empty_waiter(self):
        details = self.make_details()
        if details.empty_waiter is not None:
            raise RuntimeError("Empty waiter is already set")
        self.flush()
        waiter = self.loop.create_future()
        details.empty_waiter = waiter
        self.hindered = True
        if not self.writing:
            waiter.set_result(None)
        return waiter

    def _reset_empty_waiter(self):
        self.make_details().empty_waiter = None
        self.hindered = self.eof or self.conn_lost > 0 or self.handle is None

    def settle_empty_waiter(self, exc):
        waiter = None if self.details is None else self.details.empty_waiter
        if waiter is None or waiter.done():
            return 0
        if exc is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(exc)
        return 0


class Details:
    """What few transports have."""


def on_read(owner, nread, data):
    """What the handle calls for everything that it reads."""
    transport = cython.cast(StreamTransport, owner)
    if transport.loop.debug and not transport.timed:
        return read_timed(transport, nread, data)
    done = True
    if nread < 0:
        transport.read_failed(nread)
    elif transport.conn_lost:
        return 0
    elif transport.feed == TO_DATA_RECEIVED:
        transport.in_read = fast_cork
        done = tell_known(
            transport.context,
            transport.protocol,
            transport.receive,
            transport.binds_receive,
            cython.cast(cython.pointer(PyObject), data),
        )
        transport.in_read = False
    elif transport.feed == TO_BUFFER:
        transport.handle.let_buffer_go()
        transport.in_read = fast_cork
        done = tell_known(
            transport.context,
            transport.protocol,
            transport.receive,
            transport.binds_receive,
            number(transport.loop, nread),
        )
        transport.in_read = False
    elif transport.feed == TO_READER:
        done = feeds(cython.cast(ReaderFeed, transport.receive), data)
        transport.loop.fed += 1
    else:
        transport.in_read = fast_cork
        done = receives(cython.cast(NativeProtocol, transport.protocol), data)
        transport.in_read = False
    if not done:
        name = "buffer_updated" if transport.feed == TO_BUFFER else "data_received"
        transport.callback_failed(f"Fatal error: protocol.{name}() call failed.")
    elif transport.unsent is not None and not transport.writing:
        transport.send()
    return 0


def read_timed(transport, nread, data):
    """on_read() in debug mode."""
    name = "buffer_updated" if transport.feed == TO_BUFFER else "data_received"
    began = time.monotonic()
    transport.timed = True
    try:
        on_read(cython.cast(cython.pointer(PyObject), transport), nread, data)
    finally:
        transport.timed = False
    return transport.check_duration("eof_received" if nread < 0 else name, time.monotonic() - began)


def on_buffer(owner):
    """What the handle calls before it reads, for a BufferedProtocol."""
    transport = cython.cast(StreamTransport, owner)
    if gives_the_same(transport):
        return 0
    try:
        buffer = take_given()
        if transport.handle is None:
            return 0
        if not len(buffer):
            raise RuntimeError("get_buffer() returned an empty buffer")
        transport.handle.set_user_buffer(buffer)
    except (SystemExit, KeyboardInterrupt):
        raise
    except BaseException as exc:
        if transport.handle is not None:
            transport.handle.drop_user_buffer()
        return transport.fatal_error(exc, "Fatal error: protocol.get_buffer() call failed.")
    return 0


def method_of(protocol, name):
    """Return a method as it is now, and whether it is to be called with the protocol.

    A method of Python is returned as its function: one object less for each connection.
    """
    try:
        method = getattr(protocol, name)
    except AttributeError:
        # Not every protocol has it, and not every one needs it.
        return (lambda data: getattr(protocol, name)(data)), False
    if type(method) is MethodType and method.__self__ is protocol:
        return method.__func__, True
    return method, False


def os_error(status):
    """Return the exception of a negative errno."""
    return OSError(-status, os.strerror(-status))


class TransportWrite:
    """The part of a write that the kernel did not take at once."""

    def completed(self, status):
        transport = self.transport
        self.transport = None
        return transport.written(status)


prepare_class(StreamTransport)
minus_one = -1
spare = None

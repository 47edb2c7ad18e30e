"""StreamTransport: asyncio's Transport over a TCP or Pipe of the core.

What is written in a callback is held back until its end ("cork"): several writes leave as one. The
read callback of the transport flushes it itself, for others the loop does before its next poll.
"""

from __future__ import annotations

import asyncio
import os
import socket
from asyncio import constants, transports, trsock
from asyncio.log import logger
from asyncio.streams import StreamReader, StreamReaderProtocol
from types import MethodType

import cython

from uvnet._core import UV_EOF
from uvnet._core.fast import is_enabled

end_of_file: int = UV_EOF
fast_cork: bool = is_enabled("cork")
fast_feed: bool = is_enabled("feed")


class StreamTransport:
    """A connection, as asyncio's protocols see it. Made by the loop.

    The handle owns the descriptor. The protocol's callbacks run in the context that the transport
    was made in.
    """

    max_size = 256 * 1024
    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.TRY_NATIVE

    def __init__(self, loop, handle, protocol, sock=None, extra=None, server=None, context=None):
        self.loop = loop
        self.handle = handle
        self.fd = handle.fd
        self.sock = sock
        self.extra = extra
        self.server = server
        self.context = PyContext_CopyCurrent() if context is None else context
        self.high_water = HIGH_WATER
        self.low_water = HIGH_WATER // 4
        self.handle.read_for(self, cython.cast(owner_read_cb, on_read))
        self.use_protocol(protocol)
        if server is not None:
            server._attach(self)
            self.learn_names()  # now, for a peer that is gone has no name
        loop._transports[self.fd] = self

    @property
    def __class__(self):
        return transports._FlowControlMixin  # an asyncio.Transport; loop.sendfile() asks for it

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
        self.protocol = protocol
        if isinstance(protocol, asyncio.BufferedProtocol):
            self.feed = TO_BUFFER
            self.receive, self.binds_receive = method_of(protocol, "buffer_updated")
            self.give_buffer, self.binds_give_buffer = method_of(protocol, "get_buffer")
            if self.handle is not None:
                self.handle.ask_for_buffers(cython.cast(owner_buffer_cb, on_buffer))
        else:
            if self.feed == TO_BUFFER and self.handle is not None:
                self.handle.ask_for_buffers(cython.NULL)
            self.receive, self.binds_receive = method_of(protocol, "data_received")
            if self.binds_receive and self.receive is stock_data_received and fast_feed:
                self.feed = TO_READER
            else:
                self.feed = TO_DATA_RECEIVED
        return 0

    def start(self, waiter=None):
        """Call connection_made(), start reading, and then wake who waits for it.

        Called once, by who has made the transport, in its context.
        """
        try:
            if self.protocol is not None:
                self.protocol.connection_made(self)
        finally:
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
        status = self.handle.start_owner_reading()
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
        if status == end_of_file:
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

    def feed_reader(self, data):
        """StreamReaderProtocol.data_received() and StreamReader.feed_data()."""
        reference = self.protocol._stream_reader_wr
        reader = reference() if reference is not None else None
        if reader is None:
            return 0
        if type(reader) is not StreamReader or reader._eof:
            reader.feed_data(data)
            return 0
        buffer = reader._buffer
        buffer += data
        if reader._waiter is not None:
            reader._wakeup_waiter()
        if len(buffer) > 2 * reader._limit and not reader._paused and reader._transport is not None:
            reader._transport.pause_reading()
            reader._paused = True
        self.loop.fed += 1
        return 0

    # ------------------------------------------------------------------ writing

    def write(self, data):
        """Write bytes, a bytearray or a memoryview, which may be changed at once.

        Raises:
            TypeError: `data` is none of these.
            RuntimeError: After write_eof(), during sendfile, or in a wrong thread.
        """
        if self.hindered or type(data) is not bytes:
            self.write_checked(data)
        elif (
            self.in_read
            and self.first is None
            and 0 < size_of(data) < CORK_LIMIT
            and not self.writing
            and self.loop.thread == this_thread()
        ):
            self.first = data  # as put() would
            self.held = size_of(data)
            self.loop.held += 1
        elif size_of(data):
            self.put(data, size_of(data))

    def writelines(self, list_of_data):
        """Write several chunks as one."""
        self.batching = True
        try:
            for data in list_of_data:
                self.write(data)
        finally:
            self.batching = False
            if self.first is not None and not (self.writing or self.in_read or self.corked):
                if fast_cork and self.loop.thread == this_thread() and self.loop.depth != 0:
                    self.loop.cork(self)
                else:
                    self.send()

    def write_checked(self, data):
        """Write what is not bytes; or find out why it cannot be done."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"data argument must be a bytes-like object, not {type(data).__name__!r}"
            )
        if self.eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self.empty_waiter is not None:
            raise RuntimeError("unable to write; sendfile is in progress")
        if not data:
            return 0
        if self.conn_lost:
            if self.conn_lost >= constants.LOG_THRESHOLD_FOR_CONNLOST_WRITES:
                logger.warning("socket.send() raised exception.")
            self.conn_lost += 1
            return 0
        chunk = data if type(data) is bytes else bytes(data)  # it may change while it is kept
        return self.put(chunk, size_of(chunk))

    def put(self, chunk, size):
        """Take a chunk over: it waits for the kernel, or for the end of the callback, or leaves."""
        loop = self.loop
        thread = loop.thread
        if thread != 0 and thread != this_thread():
            loop.check_thread()
        if self.writing:
            self.hold(chunk, size)
            return self.maybe_pause()
        if fast_cork and thread != 0 and loop.depth != 0:
            if self.first is None and not (self.in_read or self.corked or self.batching):
                loop.cork(self)
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
        if self.first is None:
            self.first = chunk
            self.held = size
        else:
            if self.rest is None:
                self.rest = [self.first]
            self.rest.append(chunk)
            self.held += size
        return 0

    def send(self):
        """Offer what is held back to the kernel; what it refuses becomes a request."""
        global spare
        first = self.first
        rest = self.rest
        self.first = None
        self.rest = None
        self.held = 0
        if self.conn_lost or self.handle is None:
            return 0
        if spare is None:
            spare = TransportWrite()
        request = spare
        if rest is None:
            result = self.handle.write_object(request, first, -1)
        else:
            result = self.handle.writev(request, rest)
        if result == 0:
            return 0
        if result < 0:
            return self.fatal_error(os_error(result), "Fatal write error on socket transport")
        spare = None
        request.transport = self
        self.writing = True
        return self.maybe_pause()

    def flush(self):
        """What the loop calls before it polls."""
        if self.first is not None and not self.writing:
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
            if self.empty_waiter is not None and not self.empty_waiter.done():
                self.empty_waiter.set_exception(exc)
            return 0
        if self.first is not None:
            self.send()
        if not self.conn_lost:
            self.maybe_resume()  # which may write more
        if self.writing or self.first is not None:
            return 0
        return self.drained()

    def drained(self):
        """Everything is with the kernel: do what waits for that."""
        if self.conn_lost:
            return 0
        if self.empty_waiter is not None and not self.empty_waiter.done():
            self.empty_waiter.set_result(None)
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
        return (self.low_water, self.high_water)

    def set_write_buffer_limits(self, high=None, low=None):
        """Call pause_writing() above `high` bytes that wait, resume_writing() at `low`.

        Args:
            high: 64 KiB by default, or four times `low`.
            low: A quarter of `high` by default.

        Raises:
            ValueError: high >= low >= 0 is not so.
        """
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        if low is None:
            low = high // 4
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self.high_water = high
        self.low_water = low
        self.maybe_pause()

    def maybe_pause(self):
        if self.protocol_paused or not self.writing or self.buffered() <= self.high_water:
            return 0
        self.protocol_paused = True
        if not tell(self.context, self.protocol, "pause_writing", cython.NULL):
            self.told_of_failure("protocol.pause_writing() failed")
        return 0

    def maybe_resume(self):
        if not self.protocol_paused or self.buffered() > self.low_water:
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
        """Close without writing what waits; connection_lost(None) follows."""
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
        self.first = None
        self.rest = None
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
            if self.empty_waiter is not None and not self.empty_waiter.done():
                self.empty_waiter.set_exception(ConnectionError("Connection is closed by peer"))

    def dispose(self):
        """Close the handle, and let go of everything."""
        if self.handle is None:
            return 0
        self.learn_names()
        handle = self.handle
        self.handle = None
        self.closing = True
        self.hindered = True
        if self.loop._transports.get(self.fd) is self:
            del self.loop._transports[self.fd]
        if self.sock is not None:
            self.sock.detach()  # the descriptor is the handle's
        handle.close()
        self.protocol = None
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
        if name == "peername" or name == "sockname":
            if self.extra is not None and name in self.extra:
                return self.extra[name]
            self.learn_names()
            return self.peername if name == "peername" else self.sockname
        if name == "socket":
            sock = self._sock
            return default if sock is None else trsock.TransportSocket(sock)
        return default if self.extra is None else self.extra.get(name, default)

    def learn_names(self):
        if self.names_known or self.handle is None:
            return 0
        self.names_known = True
        self.sockname = self._name(self.handle.getsockname(), "getsockname")
        self.peername = self._name(self.handle.getpeername(), "getpeername")
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
        if self.sock is None and self.handle is not None:
            self.sock = socket.socket(fileno=self.fd)
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
        if self.empty_waiter is not None:
            raise RuntimeError("Empty waiter is already set")
        self.flush()
        waiter = self.loop.create_future()
        self.empty_waiter = waiter
        self.hindered = True
        if not self.writing:
            waiter.set_result(None)
        return waiter

    def _reset_empty_waiter(self):
        self.empty_waiter = None
        self.hindered = self.eof or self.conn_lost > 0 or self.handle is None


def on_read(owner, nread, data):
    """What the handle calls for everything that it reads."""
    transport = cython.cast(StreamTransport, owner)
    if nread < 0:
        return transport.read_failed(nread)
    if transport.conn_lost:
        return 0
    if transport.feed == TO_READER:
        try:
            transport.feed_reader(data)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            transport.fatal_error(exc, "Fatal error: protocol.data_received() call failed.")
        return 0
    if transport.feed == TO_DATA_RECEIVED:
        transport.in_read = fast_cork
        done = tell_known(
            transport.context,
            transport.protocol,
            transport.receive,
            transport.binds_receive,
            cython.cast(cython.pointer(PyObject), data),
        )
        transport.in_read = False
        if not done:
            transport.callback_failed("Fatal error: protocol.data_received() call failed.")
    else:
        transport.handle.let_buffer_go()
        count = cython.cast(object, number(transport.loop, nread))
        transport.in_read = fast_cork
        done = tell_known(
            transport.context,
            transport.protocol,
            transport.receive,
            transport.binds_receive,
            cython.cast(cython.pointer(PyObject), count),
        )
        transport.in_read = False
        if not done:
            transport.callback_failed("Fatal error: protocol.buffer_updated() call failed.")
    if transport.first is not None and not transport.writing:
        return transport.send()
    return 0


def on_buffer(owner):
    """What the handle calls before it reads, for a BufferedProtocol."""
    transport = cython.cast(StreamTransport, owner)
    try:
        buffer = ask_known(
            transport.context,
            transport.protocol,
            transport.give_buffer,
            transport.binds_give_buffer,
            cython.cast(cython.pointer(PyObject), minus_one),
        )
        if transport.handle is None:
            return 0
        if buffer is transport.handle.user_object and buffer is not None:
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


minus_one = -1
stock_data_received = StreamReaderProtocol.data_received
spare = None

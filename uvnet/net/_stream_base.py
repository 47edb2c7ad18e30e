"""StreamBase: the half of a Socket that runs for every packet, and the life of its handle.

Data takes the direct way where nobody can see the difference, and else Duplex's: what is read goes
straight to the 'data' listeners ("flow"), what is written straight to the kernel ("write"), and
what one socket pipes into another never leaves C ("splice"). Each can be switched off; see
uvnet._core.fast. Node: lib/net.js, lib/internal/stream_base_commons.js
"""

from __future__ import annotations

import sys

import cython

from uvnet import encodings
from uvnet._core import TCP, UV_ENOTCONN, UV_EOF
from uvnet._core.fast import is_enabled
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_HANDLE_TYPE,
    ERR_INVALID_STATE,
    ERR_OUT_OF_RANGE,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_CLOSED_BEFORE_CONNECTION,
    ERR_STREAM_NULL_VALUES,
    SocketEnded,
    uv_error,
)
from uvnet.net._debug import debug, name_of
from uvnet.net._validators import validate_timeout
from uvnet.stream.iterator import plain_reads
from uvnet.stream.readable import Readable
from uvnet.stream.writable import Writable

end_of_file: int = UV_EOF
fast_flow: bool = is_enabled("flow")
fast_write: bool = is_enabled("write")
fast_feed: bool = is_enabled("feed")

# Listeners of a source, or of a destination, that could tell a splice from the ordinary way.
_WATCHED = frozenset(["data", "readable", "pause", "resume", "drain"])


class StreamBase(Stream):
    """What Socket is made of; see there."""

    def __cinit__(self):
        cls = type(self)
        self.plain_push = cls.push is StreamBase.push and not self._emits
        self.plain_read = cls._read is StreamBase._read
        self.plain_write = (
            cls.write is StreamBase.write
            and cls._write is StreamBase._write
            and cls._writev is StreamBase._writev
        )
        self.flags &= ~(EMIT_CLOSE | HALF_OPEN)
        init_readable(self, None, False, None, "high_water_mark")
        init_writable(self, None, False, True, None, "high_water_mark")

    # ------------------------------------------------------------------ the handle

    @property
    def _handle(self):
        """The TCP or Pipe of uvnet._core; None before connect() and once destroyed."""
        return self.handle

    @property
    def connecting(self) -> bool:
        """Whether connect() has been called and is not decided yet."""
        return self.connecting_

    @connecting.setter
    def connecting(self, value: bool) -> None:
        self.connecting_ = value
        self._unconnected = False
        self.connected_changed()

    @property
    def _onread(self):
        return None if self.onread_callback is None else (self.onread_buffer, self.onread_callback)

    @_onread.setter
    def _onread(self, pair) -> None:
        if pair is None:
            self.onread_buffer = self.onread_callback = None
        else:
            self.onread_buffer, self.onread_callback = pair
        self.makes_buffers = callable(self.onread_buffer)

    def connected_changed(self):
        """Let chunks go to the handle without _write(), or not."""
        if self.handle is not None and not self.connecting_ and self.plain_write and fast_write:
            self.flags |= NATIVE_WRITE
        else:
            self.flags &= ~NATIVE_WRITE
        return 0

    def when_connected(self, function):
        """Call a function when 'connect' comes, among its listeners, in order."""
        if self.waiting is None:
            self.waiting = []
            self.once("connect", self._connected)
        self.waiting.append(function)
        return 0

    def _connected(self) -> None:
        """Do what waits for the connection. Called again after 'connect': a listener may raise."""
        waiting = self.waiting
        self.waiting = None
        try:
            while waiting:
                waiting.pop(0)()
        except BaseException:
            self.waiting = waiting
            raise

    def loop_of(self):
        if self.handle is not None and self.handle.loop is not None:
            return self.handle.loop
        return Stream.loop_of(self)

    def check_thread(self):
        """Raise in a thread that the socket does not belong to, before anything is changed."""
        if self.handle is not None and self.handle.loop is not None:
            self.handle.loop.check_thread()
        return 0

    def check_read(self):
        self.check_thread()
        if self.onread_callback is not None:
            raise ERR_INVALID_STATE("what this socket reads goes to its onread")
        return 0

    def _undestroy(self):
        """Make it as new, to connect again."""
        from uvnet.stream.destroy import undestroy

        undestroy(self)
        forget_writes(self)
        self.life += 1
        self.reading = False
        self.bytes_read_ = self.bytes_written_ = 0

    def _attach(self, handle) -> None:
        """Take a handle over, as its one owner."""
        if handle is None:
            raise ERR_INVALID_ARG_TYPE("handle", ["TCP", "Pipe"], handle)
        self.handle = handle
        self._sockname = None
        self.reading = False
        self.handle.read_for(self, cython.cast(owner_read_cb, on_read))
        if self.idle is not None:
            self.handle.set_idle_timer(self.idle)
        if self.onread_callback is not None:
            buffer = self.onread_buffer
            self.install_buffer(buffer() if self.makes_buffers else buffer)
        self.connected_changed()

    def install_buffer(self, buffer):
        """Read into `buffer` from now on; what cannot be read into is ignored, as in Node."""
        if self.handle is None:  # who was asked for the buffer has destroyed the socket
            return 0
        if buffer is None:  # to the handle that would mean to go back to bytes objects
            return 0
        try:
            if self.handle.use_user_buffer(buffer) == 0:
                self.current_buffer = buffer
        except (TypeError, BufferError, ValueError):
            if not self.makes_buffers:
                raise
        return 0

    # ------------------------------------------------------------------ reading

    def _read(self, size: int) -> None:
        """Start reading; or do so once connected."""
        if self.connecting_ or self.handle is None or self._unconnected:
            self.when_connected(self._read_when_connected)
        elif not self.reading:
            self.start_reading()

    def _read_when_connected(self) -> None:
        self._read(self.rhwm)

    def do_read(self, size):
        if (
            self.plain_read
            and self.handle is not None
            and not (self.connecting_ or self._unconnected)
        ):
            if not self.reading:
                self.start_reading()
        else:
            self._read(size)
        return 0

    def start_reading(self):
        self.reading = True
        status = self.handle.start_owner_reading(False)
        if status:
            self.destroy(uv_error(status, "read"))
        return 0

    def stop_reading(self):
        self.reading = False
        self.unsplice()
        if self.handle is not None:
            status = self.handle.read_stop()
            if status:
                self.destroy(uv_error(status, "read"))
        return 0

    def received(self, data):
        """Hand a chunk to the listeners, or to the buffer."""
        if (
            self.rflags & (FLOWING | DATA_LISTENING | R_SYNC | DECODES | R_ENDED)
            == FLOWING | DATA_LISTENING
            and self.rlength == 0
            and self.plain_push
            and self.plain_read
            and fast_flow
        ):
            self.handle.loop.flowed += 1
            # As push() and the read(0) that follows it would leave it.
            self.rflags |= DATA_EMITTED | READING
            if self.await_drain is not None:
                self.await_drain = None
            self.emit1("data", data)
            if self.pipes is not None:
                self.try_splice()
            if can_push_more(self):
                return 0
        elif (
            self.awaiting is not None
            and not self.rflags & (DATA_LISTENING | R_SYNC | DECODES | R_ENDED | EMITTED_READABLE)
            and self.plain_push
            and self.plain_read
            and fast_feed
            and self.fed(data)
        ):
            return 0  # noqa: SIM114
        elif push_chunk(self, data, None, False) if self.plain_push else self.push(data):
            if self.pipes is not None:
                self.try_splice()
            return 0
        if self.reading:
            self.stop_reading()
        return 0

    def fed(self, data):
        """Hand a chunk to the task that waits; return whether it took it."""
        loop = self.handle.loop
        awaiting = self.awaiting  # held: the task may go on to another
        # As push(), the read(0) that follows it and the read() of who waits would leave it.
        flags = self.rflags
        self.rflags |= READING | DATA_EMITTED | NEED_READABLE
        if not awaiting.deliver(data):
            if not self.flags & DESTROYED:
                self.rflags = flags
            return False
        loop.fed += 1
        if not can_push_more(self):
            self.rflags &= ~READING
            if self.reading:
                self.stop_reading()
        return True

    def received_into(self, nread, buffer):
        """Tell the user whose buffer was read into."""
        go_on = call_onread(self.onread_callback, self.handle.loop, nread, buffer) is not False
        if self.makes_buffers and self.handle is not None:
            self.install_buffer(self.onread_buffer())
        if not go_on and self.reading:
            self.stop_reading()
        return 0

    def failed(self, status):
        """The end of what can be read, or an error."""
        if status != end_of_file:
            self.destroy(uv_error(status, "read"))
        elif not self.rflags & END_EMITTED:
            if debug is not None:
                debug("%s: the peer has ended", name_of(self))
            self.push(None)
            self.read(0)
        return 0

    def read(self, size: int | None = None):
        """Take a chunk out of the buffer; see Readable.read()."""
        self.check_thread()
        if size != 0:
            self.unsplice()
        if self.onread_callback is not None:
            self._read_if_connected()
        return Readable.read(self, size)

    def _read_if_connected(self) -> None:
        if self.connecting_ or self._unconnected or self.handle is None:
            return
        if not self.reading:
            self.start_reading()

    def pause(self):
        """Stop 'data', or onread. What arrives is buffered, up to the high water mark."""
        self.check_thread()
        self.unsplice()
        if self.onread_callback is not None and not self.connecting_ and self.reading:
            self.stop_reading()
        return Readable.pause(self)

    def resume(self):
        """Let data flow, from the next tick on; onread at once."""
        self.check_thread()
        if self.onread_callback is not None:
            self._read_if_connected()
        return Readable.resume(self)

    def set_encoding(self, encoding: str):
        """Decode what is read to str; see Readable.set_encoding()."""
        self.unsplice()
        return Readable.set_encoding(self, encoding)

    # ------------------------------------------------------------------ writing

    def write(self, chunk, encoding=None, callback=None, *, size=None) -> bool:
        """Write a chunk. Node: socket.write

        Args:
            chunk: A bytes-like object, which must not change until it is written, or a str. The
                buffer of onread may change: what is left of it is copied.
            encoding: Of a str: utf8, latin1, ascii, hex, base64, base64url, utf16le or another
                name of one of these. May be left out before `callback`.
            callback: callback(error or None), once the chunk is with the kernel, or is lost.
            size: Write only the first `size` bytes. None, the default, for all. (Node has slices
                that cost nothing.)

        Returns:
            Whether everything is with the kernel, or less than the high water mark waits for it:
            after False, wait for 'drain'.

        Raises:
            ERR_STREAM_NULL_VALUES, ERR_INVALID_ARG_TYPE, ERR_UNKNOWN_ENCODING, ERR_OUT_OF_RANGE: An
                argument is wrong.
        """
        self.check_thread()
        if callback is None and callable(encoding):
            encoding, callback = None, encoding
        if chunk is self.current_buffer and chunk is not None:
            chunk = bytes(chunk if size is None else _first(chunk, size))
        elif size is not None:
            chunk = _first(chunk, size)
        if self.flags & ENDING and self.rflags & END_EMITTED and not self.flags & HALF_OPEN:
            return self._write_after_end(callback)
        return write_chunk(self, chunk, encoding, callback) is True

    def write_now(self, chunk, size):
        """Write to the kernel, and keep what it refuses; nothing waits before it."""
        global spare
        if spare is None:
            spare = SocketWrite()
        handle = self.handle
        before = handle_bytes_written(handle)
        result = handle.write_object(spare, chunk, size)
        if result == 0:
            handle.loop.written += 1
            return True
        length = handle_bytes_written(handle) - before
        self.wlength += length
        self.writelen = length
        self.pending_callbacks += 1
        self.flags = (self.flags | WRITING | EXPECT_CALLBACK) & ~W_SYNC
        if result < 0:
            self.flags |= W_SYNC
            written(self, uv_error(result, "write"))
            self.flags &= ~W_SYNC
        else:
            spare.socket = self
            spare.life = self.life
            spare = None
            self.last_queue_size = length
        if self.wlength < self.whwm or self.wlength == 0:
            return self.flags & (DESTROYED | ERRORED) == 0
        self.flags |= NEED_DRAIN
        return False

    def _write_after_end(self, callback):
        """The peer has ended, and so have we, without being told to."""
        error = SocketEnded()
        if callback is not None:
            self.tick(callback, (error,))
        self.destroy(error)
        return False

    def do_write(self, chunk, encoding):
        if self.plain_write:
            self.write_generic(chunk, False, None)
        else:
            Stream.do_write(self, chunk, encoding)
        return 0

    def do_writev(self, items):
        if self.plain_write:
            self.write_generic(as_bytes(items), True, None)
        else:
            Stream.do_writev(self, items)
        return 0

    def has_writev(self):
        return True

    def _write(self, chunk, encoding: str, callback) -> None:
        """Write one chunk, then callback(error=None)."""
        self.write_generic(
            encodings.encode(chunk, encoding) if type(chunk) is str else chunk, False, callback
        )

    def _writev(self, chunks, callback) -> None:
        """Write several chunks as one."""
        self.write_generic([to_bytes(chunk) for chunk in chunks], True, callback)

    def write_generic(self, data, several, callback):
        """Give one chunk, or a list of them, to the handle; callback None is the stream's own."""
        if self.connecting_:
            self.pending_data = data
            pending = _PendingWrite()
            pending.socket = self
            pending.life = self.life
            pending.data = data
            pending.several = several
            pending.callback = callback
            self.when_connected(pending.connected)
            self.once("close", pending.closed)
            return 0
        self.pending_data = None
        handle = self.handle
        if handle is None:
            return self.write_done(callback, ERR_SOCKET_CLOSED())
        request = SocketWrite()
        request.callback = callback
        before = handle_bytes_written(handle)
        if several:  # noqa: SIM108  (one expression would make an int object of the other's result)
            result = handle.writev(request, data)
        else:
            result = handle.write_object(request, data, -1)
        if result > 0:
            request.socket = self
            request.life = self.life
            self.last_queue_size = handle_bytes_written(handle) - before
            return 0
        return self.write_done(callback, uv_error(result, "write") if result else None)

    def write_done(self, callback, error):
        if callback is None:
            written(self, error)
        else:
            callback(error)
        return 0

    def cork(self) -> None:
        """Hold back what is written until uncork()."""
        self.check_thread()
        self.unsplice_all()
        Writable.cork(self)

    def uncork(self) -> None:
        """Write what was held back, in one piece."""
        self.check_thread()
        Writable.uncork(self)

    def end(self, chunk=None, encoding=None, callback=None):
        """Write a last chunk, if one is given, and send FIN when all is written. Node: socket.end

        Args:
            callback: callback(error or None), when that is done, before 'finish'.

        Returns:
            The socket.
        """
        self.check_thread()
        self.unsplice_all()
        return Writable.end(self, chunk, encoding, callback)

    def _final(self, callback) -> None:
        """Send FIN."""
        if self.connecting_:
            self.when_connected(lambda: self._final(callback))
            return
        if self.handle is None:
            callback()
            return
        if debug is not None:
            debug("%s: ends, %d bytes written", name_of(self), self.bytes_written)
        request = ShutdownReq(lambda request, status: callback())
        status = self.handle.shutdown(request)
        if status == UV_ENOTCONN:
            callback()
        elif status:
            callback(uv_error(status, "shutdown"))

    # ------------------------------------------------------------------ the end

    def destroy(self, error: BaseException | None = None):
        """End it now: drop what is not written, emit 'error' if one is given, and 'close'."""
        self.check_thread()
        return destroy_stream(self, error)

    def destroy_soon(self) -> None:
        """End it, and destroy it when all is written, without waiting for the peer."""
        if self.writable:
            self.end()
        if self.flags & FINISHED:
            self.destroy()
        else:
            self.once("finish", self.destroy)

    def reset_and_destroy(self):
        """Destroy it with a RST instead of a FIN, once connected. Node: socket.resetAndDestroy

        Raises:
            ERR_INVALID_HANDLE_TYPE: It is no TCP socket.
        """
        if self.handle is None:
            return self.destroy(ERR_SOCKET_CLOSED())
        if not isinstance(self.handle, TCP):
            raise ERR_INVALID_HANDLE_TYPE()
        if self.connecting_:
            self.when_connected(self._reset)
        else:
            self._reset()
        return self

    def _reset(self) -> None:
        self.resetting = True
        self.destroy()

    def _destroy(self, error, callback) -> None:
        if self.connecting_:
            self.connecting_ = False
            request = self._lookup
            if request is not None:
                self._lookup = None
                request.cancel()
        if debug is not None:
            debug("%s: destroyed, error %r", name_of(self), error)
        if self.waiting is not None:
            self.waiting = None
            self.remove_listener("connect", self._connected)
        if self.idle is not None:
            self.idle.disarm()
        if self.handle is not None:
            self.unsplice_all()
            self.close_handle(error is not None)
            callback(error)
        else:
            callback(error)
            self.tick(self.emit, ("close", None))
        server = self.server
        if server is not None:
            server._connection_closed()

    def close_handle(self, had_error):
        handle = self.handle
        self.bytes_read_ = handle_bytes_read(handle)
        self.bytes_written_ = handle_bytes_written(handle)
        closed = _Closed()
        closed.socket = self
        closed.had_error = had_error
        if self.resetting:
            self.resetting = False
            status = handle.reset(closed)
        else:
            status = handle.close(closed)
        if status and not handle.loop.is_closed():  # somebody else has closed the handle
            handle.loop.set_immediate(closed)
        self.handle = None
        self.reading = False
        self._sockname = None
        self.current_buffer = None
        self.flags &= ~NATIVE_WRITE
        return 0

    # ------------------------------------------------------------------ the idle timeout

    def set_timeout(self, msecs: float, callback=None):
        """Emit 'timeout' after `msecs` milliseconds without activity. Node: socket.setTimeout

        The socket goes on: it is up to the listener to end it. It is emitted once, and again when
        there was activity in between. Reads and writes are activity, and so is the progress of a
        long write. It does not keep the loop alive.

        Args:
            msecs: 0 for no timeout.
            callback: Added as a listener that is called once; removed if `msecs` is 0.

        Raises:
            ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE: `msecs` is no finite number >= 0.
        """
        if self.flags & DESTROYED:
            return self
        duration = validate_timeout(msecs, "msecs")
        if callback is not None and not callable(callback):
            raise ERR_INVALID_ARG_TYPE("callback", "function", callback)
        self.timeout = msecs
        if duration == 0:
            if self.idle is not None:
                self.idle.disarm()
            if callback is not None:
                self.remove_listener("timeout", callback)
            return self
        if self.idle is None or self.idle.loop is not self.loop_of():
            self.idle = IdleTimer(self.loop_of(), self._idle_is_over)
        self.idle.arm(max(int(duration), 1))
        if self.handle is not None:
            self.handle.set_idle_timer(self.idle)
        if callback is not None:
            self.once("timeout", callback)
        return self

    def _idle_is_over(self) -> None:
        if self.last_queue_size > 0 and self.handle is not None and self.idle is not None:
            size = self.handle.write_queue_size
            if size != self.last_queue_size:
                # A long write is on its way.
                self.last_queue_size = size
                self.idle.touch()
                return
        if debug is not None:
            debug("%s: idle for %s ms", name_of(self), self.timeout)
        self.emit0("timeout")

    def _refresh_timeout(self) -> None:
        if self.idle is not None:
            self.idle.touch()

    # ------------------------------------------------------------------ counters

    @property
    def bytes_read(self) -> int:
        """What the peer has sent, in bytes. Kept after the end, until it connects again."""
        return self.bytes_read_ if self.handle is None else handle_bytes_read(self.handle)

    @property
    def bytes_written(self) -> int:
        """What was written, in bytes, with what waits to be sent."""
        count = self.bytes_written_ if self.handle is None else handle_bytes_written(self.handle)
        count += self.wlength - self.writelen  # the rest of it the handle has counted
        return count + self.writelen if self.pending_data is not None else count

    @property
    def buffer_size(self) -> int | None:
        """writable_length, or None without a handle. Deprecated in Node."""
        return None if self.handle is None else self.writable_length

    # ------------------------------------------------------------------ the splice, see _splice

    def try_splice(self):
        return 0

    def unsplice(self):
        return 0

    def unsplice_all(self):
        return 0

    def on(self, event, listener):
        """Add a listener; see Readable.on()."""
        if event in _WATCHED:
            self.unsplice_all()
        return Readable.on(self, event, listener)

    add_listener = on

    def prepend_listener(self, event, listener):
        """Add a listener before the others."""
        if event in _WATCHED:
            self.unsplice_all()
        return EventEmitter.prepend_listener(self, event, listener)

    def push(self, chunk, encoding=None) -> bool:
        """Hand a chunk to the reader; see Readable.push()."""
        self.unsplice()
        return push_chunk(self, chunk, encoding, False)

    def unshift(self, chunk, encoding=None) -> bool:
        """Give back what was read too much; see Readable.unshift()."""
        self.unsplice()
        return push_chunk(self, chunk, encoding, True)


def on_read(owner, nread, data):
    """What the handle calls for everything that it reads."""
    socket = cython.cast(StreamBase, owner)
    if nread < 0:
        return socket.failed(nread)
    if socket.flags & DESTROYED or socket.handle is None:
        return 0
    if socket.onread_callback is not None:
        return socket.received_into(nread, data)
    return socket.received(data)


def to_bytes(chunk):
    """Return the bytes of a Chunk."""
    data, encoding = chunk
    return encodings.encode(data, encoding) if type(data) is str else data


def _first(chunk, size):
    """Return the first `size` bytes of a bytes-like object."""
    if chunk is None:
        raise ERR_STREAM_NULL_VALUES()
    try:
        view = memoryview(chunk)
    except TypeError:
        raise ERR_INVALID_ARG_TYPE("chunk", "bytes-like object", chunk) from None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= view.nbytes:
        raise ERR_OUT_OF_RANGE("size", f">= 0 && <= {view.nbytes}", size)
    if not view.c_contiguous:
        return view.tobytes()[:size]
    return view.cast("B")[:size]


class SocketWrite:
    """The part of a write that the kernel did not take at once."""

    def completed(self, status):
        socket = self.socket
        callback = self.callback
        self.socket = None
        self.callback = None
        if self.life != socket.life:
            return 0  # the socket has forgotten it
        if status < 0:
            return socket.write_done(callback, uv_error(status, "write"))
        socket.last_queue_size = 0
        return socket.write_done(callback, None)


spare = None


class _Closed:
    """The close callback of a handle."""

    def __call__(self):
        wanted(self.socket)
        if debug is not None:
            end = self.socket
            counts = (end.bytes_read, end.bytes_written)
            debug("%s: closed, %d read, %d written", name_of(end), *counts)
        self.socket.emit1("close", self.had_error)


class _PendingWrite:
    """A write that waits for the connection."""

    def connected(self):
        self.socket.remove_listener("close", self.closed)
        self.socket.write_generic(self.data, self.several, self.callback)

    def closed(self, had_error=None):
        wanted(self.socket)
        if self.life == self.socket.life:
            self.socket.write_done(self.callback, ERR_SOCKET_CLOSED_BEFORE_CONNECTION())


def write_fast(self, args, nargs, kwnames):
    """What StreamBase.write is in truth: bytes for a kernel that is ready go there at once."""
    if nargs == 1 and self.flags & (OPEN | SHUT) == OPEN:
        chunk = cython.cast(object, args[0])
        if self.flags & HELD:  # corked, or something waits before it
            if type(chunk) is bytes and kwnames == cython.NULL:
                self.check_thread()
                self.pending_callbacks += 1
                return write_or_buffer(self, chunk, "buffer", None)
        elif type(chunk) is bytes or type(chunk) is bytearray:
            if kwnames == cython.NULL:
                return self.write_now(chunk, -1)
            if is_size_alone(kwnames):
                length = to_size(cython.cast(object, args[1]), chunk)
                if length >= 0:
                    return self.write_now(chunk, length)
    return uvn_call_method(slow_write, self, args, nargs, kwnames)


plain_reads.add(StreamBase.read)
size_name = sys.intern("size")
slow_write = None
install_write_fast()

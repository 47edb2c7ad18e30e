"""TLSFlow: what goes through a TLS connection while it is open, and how it is held back."""

from __future__ import annotations

import asyncio
from asyncio import constants, sslproto
from asyncio.log import logger

import cython

from uvnet._core.fast import is_enabled
from uvnet.aio.transport import method_of

fast_cork: bool = is_enabled("cork")


class TLSFlow:
    """Reading and writing. How a connection begins and ends is TLSTransport's."""

    # ------------------------------------------------------------------ the protocol above

    def __cinit__(self):
        # As closed until __init__ has run.
        self.engine = Engine.__new__(Engine)
        self.state = LOST
        self.closed = True

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
        else:
            self.feed = TO_NATIVE if isinstance(protocol, NativeProtocol) else TO_DATA_RECEIVED
            self.receive, self.binds_receive = method_of(protocol, "data_received")
        return 0

    # ------------------------------------------------------------------------- reading

    def is_reading(self) -> bool:
        """Return whether it gives what arrives to the protocol: neither paused nor closing."""
        return not (self.paused or self.closed)

    def pause_reading(self):
        """Stop calling data_received(), at once. No-op if it does not read."""
        self.paused = True

    def resume_reading(self):
        """Go on after pause_reading(), soon. No-op if it reads."""
        if self.paused:
            self.paused = False
            self.loop.call_soon(self._resume, context=self.context)

    def _resume(self):
        if self.paused or self.state != OPEN:
            return
        self.send()
        if self.state == OPEN:
            self.read_on()
        if self.state == OPEN and not self.paused:
            if self.eof:
                self.end_of_input()
            else:
                self.control_reading()

    def read_on(self):
        """Give the application what can be decrypted."""
        engine = self.engine
        scratch = engine.scratch
        while self.state == OPEN and not self.paused and engine.has_more():
            called = "data_received"
            try:
                if self.feed == TO_BUFFER:
                    called = "get_buffer"
                    buffer = self.ask_for_buffer()
                    if self.state != OPEN or self.paused or self.feed != TO_BUFFER:
                        continue
                    filled = engine.fill_buffer(buffer)
                    if filled:
                        called = "buffer_updated"
                        self.buffer_filled(filled)
                else:
                    filled = engine.fill(scratch.memory, scratch.size, RECORD)
                    if filled:
                        deliver(self, scratch, filled)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                return self.fatal_error(exc, f"Fatal error: protocol.{called}() call failed.")
            if self.state == OPEN:
                if engine.status == FAILED:
                    return self.read_failed()
                if engine.status == CLOSED:
                    self.end_of_input()
        if self.state == OPEN:
            return self.control_reading() if self.below_stopped else 0
        return self.proceed()  # what it has called has closed it

    def ask_for_buffer(self):
        hint = PyLong_FromSsize_t(self.engine.pending())
        return ask_known(
            self.context,
            self.protocol,
            self.give_buffer,
            self.binds_give_buffer,
            cython.cast(cython.pointer(PyObject), hint),
        )

    def buffer_filled(self, count):
        number = PyLong_FromSsize_t(count)
        if not tell_known(
            self.context,
            self.protocol,
            self.receive,
            self.binds_receive,
            cython.cast(cython.pointer(PyObject), number),
        ):
            reraise()
        return 0

    def read_failed(self):
        """What has arrived is no TLS, or has been tampered with."""
        exc = self.engine.error
        self.engine.error = None
        self.send_output()  # the alert that tells the other end why
        if self.stream is not None:
            self.stream.flush()
        return self.fatal_error(exc, "Fatal error on SSL protocol")

    def end_of_input(self):
        """A close_notify, or the end of the connection below without one."""
        if not (self.told_eof or self.closed):
            self.told_eof = True
            try:
                if ask(self.context, self.protocol, "eof_received", cython.NULL):
                    logger.warning(
                        "returning true from eof_received() has no effect when using ssl"
                    )
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                return self.fatal_error(exc, "Error calling eof_received()")
        return self.start_shutdown()

    def discard(self):
        """Drop what arrives after close(), so that its end is seen."""
        engine = self.engine
        scratch = engine.scratch
        while engine.has_more():
            self.discarded += engine.fill(scratch.memory, scratch.size, RECORD)
        return 0

    def control_reading(self):
        """Have the transport below stop when too much is here that nobody reads, and go on."""
        size = self.engine.pending()
        if size >= self.read_high and not self.below_stopped:
            self.below_stopped = True
            self.below.pause_reading()
        elif size <= self.read_low and self.below_stopped:
            self.below_stopped = False
            self.below.resume_reading()
        return 0

    def get_read_buffer_size(self) -> int:
        """Return how many bytes, encrypted, wait for resume_reading()."""
        return self.engine.pending()

    def get_read_buffer_limits(self) -> tuple:
        """Return (low, high), in bytes."""
        return (self.read_low, self.read_high)

    def set_read_buffer_limits(self, high=None, low=None):
        """Stop reading from the network at `high` bytes that wait for resume_reading().

        After close() it is also how many bytes are dropped before the connection is cut.

        Args:
            high: 256 KiB by default, or four times `low`.
            low: Where to go on; a quarter of `high` by default.

        Raises:
            ValueError: high >= low >= 0 is not so.
        """
        self.read_high, self.read_low = sslproto.add_flowcontrol_defaults(
            high, low, constants.FLOW_CONTROL_HIGH_WATER_SSL_READ
        )
        if self.state == OPEN:
            self.control_reading()

    # ------------------------------------------------------------------------- writing

    def write(self, data):
        """Write bytes, a bytearray or a memoryview, which may be changed at once.

        Raises:
            TypeError: `data` is none of these.
            RuntimeError: In a wrong thread.
        """
        if type(data) is not bytes:
            if not isinstance(data, (bytes, bytearray, memoryview)):
                raise TypeError(f"data: expecting a bytes-like instance, got {type(data).__name__}")
            data = bytes(data)  # it may change while it is kept
        if size_of(data):
            self.put(data, size_of(data))

    def writelines(self, list_of_data):
        """Write several chunks as one."""
        self.write(b"".join(list_of_data))

    def put(self, data, size):
        """Take a chunk over: it waits for the end of the callback, or is encrypted at once."""
        if self.state > OPEN:
            if self.conn_lost >= constants.LOG_THRESHOLD_FOR_CONNLOST_WRITES:
                logger.warning("SSL connection is closed")
            self.conn_lost += 1
            return 0
        loop = self.loop
        thread = loop.thread
        if thread != 0 and thread != this_thread():
            loop.check_thread()
        self.hold(data, size)
        if self.state != OPEN or self.below_paused:
            return self.control_writing()
        if fast_cork and thread != 0 and loop.depth != 0 and self.queued < CORK_LIMIT:
            loop.held += 1
            if not (self.in_read or self.corked):
                cork(loop, self)
            return 0
        return self.send()

    def hold(self, data, size):
        self.queued += size
        if self.piece is None and self.queue is None:
            self.piece = data
        elif self.queue is None:
            self.queue = [data]
        else:
            self.queue.append(data)
        return 0

    def _test__append_write_backlog(self, data):
        """Hold it back until something else is sent: asyncio's tests do this."""
        self.hold(data, len(data))

    def flush(self):
        """What the loop calls before it polls."""
        stream = self.stream
        if stream is None:
            return self.send()
        # It is not to hold back until the next turn what leaves here.
        before = stream.in_read
        stream.in_read = fast_cork
        try:
            self.send()
        finally:
            stream.in_read = before
        return stream.flush()

    def send(self):
        """Encrypt what is held back, and hand it on while the transport below takes it."""
        if self.state != OPEN and self.state != FLUSHING:
            return 0
        engine = self.engine
        try:
            while not self.below_paused and (self.piece is not None or self.queue is not None):
                if self.queue is not None and self.offset == 0:
                    self.next_piece()
                count = engine.write(self.piece, self.offset)
                if count == WANTS_MORE:  # the other end negotiates anew
                    return self.send_output()
                self.queued -= count
                self.offset += count
                if self.offset == size_of(self.piece):
                    self.piece = None
                    self.offset = 0
                self.hand_on(engine.output())
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            return self.fatal_error(exc, "Fatal error on SSL protocol")
        return self.control_writing()

    def next_piece(self):
        """Join small chunks, for each record costs both ends much."""
        queue = self.queue
        if self.piece is not None:
            queue.insert(0, self.piece)
        size = count = 0
        for chunk in queue:
            if count and size + len(chunk) > CORK_LIMIT:
                break
            size += len(chunk)
            count += 1
        self.piece = queue[0] if count == 1 else b"".join(queue[:count])
        if count == len(queue):
            self.queue = None
        else:
            del queue[:count]
        return 0

    def hand_on(self, data):
        if self.stream is not None:
            return write_bytes(self.stream, data)
        self.below.write(data)
        return 0

    def send_output(self):
        """Send what OpenSSL itself has to say."""
        if self.below is not None and self.engine.pending_out() > 0:
            self.hand_on(self.engine.output())
        return 0

    def write_eof(self):
        """TLS connections cannot be closed by halves here: asyncio has it so.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError

    def can_write_eof(self) -> bool:
        """Return False."""
        return False

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait here; the transport below may keep more."""
        return self.queued + self.engine.pending_out()

    def get_write_buffer_limits(self) -> tuple:
        """Return (low, high), in bytes."""
        return (self.write_low, self.write_high)

    def set_write_buffer_limits(self, high=None, low=None):
        """Call pause_writing() at `high` bytes that wait, resume_writing() at `low`.

        Args:
            high: 512 KiB by default, or four times `low`.
            low: A quarter of `high` by default.

        Raises:
            ValueError: high >= low >= 0 is not so.
        """
        self.write_high, self.write_low = sslproto.add_flowcontrol_defaults(
            high, low, constants.FLOW_CONTROL_HIGH_WATER_SSL_WRITE
        )
        self.control_writing()

    def control_writing(self):
        """Have the application stop when too much is queued, and go on."""
        if not self.protocol_paused:
            # What is only held back until the end of the callback does not count.
            if (
                self.queued == 0
                or self.queued < self.write_high
                or not (self.below_paused or self.state != OPEN)
            ):
                return 0
            self.protocol_paused = True
            name = "pause_writing"
        elif self.queued <= self.write_low and not self.below_paused:
            self.protocol_paused = False
            name = "resume_writing"
        else:
            return 0
        if self.protocol is not None and not tell(self.context, self.protocol, name, cython.NULL):
            self.told_of_failure(f"protocol.{name}() failed")
        return 0

    # ------------------------------------------------------------------------ failures

    def drop_queue(self):
        self.piece = None
        self.queue = None
        self.queued = self.offset = 0
        return 0

    def told_of_failure(self, message):
        """What has been raised in C is reported; the connection goes on."""
        try:
            reraise()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self.report(exc, message)
        return 0

    def fatal_error(self, exc, message):
        if isinstance(exc, OSError):
            if self.loop.debug:
                logger.debug("%r: %s", self, message, exc_info=exc)
        elif not isinstance(exc, asyncio.CancelledError):
            self.report(exc, message)
        return self.force_close(exc)

    def report(self, exc, message):
        self.loop.call_exception_handler(
            {
                "message": message,
                "exception": exc,
                "transport": self,
                "protocol": self.protocol,
            }
        )

    # ------------------------------------------------------------- what a subclass does

    def start_shutdown(self):
        """Begin to close."""
        return 0

    def proceed(self):
        """Go on closing."""
        return 0

    def force_close(self, exc):
        """Close at once."""
        return 0

    @property
    def _protocol_paused(self):
        return self.protocol_paused

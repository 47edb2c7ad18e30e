"""The writer of native streams."""

import warnings
from asyncio import StreamReader, StreamWriter

cimport cython
from cpython.bytes cimport PyBytes_CheckExact
from cpython.object cimport PyObject

from uvnet._core.loop cimport Py_DECREF_, Py_INCREF_
from uvnet._core.waiter cimport (
    PENDING, PYGEN_ERROR, PYGEN_NEXT, PYGEN_RETURN, PySendResult, uvn_set_steps, thrown)
from uvnet.aio.flow cimport DrainWait, NativeStreamProtocol, leave_drain
from uvnet.aio.reader cimport NativeReader, is_plain_reader
from uvnet.aio.transport cimport StreamTransport, write_bytes

cdef object stock_reader = StreamReader
cdef object stock_drain = StreamWriter.drain


@cython.freelist(64)
cdef class Draining:
    """What drain() returns: a coroutine, to be awaited once. Made by a writer only."""

    def __dealloc__(self):
        if self.state == NEW and self.writer is not None:
            warn_never_awaited()

    __name__ = "drain"
    __qualname__ = "StreamWriter.drain"

    def __await__(self):
        return self

    def __iter__(self):  # for `yield from`
        return self

    def __next__(self):
        raise NotImplementedError  # never called: next_draining() is

    def send(self, value):
        """Go on, whatever `value` is, and return the future to wait for. Raises StopIteration."""
        return next(self)

    def throw(self, typ, val=None, tb=None):
        """Wait no more and raise the exception `typ`, made with `val`, with the traceback `tb`."""
        self.leave()
        raise thrown(typ, val, tb)

    def close(self):
        """Wait no more."""
        self.leave()

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    cdef int step(self) except -1:
        """Say whether there is nothing to wait for."""
        cdef NativeStreamProtocol flow
        if self.state == NEW:
            if self.writer is None:
                raise TypeError("made without a writer")
            self.state = OVER
            exc = self.writer.exception()
            if exc is not None:
                raise exc
            if self.writer.is_closing_():
                # connection_lost() comes in the next turn: who writes in a loop must see it.
                self.state = TURNED
                return TURN
        elif self.state == WAITING:
            if self.waiting.waiter.state == PENDING:
                raise RuntimeError("await wasn't used with future")
            self.leave()
            if self.waiting.error is not None:
                raise self.waiting.error
            return DRAINED
        elif self.state == OVER:
            raise RuntimeError("cannot reuse already awaited coroutine")
        self.state = OVER
        flow = self.writer.flow
        if flow._connection_lost:
            raise ConnectionResetError("Connection lost")
        if not flow._paused:
            return DRAINED
        self.waiting = DrainWait.__new__(DrainWait)
        flow.wait_for_drain(self.waiting)
        self.state = WAITING
        return WAITS

    cdef int leave(self) except -1:
        if self.state == WAITING:
            leave_drain(self.writer.flow, self.waiting)
        self.state = OVER
        return 0


cdef void warn_never_awaited() noexcept:
    warnings.warn(
        "coroutine 'StreamWriter.drain' was never awaited", RuntimeWarning, stacklevel=2)


cdef PySendResult send_draining(
    Draining self, PyObject* sent, PyObject** result
) except PYGEN_ERROR:
    """Return None, or the future to wait for, or None in its place: a turn of the loop."""
    cdef int answer
    result[0] = NULL
    answer = self.step()
    result[0] = <PyObject*> self.waiting.waiter if answer == WAITS else <PyObject*> None
    Py_INCREF_(result[0])
    return PYGEN_RETURN if answer == DRAINED else PYGEN_NEXT


cdef PyObject* next_draining(Draining self) except? NULL:
    cdef PyObject* result
    if send_draining(self, NULL, &result) == PYGEN_NEXT:
        return result
    Py_DECREF_(result)
    return NULL  # StopIteration


cdef class NativeWriter:
    """asyncio.StreamWriter in native code. See uvnet.aio.streams.StreamWriter.

    Args:
        transport: What it writes to.
        protocol: The transport's, which knows whether writing is paused.
        reader: A StreamReader or None; drain() raises what was set as its exception.
        loop: That all of them belong to.
    """

    def __init__(self, transport, protocol, reader, loop):
        if reader is not None and not isinstance(reader, stock_reader):
            raise AssertionError(f"reader must be a StreamReader or None, not {reader!r}")
        self._transport = transport
        self._protocol = protocol
        self._reader = reader
        self._loop = loop

    # ------------------------------------------------------------------ writing

    def write(self, data):
        """Write `data`, bytes-like. See asyncio's transport.write()."""
        if self.native is not None and PyBytes_CheckExact(data):
            write_bytes(self.native, data)
        else:
            self.wire.write(data)

    def writelines(self, data):
        """Write several chunks, which `data` yields, as one."""
        self.wire.writelines(data)

    def drain(self):
        """Wait until it makes sense to write more.

        Returns:
            An awaitable of None. It raises what is wrong with the connection.
        """
        cdef Draining drain
        if self.flow is None:
            return stock_drain(self)
        drain = Draining.__new__(Draining)
        drain.writer = self
        return drain

    cdef object exception(self):
        if self.native_reader is not None:
            return self.native_reader.exc
        return None if self.reader is None else self.reader.exception()

    cdef bint is_closing_(self) except -1:
        return self.native.closing if self.native is not None else self.wire.is_closing()

    def write_eof(self):
        """End what is written; reading goes on."""
        return self.wire.write_eof()

    def can_write_eof(self):
        """Return whether write_eof() can be called: not so with TLS."""
        return self.wire.can_write_eof()

    # ---------------------------------------------------------------------- end

    def close(self):
        """Close the connection once everything is written."""
        return self.wire.close()

    def is_closing(self):
        """Return whether close() has been called, or the connection is lost."""
        return self.wire.is_closing()

    # ------------------------------------------------------------------ what it is

    def get_extra_info(self, name, default=None):
        """Return what the transport knows as `name`, else `default`."""
        return self.wire.get_extra_info(name, default)

    @property
    def transport(self):
        """The transport."""
        return self.wire

    @property
    def _transport(self):
        return self.wire

    @_transport.setter
    def _transport(self, value):
        self.wire = value
        self.native = value if type(value) is StreamTransport else None

    @property
    def _protocol(self):
        return self.protocol

    @_protocol.setter
    def _protocol(self, value):
        self.protocol = value
        self.flow = None
        if isinstance(value, NativeStreamProtocol) and (
                type(value)._drain_helper is NativeStreamProtocol._drain_helper):
            self.flow = value

    @property
    def _reader(self):
        return self.reader

    @_reader.setter
    def _reader(self, value):
        self.reader = value
        self.native_reader = value if is_plain_reader(value) else None

    @property
    def _complete_fut(self):
        if self.complete is None:
            self.complete = self._loop.create_future()
            self.complete.set_result(None)
        return self.complete


uvn_set_steps(Draining, <void*> next_draining, <void*> send_draining)

"""The protocol of native streams: it feeds the reader, and knows whether writing is paused."""

import weakref
from asyncio import current_task, events
from asyncio.log import logger

from cpython.object cimport PyObject

from uvnet._core.loop cimport Py_DECREF_
from uvnet._core.waiter cimport PENDING, Waiter
from uvnet.aio.reader cimport NativeReader, is_plain_reader
from uvnet.aio.transport cimport NativeProtocol, StreamTransport

cdef extern from "weak.h":
    PyObject* uvn_weak_get(object) noexcept

cdef object current_loop = getattr(events, "_get_event_loop", events.get_event_loop)


cdef class DrainWait:
    """Somebody who waits in drain()."""


cdef class NativeStreamProtocol(NativeProtocol):
    """asyncio.StreamReaderProtocol, as far as it runs for each packet. See uvnet.aio.streams.

    Args:
        stream_reader: It is referred to weakly, unless there is a `client_connected_cb`: then it
            is kept until the connection is made.
        client_connected_cb: As for asyncio.start_server().
        loop: The running one by default.
    """

    def __init__(self, stream_reader, client_connected_cb=None, loop=None):
        cls = type(self)
        self.loop = current_loop() if loop is None else loop
        if stream_reader is not None:
            self.reader_ref = weakref.ref(stream_reader)
            self._source_traceback = stream_reader._source_traceback
            self.plain_reader = is_plain_reader(stream_reader)
        if client_connected_cb is not None:
            self._strong_reader = stream_reader
        self._client_connected_cb = client_connected_cb
        self.plain = all([getattr(cls, name) is method for name, method in METHODS])

    # ------------------------------------------------------------------ reading

    cdef int received(self, object data) except -1:
        """What a native transport calls instead of data_received()."""
        cdef PyObject* found
        if self.plain and self.plain_reader:
            found = uvn_weak_get(self.reader_ref)
            if found == NULL:
                return 0
            reader = <object> found
            Py_DECREF_(found)
            # A layer in between may be called by a task: then no other can be resumed.
            (<NativeReader> reader).feed(
                data, self.native is not None or current_task(self.loop) is None)
        elif self.native is not None:
            self.native.context.run(self.data_received, data)
        else:
            self.data_received(data)
        return 0

    def data_received(self, data):
        """Feed the reader with `data`."""
        reader = self._stream_reader
        if reader is not None:
            reader.feed_data(data)

    @property
    def _stream_reader(self):
        return None if self.reader_ref is None else self.reader_ref()

    @property
    def _stream_reader_wr(self):
        return self.reader_ref

    @_stream_reader_wr.setter
    def _stream_reader_wr(self, value):
        self.reader_ref = value
        self.plain_reader = value is not None and is_plain_reader(value())

    @property
    def _transport(self):
        return self.transport

    @_transport.setter
    def _transport(self, value):
        self.transport = value
        self.native = value if type(value) is StreamTransport else None

    @property
    def _loop(self):
        return self.loop

    # ------------------------------------------------------------------ writing

    def pause_writing(self):
        """Make drain() wait."""
        if self._paused:
            raise AssertionError("writing is paused already")
        self._paused = True
        if self.loop.get_debug():
            logger.debug("%r pauses writing", self)

    def resume_writing(self):
        """Let those who wait in drain() go on."""
        if not self._paused:
            raise AssertionError("writing is not paused")
        self._paused = False
        if self.loop.get_debug():
            logger.debug("%r resumes writing", self)
        self._wake_drains(None)

    def _wake_drains(self, error):
        cdef DrainWait drain
        drains, self.drains = self.drains, None
        if drains is not None:
            for drain in drains:
                if drain.waiter.state == PENDING:
                    drain.error = error
                    drain.waiter.finish()

    cdef int wait_for_drain(self, DrainWait drain) except -1:
        """Have its waiter wait until writing is resumed, or the connection lost."""
        drain.waiter = Waiter.__new__(Waiter)
        drain.waiter.bind(self.loop)
        drain.waiter.begin()
        if self.drains is None:
            self.drains = []
        self.drains.append(drain)
        return 0

    async def _drain_helper(self):
        if self._connection_lost:
            raise ConnectionResetError("Connection lost")
        if self._paused:
            await _Paused(self)

    # ---------------------------------------------------------------------- end

    def _lost(self, exc):
        """The connection is lost: tell who waits for its end, or for the transport."""
        self._connection_lost = True
        self.lost_error = exc
        if self.closed is not None and not self.closed.done():
            self._settle()
        if self._paused:
            self._wake_drains(exc)
        self.reader_ref = None
        self._stream_writer = None
        self._task = None
        self._transport = None

    def _settle(self):
        if self.lost_error is None:
            self.closed.set_result(None)
        else:
            self.closed.set_exception(self.lost_error)
            self.closed.exception()  # it has been told in other ways

    @property
    def _closed(self):
        if self.closed is None:
            self.closed = self.loop.create_future()
            if self._connection_lost:
                self._settle()
        return self.closed

    def _get_close_waiter(self, stream):
        return self._closed


cdef class _Paused(DrainWait):
    """What _drain_helper() awaits: an asyncio.Future would do, but drain() needs none."""

    cdef NativeStreamProtocol protocol

    def __init__(self, NativeStreamProtocol protocol):
        self.protocol = protocol

    def __await__(self):
        self.protocol.wait_for_drain(self)
        try:
            yield self.waiter
        finally:
            leave_drain(self.protocol, self)
        if self.error is not None:
            raise self.error


cdef int leave_drain(NativeStreamProtocol protocol, DrainWait drain) except -1:
    """Wait no more."""
    if protocol.drains is not None and drain in protocol.drains:
        protocol.drains.remove(drain)
    drain.waiter.end()
    return 0


cdef tuple METHODS = tuple(
    [(name, getattr(NativeStreamProtocol, name)) for name in ("data_received", "_stream_reader")])

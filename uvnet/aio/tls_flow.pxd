"""The flow of a TLS connection, for native code."""

cimport cython
from cpython.object cimport PyObject

from uvnet._core.corked cimport cork
from uvnet._core.loop cimport Loop
from uvnet._core.loop cimport uvn_thread as this_thread
from uvnet.aio.tls_engine cimport CLOSED, FAILED, RECORD, WANTS_MORE, Engine, Scratch
from uvnet.aio.transport cimport (
    CORK_LIMIT, Feed, NativeProtocol, StreamTransport, TO_BUFFER, TO_DATA_RECEIVED, TO_NATIVE,
    ask, ask_known, reraise, size_of, tell, tell_known, write_bytes)

cdef extern from "Python.h":
    int PyContext_Enter_ "PyContext_Enter"(object) noexcept
    int PyContext_Exit_ "PyContext_Exit"(object) noexcept
    void PyErr_Clear_ "PyErr_Clear"() noexcept
    object PyLong_FromSsize_t(Py_ssize_t)

cdef enum State:
    NEW        # not connected
    HANDSHAKE
    OPEN
    FLUSHING   # close() or the other end's close_notify: what is queued leaves first,
    SHUTDOWN   # then this end's close_notify; the other end's is waited for
    LOST

cdef bint fast_cork


cdef class TLSFlow(NativeProtocol):
    cdef Loop loop
    cdef Engine engine
    cdef object below            # the transport that it is the protocol of
    cdef StreamTransport stream  # the same, if it is ours
    cdef object protocol
    cdef object receive          # its data_received() or buffer_updated(): see method_of()
    cdef object give_buffer      # its get_buffer()
    cdef object context          # a contextvars.Context, which callbacks run in
    cdef bytes piece             # what is being encrypted,
    cdef Py_ssize_t offset       # from here on;
    cdef list queue              # what comes after it, or None
    cdef Py_ssize_t queued       # bytes of both
    cdef Py_ssize_t discarded    # bytes that came after close()
    cdef Py_ssize_t read_high
    cdef Py_ssize_t read_low
    cdef Py_ssize_t write_high
    cdef Py_ssize_t write_low
    cdef unsigned int conn_lost  # writes since the end, which is 1
    cdef State state
    cdef Feed feed
    cdef bint binds_receive      # receive wants the protocol as its first argument
    cdef bint binds_give_buffer
    cdef bint closed             # close() has been called, or the other end has closed
    cdef bint told_eof
    cdef bint eof                # below: a FIN
    cdef bint paused             # by pause_reading()
    cdef bint protocol_paused    # by pause_writing()
    cdef bint below_paused       # it has called pause_writing()
    cdef bint below_stopped      # its pause_reading() has been called
    cdef bint in_read            # received() flushes when it is done

    cdef int flush(self) except -1
    cdef int use_protocol(self, object protocol) except -1
    @cython.locals(engine=Engine, scratch=Scratch, filled=Py_ssize_t)
    cdef int read_on(self) except -1
    cdef object ask_for_buffer(self)
    cdef int buffer_filled(self, Py_ssize_t count) except -1
    cdef int read_failed(self) except -1
    @cython.locals(engine=Engine, scratch=Scratch)
    cdef int discard(self) except -1
    cdef int end_of_input(self) except -1
    @cython.locals(size=Py_ssize_t)
    cdef int control_reading(self) except -1
    @cython.locals(loop=Loop, thread=cython.ulong)
    cdef int put(self, bytes data, Py_ssize_t size) except -1
    cdef int hold(self, bytes data, Py_ssize_t size) except -1
    @cython.locals(size=Py_ssize_t, count=Py_ssize_t)
    cdef int next_piece(self) except -1
    @cython.locals(engine=Engine, count=Py_ssize_t)
    cdef int send(self) except -1
    cdef int hand_on(self, bytes data) except -1
    cdef int send_output(self) except -1
    cdef int control_writing(self) except -1
    cdef int drop_queue(self) except -1
    cdef int told_of_failure(self, str message) except -1
    cdef int fatal_error(self, object exc, str message) except -1
    cdef int report(self, object exc, str message) except -1
    cdef int start_shutdown(self) except -1
    cdef int proceed(self) except -1
    cdef int force_close(self, object exc) except -1


cdef inline int deliver(TLSFlow self, Scratch scratch, Py_ssize_t n) except -1:
    """Give the first n bytes of the scratch to the protocol, and raise what it raises."""
    cdef Py_ssize_t capacity = 0
    cdef PyObject* chunk = scratch.take(n, &capacity)
    if chunk == NULL:
        raise MemoryError
    try:
        if self.feed == TO_NATIVE:
            deliver_natively(self, <object> chunk)
        elif not tell_known(
            self.context, self.protocol, self.receive, self.binds_receive, chunk
        ):
            reraise()
    finally:
        scratch.put_back(chunk, capacity)
    return 0


cdef inline int deliver_natively(TLSFlow self, object chunk) except -1:
    cdef bint entered = enter_context(self.context)
    try:
        (<NativeProtocol> self.protocol).received(chunk)
    finally:
        if entered:
            PyContext_Exit_(self.context)
    return 0


cdef inline bint enter_context(object context) noexcept:
    """Return whether PyContext_Exit_() is to be called; not if it has been entered before."""
    if PyContext_Enter_(context) == 0:
        return True
    PyErr_Clear_()
    return False

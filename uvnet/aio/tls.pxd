cimport cython
from cpython.object cimport PyObject

from uvnet.aio.tls_engine cimport CLOSED, FAILED, Engine, Scratch
from uvnet.aio.tls_flow cimport (
    FLUSHING, HANDSHAKE, LOST, NEW, OPEN, SHUTDOWN, PyContext_Exit_, TLSFlow, enter_context)
from uvnet.aio.transport cimport StreamTransport, TO_DATA_RECEIVED, ask

cdef extern from "Python.h":
    char* PyBytes_AS_STRING_ "PyBytes_AS_STRING"(object)
    object PyContext_CopyCurrent()

cdef enum:
    PART = 2 * 16384  # bytes of ciphertext that are decrypted before the next ones are looked at
    PATIENCE = 16     # read limits: so much is dropped while this end still has to write


cdef bint fast_cork


cdef class TLSTransport(TLSFlow):
    cdef object ssl_context
    cdef object peercert
    cdef object waiter           # of the handshake
    cdef object timer            # of the handshake, then of the shutdown
    cdef double handshake_timeout
    cdef double shutdown_timeout
    cdef double began
    cdef bint made               # connection_made() has been called
    cdef bint secured            # the handshake is complete
    cdef dict __dict__
    cdef object __weakref__

    cdef int received(self, object data) except -1
    @cython.locals(offset=Py_ssize_t, size=Py_ssize_t, part=Py_ssize_t)
    cdef int take(self, bytes data) except -1
    @cython.locals(entered=cython.bint, done=cython.bint)
    cdef int handshake(self) except -1
    cdef int handshake_failed(self, object exc) except -1
    cdef int handshake_done(self) except -1
    cdef int wake(self, object exc) except -1
    cdef int stop_timer(self) except -1
    cdef int start_shutdown(self) except -1
    cdef int proceed(self) except -1
    cdef int force_close(self, object exc) except -1


cdef inline const char* memory_of(bytes data) noexcept:
    return PyBytes_AS_STRING_(data)

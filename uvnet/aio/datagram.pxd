cimport cython

from uvnet._core.corked cimport Corked, cork
from uvnet._core.loop cimport Loop
from uvnet._core.loop cimport uvn_thread as this_thread
from uvnet._core.udp cimport UDP, _Peer
from uvnet._core.uv cimport UVN_SEND_MAX, uvn_datagram_t

cdef extern from "Python.h":
    object PyContext_CopyCurrent()
    int PyContext_Enter_ "PyContext_Enter"(object) noexcept
    int PyContext_Exit_ "PyContext_Exit"(object) noexcept
    void PyErr_Clear_ "PyErr_Clear"() noexcept


cdef class Endpoint(UDP):
    cdef DatagramTransport transport  # None once it is closed
    cdef object context

    cdef int messages(self, const uvn_datagram_t* batch, int n) except -1
    cdef int message(self, object data, object address) except -1
    cdef int receive_failed(self, int status) except -1
    cdef int send_failed(self, int status) except -1
    cdef int drained(self) except -1


cdef class DatagramTransport(Corked):
    cdef Loop loop
    cdef Endpoint handle         # None once it is closed
    cdef object protocol
    cdef object context          # a contextvars.Context, which callbacks run in
    cdef object address          # the only one to send to, or None
    cdef dict extra
    cdef object sock             # of Python, over the handle's descriptor
    cdef object sockname
    cdef object peername
    cdef size_t high_water
    cdef size_t low_water
    cdef int fd
    cdef unsigned int conn_lost  # sends since the end, which is 1
    cdef bint connected
    cdef bint closing
    cdef bint protocol_paused
    cdef bint in_batch           # the receive callback flushes when it is done
    cdef dict __dict__
    cdef object __weakref__

    @cython.locals(loop=Loop, handle=Endpoint, peer=_Peer)
    cdef int put(self, bytes data, object address) except -1
    cdef _Peer resolve(self, object address)
    cdef size_t buffered(self) noexcept
    cdef int flush(self) except -1
    cdef int tell_error(self, int status) except -1
    cdef int tell_exception(self, object exc) except -1
    cdef int maybe_pause(self) except -1
    cdef int maybe_resume(self) except -1
    cdef int tell_failed(self, object exc, str message) except -1
    cdef int fatal_error(self, object exc, str message) except -1
    cdef int force_close(self, object exc) except -1
    cdef int lose(self, object exc) except -1
    cdef int learn_names(self) except -1
    cdef int dispose(self) except -1


cdef bint fast_cork
cdef int bad_descriptor

from cpython.object cimport PyObject

from uvnet._core.loop cimport Py_INCREF_
from uvnet._core.waiter cimport (
    PENDING, PYGEN_RETURN, PySendResult, Steps, Waiter, next_step, send_step, uvn_set_steps)
from uvnet.stream.buffer cimport EVERYTHING
from uvnet.stream.readable cimport read_chunk
from uvnet.stream.state cimport *
from uvnet.stream.waiter cimport Awaiting


cdef class _Chunks(Awaiting):
    cdef Stream stream
    cdef object ready           # a chunk on its way to the task that waits
    cdef object error
    cdef object clean_up
    cdef bint destroy_on_return
    cdef bint started
    cdef bint ended
    cdef bint completed
    cdef bint plain             # read() is not overridden

    cdef object poll(self)
    cdef int start(self) except -1
    cpdef object wake(self)
    cpdef object over(self, object error=*)
    cdef int leave(self, bint early) except -1


cdef bint is_writing(Stream stream) except -1


cdef class StreamIterator(Steps):
    cdef _Chunks chunks

    cdef int check_alone(self) except -1


cdef inline PySendResult send_chunk(
    StreamIterator self, PyObject* sent, PyObject** result
) noexcept:
    """Return the chunk that is on its way, if there is one: most that arrive take this path."""
    if self.chunks is not None and self.chunks.ready is not None:
        Py_INCREF_(<PyObject*> self.chunks.ready)
        result[0] = <PyObject*> self.chunks.ready
        self.chunks.ready = None
        return PYGEN_RETURN
    return send_step(self, sent, result)


cdef inline void install_send_chunk() noexcept:
    uvn_set_steps(StreamIterator, <void*> next_step, <void*> send_chunk)

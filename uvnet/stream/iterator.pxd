from uvnet.stream.buffer cimport EVERYTHING
from uvnet.stream.readable cimport read_chunk
from uvnet.stream.state cimport *
from uvnet.stream.waiter cimport PENDING, Awaiting, Steps, Waiter, install_steps


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

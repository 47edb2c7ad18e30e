from uvnet.stream.state cimport *


cdef class _Chunks:
    cdef Stream stream
    cdef object waiter
    cdef object error
    cdef object clean_up
    cdef bint destroy_on_return
    cdef bint started
    cdef bint ended
    cdef bint completed

    cdef object poll(self)
    cdef int start(self) except -1
    cpdef object wake(self)
    cpdef object over(self, object error=*)
    cdef int leave(self, bint early) except -1


cdef class StreamIterator:
    cdef _Chunks chunks


cdef class _Next:
    cdef _Chunks chunks

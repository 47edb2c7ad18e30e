cimport cython

from uvnet.events cimport EventEmitter
from uvnet.stream.destroy cimport destroy_stream, error_or_destroy
from uvnet.stream.state cimport *


cdef class _Pipe:
    cdef Stream source
    cdef object destination
    cdef object on_drain
    cdef object on_end
    cdef bint stopped

    cdef int start(self) except -1
    cpdef object data(self, object chunk)
    cpdef object drained(self)
    cdef int pause(self) except -1
    cpdef object ended(self)
    cpdef object unpipe(self)
    cpdef object unpiped(self, object source, object info=*)
    cpdef object failed(self, object error)
    cpdef object closed(self, object had_error=*)
    cpdef object finished(self)
    cdef int clean_up(self) except -1


cdef bint is_error_emitted(Stream stream) noexcept
cpdef object start(Stream source, object destination, bint end)
@cython.locals(pipes=list)
cpdef object stop(Stream source, object destination)

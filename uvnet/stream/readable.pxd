cimport cython

from uvnet.events cimport EventEmitter
from uvnet.stream.buffer cimport EVERYTHING, append, how_much, prepend, take, trim
from uvnet.stream.destroy cimport destroy_stream, error_or_destroy
from uvnet.stream.state cimport *


cdef class Readable(Stream):
    pass


cdef bint push_chunk(Stream stream, object chunk, object encoding, bint front) except -1
cdef bint can_push_more(Stream stream) noexcept
cdef int add_chunk(Stream stream, object chunk, bint front) except -1
cdef int end_of_chunks(Stream stream) except -1
@cython.locals(asked=Py_ssize_t, dead=bint)
cdef object read_chunk(Stream stream, Py_ssize_t size)
cdef bint fetch(Stream stream) except -1
cdef object consume(Stream stream, Py_ssize_t size)
cdef object exactly
cdef object until
cdef int emit_readable(Stream stream) except -1
cpdef object _emit_readable(Stream stream)
cdef int read_more(Stream stream) except -1
cpdef object _read_more(Stream stream)
cdef int end_readable(Stream stream) except -1
cpdef object _end_readable(Stream stream)
cdef int _after_end(Stream stream) except -1
cpdef object _end_writable(Stream stream)
cdef int flow(Stream stream) except -1
cpdef object _resume(Stream stream)
cpdef object _read_nothing(Stream stream)
cpdef object _update_listening(Stream stream)
cdef int added(Stream stream, object event) except -1
cdef int removed(Stream stream, object event) except -1
cdef object as_bytes(Stream stream, object chunk, object encoding)

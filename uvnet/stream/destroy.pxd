from uvnet.stream.state cimport *


cdef class _Destroyed:
    cdef Stream stream

cdef class _Constructed:
    cdef Stream stream
    cdef bint called

    cpdef object proceed(self, object error)

cpdef object destroy_stream(Stream stream, object error=*)
cpdef object error_or_destroy(Stream stream, object error, bint sync=*)
cpdef object undestroy(Stream stream)
cpdef object construct_stream(Stream stream)
cdef int emit_error(Stream stream, object error) except -1
cdef object _set_error(Stream stream, object error)
cdef object _call_destroy(Stream stream, object error)
cpdef object _emit_error_and_close(Stream stream, object error)
cpdef object _emit_close(Stream stream)
cpdef object _emit_error(Stream stream, object error)
cpdef object _call_construct(Stream stream)

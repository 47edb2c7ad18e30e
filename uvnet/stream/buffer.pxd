cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize

from uvnet.stream.state cimport *

cdef enum:
    EVERYTHING = -1  # read() without a size

cdef int append(Stream stream, object chunk) except -1
cdef int prepend(Stream stream, object chunk) except -1
cdef int trim(Stream stream) except -1
cdef Py_ssize_t how_much(Stream stream, Py_ssize_t size) except -1
@cython.locals(index=Py_ssize_t, left=Py_ssize_t, chunks=list)
cdef object take(Stream stream, Py_ssize_t size)
cdef object part_of(object chunk, Py_ssize_t start, Py_ssize_t end)

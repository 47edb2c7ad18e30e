cimport cython

from uvnet.events cimport EventEmitter
from uvnet.stream.destroy cimport destroy_stream, error_or_destroy
from uvnet.stream.state cimport *


cdef class Writable(Stream):
    pass


cdef class Pending:
    cdef object chunk
    cdef object encoding
    cdef object callback
    cdef Py_ssize_t length


cdef class _Joined:
    cdef Stream stream
    cdef list callbacks

    cpdef object call(self, object error)


cdef class AfterWrite:
    cdef Stream stream
    cdef object callback
    cdef int count


cdef object write_chunk(Stream stream, object chunk, object encoding, object callback)
cdef object as_chunk(Stream stream, object chunk, object encoding)
cdef object write_or_buffer(
    Stream stream, object chunk, object encoding, object callback)
@cython.locals(pending=Pending)
cpdef list as_chunks(list items)
@cython.locals(pending=Pending)
cdef list as_bytes(list items)
cdef int start_write(
    Stream stream, Py_ssize_t length, object chunk, object encoding, object callback,
    bint several) except -1
@cython.locals(waiting=AfterWrite, sync=bint)
cdef int written(Stream stream, object error) except -1
cpdef object _write_failed(Stream stream, object error, object callback)
cdef int after_write(Stream stream, int count, object callback) except -1
cpdef object _after_write(Stream stream)
cdef int call_all(Stream stream, list callbacks, object error) except -1
cpdef object _raise(object exc)
@cython.locals(callbacks=list)
cdef int fail_buffer(Stream stream) except -1
cdef int fail_end(Stream stream) except -1
@cython.locals(pending=Pending, buffer=list, callbacks=list)
cdef list empty_buffer(Stream stream)
@cython.locals(callbacks=list)
cdef int forget_writes(Stream stream) except -1
@cython.locals(
    pending=Pending, buffer=list, items=list, joined=_Joined, index=Py_ssize_t, count=Py_ssize_t)
cdef int clear_buffer(Stream stream) except -1
cdef bint need_finish(Stream stream) noexcept
cdef int prefinish(Stream stream) except -1
cpdef object _final_done(Stream stream, object error)
cdef int finish_maybe(Stream stream, bint sync) except -1
cpdef object _finish_if_needed(Stream stream)
cpdef object _finish(Stream stream)
cdef int call_finish_callbacks(Stream stream, object error) except -1
cdef int end_writing(Stream stream, object chunk, object encoding, object callback) except -1

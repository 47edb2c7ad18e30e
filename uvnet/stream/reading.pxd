cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memchr

from uvnet._core.current cimport current_loop
from uvnet._core.loop cimport Loop
from uvnet._core.waiter cimport PENDING, Steps, Waiter, install_steps, thrown
from uvnet.stream.buffer cimport append
from uvnet.stream.readable cimport consume, end_readable, fetch
from uvnet.stream.state cimport *
from uvnet.stream.waiter cimport Awaiting

cdef enum Phase:
    NEW = 0
    ACTIVE
    OVER

cdef enum:  # what find() answers besides a size
    MORE = -1
    OVERRUN = -2


cdef class Reading(Awaiting):
    cdef Stream stream
    cdef Phase phase
    cdef bint decodes           # it was made for characters
    cdef object ready           # a chunk on its way to the task that waits
    cdef Py_ssize_t base        # the high water mark before it was raised; -1: it was not
    cdef Py_ssize_t raised

    cdef int begin(self) except -1
    cdef Py_ssize_t find(self) except -3
    cdef bint is_wanted(self, object chunk) except -1
    cdef object expected(self)
    cdef object overrun(self)
    cdef bint stopped(self) noexcept
    cdef int check(self) except -1
    cdef int make_room(self) noexcept
    @cython.locals(size=Py_ssize_t, length=Py_ssize_t)
    cdef object poll(self)
    cdef int end(self) except -1
    @cython.locals(waiter=Waiter)
    cdef bint deliver(self, object chunk) except -1
    @cython.locals(waiter=Waiter)
    cdef int leave(self) except -1
    @cython.locals(loop=Loop)
    cdef Waiter waiter_of_stream(self)


cdef class _Exactly(Reading):
    cdef Py_ssize_t n


cdef class _Until(Reading):
    cdef object separators      # a tuple of bytes or str, the shortest first
    cdef bytes byte             # the only one, if it is one byte
    cdef Py_ssize_t longest
    cdef Py_ssize_t limit
    cdef Py_ssize_t size        # what find() has answered; MORE: nothing that lasts
    cdef Py_ssize_t consumed    # for LimitOverrunError
    cdef bint found
    # How far the buffer is searched.
    cdef Py_ssize_t searched    # chunks
    cdef Py_ssize_t passed      # bytes in them
    cdef object tail            # the last of them, which may begin a separator

    @cython.locals(
        chunks=list, index=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, length=Py_ssize_t)
    cdef Py_ssize_t find(self) except -3
    @cython.locals(length=Py_ssize_t)
    cdef bint is_wanted(self, object chunk) except -1
    cdef Py_ssize_t answer(self, Py_ssize_t end, Py_ssize_t length) noexcept
    @cython.locals(at=Py_ssize_t, end=Py_ssize_t, best=Py_ssize_t, length=Py_ssize_t)
    cdef Py_ssize_t find_several(self, object chunk, Py_ssize_t start) except -3
    cdef int keep_tail(self, object chunk, Py_ssize_t start) except -1


cdef tuple newline
cdef tuple text_newline
cdef bytes default_separator
@cython.locals(reading=_Exactly)
cpdef object read_exactly(Stream stream, object n)
@cython.locals(reading=_Until)
cpdef object read_until(Stream stream, object separator, object limit)
cdef int check_mode(Stream stream, str what) except -1
cdef tuple to_separators(object separator, bint decodes)
cdef object to_separator(object separator, bint decodes)


cdef inline Py_ssize_t find_byte(bytes chunk, Py_ssize_t start, bytes byte) noexcept:
    cdef const char* text = PyBytes_AS_STRING(chunk)
    cdef const char* found = <const char*> memchr(
        text + start, PyBytes_AS_STRING(byte)[0], PyBytes_GET_SIZE(chunk) - start)
    return -1 if found == NULL else found - text

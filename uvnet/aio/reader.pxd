from cpython.bytearray cimport PyByteArray_AS_STRING, PyByteArray_GET_SIZE
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE

from uvnet._core.loop cimport Loop
from uvnet._core.waiter cimport Waiter

cdef enum ReadKind:
    READ          # up to n bytes
    READ_ALL      # until the end
    READ_EXACTLY
    READ_UNTIL
    READ_LINE
    NEXT_LINE     # of `async for`

cdef enum ReadState:
    NEW
    WAITING
    OVER

cdef enum:  # what Reading.search() answers
    MORE
    FOUND
    OVERRUN


cdef class Reading:
    cdef NativeReader reader
    cdef object argument         # as it was given: n, or the separator
    cdef object value
    cdef object error            # of set_exception(), while it waited
    cdef Waiter waiter
    cdef tuple separators        # bytes, the shortest first
    cdef Py_ssize_t n
    cdef Py_ssize_t searched     # so many bytes have no separator
    cdef Py_ssize_t taken        # as the reader's, when that was so
    cdef Py_ssize_t match_start
    cdef Py_ssize_t match_end
    cdef ReadKind kind
    cdef ReadState state

    cdef int step(self) except -1
    cdef int start(self) except -1
    cdef int start_until(self) except -1
    cdef bint attempt(self) except -1
    cdef bint attempt_until(self) except -1
    cdef bint attempt_line(self) except -1
    cdef bint satisfied(self) except -1
    cdef int search(self) except -1
    cdef int wait(self) except -1
    cdef int leave(self) except -1
    cdef str wanted(self)


cdef class NativeReader:
    cdef object loop
    cdef Loop native_loop        # the same, if it is one of ours
    cdef object limit_given
    cdef Py_ssize_t limit
    # What has arrived: one chunk, of which `start` bytes are gone, or a bytearray of several.
    cdef bytes chunk
    cdef Py_ssize_t start
    cdef bytearray buffer
    cdef Py_ssize_t taken        # bytes, or more if somebody else may have taken some
    cdef object exc
    cdef object transport
    cdef Reading reading         # that waits
    cdef object future           # what somebody waits for in asyncio's own way
    cdef Waiter spare            # for the next wait
    cdef object traceback
    cdef bint eof
    cdef bint paused
    cdef dict __dict__
    cdef object __weakref__

    cdef int check(self) except -1
    cdef int feed(self, bytes data, bint at_once) except -1
    cdef int add(self, bytes data) except -1
    cdef bint fed(self, bint at_once) except -1
    cdef int wake(self, object error) except -1
    cdef int pause_if_full(self) except -1
    cdef int resume_if_drained(self) except -1
    cdef bytes take(self, Py_ssize_t n)
    cdef int drop(self, Py_ssize_t n) except -1
    cdef Reading new_reading(self, ReadKind kind, object argument)


cdef inline Py_ssize_t length_of(NativeReader reader) noexcept:
    if reader.chunk is not None:
        return PyBytes_GET_SIZE(reader.chunk) - reader.start
    return 0 if reader.buffer is None else PyByteArray_GET_SIZE(reader.buffer)


cdef inline const char* memory_of(NativeReader reader) noexcept:
    if reader.chunk is not None:
        return PyBytes_AS_STRING(reader.chunk) + reader.start
    return PyByteArray_AS_STRING(reader.buffer)


cdef bint is_plain_reader(object reader) except -1

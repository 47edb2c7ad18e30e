from uvnet._core.loop cimport Loop
from uvnet._core.sockwatch cimport Side, SockWatch, SockWaiter

cdef enum CallKind:
    RECV = 0      # of a plain socket
    RECV_INTO
    SEND_ALL
    READ          # any call that receives
    WRITE         # any call that sends
    WRITE_ALL     # send() until all is sent
    WRITABLE      # no call

cdef enum CallState:
    NEW = 0
    STARTED
    FINISHED


cdef class SockCall:
    cdef Loop loop
    cdef object sock
    cdef str name               # of the loop's method
    cdef object function        # what to call, or the name of the socket's method
    cdef object arg             # the size, the buffer, or the tuple of arguments
    cdef object value           # the result
    cdef SockWatch watch
    cdef Side side              # that it waits in
    cdef SockWaiter waiter
    cdef Py_ssize_t size
    cdef Py_ssize_t sent
    cdef CallKind kind
    cdef CallState state
    cdef bint over              # the socket has ended or failed

    cdef SockWaiter step(self)
    cdef int start(self) except -1
    cdef bint reads(self) noexcept
    cdef bint attempt(self, int fd) except -1
    cdef bint receive(self, int fd) except -1
    cdef bint receive_into(self, int fd) except -1
    cdef bint send_all(self, int fd) except -1
    cdef bint call(self) except -1
    cdef int read_done(self, Py_ssize_t n) except -1
    cdef SockWaiter wait(self, object number)
    cdef int give_up(self) except -1
    cdef int leave(self) except -1

from uvnet._core.loop cimport Loop
from uvnet._core.poll cimport Watch
from uvnet._core.uv cimport uvn_idle_t
from uvnet._core.waiter cimport Waiter


cdef class SockWaiter(Waiter):
    cdef SockWaiter next                    # in a Side's queue
    cdef int status                         # 0, or the errno that the descriptor died of

    cdef int wake(self) except -1


cdef class Side:
    cdef SockWaiter first                       # is woken; the others queue behind it
    cdef SockWaiter last
    cdef SockWaiter spare                       # for the next wait
    cdef bint drained                       # the last call found no more than there was

    cdef SockWaiter enter(self, Loop loop)
    cdef int leave(self, SockWaiter waiter) except -1
    cdef int fail(self, int status) except -1
    cdef void clear(self) noexcept


cdef class SockWatch(Watch):
    cdef readonly object sock               # a weak reference to the socket object, or None
    cdef Side reads
    cdef Side writes
    cdef bint keeps                         # watches for reading though nobody waits
    cdef bint spare                         # as csrc knows it
    cdef bint second                        # another socket had the descriptor's number before
    cdef bint stream                        # SOCK_STREAM, as far as is known
    cdef uvn_idle_t patrol                  # looks after the socket while somebody waits

    cdef bint polls(self, int event) noexcept
    cdef Side side(self, bint reads)
    cdef bint unused(self) noexcept
    cdef int refresh(self) except 1
    cdef int mark(self) except -1
    cdef int succeed(self, object sock, bint stream) except -1
    cdef bint is_gone(self) except -1
    cdef int start_patrol(self) except 1
    cdef int end(self, int status) except -1
    cdef int fruitless(self) except -1
    cdef int discard(self) except -1


cdef SockWatch watch_socket(Loop loop, object sock, object number, bint stream)

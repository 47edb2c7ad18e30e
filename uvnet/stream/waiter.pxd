from uvnet._core.waiter cimport PENDING, Steps, Waiter, install_steps


cdef class Awaiting(Steps):
    cdef Waiter waiter

    cdef bint waits(self) noexcept
    cdef bint deliver(self, object chunk) except -1
    cdef int changed(self) except -1
    cdef int disturbed(self) except -1

from libc.stdint cimport uint64_t

from uvnet._core.loop cimport Loop
from uvnet._core.uv cimport uvn_idle_t


cdef class IdleTimer:
    cdef uvn_idle_t uvn
    cdef readonly Loop loop
    cdef public object ontimeout

    cdef int arm(self, uint64_t duration) except? -1
    cdef void touch(self) noexcept
    cdef void disarm(self) noexcept

from uvnet._core.call cimport Call
from uvnet._core.handle cimport Handle
from uvnet._core.uv cimport uv_poll_t


cdef class Poll(Handle):
    cdef uv_poll_t uv
    cdef readonly int fd
    cdef int events
    cdef public object onpoll

    cdef int poll_start(self, int events) except 1
    cdef void dispatch(self, int status, int events) noexcept


cdef class Watch(Poll):
    cdef Call reader
    cdef Call writer

    cdef int wanted(self) noexcept
    cdef int update(self) except -1
    cdef void forget(self) noexcept

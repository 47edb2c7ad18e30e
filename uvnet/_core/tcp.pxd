from uvnet._core.stream cimport Stream


cdef class TCP(Stream):
    cdef int _checked_fd(self) except? -1
    cdef int _ip_level(self, int fd) noexcept

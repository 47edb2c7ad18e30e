from uvnet._core.stream cimport Stream


cdef class Pipe(Stream):
    cdef object _name(self, int peer)

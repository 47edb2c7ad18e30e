from uvnet._core.loop cimport Loop


cdef class Corked:
    cdef bint corked  # the loop has it

    cdef int flush(self) except -1


cdef int cork(Loop loop, Corked what) except -1

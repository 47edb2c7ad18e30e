cdef class ReaderFeed:
    cdef object reference       # a weak one to the StreamReader
    cdef Py_ssize_t pause_above  # bytes: where its limits were when they were last looked at

    cdef int feed(self, object data) except -1
    cdef int check_limit(self, object reader, Py_ssize_t size) except -1


cdef bint is_plain(object protocol, object receive) except -1

"""TLS over memory, for native code."""

from cpython.object cimport PyObject

from uvnet._core.loop cimport uvn_chunks_t

cdef enum:
    RECORD = 16384   # bytes: what a record of TLS carries at most
    WANTS_MORE = -1  # instead of a number of bytes: nothing is to be had before more arrives

cdef enum Status:
    DRY     # everything that has arrived is decrypted and read, or part of a record
    MORE    # perhaps not
    CLOSED  # close_notify has come
    FAILED  # with Engine.error


cdef class Window:
    cdef char* base
    cdef Py_ssize_t size


cdef class Scratch:
    cdef uvn_chunks_t chunks
    cdef char* memory            # to decrypt into
    cdef Py_ssize_t size
    cdef Window window
    cdef tuple read_arguments

    cdef PyObject* take(self, Py_ssize_t n, Py_ssize_t* capacity) noexcept
    cdef void put_back(self, PyObject* chunk, Py_ssize_t capacity) noexcept


cdef class Engine:
    cdef readonly object ssl_object
    cdef object incoming
    cdef object outgoing
    cdef object do_read          # what is called for each packet, bound
    cdef object do_write
    cdef object take_in
    cdef object give_out
    cdef object error            # an exception
    cdef Scratch scratch
    cdef Status status           # of what has been read
    cdef bint reads_plainly      # the ssl module's own method does, to which memory can be lent
    cdef bint writes_plainly

    cdef int put(self, object data) except -1
    cdef int put_part(self, const char* base, Py_ssize_t size) except -1
    cdef Py_ssize_t pending(self) except -1
    cdef Py_ssize_t pending_out(self) except -1
    cdef bytes output(self)
    cdef bint has_more(self) except -1
    cdef Py_ssize_t read(self, char* memory, Py_ssize_t size) except -3
    cdef Py_ssize_t fill(self, char* memory, Py_ssize_t size, Py_ssize_t room) except -1
    cdef Py_ssize_t fill_buffer(self, object buffer) except -1
    cdef Py_ssize_t write(self, bytes data, Py_ssize_t offset) except -3
    cdef bint handshake(self) except -1
    cdef bint unwrap(self) except -1

"""Transports: which transport has which descriptor."""

from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from libc.string cimport memcpy

cdef extern from "Python.h":
    void Py_DECREF_ "Py_DECREF"(PyObject*) noexcept
    void Py_INCREF_ "Py_INCREF"(PyObject*) noexcept

cdef enum:
    SMALLEST = 64


cdef class Transports:
    """The open transports of a loop, by descriptor: a mapping, as far as it is needed.

    Descriptors are small numbers, the smallest that are free, so it is an array: 8 bytes for a
    connection, where a dict and its key take 65.

    The collector does not see what is in it. An open transport is no garbage, for its handle keeps
    it, and one that closes leaves.
    """

    cdef PyObject** items  # NULL where there is none
    cdef size_t size
    cdef Py_ssize_t count

    def __dealloc__(self):
        self.clear()

    def __len__(self):
        return self.count

    def __contains__(self, fd):
        return self.at(fd) != NULL

    def __getitem__(self, fd):
        cdef PyObject* found = self.at(fd)
        if found == NULL:
            raise KeyError(fd)
        return <object> found

    def get(self, fd, default=None):
        """Return the transport of a descriptor, or `default`."""
        cdef PyObject* found = self.at(fd)
        return <object> found if found != NULL else default

    def values(self):
        """Return a list of the transports."""
        cdef size_t i
        return [<object> self.items[i] for i in range(self.size) if self.items[i] != NULL]

    def __setitem__(self, int fd, transport):
        if fd < 0:
            raise ValueError(f"a descriptor is not negative, got {fd}")
        if <size_t> fd >= self.size:
            self.grow(fd)
        cdef PyObject* old = self.items[fd]
        Py_INCREF_(<PyObject*> transport)
        self.items[fd] = <PyObject*> transport
        if old != NULL:
            Py_DECREF_(old)  # may run foreign code
        else:
            self.count += 1

    def __delitem__(self, fd):
        cdef PyObject* found = self.at(fd)
        if found == NULL:
            raise KeyError(fd)
        self.items[<size_t> fd] = NULL
        self.count -= 1
        Py_DECREF_(found)

    def forget(self, fd, transport):
        """Remove a transport, if it is the one with this descriptor."""
        if self.at(fd) == <PyObject*> transport:
            del self[fd]

    def clear(self):
        """Remove all of them."""
        cdef PyObject** items = self.items
        cdef size_t size = self.size
        cdef size_t i
        self.items = NULL
        self.size = 0
        self.count = 0
        for i in range(size):
            if items[i] != NULL:
                Py_DECREF_(items[i])
        PyMem_Free(items)

    cdef PyObject* at(self, object fd) except? NULL:
        cdef Py_ssize_t number
        try:
            number = fd
        except OverflowError:
            return NULL
        return self.items[number] if 0 <= number < <Py_ssize_t> self.size else NULL

    cdef int grow(self, size_t fd) except -1:
        cdef size_t size = max(2 * self.size, <size_t> SMALLEST)
        cdef PyObject** items
        while size <= fd:
            size *= 2
        # What is not used yet of memory that the system has just given takes no room.
        items = <PyObject**> PyMem_Calloc(size, sizeof(PyObject*))
        if items == NULL:
            raise MemoryError
        if self.size != 0:
            memcpy(items, self.items, self.size * sizeof(PyObject*))
        PyMem_Free(self.items)
        self.items = items
        self.size = size
        return 0

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

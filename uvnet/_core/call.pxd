cimport cython


@cython.no_gc
cdef class Call:
    """A callback that the loop will call: what asyncio names a Handle."""
    cdef readonly object _callback  # None once it has run or was cancelled
    cdef readonly object _args
    cdef object context
    cdef readonly object _source_traceback
    cdef readonly bint _cancelled
    cdef object __weakref__
    cdef bint recurrent  # it is called again and again: a reader's or a writer's
    cdef bint hidden     # its context is, from the garbage collector

    cdef void forget(self) noexcept
    cdef void hide(self) noexcept
    cdef void show(self) noexcept
    cdef int check(self) except -1

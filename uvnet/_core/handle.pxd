"""Handles and requests: the life of everything that libuv calls back for.

A handle has one owner, and one reference that keeps it alive from init to its close callback. A
request is kept alive by one reference from its start to its completion.
"""

from cpython.object cimport PyObject

from uvnet._core.loop cimport Loop, uvn_thread
from uvnet._core.uv cimport UV_EBADF, uv_close_cb, uv_handle_t


cdef class Handle:
    cdef readonly Loop loop
    cdef uv_handle_t* handle  # NULL before init and from close() on
    cdef object on_close      # what close() was given; CLOSED once that has been called
    cdef object __weakref__

    cdef Loop begin(self, object loop)
    cdef int opened(self, uv_handle_t* handle, int err) except -1
    cdef int start_close(self, object callback, bint reset) except -1
    cdef void do_close(self, uv_handle_t* handle, bint reset) noexcept
    cdef void release(self) noexcept


cdef void on_handle_closed(uv_handle_t* handle) noexcept


cdef class Request:
    cdef public object oncomplete  # oncomplete(request, status), or None
    cdef readonly Handle handle    # while in flight and after
    cdef bint active
    cdef object __weakref__

    cdef void begin(self, Handle handle) noexcept
    cdef void complete(self, int status) noexcept
    cdef int completed(self, int status) except -1
    cdef void forget(self) noexcept


cdef inline int unusable(Handle self) except 1:
    """Return 0 if libuv may be called for this handle, else UV_EBADF.

    Raises:
        RuntimeError: The loop runs in another thread, or belongs to another process.
    """
    if self.handle == NULL:
        return UV_EBADF
    if self.loop.thread != 0 and self.loop.thread != uvn_thread():
        self.loop.check_thread()
    return 0

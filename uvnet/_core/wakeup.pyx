"""Async: wakes a loop from another thread. (Not async.pyx: the word is Python's.)"""

from cpython.object cimport PyObject

from uvnet._core.handle cimport Handle, unusable
from uvnet._core.loop cimport Py_DECREF_, invoke
from uvnet._core.uv cimport *

uvn_capi_import()


cdef class Async(Handle):
    """A handle that any thread may make call back. Open, it keeps the loop alive. (uv_async_t)

    Args:
        loop: An uvnet loop; None, the default, for the current one.
        onasync: onasync() is called on the loop's thread after send(). An attribute too.
    """

    def __init__(self, loop=None, onasync=None):
        self.loop = self.begin(loop)
        self.opened(
            <uv_handle_t*> &self.uv, uv_async_init(&self.loop.uvn.uv, &self.uv, on_async))
        self.onasync = onasync

    cdef void release(self) noexcept:
        self.onasync = None

    def send(self):
        """Have onasync called soon. Thread-safe; several sends may make one call.

        Returns:
            0, or UV_EBADF if the handle is closed.
        """
        if self.handle == NULL:
            return UV_EBADF
        if self.loop.inherited:
            self.loop.check_thread()
        return uv_async_send(&self.uv)


cdef void on_async(uv_async_t* uv) noexcept:
    cdef Async self = <Async> (<uv_handle_t*> uv).data
    cdef PyObject* args[1]
    cdef PyObject* result
    if self.onasync is None:
        return
    result = invoke(self.loop, <PyObject*> self, <PyObject*> self.onasync, args + 1, 0)
    if result != NULL:
        Py_DECREF_(result)

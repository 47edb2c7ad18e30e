"""Call: a callback that waits in one of the loop's queues. What asyncio names a Handle."""

import sys

cimport cython
from cpython.object cimport PyObject

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT_ "Py_REFCNT"(PyObject*) noexcept
    int PyObject_GC_IsTracked_ "PyObject_GC_IsTracked"(PyObject*) noexcept
    void PyObject_GC_Track_ "PyObject_GC_Track"(PyObject*) noexcept
    void PyObject_GC_UnTrack_ "PyObject_GC_UnTrack"(PyObject*) noexcept

# What a Call and a TimerCall say they are: asyncio's types, once uvnet.aio has said so.
_asyncio_types = [None, None]
cdef object describe = None


def call_types(describe_callback, types) -> None:
    """Tell what a Call looks like from above; called once, when uvnet is imported.

    Args:
        describe_callback: describe_callback(callback, args, debug) -> str, for repr of a Call.
        types: What a Call and a TimerCall say they are: (asyncio.Handle, asyncio.TimerHandle).
    """
    global describe
    describe = describe_callback
    _asyncio_types[:] = types


# No garbage collection, which would otherwise run for every 700 calls that wait: once a call has
# run or was cancelled it refers to nothing, and until then the loop refers to it.
@cython.no_gc
@cython.freelist(1024)
cdef class Call:
    """A callback scheduled with call_soon; isinstance of asyncio.Handle once uvnet.aio is there.

    Made by the loop only. `cancel()` before it runs makes it do nothing.
    """

    @property
    def __class__(self):
        return _asyncio_types[0] or Call

    def cancel(self):
        """Do not call it, and let go of what it was to be called with. No-op when it has run."""
        if not self._cancelled:
            self._cancelled = True
            self.forget()

    cdef void forget(self) noexcept:
        if self.hidden:
            self.show()
        self._callback = None
        self._args = None
        self.context = None

    cdef void hide(self) noexcept:
        """Hide the context from the collector, which would go through it with all that wait.

        For the time in a loop's queue: nobody else has it, and the loop shows what is in it. Who
        takes the call out shows it first.
        """
        cdef PyObject* context = <PyObject*> self.context
        if not self.hidden and Py_REFCNT_(context) == 1 and PyObject_GC_IsTracked_(context):
            PyObject_GC_UnTrack_(context)
            self.hidden = True

    cdef void show(self) noexcept:
        self.hidden = False
        PyObject_GC_Track_(<PyObject*> self.context)

    cdef int check(self) except -1:
        """Raise TypeError unless it can be called, and note who has made it: in debug mode."""
        import asyncio.coroutines
        import asyncio.format_helpers
        import inspect

        callback = self._callback
        if asyncio.coroutines.iscoroutine(callback) or inspect.iscoroutinefunction(callback):
            raise TypeError(f"a callback is wanted, not the coroutine {callback!r}")
        if not callable(callback):
            raise TypeError(f"a callable object was expected, got {callback!r}")
        self._source_traceback = asyncio.format_helpers.extract_stack(sys._getframe(0))
        return 0

    def cancelled(self) -> bool:
        """Return whether cancel() has been called."""
        return self._cancelled

    def get_context(self):
        """Return the contextvars.Context it runs in; None once it has run or was cancelled."""
        if self.hidden:
            self.show()
        return self.context

    @property
    def _context(self):
        return self.get_context()

    def _run(self):
        """Call it now, outside the loop's order, as asyncio.Handle._run does."""
        if self._callback is not None:
            self.get_context().run(self._callback, *self._args)

    def _repr_info(self):
        info = [type(self).__name__]
        if self._cancelled:
            info.append("cancelled")
        if self._callback is not None:
            info.append(
                describe(self._callback, self._args, self._source_traceback is not None)
                if describe else repr(self._callback))
        if self._source_traceback:
            frame = self._source_traceback[-1]
            info.append(f"created at {frame[0]}:{frame[1]}")
        return info

    def __repr__(self):
        return "<" + " ".join(self._repr_info()) + ">"

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

"""IdleTimer: tells when nothing has happened for a while. Refreshing it costs next to nothing."""

from libc.stdint cimport uint64_t

from cpython.object cimport PyObject

from uvnet._core.current cimport current_loop
from uvnet._core.loop cimport LOOP_OPEN, Py_DECREF_, Py_INCREF_, invoke
from uvnet._core.uv cimport *

uvn_capi_import()


cdef class IdleTimer:
    """An idle timeout. It never keeps the loop alive, and all of one duration share one timer.

    Not a handle: there is nothing to close. Dropping it disarms it.

    Attributes:
        loop: The loop that it is on. Read-only.

    Args:
        loop: An uvnet loop; None, the default, for the current one.
        ontimeout: ontimeout() is called when the time is over. An attribute too.
    """

    def __init__(self, loop=None, ontimeout=None):
        if self.loop is not None:
            raise RuntimeError(f"{self!r} is already initialised")
        if loop is not None and not isinstance(loop, Loop):
            raise TypeError(f"loop must be an uvnet loop or None, not {loop!r}")
        self.loop = current_loop() if loop is None else loop
        self.uvn.data = <void*> self
        self.ontimeout = ontimeout

    def __dealloc__(self):
        uvn_idle_stop(&self.uvn)

    cdef int arm(self, uint64_t duration) except? -1:
        if self.loop is None or self.loop.state != LOOP_OPEN:
            return UV_EBADF
        self.loop.check_thread()
        return uvn_idle_start(&self.loop.uvn, &self.uvn, duration, on_idle)

    cdef void touch(self) noexcept:
        if self.loop is not None and self.loop.state == LOOP_OPEN:
            uvn_idle_refresh(&self.loop.uvn, &self.uvn)

    cdef void disarm(self) noexcept:
        uvn_idle_stop(&self.uvn)

    def start(self, uint64_t duration):
        """Call ontimeout after `duration` ms, 1 to 2**32 - 1, without a refresh().

        Returns:
            0, or a negative errno: UV_EBADF if the loop is closed.

        Raises:
            OverflowError: `duration` is negative.
            RuntimeError: The loop runs in another thread.
        """
        return self.arm(duration)

    def refresh(self):
        """Start the time anew; also after it was over, but not after stop()."""
        if self.loop is not None:
            self.loop.check_thread()
        self.touch()

    def stop(self):
        """Disarm it."""
        if self.loop is not None:
            self.loop.check_thread()
        self.disarm()

    @property
    def armed(self) -> bool:
        """Whether the time runs."""
        return self.uvn.list != NULL

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")


cdef void on_idle(uvn_idle_t* idle) noexcept:
    cdef PyObject* me = <PyObject*> idle.data
    cdef PyObject* args[1]
    cdef PyObject* result
    cdef Loop loop = (<IdleTimer> me).loop
    if (<IdleTimer> me).ontimeout is None:
        return
    Py_INCREF_(me)
    result = invoke(loop, me, <PyObject*> (<IdleTimer> me).ontimeout, args + 1, 0)
    if result != NULL:
        Py_DECREF_(result)
    Py_DECREF_(me)

"""Timer: one libuv timer. For many, the loop's call_later is cheaper."""

from cpython.object cimport PyObject

from uvnet._core.handle cimport Handle, unusable
from uvnet._core.loop cimport Py_DECREF_, invoke
from uvnet._core.uv cimport *

uvn_capi_import()


cdef class Timer(Handle):
    """A timer handle. (libuv: uv_timer_t)

    Args:
        loop: An uvnet loop; None, the default, for the current one.
        ontimeout: ontimeout() is called when the time is over. An attribute too.
    """

    def __init__(self, loop=None, ontimeout=None):
        self.loop = self.begin(loop)
        self.opened(<uv_handle_t*> &self.uv, uv_timer_init(&self.loop.uvn.uv, &self.uv))
        self.ontimeout = ontimeout

    cdef void release(self) noexcept:
        self.ontimeout = None

    def start(self, uint64_t timeout, uint64_t repeat=0):
        """Call ontimeout after `timeout` ms and then, unless 0, every `repeat` ms.

        Starting a running timer starts it anew. Times are the loop's, which stands still during
        a callback.

        Raises:
            OverflowError: A time is negative.
        """
        cdef int err = unusable(self)
        if not err:
            err = uv_timer_start(&self.uv, on_timeout, timeout, repeat)
        return err

    def stop(self):
        """Do not call it any more. It may be started again."""
        cdef int err = unusable(self)
        if not err:
            err = uv_timer_stop(&self.uv)
        return err

    def again(self):
        """Start a repeating timer anew with its interval; one without an interval is left alone.

        Returns:
            0, or a negative errno: UV_EINVAL if it never was started.
        """
        cdef int err = unusable(self)
        if not err:
            err = uv_timer_again(&self.uv)
        return err

    @property
    def due_in(self) -> int:
        """Milliseconds until it fires; 0 when it does not run."""
        if unusable(self) or not uv_is_active(self.handle):
            return 0
        return uv_timer_get_due_in(&self.uv)


cdef void on_timeout(uv_timer_t* uv) noexcept:
    cdef Timer self = <Timer> (<uv_handle_t*> uv).data
    cdef PyObject* args[1]
    cdef PyObject* result
    if self.ontimeout is None:
        return
    result = invoke(self.loop, <PyObject*> self, <PyObject*> self.ontimeout, args + 1, 0)
    if result != NULL:
        Py_DECREF_(result)

"""Signal: a libuv signal watcher, which any thread's loop may have."""

from uvnet._core.handle cimport Handle, unusable
from uvnet._core.loop cimport Py_DECREF_, invoke
from uvnet._core.uv cimport *
from cpython.object cimport PyObject

uvn_capi_import()


cdef class Signal(Handle):
    """Watches for a signal, instead of Python's own handler for it.

    While a Signal is started, handlers set with signal.signal() for the same number do not run.
    When the last one stops, the default action is back: set Python's handler anew if it is wanted.
    asyncio's loop.add_signal_handler does not use this class and has no such effect.

    Args:
        loop: An uvnet loop; None, the default, for the current one.
        onsignal: onsignal(signum). An attribute too.
    """

    def __init__(self, loop=None, onsignal=None):
        self.loop = self.begin(loop)
        self.opened(<uv_handle_t*> &self.uv, uv_signal_init(&self.loop.uvn.uv, &self.uv))
        self.onsignal = onsignal

    cdef void release(self) noexcept:
        self.onsignal = None

    def start(self, int signum):
        """Watch for `signum`, instead of what was watched for. (libuv: uv_signal_start)

        Returns:
            0, or a negative errno: UV_EINVAL for a signal that cannot be caught or is none.
        """
        cdef int err = unusable(self)
        if not err:
            err = uv_signal_start(&self.uv, on_signal, signum)
        return err

    def stop(self):
        """Stop watching; it may be started again."""
        cdef int err = unusable(self)
        if not err:
            err = uv_signal_stop(&self.uv)
        return err


cdef void on_signal(uv_signal_t* uv, int signum) noexcept:
    cdef Signal self = <Signal> (<uv_handle_t*> uv).data
    cdef PyObject* args[2]
    cdef PyObject* result
    cdef object number = signum
    if self.onsignal is None:
        return
    args[1] = <PyObject*> number
    result = invoke(self.loop, <PyObject*> self, <PyObject*> self.onsignal, args + 1, 1)
    if result != NULL:
        Py_DECREF_(result)

"""Handle and Request, the base classes. Node: src/handle_wrap.cc, src/req_wrap.h."""

from uvnet._core.loop cimport LOOP_OPEN, Py_DECREF_, Py_INCREF_, current_loop, notify, invoke
from uvnet._core.uv cimport *

uvn_capi_import()


cdef class Handle:
    """A long-lived libuv object on a loop. Not made directly.

    Methods return 0 or a negative errno and raise only for misuse: arguments of a wrong type
    (TypeError), a loop that runs in another thread or belongs to another process (RuntimeError).
    On a handle that is closed, or whose __init__ never ran, they return UV_EBADF.
    """

    cdef Loop begin(self, object loop):
        """Claim `loop` (None: the current one) for a handle that is about to be initialised."""
        cdef Loop chosen
        if self.loop is not None:
            raise RuntimeError(f"{self!r} is already initialised")
        if loop is None:
            chosen = current_loop()
        elif isinstance(loop, Loop):
            chosen = loop
        else:
            raise TypeError(f"loop must be an uvnet loop or None, not {loop!r}")
        if chosen.state != LOOP_OPEN:
            chosen.check_open()
            raise RuntimeError("Event loop is closing")
        chosen.check_thread()
        return chosen

    cdef int opened(self, uv_handle_t* handle, int err) except -1:
        """Take over `handle`, which belongs to self.loop if err is 0: the other half of begin."""
        if err:
            self.loop = None
            raise OSError(-err, (<bytes> uv_strerror(err)).decode())
        handle.data = <void*> self
        self.handle = handle
        self.loop.handles += 1
        Py_INCREF_(<PyObject*> self)  # until on_handle_closed
        return 0

    def __init__(self, *args, **kwargs):
        raise TypeError(f"cannot create {type(self).__name__!r} instances")

    def close(self, callback=None):
        """Close the handle. (Node: HandleWrap::Close)

        At once it is dead to all other calls; what is pending completes with UV_ECANCELED, and
        then, in a later phase of the turn, `callback` is called without arguments: once, whatever
        happens in between. Closing again does nothing, and its callback is not called.

        Returns:
            0, or UV_EBADF if the handle is closed or closing.
        """
        return self.start_close(callback, False)

    cdef int start_close(self, object callback, bint reset) except -1:
        cdef int err = unusable(self)
        if err:
            return err
        self.on_close = callback
        self.do_close(on_handle_closed)
        return 0

    cdef void do_close(self, uv_close_cb callback) noexcept:
        uv_close(self.handle, callback)

    cdef void release(self) noexcept:
        """Drop what the handle holds for its callbacks; called when it has closed."""

    def ref(self):
        """Let the open handle keep the loop alive, as it does by default."""
        cdef int err = unusable(self)
        if not err:
            uv_ref(self.handle)
        return err

    def unref(self):
        """Let the loop end while the handle is open."""
        cdef int err = unusable(self)
        if not err:
            uv_unref(self.handle)
        return err

    def has_ref(self) -> bool:
        return self.handle != NULL and not uv_is_closing(self.handle) \
            and uv_has_ref(self.handle) != 0

    @property
    def active(self) -> bool:
        """Whether it is doing something: a timer runs, a stream reads, listens or writes."""
        return self.handle != NULL and uv_is_active(self.handle) != 0

    @property
    def closing(self) -> bool:
        """Whether close() has been called; True for ever after."""
        return self.loop is not None and (self.handle == NULL or uv_is_closing(self.handle) != 0)

    @property
    def closed(self) -> bool:
        """Whether the close callback has been reached."""
        return self.loop is not None and self.handle == NULL

    def __repr__(self):
        if self.loop is None:
            state = "uninitialised"
        elif self.handle == NULL:
            state = "closed"
        elif uv_is_closing(self.handle):
            state = "closing"
        else:
            state = "active" if uv_is_active(self.handle) else "idle"
        return f"<{type(self).__module__}.{type(self).__name__} {state} at {<size_t> <PyObject*> self:#x}>"

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")


cdef void on_handle_closed(uv_handle_t* handle) noexcept:
    cdef Handle self = <Handle> handle.data
    cdef PyObject* args[1]
    cdef PyObject* result
    self.handle = NULL
    self.loop.handles -= 1
    callback, self.on_close = self.on_close, None
    self.release()
    if callback is not None:
        result = invoke(self.loop, self, <PyObject*> callback, args + 1, 0)
        if result != NULL:
            Py_DECREF_(result)
    Py_DECREF_(<PyObject*> self)  # opened()'s


cdef class Request:
    """One operation on a handle. `oncomplete(request, status)` is called when it ends.

    A request may be used again after that, not before. Node: src/req_wrap.h.
    """

    def __init__(self, oncomplete=None):
        self.oncomplete = oncomplete

    @property
    def pending(self) -> bool:
        """Whether it is in flight."""
        return self.active

    cdef void begin(self, Handle handle) noexcept:
        self.active = True
        self.handle = handle
        Py_INCREF_(<PyObject*> self)  # until complete()

    cdef void forget(self) noexcept:
        """Drop what the operation needed."""

    cdef void complete(self, int status) noexcept:
        self.active = False
        self.forget()
        if self.oncomplete is not None:
            notify(self.handle.loop, self.handle, self.oncomplete, self, status)
        Py_DECREF_(<PyObject*> self)  # begin()'s

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

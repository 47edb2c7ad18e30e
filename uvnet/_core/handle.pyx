"""Handle and Request, the base classes. Node: src/handle_wrap.cc, src/req_wrap.h."""

from uvnet._core.current cimport current_loop
from uvnet._core.loop cimport LOOP_OPEN, Py_DECREF_, Py_INCREF_, enter, invoke, leave
from uvnet._core.uv cimport *

uvn_capi_import()

cdef object CLOSED = object()


cdef class Handle:
    """A long-lived libuv object on a loop. Not made directly. (libuv: uv_handle_t)

    Methods return 0 or a negative errno and raise only for misuse: arguments of a wrong type
    (TypeError) or out of range (ValueError, OverflowError), a loop that runs in another thread or
    belongs to another process (RuntimeError); and, of bind, connect and listen, what an audit hook
    raises. On a handle that is closed, or whose __init__ never ran, they return UV_EBADF. Making
    one raises RuntimeError if the loop is closed, and OSError if the system has no more to give.

    Attributes:
        loop: The loop that it is on. Read-only.
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
        cdef uv_handle_t* handle = self.handle
        cdef int err = unusable(self)
        if err:
            return err
        self.on_close = callback
        self.handle = NULL
        self.do_close(handle, reset)
        return 0

    cdef void do_close(self, uv_handle_t* handle, bint reset) noexcept:
        """Call libuv's close function, with on_handle_closed."""
        uv_close(handle, on_handle_closed)

    cdef void release(self) noexcept:
        """Drop what the handle holds for its callbacks; called when it has closed."""

    def ref(self):
        """Let the handle keep the loop alive while active, as by default. (libuv: uv_ref)"""
        cdef int err = unusable(self)
        if not err:
            uv_ref(self.handle)
        return err

    def unref(self):
        """Let the loop end although the handle is active; requests keep it alive even so."""
        cdef int err = unusable(self)
        if not err:
            uv_unref(self.handle)
        return err

    def has_ref(self) -> bool:
        """Return whether the handle keeps the loop alive while active. (libuv: uv_has_ref)"""
        return self.handle != NULL and uv_has_ref(self.handle) != 0

    @property
    def active(self) -> bool:
        """Whether it does something: a timer runs, a stream reads or listens. (libuv: uv_is_active)

        Requests do not count: a stream that only writes or connects is not active.
        """
        return self.handle != NULL and uv_is_active(self.handle) != 0

    @property
    def closing(self) -> bool:
        """Whether close() has been called; True for ever after."""
        return self.loop is not None and self.handle == NULL

    @property
    def closed(self) -> bool:
        """Whether the close callback has been reached."""
        return self.on_close is CLOSED

    def __repr__(self):
        if self.loop is None:
            state = "uninitialised"
        elif self.handle == NULL:
            state = "closed" if self.on_close is CLOSED else "closing"
        else:
            state = "active" if uv_is_active(self.handle) else "idle"
        return f"<{type(self).__module__}.{type(self).__name__} {state} at {<size_t> <PyObject*> self:#x}>"

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")


cdef void on_handle_closed(uv_handle_t* handle) noexcept:
    cdef Handle self = <Handle> handle.data
    cdef PyObject* args[1]
    cdef PyObject* result
    callback, self.on_close = self.on_close, CLOSED
    self.loop.handles -= 1
    self.release()
    if callback is not None:
        result = invoke(self.loop, <PyObject*> self, <PyObject*> callback, args + 1, 0)
        if result != NULL:
            Py_DECREF_(result)
    Py_DECREF_(<PyObject*> self)  # opened()'s


cdef class Request:
    """One operation on a handle. `oncomplete(request, status)` is called when it ends.

    A request may be used again after that, not before. Node: src/req_wrap.h.

    Attributes:
        oncomplete: oncomplete(request, status), status being 0 or a negative errno; or None, the
            default. The constructor's argument.
        handle: The handle that it was last used on, or None. Read-only.
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

    cdef int completed(self, int status) except -1:
        """Tell who waits for it. Native users of a request override this."""
        if self.oncomplete is not None:
            self.oncomplete(self, status)
        return 0

    cdef void complete(self, int status) noexcept:
        cdef Loop loop = self.handle.loop
        self.active = False
        self.forget()
        enter(loop)
        try:
            self.completed(status)
        except BaseException as exc:
            loop.report_caught("Exception in callback", self.handle, exc)
        leave(loop)
        Py_DECREF_(<PyObject*> self)  # begin()'s

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

"""What a coroutine awaits natively: Steps is the awaitable, Waiter the future behind it."""

from asyncio import CancelledError, Future, InvalidStateError

from cpython.object cimport PyObject

from uvnet._core.current cimport current_loop
from uvnet._core.loop cimport Loop

cdef extern from "method.h":
    object uvn_replace_method(object, const char*, void*, int)
    object uvn_call_method(object, object, PyObject**, Py_ssize_t, PyObject*)

cdef extern from "Python.h":
    int METH_FASTCALL
    int METH_KEYWORDS
    Py_ssize_t PyTuple_GET_SIZE_ "PyTuple_GET_SIZE"(PyObject*) noexcept
    PyObject* PyTuple_GET_ITEM_ "PyTuple_GET_ITEM"(PyObject*, Py_ssize_t) noexcept
    int PyContext_Enter_ "PyContext_Enter"(object) noexcept
    void PyErr_Clear_ "PyErr_Clear"() noexcept
    int PyContext_Exit(object) except -1


cdef class Waiter:
    """A future without a result, for one task at a time, that is used again.

    A task takes it for an asyncio.Future. It saves making one for each wait; and what is waited
    for resumes the task at once, as Node's microtasks do, not in the next turn.

    Attributes:
        add_done_callback: As of asyncio.Future, but there can be only one callback.
    """

    cdef int bind(self, object loop) except -1:
        """Belong to this loop, which need not be one of ours."""
        cdef Loop native
        self._loop = loop
        self.add_done_callback = self._add_done_callback
        if isinstance(loop, Loop):
            native = loop
            if native.done is None:
                done = Future(loop=native)
                done.set_result(None)
                native.done = (done,)
            self.done_future = native.done[0]
        return 0

    cdef int begin(self) except -1:
        """Make it pending."""
        if self._loop is None:
            self.bind(current_loop())
        self.state = PENDING
        self.message = None
        self._asyncio_future_blocking = True
        return 0

    cdef int resume(self) except -1:
        """Resume the task now. Called from the callback of an I/O event, never within a task."""
        self.state = DONE
        callback = self.callback
        context = self.context
        self.callback = self.context = None
        if callback is None:
            return 0
        if context is None:
            callback(self.done_future)
            return 0
        if PyContext_Enter_(context):  # somebody is in it
            PyErr_Clear_()
            self.callback, self.context = callback, context
            self._schedule()
            return 0
        try:
            callback(self.done_future)
        finally:
            PyContext_Exit(context)
        return 0

    cdef int end(self) except -1:
        """It will not be awaited again."""
        self.add_done_callback = None  # a cycle
        return 0

    cdef int finish(self) except -1:
        """Let the task go on in its turn."""
        self.state = DONE
        self._schedule()
        return 0

    def _schedule(self):
        callback, context = self.callback, self.context
        self.callback = self.context = None
        if callback is not None:
            self._loop.call_soon(callback, self, context=context)

    # ------------------------------------------------------ what a task wants of a future

    def _add_done_callback(self, callback, *, context=None):
        """Call callback(self) when it is done."""
        if self.callback is not None:
            raise RuntimeError("somebody waits for this already")
        self.callback = callback
        self.context = context
        if self.state != PENDING:
            self._schedule()

    def remove_done_callback(self, callback) -> int:
        """Do not call `callback`. Return how often it was to be called."""
        if self.callback is None or self.callback != callback:
            return 0
        self.callback = self.context = None
        return 1

    def cancel(self, msg=None) -> bool:
        """Make the task go on with CancelledError(msg). Return whether it was pending."""
        if self.state != PENDING:
            return False
        self.state = CANCELLED
        self.message = msg
        self._schedule()
        return True

    def done(self) -> bool:
        """Return whether nothing is waited for."""
        return self.state != PENDING

    def cancelled(self) -> bool:
        """Return whether it was cancelled."""
        return self.state == CANCELLED

    def result(self):
        """Return None, or raise CancelledError."""
        if self.state == PENDING:
            raise InvalidStateError("what is waited for is not there yet")
        if self.state == CANCELLED:
            raise CancelledError() if self.message is None else CancelledError(self.message)

    def exception(self):
        """Return None, or raise CancelledError."""
        self.result()

    def __repr__(self):
        state = "pending" if self.state == PENDING else (
            "cancelled" if self.state == CANCELLED else "done")
        return f"<{type(self).__name__} {state}>"

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")


cdef class Steps:
    """An awaitable that takes one step at a time, and makes no object for a wait."""

    def __await__(self):
        return self

    def __iter__(self):  # for `yield from`, as asyncio.wait_for() has it
        return self

    def __next__(self):
        return self.step()  # never called: next_step() is

    def send(self, value):
        """Go on, whatever `value` is: what a coroutine that awaits it calls.

        Returns:
            The future to wait for. Raises StopIteration with the value.
        """
        return next(self)

    cdef object step(self):
        """Set the value, or return the future to wait for."""
        raise TypeError("made without a stream")

    def __reduce__(self):
        raise TypeError(f"cannot copy or pickle {type(self).__name__!r} object")


# ------------------------------------------------------------- add_done_callback()

cdef str context_name = "context"  # the very object that tasks pass: it need not be interned
cdef object slow_add = None


cdef inline bint is_context(PyObject* name):
    global context_name
    if name != <PyObject*> context_name:
        if <str> name != "context":
            return False
        context_name = <str> name
    return True


cdef object add_fast(Waiter self, PyObject** args, Py_ssize_t nargs, PyObject* kwnames):
    """What add_done_callback() is in truth."""
    if (
        nargs == 1
        and kwnames != NULL
        and PyTuple_GET_SIZE_(kwnames) == 1
        and is_context(PyTuple_GET_ITEM_(kwnames, 0))
        and self.callback is None
        and self.state == PENDING
    ):
        self.callback = <object> args[0]
        self.context = <object> args[1]
        return None
    return uvn_call_method(slow_add, self, args, nargs, kwnames)


cdef object thrown(object kind, object value, object traceback):
    """Return the exception that throw(kind, value, traceback) of a coroutine raises."""
    if isinstance(kind, BaseException):
        exc = kind
    elif not (isinstance(kind, type) and issubclass(kind, BaseException)):
        raise TypeError(f"an exception or its class is wanted, not {type(kind).__name__!r}")
    elif isinstance(value, BaseException):
        exc = value
    else:
        exc = kind() if value is None else kind(value)
    return exc if traceback is None else exc.with_traceback(traceback)


slow_add = uvn_replace_method(
    Waiter, b"_add_done_callback", <void*> add_fast, METH_FASTCALL | METH_KEYWORDS)
install_steps(Steps)

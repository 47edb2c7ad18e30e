"""What a coroutine awaits natively: Steps is the awaitable, Waiter the future behind it."""

from cpython.object cimport PyObject

from uvnet._core.loop cimport Py_INCREF_

cdef enum WaiterState:
    IDLE = 0
    PENDING
    DONE
    CANCELLED


cdef class Waiter:
    cdef public bint _asyncio_future_blocking
    cdef readonly object add_done_callback  # bound: a task looks it up for every wait
    cdef readonly object _loop
    cdef object done_future  # has a result; a task looks into it without calling any method
    cdef object callback
    cdef object context
    cdef object message
    cdef WaiterState state

    cdef int bind(self, object loop) except -1
    cdef int begin(self) except -1
    cdef int resume(self) except -1
    cdef int finish(self) except -1
    cdef int end(self) except -1


cdef class Steps:
    cdef object value           # what it has come to; None while it has to wait

    cdef object step(self)


cdef object thrown(object kind, object value, object traceback)


cdef inline PyObject* next_step(Steps self) noexcept:
    """Set StopIteration with the value, or return the future to wait for."""
    try:
        result = self.step()
    except BaseException as exc:
        cls = type(exc)
        PyErr_SetObject_(<PyObject*> cls, <PyObject*> exc)
        return NULL
    if self.value is None:
        Py_INCREF_(<PyObject*> result)
        return <PyObject*> result
    value = self.value
    self.value = None
    if type(value) is not bytes and type(value) is not str:
        value = StopIteration(value)  # which might unpack it
    PyErr_SetObject_(<PyObject*> StopIteration, <PyObject*> value)
    return NULL


cdef inline PySendResult send_step(Steps self, PyObject* sent, PyObject** result) noexcept:
    """Return the value, or the future to wait for: as next_step, without StopIteration."""
    try:
        answer = self.step()
    except BaseException as exc:
        cls = type(exc)
        PyErr_SetObject_(<PyObject*> cls, <PyObject*> exc)
        result[0] = NULL
        return PYGEN_ERROR
    done = self.value is not None
    if done:
        answer = self.value
        self.value = None
    Py_INCREF_(<PyObject*> answer)
    result[0] = <PyObject*> answer
    return PYGEN_RETURN if done else PYGEN_NEXT


cdef inline void install_steps(object cls) noexcept:
    uvn_set_steps(cls, <void*> next_step, <void*> send_step)


cdef extern from "steps.h":
    void uvn_set_steps(object, void*, void*) noexcept

cdef extern from "Python.h":
    ctypedef enum PySendResult:
        PYGEN_RETURN
        PYGEN_ERROR
        PYGEN_NEXT
    void PyErr_SetObject_ "PyErr_SetObject"(PyObject*, PyObject*) noexcept

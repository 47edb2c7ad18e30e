from cpython.object cimport PyObject

from uvnet._core.loop cimport Loop, Py_INCREF_

cdef enum WaiterState:
    IDLE = 0
    PENDING
    DONE
    CANCELLED


cdef class Waiter:
    cdef public bint _asyncio_future_blocking
    cdef readonly object add_done_callback  # bound: a task looks it up for every chunk
    cdef readonly Loop _loop
    cdef object done_future  # has a result; a task looks into it without calling any method
    cdef object callback
    cdef object context
    cdef object message
    cdef WaiterState state

    cdef int begin(self) except -1
    cdef int resume(self) except -1
    cdef int finish(self) except -1
    cdef int end(self) except -1


cdef class Steps:
    cdef object value           # what it has come to; None while it has to wait

    cdef object step(self)


cdef class Awaiting(Steps):
    cdef Waiter waiter

    cdef bint waits(self) noexcept
    cdef bint deliver(self, object chunk) except -1
    cdef int changed(self) except -1
    cdef int disturbed(self) except -1


cdef object add_fast(Waiter self, PyObject** args, Py_ssize_t nargs, PyObject* kwnames)
cdef object slow_add
cdef str context_name

cdef inline bint is_context_alone(PyObject* kwnames) noexcept:
    return PyTuple_GET_SIZE_(kwnames) == 1 and (
        PyTuple_GET_ITEM_(kwnames, 0) == <PyObject*> context_name)

cdef inline int install_add_fast() except -1:
    global slow_add
    slow_add = uvn_replace_method(
        Waiter, b"_add_done_callback", <void*> add_fast, METH_FASTCALL | METH_KEYWORDS)
    return 0


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
    uvn_set_send(cls, <void*> next_step, <void*> send_step)


cdef extern from *:
    """
    /* What Cython would do is to make a StopIteration and a traceback for each value. */
    static inline void uvn_set_send(PyObject* cls, void* iternext, void* send) {
      PyTypeObject* type = (PyTypeObject*) cls;
      type->tp_iternext = (iternextfunc) iternext;
      type->tp_as_async->am_send = (sendfunc) send;
      PyType_Modified(type);
    }
    """
    void uvn_set_send(object, void*, void*)

cdef extern from "method.h":
    object uvn_replace_method(object, const char*, void*, int)
    object uvn_call_method(object, object, PyObject**, Py_ssize_t, PyObject*)

cdef extern from "Python.h":
    ctypedef enum PySendResult:
        PYGEN_RETURN
        PYGEN_ERROR
        PYGEN_NEXT
    void PyErr_SetObject_ "PyErr_SetObject"(PyObject*, PyObject*) noexcept
    int METH_FASTCALL
    int METH_KEYWORDS
    Py_ssize_t PyTuple_GET_SIZE_ "PyTuple_GET_SIZE"(PyObject*) noexcept
    PyObject* PyTuple_GET_ITEM_ "PyTuple_GET_ITEM"(PyObject*, Py_ssize_t) noexcept
    int PyContext_Enter(object) except -1
    int PyContext_Exit(object) except -1

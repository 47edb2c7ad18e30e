from cpython.object cimport PyObject

from uvnet._core.loop cimport Loop

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


cdef extern from "method.h":
    object uvn_replace_method(object, const char*, void*, int)
    object uvn_call_method(object, object, PyObject**, Py_ssize_t, PyObject*)

cdef extern from "Python.h":
    int METH_FASTCALL
    int METH_KEYWORDS
    Py_ssize_t PyTuple_GET_SIZE_ "PyTuple_GET_SIZE"(PyObject*) noexcept
    PyObject* PyTuple_GET_ITEM_ "PyTuple_GET_ITEM"(PyObject*, Py_ssize_t) noexcept
    int PyContext_Enter(object) except -1
    int PyContext_Exit(object) except -1

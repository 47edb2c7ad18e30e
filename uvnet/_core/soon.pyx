"""call_soon() without the parsing of arguments: every step of every task is scheduled with it."""

from cpython.object cimport PyObject
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM

from uvnet._core.call cimport Call
from uvnet._core.loop cimport Loop, Py_INCREF_

cdef extern from "Python.h":
    int METH_FASTCALL
    int METH_KEYWORDS
    Py_ssize_t PyTuple_GET_SIZE_ "PyTuple_GET_SIZE"(PyObject*) noexcept
    PyObject* PyTuple_GET_ITEM_ "PyTuple_GET_ITEM"(PyObject*, Py_ssize_t) noexcept
    int PyUnicode_CompareWithASCIIString_ "PyUnicode_CompareWithASCIIString"(
        PyObject*, const char*) noexcept

cdef extern from "method.h":
    object uvn_replace_method(object, const char*, void*, int)
    object uvn_call_method(object, object, PyObject**, Py_ssize_t, PyObject*)

cdef str context_name = "context"  # interned, as the literal in the caller's code


cdef inline bint is_context_alone(PyObject* names) noexcept:
    if PyTuple_GET_SIZE_(names) != 1:
        return False
    name = PyTuple_GET_ITEM_(names, 0)
    return name == <PyObject*> context_name or (
        PyUnicode_CompareWithASCIIString_(name, b"context") == 0)


cdef object call_soon(Loop self, PyObject** args, Py_ssize_t nargs, PyObject* names):
    cdef Call call
    cdef tuple rest
    cdef Py_ssize_t i
    if nargs == 0 or (names != NULL and not is_context_alone(names)):
        return uvn_call_method(parsing_call_soon, self, args, nargs, names)
    if self.state:
        self.check_open()
    if self.debug:
        self.check_thread()
    rest = PyTuple_New(nargs - 1)
    for i in range(1, nargs):
        Py_INCREF_(args[i])
        PyTuple_SET_ITEM(rest, i - 1, <object> args[i])
    call = self.make_call(<object> args[0], rest, <object> args[nargs] if names != NULL else None)
    self.push_ready(call)
    return call


cdef object parsing_call_soon = uvn_replace_method(
    Loop, b"call_soon", <void*> call_soon, METH_FASTCALL | METH_KEYWORDS)

"""A `cdef dict __dict__` that is NULL until an attribute is set which the class does not know."""

from cpython.object cimport PyObject

cdef extern from "Python.h":
    PyObject** _PyObject_GetDictPtr(object) noexcept
    void Py_CLEAR_ "Py_CLEAR"(PyObject*) noexcept


cdef inline void drop_dict(object self) noexcept:
    """Undo, in __cinit__, what Cython does for every new object: 64 bytes that few ever need."""
    Py_CLEAR_(_PyObject_GetDictPtr(self)[0])

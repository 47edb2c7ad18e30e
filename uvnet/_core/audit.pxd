"""Audit events: hooks of sys.addaudithook() hear of what is about to be done, and may forbid it.

Without hooks it costs a look at two pointers. A hook may do anything, even close the handle: what
was checked before is to be checked again.
"""

from cpython.object cimport PyObject

cdef extern from "Python.h":
    int PySys_Audit(const char* event, const char* format, ...) except -1


cdef inline int audit_address(const char* event, object handle, object ip, object port) except -1:
    """Raise what a hook raises for (handle, (ip, port)), as the socket module has it."""
    return PySys_Audit(
        event, "O(OO)", <PyObject*> handle, <PyObject*> ip, <PyObject*> port)


cdef inline int audit_path(const char* event, object handle, object path) except -1:
    """Raise what a hook raises for (handle, path)."""
    return PySys_Audit(event, "OO", <PyObject*> handle, <PyObject*> path)

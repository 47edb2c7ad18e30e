"""Collecting loops: what waits in a loop's queues and heap is shown to the garbage collector.

The queues are C arrays, which Cython's own traversal does not see, and a Call is not tracked by the
collector at all. Without this, a loop dropped with anything pending would never be freed.
"""

from cpython.object cimport PyObject
from libc.stdint cimport uint32_t

from uvnet._core.call cimport Call
from uvnet._core.loop cimport Loop, TimerCall, on_timer, uvn_ring_t
from uvnet._core.uv cimport uvn_timer_t

ctypedef int (*visit_t)(PyObject*, void*) noexcept

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT_ "Py_REFCNT"(PyObject*) noexcept
    ctypedef struct TypeObject "PyTypeObject":
        int (*tp_traverse)(PyObject*, visit_t, void*) noexcept
        int (*tp_clear)(PyObject*) noexcept
    TypeObject* Py_TYPE_ "Py_TYPE"(PyObject*) noexcept

cdef int (*plain_traverse)(PyObject*, visit_t, void*) noexcept
cdef int (*plain_clear)(PyObject*) noexcept


cdef int visit_call(PyObject* item, visit_t visit, void* arg) noexcept:
    """Visit what a Call refers to, which is the loop's if nobody else has the Call."""
    cdef PyObject* context
    cdef int err
    if Py_REFCNT_(item) != 1:
        return 0
    err = visit(<PyObject*> (<Call> item)._callback, arg)
    if not err:
        err = visit(<PyObject*> (<Call> item)._args, arg)
    if not err:
        context = <PyObject*> (<Call> item).context
        if (<Call> item).hidden:
            err = Py_TYPE_(context).tp_traverse(context, visit, arg)
        else:
            err = visit(context, arg)
    return err


cdef int visit_ring(uvn_ring_t* ring, visit_t visit, void* arg) noexcept:
    cdef size_t i
    cdef int err
    for i in range(ring.count):
        err = visit_call(ring.items[(ring.head + i) & ring.mask], visit, arg)
        if err:
            return err
    return 0


cdef int loop_traverse(PyObject* me, visit_t visit, void* arg) noexcept:
    cdef uvn_timer_t* timer
    cdef uint32_t i
    cdef int err = plain_traverse(me, visit, arg)
    if not err:
        err = visit_ring(&(<Loop> me).ready, visit, arg)
    if not err:
        err = visit_ring(&(<Loop> me).due, visit, arg)
    if not err:
        err = visit_ring(&(<Loop> me).ticks, visit, arg)
    if not err:
        err = visit_ring(&(<Loop> me).immediates, visit, arg)
    for i in range((<Loop> me).uvn.timers.size):
        if err:
            break
        timer = (<Loop> me).uvn.timers.heap[i]
        if timer.cb == on_timer and Py_REFCNT_(<PyObject*> timer.data) == 1:
            err = visit_call(<PyObject*> timer.data, visit, arg)
            if not err:
                err = visit(<PyObject*> (<TimerCall> timer.data).loop, arg)
    return err


cdef int loop_clear(PyObject* me) noexcept:
    (<Loop> me).drop_calls()
    return plain_clear(me)


plain_traverse = (<TypeObject*> Loop).tp_traverse
plain_clear = (<TypeObject*> Loop).tp_clear
(<TypeObject*> Loop).tp_traverse = loop_traverse
(<TypeObject*> Loop).tp_clear = loop_clear

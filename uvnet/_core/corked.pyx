"""Corked: what holds back what is written, until the loop is about to poll."""

from cpython.object cimport PyObject

from uvnet._core.loop cimport Loop, Py_DECREF_, Py_INCREF_, uvn_ring_pop, uvn_ring_push
from uvnet._core.uv cimport *

uvn_capi_import()


cdef class Corked:
    """A base for native code, which calls cork() in a callback."""

    cdef int flush(self) except -1:
        """Write it. The loop is told what this raises."""
        return 0


cdef int cork(Loop loop, Corked what) except -1:
    """Flush `what` before the loop polls next, or at the end of its run."""
    if not what.corked:
        uvn_ring_push(&loop.corks, <PyObject*> what)
        Py_INCREF_(<PyObject*> what)
        what.corked = True
        loop.uvn.flush = flush_corks
        loop.uvn.corked = 1
    return 0


cdef void flush_corks(uvn_loop_t* uvn) noexcept:
    cdef Loop loop = <Loop> uvn.uv.data
    cdef size_t todo = loop.corks.count  # what a flush corks anew is for the next turn
    cdef PyObject* item
    loop.depth += 1
    while todo > 0:
        todo -= 1
        item = uvn_ring_pop(&loop.corks)
        (<Corked> item).corked = False
        try:
            (<Corked> item).flush()
        except BaseException as exc:
            loop.report_caught("Exception in callback", <object> item, exc)
        Py_DECREF_(item)
    loop.depth -= 1
    if loop.corks.count != 0:
        uvn.corked = 1
        loop.activate()
    if loop.depth == 0 and loop.ticks.count != 0:
        loop.drain_ticks()

from cpython.object cimport PyObject

from uvnet._core.loop cimport Py_INCREF_
from uvnet.stream.readable cimport EVERYTHING, read_chunk
from uvnet.stream.state cimport *


cdef class _Chunks:
    cdef Stream stream
    cdef object waiter
    cdef object error
    cdef object clean_up
    cdef bint destroy_on_return
    cdef bint started
    cdef bint ended
    cdef bint completed
    cdef bint plain             # read() is not overridden

    cdef object poll(self)
    cdef int start(self) except -1
    cpdef object wake(self)
    cpdef object over(self, object error=*)
    cdef int leave(self, bint early) except -1
    cdef bint wants(self) except -1


cdef class StreamIterator:
    cdef _Chunks chunks


cdef class _Next:
    cdef _Chunks chunks
    cdef object chunk

    cdef object step(self)


cdef extern from *:
    """
    /* What Cython would do is to make a StopIteration and a traceback for each chunk. */
    static inline void uvn_set_iternext(PyObject* cls, void* function) {
      ((PyTypeObject*) cls)->tp_iternext = (iternextfunc) function;
    }
    """
    void uvn_set_iternext(object, void*)

cdef extern from "Python.h":
    void PyErr_SetObject_ "PyErr_SetObject"(PyObject*, PyObject*) noexcept


cdef inline PyObject* next_step(_Next self) noexcept:
    """Set StopIteration with the chunk, or return the future to wait for."""
    try:
        result = self.step()
    except BaseException as exc:
        cls = type(exc)
        PyErr_SetObject_(<PyObject*> cls, <PyObject*> exc)
        return NULL
    if self.chunk is None:
        Py_INCREF_(<PyObject*> result)
        return <PyObject*> result
    if type(self.chunk) is bytes or type(self.chunk) is str:
        PyErr_SetObject_(<PyObject*> StopIteration, <PyObject*> self.chunk)
    else:
        exc = StopIteration(self.chunk)
        PyErr_SetObject_(<PyObject*> StopIteration, <PyObject*> exc)
    return NULL


cdef inline void install_next_step() noexcept:
    uvn_set_iternext(_Next, <void*> next_step)

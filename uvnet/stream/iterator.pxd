cimport cython
from cpython.object cimport PyObject

from uvnet._core.loop cimport Py_INCREF_
from uvnet.stream.readable cimport EVERYTHING, read_chunk
from uvnet.stream.state cimport *
from uvnet.stream.waiter cimport PENDING, Waiter


cdef class _Chunks:
    cdef Stream stream
    cdef Waiter waiter
    cdef object ready           # a chunk on its way to the task that waits
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
    cdef bint deliver(self, object chunk) except -1


cdef bint is_writing(Stream stream) except -1


cdef class StreamIterator:
    cdef _Chunks chunks
    cdef object chunk

    cdef object step(self)


cdef extern from *:
    """
    /* What Cython would do is to make a StopIteration and a traceback for each chunk. */
    static inline void uvn_set_send(PyObject* cls, void* iternext, void* send) {
      PyTypeObject* type = (PyTypeObject*) cls;
      type->tp_iternext = (iternextfunc) iternext;
      type->tp_as_async->am_send = (sendfunc) send;
      PyType_Modified(type);
    }
    """
    void uvn_set_send(object, void*, void*)

cdef extern from "Python.h":
    ctypedef enum PySendResult:
        PYGEN_RETURN
        PYGEN_ERROR
        PYGEN_NEXT
    void PyErr_SetObject_ "PyErr_SetObject"(PyObject*, PyObject*) noexcept


cdef inline PyObject* next_step(StreamIterator self) noexcept:
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
    chunk = self.chunk
    self.chunk = None
    if type(chunk) is not bytes and type(chunk) is not str:
        chunk = StopIteration(chunk)  # which might unpack it
    PyErr_SetObject_(<PyObject*> StopIteration, <PyObject*> chunk)
    return NULL


cdef inline PySendResult send_step(StreamIterator self, PyObject* value, PyObject** result) noexcept:
    """Return the chunk, or the future to wait for: as next_step, without StopIteration."""
    if self.chunks is not None and self.chunks.ready is not None:
        Py_INCREF_(<PyObject*> self.chunks.ready)
        result[0] = <PyObject*> self.chunks.ready
        self.chunks.ready = None
        return PYGEN_RETURN
    try:
        answer = self.step()
    except BaseException as exc:
        cls = type(exc)
        PyErr_SetObject_(<PyObject*> cls, <PyObject*> exc)
        result[0] = NULL
        return PYGEN_ERROR
    done = self.chunk is not None
    if done:
        answer = self.chunk
        self.chunk = None
    Py_INCREF_(<PyObject*> answer)
    result[0] = <PyObject*> answer
    return PYGEN_RETURN if done else PYGEN_NEXT


cdef inline void install_next_step() noexcept:
    uvn_set_send(StreamIterator, <void*> next_step, <void*> send_step)

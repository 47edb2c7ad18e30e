cimport cython
from cpython.object cimport PyObject

from uvnet._core.loop cimport Corked, Loop, number
from uvnet._core.loop cimport uvn_thread as this_thread
from uvnet._core.stream cimport Stream, WriteReq, owner_buffer_cb, owner_read_cb
from uvnet._core.stream cimport queue_size

cdef extern from "Python.h":
    size_t PY_VECTORCALL_ARGUMENTS_OFFSET
    object PyContext_CopyCurrent()
    int PyContext_Enter_ "PyContext_Enter"(object) noexcept
    int PyContext_Exit_ "PyContext_Exit"(object) noexcept
    PyObject* PyObject_VectorcallMethod_ "PyObject_VectorcallMethod"(
        PyObject*, PyObject**, size_t, PyObject*) noexcept
    void PyErr_Clear_ "PyErr_Clear"() noexcept
    void Py_DECREF_ "Py_DECREF"(PyObject*) noexcept


cdef extern from "call.h":
    PyObject* uvn_call(PyObject*, PyObject**, size_t) noexcept

cdef enum:
    HIGH_WATER = 65536
    CORK_LIMIT = 65536  # bytes: so many are not held back

cdef enum Feed:
    TO_DATA_RECEIVED
    TO_BUFFER
    TO_READER  # a stock StreamReader, past StreamReaderProtocol.data_received()


cdef class StreamTransport(Corked):
    cdef Loop loop
    cdef Stream handle           # None once it is closed
    cdef object protocol
    cdef object receive          # its data_received() or buffer_updated(): see method_of()
    cdef object give_buffer      # its get_buffer()
    cdef object context          # a contextvars.Context, which callbacks run in
    cdef object server
    cdef dict extra
    cdef object sock             # of Python, over the handle's descriptor; None until asked for
    cdef object sockname
    cdef object peername
    cdef object empty_waiter     # of sendfile, which waits until everything is written
    cdef object first            # what is held back: one chunk,
    cdef list rest               # or all of several, the first as well
    cdef Py_ssize_t held         # bytes of it
    cdef size_t high_water
    cdef size_t low_water
    cdef int fd
    cdef unsigned int conn_lost  # writes since the end, which is 1
    cdef Feed feed
    cdef bint started            # connection_made() has been called
    cdef bint closing
    cdef bint paused
    cdef bint protocol_paused
    cdef bint eof                # write_eof() has been called
    cdef bint eof_read
    cdef bint names_known
    cdef bint hindered           # write() has to look at why
    cdef bint binds_receive      # receive wants the protocol as its first argument
    cdef bint binds_give_buffer
    cdef bint in_read            # the read callback flushes when it is done
    cdef bint batching           # writelines() does
    cdef bint writing            # a request is in flight: the kernel is full
    cdef dict __dict__
    cdef object __weakref__

    cdef int use_protocol(self, object protocol) except -1
    cdef int start_reading(self) except -1
    cdef int stop_reading(self) except -1
    @cython.locals(nbytes=Py_ssize_t)
    cdef int write_checked(self, object data) except -1
    @cython.locals(loop=Loop, thread=cython.ulong)
    cdef int put(self, object chunk, Py_ssize_t size) except -1
    cdef int hold(self, object chunk, Py_ssize_t size) except -1
    @cython.locals(request=TransportWrite, result=Py_ssize_t)
    cdef int send(self) except -1
    cdef int flush(self) except -1
    cdef int written(self, int status) except -1
    cdef int drained(self) except -1
    cdef int maybe_pause(self) except -1
    cdef int maybe_resume(self) except -1
    cdef size_t buffered(self) noexcept
    cdef int callback_failed(self, str message) except -1
    cdef int told_of_failure(self, str message) except -1
    cdef int fatal_error(self, object exc, str message) except -1
    cdef int force_close(self, object exc) except -1
    cdef int lose(self, object exc) except -1
    cdef int read_failed(self, Py_ssize_t status) except -1
    cdef int ended(self) except -1
    cdef int feed_reader(self, object data) except -1
    cdef int learn_names(self) except -1
    cdef int dispose(self) except -1


cdef class TransportWrite(WriteReq):
    cdef StreamTransport transport

    @cython.locals(transport=StreamTransport)
    cdef int completed(self, int status) except -1


cdef TransportWrite spare
cdef bint fast_cork
cdef bint fast_feed
cdef Py_ssize_t end_of_file

@cython.locals(transport=StreamTransport)
cdef int on_read(PyObject* owner, Py_ssize_t nread, object data) except -1
@cython.locals(transport=StreamTransport)
cdef int on_buffer(PyObject* owner) except -1


cdef inline PyObject* call_protocol(
    object context, object protocol, object name, PyObject* argument
) noexcept:
    """Return protocol.name(argument), a new reference; NULL with an exception raised.

    Argument NULL: there is none.
    """
    cdef PyObject* args[3]
    cdef PyObject* result
    cdef bint entered = PyContext_Enter_(context) == 0
    if not entered:  # by who called what called this
        PyErr_Clear_()
    args[1] = <PyObject*> protocol
    args[2] = argument
    result = PyObject_VectorcallMethod_(
        <PyObject*> name, args + 1,
        (2 if argument != NULL else 1) | PY_VECTORCALL_ARGUMENTS_OFFSET, NULL)
    if entered:
        PyContext_Exit_(context)
    return result


cdef inline PyObject* call_known(
    object context, object protocol, object function, bint binds, PyObject* argument
) noexcept:
    """As call_protocol, of a method that has been looked up before."""
    cdef PyObject* args[3]
    cdef PyObject* result
    cdef bint entered = PyContext_Enter_(context) == 0
    if not entered:
        PyErr_Clear_()
    args[1] = <PyObject*> protocol
    args[2] = argument
    if binds:
        result = uvn_call(
            <PyObject*> function, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET)
    else:
        result = uvn_call(
            <PyObject*> function, args + 2, 1 | PY_VECTORCALL_ARGUMENTS_OFFSET)
    if entered:
        PyContext_Exit_(context)
    return result


cdef inline bint tell_known(
    object context, object protocol, object function, bint binds, PyObject* argument
) noexcept:
    cdef PyObject* result = call_known(context, protocol, function, binds, argument)
    if result == NULL:
        return False
    Py_DECREF_(result)
    return True


cdef inline object ask_known(
    object context, object protocol, object function, bint binds, PyObject* argument
):
    cdef PyObject* result = call_known(context, protocol, function, binds, argument)
    if result == NULL:
        reraise()
    answer = <object> result
    Py_DECREF_(result)
    return answer


cdef inline bint tell(
    object context, object protocol, object name, PyObject* argument
) noexcept:
    """Call it for its effect; return whether it did not raise."""
    cdef PyObject* result = call_protocol(context, protocol, name, argument)
    if result == NULL:
        return False
    Py_DECREF_(result)
    return True


cdef inline object ask(object context, object protocol, object name, PyObject* argument):
    """Return what it returns, or raise."""
    cdef PyObject* result = call_protocol(context, protocol, name, argument)
    if result == NULL:
        reraise()
    answer = <object> result
    Py_DECREF_(result)
    return answer


cdef inline int reraise() except -1:
    """Go on as if the exception that is raised in C were raised here."""
    return -1


cdef inline Py_ssize_t size_of(object data) except -1:
    return len(<bytes> data)

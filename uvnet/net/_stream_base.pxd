cimport cython
from cpython.exc cimport PyErr_Clear
from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

from uvnet._core.idle cimport IdleTimer
from uvnet._core.loop cimport Loop, number
from uvnet._core.stream cimport ShutdownReq, WriteReq, owner_read_cb
from uvnet._core.stream cimport Stream as Handle
from uvnet._core.stream cimport bytes_read as handle_bytes_read
from uvnet._core.stream cimport bytes_written as handle_bytes_written
cdef extern from "Python.h":
    int METH_FASTCALL
    int METH_KEYWORDS
    Py_ssize_t PyLong_AsSsize_t(PyObject*) noexcept  # -1 with an exception set, and no check for it
    Py_ssize_t Py_SIZE_ "Py_SIZE"(PyObject*) noexcept
    Py_ssize_t PyTuple_GET_SIZE_ "PyTuple_GET_SIZE"(PyObject*) noexcept
    PyObject* PyTuple_GET_ITEM_ "PyTuple_GET_ITEM"(PyObject*, Py_ssize_t) noexcept

cdef extern from "method.h":
    object uvn_replace_method(object, const char*, void*, int)
    object uvn_call_method(object, object, PyObject**, Py_ssize_t, PyObject*)

from uvnet.events cimport PY_VECTORCALL_ARGUMENTS_OFFSET, EventEmitter, uvn_call_listener
from uvnet.stream.destroy cimport destroy_stream, error_or_destroy
from uvnet.stream.readable cimport can_push_more, push_chunk
from uvnet.stream.state cimport *
from uvnet.stream.waiter cimport Awaiting
from uvnet.stream.writable cimport (
    after_write, as_bytes, forget_writes, write_chunk, write_or_buffer, written)

cdef enum:  # of Stream.flags, for write_fast()
    OPEN = CONSTRUCTED | NATIVE_WRITE
    SHUT = DESTROYED | ERRORED | ENDING
    HELD = WRITING | BUFFERED | CORKED | NEED_DRAIN


cdef class StreamBase(Stream):
    cdef Handle handle
    cdef readonly object timeout
    cdef public object server
    cdef public object _sockname
    cdef public object _peername
    cdef IdleTimer idle
    cdef object onread_callback
    cdef object onread_buffer        # what is read into, or the function that gives it
    cdef object current_buffer
    cdef list waiting                # for 'connect'; None while nothing does
    cdef object pending_data         # what is written before the connection is there
    cdef uint64_t bytes_read_        # once the handle is gone
    cdef uint64_t bytes_written_
    cdef Py_ssize_t last_queue_size  # of the last write that the kernel did not take at once
    cdef unsigned int life           # a connection each: what belongs to an earlier one is ignored
    cdef bint connecting_
    cdef public bint _unconnected    # bound, and connect() has not been called
    cdef bint reading                # the handle is to read
    cdef bint resetting
    cdef bint makes_buffers          # onread_buffer is a function
    cdef bint plain_push             # neither push() nor emit() is overridden
    cdef bint plain_read             # nor _read()
    cdef bint plain_write            # nor write(), _write() or _writev()

    cdef int start_reading(self) except -1
    cdef int stop_reading(self) except -1
    cdef int received(self, object data) except -1
    @cython.locals(flags=cython.uint, loop=Loop, awaiting=Awaiting)
    cdef bint fed(self, object data) except -1
    cdef int received_into(self, Py_ssize_t nread, object buffer) except -1
    cdef int install_buffer(self, object buffer) except -1
    cdef int failed(self, Py_ssize_t status) except -1
    @cython.locals(handle=Handle, before=uint64_t, result=Py_ssize_t, length=Py_ssize_t)
    cdef object write_now(self, object chunk, Py_ssize_t size)
    @cython.locals(
        handle=Handle, before=uint64_t, result=Py_ssize_t, request=SocketWrite,
        pending=_PendingWrite)
    cdef int write_generic(self, object data, bint several, object callback) except -1
    cdef int write_done(self, object callback, object error) except -1
    @cython.locals(handle=Handle, closed=_Closed)
    cdef int close_handle(self, bint had_error) except -1
    cdef int connected_changed(self) except -1
    cdef int check_thread(self) except -1
    cdef int check_read(self) except -1
    cdef int when_connected(self, object function) except -1
    cdef int try_splice(self) except -1
    cdef int unsplice(self) except -1
    cdef int unsplice_all(self) except -1


cdef class SocketWrite(WriteReq):
    cdef StreamBase socket
    cdef unsigned int life
    cdef object callback   # None: the stream's own

    @cython.locals(socket=StreamBase)
    cdef int completed(self, int status) except -1


cdef class _Closed:
    cdef StreamBase socket
    cdef bint had_error


cdef class _PendingWrite:
    cdef StreamBase socket
    cdef object data
    cdef object callback
    cdef unsigned int life
    cdef bint several

    cpdef object connected(self)
    cpdef object closed(self, object had_error=*)


cdef inline object call_onread(object callback, Loop loop, Py_ssize_t nread, object buffer):
    cdef PyObject* args[3]
    args[1] = number(loop, nread)
    if args[1] == NULL:
        raise MemoryError
    count = <object> args[1]  # kept: another read may take its place
    args[2] = <PyObject*> buffer
    return uvn_call_listener(callback, args + 1, 2 | PY_VECTORCALL_ARGUMENTS_OFFSET)


cdef inline Py_ssize_t to_size(object size, object chunk) noexcept:
    """Return `size` if it is one of a part of the chunk, bytes or a bytearray, else -1."""
    cdef Py_ssize_t result
    if not PyLong_CheckExact(size):
        return -1
    result = PyLong_AsSsize_t(<PyObject*> size)
    if result < 0:
        PyErr_Clear()  # too large for a size; nothing else can be wrong with an int
        return -1
    return result if result <= Py_SIZE_(<PyObject*> chunk) else -1


cdef object write_fast(StreamBase self, PyObject** args, Py_ssize_t nargs, PyObject* kwnames)
cdef object slow_write
cdef str size_name


cdef inline bint is_size_alone(PyObject* kwnames) noexcept:
    """Return whether the only keyword is size, a literal in the caller's code."""
    return PyTuple_GET_SIZE_(kwnames) == 1 and PyTuple_GET_ITEM_(kwnames, 0) == <PyObject*> size_name


cdef inline int install_write_fast() except -1:
    global slow_write
    slow_write = uvn_replace_method(
        StreamBase, b"write", <void*> write_fast, METH_FASTCALL | METH_KEYWORDS)
    return 0


cdef object debug
cdef SocketWrite spare
cdef bint fast_flow
cdef bint fast_write
cdef bint fast_feed
cdef Py_ssize_t end_of_file

@cython.locals(socket=StreamBase)
cdef int on_read(PyObject* owner, Py_ssize_t nread, object data) except -1

"""The transport, for native code that sits on it.

A protocol written in Cython derives from NativeProtocol as well: what arrives is given to its
received() without a call of Python's, and it answers with write_bytes(), which does what
transport.write() does. Everything else is the same as for protocols in Python: connection_made(),
eof_received(), pause_writing(), resume_writing() and connection_lost() are looked up and called.

    cimport cython
    from uvnet.aio.transport cimport NativeProtocol, StreamTransport, write_bytes

    cdef class Echo(NativeProtocol):
        cdef StreamTransport transport
        cdef int received(self, object data) except -1
"""

cimport cython
from cpython.object cimport PyObject

from uvnet._core.corked cimport Corked, cork
from uvnet._core.lazy_dict cimport (
    PyObject_GenericSetAttr, own_dict, prepare_class, share_dict)
from uvnet._core.loop cimport Loop, number, uvn_chunk_keep, uvn_chunk_take
from uvnet._core.loop cimport uvn_thread as this_thread
from uvnet._core.stream cimport (
    Stream, WriteReq, owner_buffer_cb, owner_read_cb, queue_size)
from uvnet._core.uv cimport UV_EOF, sockaddr, uvn_loop_t
from uvnet.aio.feeding cimport ReaderFeed, is_plain

cdef extern from *:
    ctypedef bint flag "_Bool"  # one byte

cdef extern from "sockname.h":
    ctypedef unsigned int socklen_t
    object uvn_sockname(const sockaddr*, socklen_t)

cdef extern from "<netinet/in.h>":
    enum:
        AF_INET
    struct in_addr:
        unsigned int s_addr
    struct sockaddr_in:
        unsigned short sin_family
        unsigned short sin_port
        in_addr sin_addr

cdef extern from "Python.h":
    ctypedef struct Py_buffer_ "Py_buffer":
        char* buf
        Py_ssize_t len
    int PyBUF_SIMPLE_ "PyBUF_SIMPLE"
    int PyObject_GetBuffer_ "PyObject_GetBuffer"(object, Py_buffer_*, int) except -1
    Py_ssize_t PyBytes_GET_SIZE_ "PyBytes_GET_SIZE"(object) noexcept
    char* PyByteArray_AS_STRING_ "PyByteArray_AS_STRING"(object) noexcept
    void PyBuffer_Release_ "PyBuffer_Release"(Py_buffer_*) noexcept
    Py_buffer_* PyMemoryView_GET_BUFFER_ "PyMemoryView_GET_BUFFER"(object) noexcept
    int PyBuffer_IsContiguous(Py_buffer_*, char) noexcept
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

ctypedef enum Feed:
    TO_DATA_RECEIVED
    TO_BUFFER
    TO_READER  # a stock StreamReader, past StreamReaderProtocol.data_received()
    TO_NATIVE  # a NativeProtocol


cdef class NativeProtocol(Corked):
    cdef int received(self, object data) except -1


cdef class Details:
    cdef object sock             # of Python, over the handle's descriptor; None until asked for
    cdef object sockname
    cdef object peername
    cdef object give             # get_buffer() of a BufferedProtocol
    cdef object empty_waiter     # of sendfile, which waits until everything is written
    cdef size_t high_water
    cdef size_t low_water
    cdef bytes early             # what was read before this transport was made; see unread
    cdef object deliver          # deliver(transport), which gives it to the protocol


cdef class StreamTransport(Corked):
    cdef Loop loop
    cdef Stream handle           # None once it is closed
    cdef object protocol
    cdef object receive          # its data_received() or buffer_updated(): see method_of();
                                 # or the ReaderFeed
    cdef object context          # a contextvars.Context, which callbacks run in
    cdef object server
    cdef dict extra              # what get_extra_info() knows, maybe of several transports
    cdef Details details         # None for most
    cdef object unsent           # what is held back: one chunk, or a list of several
    cdef Py_ssize_t held         # bytes of it
    cdef int fd
    cdef unsigned int conn_lost  # writes since the end, which is 1
    cdef unsigned int peer_ip    # as in a sockaddr_in; without details
    cdef unsigned short peer_port
    cdef unsigned char feed      # a Feed
    cdef flag started            # connection_made() has been called
    cdef flag closing
    cdef flag paused
    cdef flag protocol_paused
    cdef flag eof                # write_eof() has been called
    cdef flag eof_read
    cdef flag sips               # it reads 64 KiB at once, not 256
    cdef flag hindered           # write() has to look at why
    cdef flag binds_receive      # receive wants the protocol as its first argument
    cdef flag binds_give
    cdef flag in_read            # the read callback flushes when it is done
    cdef flag batching           # writelines() does
    cdef flag writing            # a request is in flight: the kernel is full
    cdef flag unread             # something was read before it was its: see uvnet.aio.moving
    cdef flag timed              # read_timed() calls on_read()
    cdef flag copied             # what is held is of the loop's chunks
    cdef flag foreign            # it is memory that may change: what the kernel refuses is copied
    cdef dict __dict__           # its own once it is needed
    cdef object __weakref__

    @cython.locals(details=Details)
    cdef int use_protocol(self, object protocol) except -1
    cdef int start_reading(self) except -1
    cdef int stop_reading(self) except -1
    cdef int check_duration(self, str name, double seconds) except -1
    cdef int write_checked(self, object data) except -1
    cdef bint is_hindered(self, object data) except -1
    @cython.locals(loop=Loop)
    cdef int put(self, object chunk, Py_ssize_t size) except -1
    cdef int hold(self, object chunk, Py_ssize_t size) except -1
    @cython.locals(request=TransportWrite, result=Py_ssize_t)
    cdef int send(self) except -1
    cdef int flush(self) except -1
    cdef int written(self, int status) except -1
    cdef int drained(self) except -1
    @cython.locals(high=size_t)
    cdef int maybe_pause(self) except -1
    @cython.locals(low=size_t)
    cdef int maybe_resume(self) except -1
    cdef size_t buffered(self) noexcept
    cdef int callback_failed(self, str message) except -1
    cdef int told_of_failure(self, str message) except -1
    cdef int fatal_error(self, object exc, str message) except -1
    cdef int force_close(self, object exc) except -1
    cdef int lose(self, object exc) except -1
    cdef int read_failed(self, Py_ssize_t status) except -1
    cdef int ended(self) except -1
    @cython.locals(details=Details)
    cdef Details make_details(self)
    @cython.locals(details=Details)
    cdef int learn_peer(self) except -1
    @cython.locals(details=Details)
    cdef int learn_names(self) except -1
    cdef int leave_sock(self) except -1
    cdef int settle_empty_waiter(self, object exc) except -1
    cdef int dispose(self) except -1


cdef class TransportWrite(WriteReq):
    cdef StreamTransport transport

    @cython.locals(transport=StreamTransport)
    cdef int completed(self, int status) except -1


cdef TransportWrite spare
cdef flag fast_cork
cdef bint fast_feed

@cython.locals(transport=StreamTransport, done=cython.bint)
cdef int on_read(PyObject* owner, Py_ssize_t nread, object data) except -1
@cython.locals(began=double)
cdef int read_timed(StreamTransport transport, Py_ssize_t nread, object data) except -1
@cython.locals(transport=StreamTransport)
cdef int on_buffer(PyObject* owner) except -1


cdef inline int write_bytes(StreamTransport transport, object data) except -1:
    """transport.write(data), from native code. `data` is bytes, exactly."""
    cdef Py_ssize_t size = PyBytes_GET_SIZE_(data)
    if transport.hindered:
        return transport.write_checked(data)
    if transport.in_read and transport.unsent is None and 0 < size < CORK_LIMIT and (
        not transport.writing and transport.loop.thread == this_thread()
    ):
        transport.unsent = data  # as put() would
        transport.held = size
        transport.loop.held += 1
        return 0
    return transport.put(data, size) if size else 0


cdef inline int check_thread(Loop loop) except -1:
    if loop.thread != 0 and loop.thread != this_thread():
        loop.check_thread()
    return 0


cdef inline bint is_contiguous(object data) except -1:
    return not isinstance(data, memoryview) or (
        PyBuffer_IsContiguous(PyMemoryView_GET_BUFFER_(data), b"C"))


cdef inline bint holds_copy(StreamTransport self, bytearray data) except -1:
    """Hold back a copy until the end of the read callback, if that is what is to be done."""
    cdef Loop loop = self.loop
    cdef Py_ssize_t size = len(data)
    cdef Py_ssize_t capacity = 0
    cdef PyObject* copy
    if not self.in_read or self.unsent is not None or self.writing or not 0 < size < CORK_LIMIT \
            or loop.thread != this_thread():
        return False
    copy = uvn_chunk_take(&loop.chunks, PyByteArray_AS_STRING_(data), size, &capacity)
    if copy == NULL:
        reraise()
    self.unsent = <object> copy
    Py_DECREF_(copy)
    self.held = size
    self.copied = capacity != 0
    loop.held += 1
    return True


cdef inline int put_memory(StreamTransport self, object data) except -1:
    """Take over the contents of a bytearray or of a view, which may change at once.

    What is held back is copied, and what the kernel refuses.
    """
    cdef Loop loop = self.loop
    cdef Py_buffer_ view
    cdef Py_ssize_t capacity = 0
    cdef PyObject* copy
    check_thread(loop)
    PyObject_GetBuffer_(data, &view, PyBUF_SIMPLE_)
    try:
        if view.len == 0:
            return 0
        if not (self.writing or self.batching) and (
            not fast_cork or loop.thread == 0 or loop.depth == 0
            or self.held + view.len >= CORK_LIMIT
        ):
            self.foreign = True
            self.hold(data, view.len)
            return self.send()
        copy = uvn_chunk_take(&loop.chunks, <const char*> view.buf, view.len, &capacity)
        if copy == NULL:
            reraise()
        chunk = <object> copy
        Py_DECREF_(copy)
        if capacity != 0 and self.unsent is None:
            self.copied = True
        return self.put(chunk, view.len)
    finally:
        PyBuffer_Release_(&view)


cdef inline Py_ssize_t send_held(StreamTransport self, TransportWrite request) except? -1:
    """Offer what is held back to the kernel; 0 if it takes it all, or nobody wants it any more."""
    cdef Py_ssize_t result
    cdef bint copied = self.copied
    unsent = self.unsent
    request.copies = self.foreign
    self.unsent = None
    self.held = 0
    self.copied = self.foreign = False
    if self.conn_lost or self.handle is None:
        return 0
    if type(unsent) is list:
        return self.handle.writev(request, unsent)
    result = self.handle.write_object(request, unsent, -1)
    if copied:
        uvn_chunk_keep(&self.loop.chunks, <PyObject*> unsent)
    return result


cdef inline bint take_peer(StreamTransport self) except -1:
    """Note whose connection has been accepted just now; return False if the loop does not know."""
    cdef uvn_loop_t* uvn = &self.loop.uvn
    cdef const sockaddr_in* ipv4 = <const sockaddr_in*> &uvn.peer
    if uvn.peer_fd != self.fd:
        return False
    if ipv4.sin_family == AF_INET:
        self.peer_ip = ipv4.sin_addr.s_addr
        self.peer_port = ipv4.sin_port
    else:
        self.make_details().peername = uvn_sockname(
            <const sockaddr*> &uvn.peer, uvn.peer_length)
    return True


cdef inline object peer_of(StreamTransport self):
    """Return the name that take_peer() has noted, or None."""
    cdef sockaddr_in ipv4
    if self.peer_port == 0:
        return None
    ipv4.sin_family = AF_INET
    ipv4.sin_port = self.peer_port
    ipv4.sin_addr.s_addr = self.peer_ip
    return uvn_sockname(<const sockaddr*> &ipv4, sizeof(ipv4))


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


cdef object minus_one


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


# Methods that return -1 and leave what is raised as it is in C, as the others do.
ctypedef int (*feed_method)(ReaderFeed, object) noexcept
ctypedef int (*received_method)(NativeProtocol, object) noexcept


cdef inline bint feeds(ReaderFeed feed, object data) noexcept:
    return (<feed_method> feed.feed)(feed, data) == 0


cdef inline bint receives(NativeProtocol protocol, object data) noexcept:
    return (<received_method> protocol.received)(protocol, data) == 0


cdef PyObject* given  # by the get_buffer() that has been called last


cdef inline bint gives_the_same(StreamTransport self) noexcept:
    """Call get_buffer(); return whether it has given the buffer that is in use."""
    global given
    cdef PyObject* answer = call_known(
        self.context, self.protocol, self.details.give, self.binds_give, <PyObject*> minus_one)
    if answer != NULL and self.handle is not None and self.handle.take_buffer_back(answer):
        Py_DECREF_(answer)
        return True
    given = answer
    return False


cdef inline object take_given():
    """Return what get_buffer() has given, or raise what it has raised."""
    if given == NULL:
        reraise()
    answer = <object> given
    Py_DECREF_(given)
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


cdef inline Py_ssize_t size_of(object data) noexcept:
    return PyBytes_GET_SIZE_(data)

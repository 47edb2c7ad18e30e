"""Streams: what TCP and Pipe have in common. Node: src/stream_base.cc, src/stream_wrap.cc.

From Cython a protocol may take a stream's data without Python in between: cimport Stream, write a
uvn_read_cb, find its state through `stream.context`, and call start_reading().
"""

from cpython.buffer cimport Py_buffer
from cpython.object cimport PyObject

from libc.stdint cimport uint64_t

from uvnet._core.handle cimport Handle, Request
from uvnet._core.idle cimport IdleTimer
from uvnet._core.uv cimport (
    uv_buf_t, uv_connect_t, uv_shutdown_t, uvn_read_cb, uvn_stream_t, uvn_target_t, uvn_write_t)

# Borrowed `owner`; -1 with an exception raised, which the loop is told.
ctypedef int (*owner_read_cb)(PyObject* owner, Py_ssize_t nread, object data) noexcept
# Borrowed `owner`; -1 with an exception raised. It calls set_user_buffer().
ctypedef int (*owner_buffer_cb)(PyObject* owner) noexcept


cdef struct UserBuffer:
    uvn_target_t target     # first: this is a stream's uvn.target
    owner_buffer_cb ask     # the owner's, if it is asked for a buffer before each read
    PyObject* given         # what use_user_buffer() was given, or NULL
    Py_buffer* view         # and the export that keeps its memory in place
    bint lent               # which does not count just now: see Stream.let_buffer_go()


cdef class RoleCallbacks:
    cdef object onconnection
    cdef object onsplice


# What an idle connection costs is for the most part this: what few of them need is elsewhere.
cdef class Stream(Handle):
    cdef uvn_stream_t uvn           # its target is a UserBuffer, its idle timer an IdleTimer's
    cdef public object onread       # onread(nread, data)
    cdef RoleCallbacks callbacks    # None for most
    cdef object owner               # who reads through start_owner_reading()
    cdef void* context              # for whoever reads through start_reading();
                                    # of an owner: its owner_read_cb

    cdef Stream new_client(self)
    cdef int start_reading(self, uvn_read_cb callback) except 1
    cdef void read_for(self, object owner, owner_read_cb callback) noexcept
    cdef int start_owner_reading(self, bint bulk) except 1
    cdef int ask_for_buffers(self, owner_buffer_cb callback) except -1
    cdef void let_buffer_go(self) noexcept
    cdef bint take_buffer_back(self, PyObject* given) noexcept
    cdef int end_writing(self) except 1
    cdef void set_idle_timer(self, IdleTimer timer) noexcept
    cdef void drop_idle_timer(self) noexcept
    cdef Py_ssize_t write_object(
        self, WriteReq req, object data, Py_ssize_t size) except? -1
    cdef Py_ssize_t queue_rest(
        self, WriteReq req, object data, uv_buf_t* bufs, unsigned int nbufs) noexcept
    cdef RoleCallbacks make_callbacks(self)
    cdef UserBuffer* make_user_buffer(self) except NULL
    cdef int set_user_buffer(self, object buffer) except -1
    cdef void replace_user_buffer(self, object buffer) noexcept
    cdef void drop_user_buffer(self) noexcept


cdef inline Stream stream_of(uvn_stream_t* stream):
    """Return the Stream that a C callback was called for."""
    return <Stream> stream.u.handle.data


cdef inline PyObject* user_object(Stream stream) noexcept:
    """Return the object that is read into, borrowed, or NULL."""
    return (<UserBuffer*> stream.uvn.target).given if stream.uvn.target != NULL else NULL


cdef inline uint64_t bytes_read(Stream stream) noexcept:
    return stream.uvn.bytes_read


cdef inline uint64_t bytes_written(Stream stream) noexcept:
    return stream.uvn.bytes_written


cdef inline size_t queue_size(Stream stream) noexcept:
    return stream.uvn.u.stream.write_queue_size


cdef size_t splice_held(Stream source) noexcept


cdef class ConnectReq(Request):
    cdef uv_connect_t uv


cdef class WriteReq(Request):
    cdef uvn_write_t uvn
    cdef object owner  # keeps the memory that is being written
    cdef bint copies   # what is left, for its memory may change


cdef class ShutdownReq(Request):
    cdef uv_shutdown_t uv


cdef void on_connect(uv_connect_t* req, int status) noexcept

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
    uv_buf_t, uv_connect_t, uv_shutdown_t, uvn_read_cb, uvn_stream_t, uvn_write_t)

# Borrowed `owner`; -1 with an exception raised, which the loop is told.
ctypedef int (*owner_read_cb)(PyObject* owner, Py_ssize_t nread, object data) noexcept
# Borrowed `owner`; -1 with an exception raised. It calls set_user_buffer().
ctypedef int (*owner_buffer_cb)(PyObject* owner) noexcept


cdef class Stream(Handle):
    cdef uvn_stream_t uvn
    cdef public object onread        # onread(nread, data)
    cdef public object onconnection  # onconnection(status, client)
    cdef public object onsplice      # onsplice(status, failed)
    cdef void* context               # for whoever reads through start_reading();
                                     # of an owner: its owner_buffer_cb
    cdef object owner                # who reads through start_owner_reading()
    cdef owner_read_cb owner_read
    cdef IdleTimer idle
    cdef object user_object          # what use_user_buffer() was given
    cdef Py_buffer* user_view        # and the export that keeps its memory in place

    cdef Stream new_client(self)
    cdef int start_reading(self, uvn_read_cb callback) except 1
    cdef void read_for(self, object owner, owner_read_cb callback) noexcept
    cdef int start_owner_reading(self) except 1
    cdef void ask_for_buffers(self, owner_buffer_cb callback) noexcept
    cdef void let_buffer_go(self) noexcept
    cdef int end_writing(self) except 1
    cdef int set_idle_timer(self, IdleTimer timer) except -1
    cdef Py_ssize_t write_object(
        self, WriteReq req, object data, Py_ssize_t size) except? -1
    cdef Py_ssize_t queue_rest(
        self, WriteReq req, object data, uv_buf_t* bufs, unsigned int nbufs) noexcept
    cdef int set_user_buffer(self, object buffer) except -1
    cdef void replace_user_buffer(self, object buffer) noexcept
    cdef void drop_user_buffer(self) noexcept


cdef inline Stream stream_of(uvn_stream_t* stream):
    """Return the Stream that a C callback was called for."""
    return <Stream> stream.u.handle.data


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

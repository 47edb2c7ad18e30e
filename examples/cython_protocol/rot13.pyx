"""A protocol in Cython: every letter that comes is turned by 13 places and sent back.

No Python code runs per read: on_read() is a C function, which finds its protocol by the stream's
context, and the answer is made and written from here.
"""

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize

from uvnet._core.stream cimport Stream, WriteReq, stream_of
from uvnet._core.uv cimport uvn_capi_import, uvn_stream_t

uvn_capi_import()  # cimported C functions are called through uvnet's table: fetch it first of all


cdef class Rot13:
    """The protocol of one connection. Whoever makes it keeps it until `on_close` is called.

    Args:
        stream: A connected TCP or Pipe.
        on_close: on_close(self, status), when the stream has been closed: UV_EOF if the client has
            ended, or another negative errno.
    """

    cdef readonly Stream stream
    cdef object on_close
    cdef WriteReq request

    def __init__(self, Stream stream not None, on_close):
        self.stream = stream
        self.on_close = on_close
        self.request = WriteReq(self.on_written)
        stream.context = <void*> self  # borrowed

    def start(self):
        """Start reading; return 0 or a negative errno."""
        return self.stream.start_reading(on_read)

    cdef int turn(self, const char* base, ssize_t size) except -1:
        cdef bytes answer = PyBytes_FromStringAndSize(NULL, size)
        cdef char* out = PyBytes_AS_STRING(answer)
        cdef ssize_t i
        for i in range(size):
            out[i] = rot13(base[i])
        if self.stream.write_object(self.request, answer, -1) > 0:
            self.stream.read_stop()  # the kernel has not taken all of it: wait for on_written()
        return 0

    def on_written(self, request, int status):
        if status == 0:
            self.start()
        elif not self.stream.closing:
            self.finish(status)

    cdef int finish(self, int status) except -1:
        self.stream.close()
        self.on_close(self, status)
        return 0


cdef inline char rot13(char c) noexcept:
    if c"a" <= c <= c"z":
        return (c - c"a" + 13) % 26 + c"a"
    if c"A" <= c <= c"Z":
        return (c - c"A" + 13) % 26 + c"A"
    return c


cdef void on_read(uvn_stream_t* handle, ssize_t nread, const char* base) noexcept:
    """Called with what was read, or with UV_EOF or another negative errno."""
    cdef Stream stream = stream_of(handle)
    cdef Rot13 self = <Rot13> stream.context
    try:
        if nread < 0:
            self.finish(nread)
        else:
            self.turn(base, nread)
    except BaseException as error:
        stream.loop.fail(error)  # as when any callback raises

"""Engine: TLS over memory, through the ssl module; and Scratch, what a loop decrypts into.

No I/O here, and no state but OpenSSL's: bytes go in and come out, encrypted on one side.
"""

import ssl

from cpython.buffer cimport (
    Py_buffer, PyBUF_WRITABLE, PyBuffer_FillInfo, PyBuffer_Release, PyObject_GetBuffer)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject
from libc.string cimport memcpy

from uvnet._core.loop cimport (
    uvn_chunk_put, uvn_chunk_take, uvn_chunks_clear, uvn_chunks_init)

cdef extern from "Python.h":
    object PyObject_Call_ "PyObject_Call"(object, object, PyObject*)

# As asyncio has it: neither is an error of a connection whose packets come from memory.
cdef tuple AGAIN = (ssl.SSLWantReadError, ssl.SSLSyscallError)
cdef object ZERO_RETURN = ssl.SSLZeroReturnError
cdef object SSLObject = ssl.SSLObject
cdef object MemoryBIO = ssl.MemoryBIO


cdef class Window:
    """Memory that is lent to a call of the ssl module, which does not keep it."""

    def __getbuffer__(self, Py_buffer* view, int flags):
        PyBuffer_FillInfo(view, self, self.base, self.size, 0, flags)


cdef class Scratch:
    """The memory of one loop that its connections decrypt into, one after the other.

    Args:
        size: Bytes; several records.
    """

    def __cinit__(self, Py_ssize_t size=4 * RECORD):
        uvn_chunks_init(&self.chunks)
        self.memory = <char*> PyMem_Malloc(size)
        if self.memory == NULL:
            raise MemoryError
        self.size = size
        self.window = Window()
        self.read_arguments = (0, self.window)  # 0: as much as there is room for

    def __dealloc__(self):
        uvn_chunks_clear(&self.chunks)
        PyMem_Free(self.memory)

    cdef PyObject* take(self, Py_ssize_t n, Py_ssize_t* capacity) noexcept:
        """Return the first n bytes of the memory as bytes, a new reference; NULL: MemoryError."""
        return uvn_chunk_take(&self.chunks, self.memory, n, capacity)

    cdef void put_back(self, PyObject* chunk, Py_ssize_t capacity) noexcept:
        """Give the reference back after the callback: the object is used again if nobody kept it."""
        uvn_chunk_put(&self.chunks, chunk, capacity)


cdef class Engine:
    """One end of a TLS connection.

    Args:
        context: The ssl.SSLContext.
        server_side: Whether this is the server's end.
        server_hostname: Whom a client expects; None: anybody.
        scratch: The loop's.

    Raises:
        ValueError, ssl.SSLError: The context does not allow it.
    """

    def __init__(self, context, bint server_side, server_hostname, Scratch scratch not None):
        self.scratch = scratch
        self.incoming = MemoryBIO()
        self.outgoing = MemoryBIO()
        self.ssl_object = made = context.wrap_bio(
            self.incoming, self.outgoing, server_side=server_side, server_hostname=server_hostname)
        self.take_in = self.incoming.write
        self.give_out = self.outgoing.read
        kind = type(made)
        # What SSLObject.read() and write() do is to call these. A subclass may do more.
        inner = getattr(made, "_sslobj", None)
        self.reads_plainly = inner is not None and kind.read is SSLObject.read
        self.writes_plainly = inner is not None and kind.write is SSLObject.write
        self.do_read = inner.read if self.reads_plainly else made.read
        self.do_write = inner.write if self.writes_plainly else made.write

    # ----------------------------------------------------------- from and to the network

    cdef int put(self, object data) except -1:
        """Take what has arrived."""
        self.take_in(data)
        return 0

    cdef int put_part(self, const char* base, Py_ssize_t size) except -1:
        cdef Window window = self.scratch.window
        window.base = <char*> base
        window.size = size
        self.take_in(window)
        return 0

    cdef Py_ssize_t pending(self) except -1:
        """Return how many bytes have arrived that have not been looked at."""
        return 0 if self.incoming is None else self.incoming.pending

    cdef Py_ssize_t pending_out(self) except -1:
        return 0 if self.outgoing is None else self.outgoing.pending

    cdef bytes output(self):
        """Return what is to be sent; b"" if there is nothing."""
        return self.give_out()

    # ------------------------------------------------------- from and to the application

    cdef bint has_more(self) except -1:
        """Return whether something may be there to read."""
        return self.status == MORE or (self.status == DRY and self.pending() > 0)

    cdef Py_ssize_t fill(self, char* memory, Py_ssize_t size, Py_ssize_t room) except -1:
        """Decrypt into memory while `room` bytes are free, and return how many are filled.

        Then `status` tells why it is not more.
        """
        cdef Py_ssize_t filled = 0
        cdef Py_ssize_t count
        self.status = MORE
        while size - filled >= room:
            try:
                count = self.read(memory + filled, size - filled)
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as exc:
                self.error = exc
                self.status = FAILED
                break
            if count > 0:
                filled += count
                # A full buffer may have left some of the record behind. Asking whether anything is
                # there is much cheaper than the exception that says no.
                if filled < size and self.pending() == 0:
                    self.status = DRY
                    break
            else:
                self.status = DRY if count == WANTS_MORE else CLOSED
                break
        return filled

    cdef Py_ssize_t fill_buffer(self, object buffer) except -1:
        """fill(), into an object's memory."""
        cdef Py_buffer view
        PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE)
        try:
            if view.len == 0:
                raise RuntimeError("get_buffer() returned an empty buffer")
            return self.fill(<char*> view.buf, view.len, 1)
        finally:
            PyBuffer_Release(&view)

    cdef Py_ssize_t read(self, char* memory, Py_ssize_t size) except -3:
        """Decrypt one record, or what is left of it, and return how many bytes that was.

        0: the other end has sent close_notify. Or WANTS_MORE.
        """
        cdef Window window
        cdef Py_ssize_t count
        try:
            if self.reads_plainly:
                window = self.scratch.window
                window.base = memory
                window.size = size
                return PyObject_Call_(self.do_read, self.scratch.read_arguments, NULL)
            data = <bytes?> self.do_read(size)
            count = min(PyBytes_GET_SIZE(data), size)
            memcpy(memory, PyBytes_AS_STRING(data), count)
            return count
        except AGAIN:
            return WANTS_MORE
        except ZERO_RETURN:  # of a connection that this end has closed as well
            return 0

    cdef Py_ssize_t write(self, bytes data, Py_ssize_t offset) except -3:
        """Encrypt one record of data[offset:] and return how many bytes that was, or WANTS_MORE."""
        cdef Window window
        cdef Py_ssize_t size = PyBytes_GET_SIZE(data) - offset
        try:
            if offset == 0 and size <= RECORD:
                return self.do_write(data)
            size = min(size, RECORD)
            if not self.writes_plainly:
                return self.do_write(data[offset : offset + size])
            window = self.scratch.window
            window.base = PyBytes_AS_STRING(data) + offset
            window.size = size
            return self.do_write(window)
        except AGAIN:
            return WANTS_MORE

    # ----------------------------------------------------------------- beginning and end

    cdef bint handshake(self) except -1:
        """Do the next step of the handshake and return whether it is complete."""
        try:
            self.ssl_object.do_handshake()
        except AGAIN:
            return False
        return True

    cdef bint unwrap(self) except -1:
        """Say close_notify, and return whether the other end has said it as well."""
        try:
            self.ssl_object.unwrap()
        except AGAIN:
            return False
        return True

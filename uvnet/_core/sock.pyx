"""loop.sock_recv() and its like: calls on sockets that their user owns, made when they can be.

A call is tried first, unless the last one found the socket drained and the loop will be told of
more. It is tried by the task that awaits it: a call that is cancelled has received nothing.
"""

import socket
import warnings
from _socket import socket as _Socket

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_GET_SIZE
from cpython.dict cimport PyDict_GetItem
from cpython.exc cimport PyErr_SetFromErrno
from cpython.long cimport PyLong_AsLong, PyLong_CheckExact
from cpython.object cimport PyObject
cimport cython
from libc cimport errno

from uvnet._core.fast import is_enabled
from uvnet._core.loop cimport Loop, Py_DECREF_, Py_INCREF_, uvn_chunk_take
from uvnet._core.sockwatch cimport Side, SockWaiter, SockWatch, watch_socket
from uvnet._core.uv cimport *
from uvnet._core.waiter cimport (
    PENDING, PYGEN_ERROR, PYGEN_NEXT, PYGEN_RETURN, PySendResult, thrown, uvn_set_steps)

cdef extern from "sock.h":
    ssize_t uvn_recv(int, char*, size_t) noexcept
    ssize_t uvn_send(int, const char*, size_t) noexcept

cdef extern from "weak.h":
    int uvn_refers_to(object, object)

cdef extern from "Python.h":
    ctypedef struct Py_buffer_ "Py_buffer":
        char* buf
        Py_ssize_t len
        bint readonly
    object PyMemoryView_FromObject(object)
    Py_buffer_* PyMemoryView_GET_BUFFER(object) noexcept
    int PyBuffer_IsContiguous(Py_buffer_*, char) noexcept
    object PyBytes_FromStringAndSize_ "PyBytes_FromStringAndSize"(char*, Py_ssize_t)
    int _PyBytes_Resize(PyObject**, Py_ssize_t) except -1
    void PyErr_SetObject_ "PyErr_SetObject"(PyObject*, PyObject*) noexcept

uvn_capi_import()

# Of a plain socket, what a subclass might override is called directly.
cdef object Socket = socket.socket
cdef object fileno_of = _Socket.fileno
cdef object type_of = _Socket.type.__get__
cdef int SOCK_STREAM = socket.SOCK_STREAM
cdef bint fast = is_enabled("sock")


cdef int raise_errno(int error) except -1:
    errno.errno = error
    PyErr_SetFromErrno(OSError)
    return -1


@cython.freelist(256)
cdef class SockCall:
    """What loop.sock_recv() and its like return: a coroutine, to be awaited once.

    Made by the loop only.
    """

    def __dealloc__(self):
        if self.state == NEW and self.name is not None:
            warn_never_awaited(self.name)

    # ------------------------------------------------------------- as a coroutine

    @property
    def __name__(self) -> str:
        return self.name

    @property
    def __qualname__(self) -> str:
        return f"Loop.{self.name}"

    def __await__(self):
        return self

    def __iter__(self):  # for `yield from`
        return self

    def __next__(self):
        return self.step()  # never called: next_step() is

    def send(self, value):
        """Go on, whatever `value` is, and return the future to wait for. Raises StopIteration."""
        return next(self)

    def throw(self, typ, val=None, tb=None):
        """Give the call up and raise the exception `typ`, made with `val`, with the traceback `tb`.

        Does not return.
        """
        self.give_up()
        raise thrown(typ, val, tb)

    def close(self):
        """Give the call up."""
        self.give_up()

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    # ------------------------------------------------------------------ the steps

    cdef SockWaiter step(self):
        """Make the call, after which it is finished, or return the future to wait for."""
        cdef PyObject* found
        cdef Side side
        cdef int fd
        if self.state == FINISHED:
            raise RuntimeError("cannot reuse already awaited coroutine")
        if self.state == NEW:
            if self.loop is None:
                raise RuntimeError("nothing to call: this was not made by a method of a loop")
            self.state = STARTED
            self.start()
            number = fileno_of(self.sock) if self.kind < READ else self.sock.fileno()
            found = PyDict_GetItem(self.loop._watches, number)
            if found != NULL and uvn_refers_to((<SockWatch> found).sock, self.sock):
                self.watch = <SockWatch> found
                side = self.watch.side(self.reads())
                if side.first is not None or (
                        side.drained and self.watch.polls(UV_READABLE)):
                    return self.wait(number)
            if self.kind == WRITABLE:
                return self.wait(number)
            fd = PyLong_AsLong(number) if PyLong_CheckExact(number) else number
        else:
            if self.waiter.state == PENDING:
                raise RuntimeError("await wasn't used with future")
            number = fileno_of(self.sock) if self.kind < READ else self.sock.fileno()
            fd = PyLong_AsLong(number) if PyLong_CheckExact(number) else number
            if self.waiter.status or fd != self.watch.fd:  # closed meanwhile
                raise_errno(-(self.waiter.status or UV_EBADF))
        if self.attempt(fd):
            self.leave()
            return None
        if self.waiter is not None:
            self.watch.fruitless()
        return self.wait(number)

    cdef int start(self) except -1:
        """Check what is to be checked, and find the way to make the call."""
        cdef Py_buffer_* view
        cdef bint plain = type(self.sock) is Socket
        if not plain:
            check_socket(self.sock)
        plain = plain and fast
        if self.loop.debug and self.sock.gettimeout() != 0:
            raise ValueError("the socket must be non-blocking")
        if self.kind == RECV:
            if plain and PyLong_CheckExact(self.arg):
                try:
                    self.size = self.arg
                except OverflowError:
                    self.size = -1
                if self.size >= 0:
                    return 0
            self.kind = READ
            self.arg = (self.arg,)
        elif self.kind == RECV_INTO:
            if plain:
                try:
                    memory = PyMemoryView_FromObject(self.arg)
                    view = PyMemoryView_GET_BUFFER(memory)
                    if not view.readonly and PyBuffer_IsContiguous(view, b"C"):
                        self.arg = memory
                        return 0
                except TypeError:
                    pass
            self.kind = READ
            self.arg = (self.arg,)
        elif self.kind == SEND_ALL:
            if plain:
                if PyBytes_CheckExact(self.arg):
                    return 0
                try:
                    memory = PyMemoryView_FromObject(self.arg)
                    if PyBuffer_IsContiguous(PyMemoryView_GET_BUFFER(memory), b"C"):
                        self.arg = memory
                        return 0
                except TypeError:
                    pass
            self.kind = WRITE_ALL
        if self.name == "sock_recvfrom_into" and not self.arg[1]:
            self.arg = self.arg[0], len(self.arg[0])
        return 0

    cdef bint reads(self) noexcept:
        return self.kind == RECV or self.kind == RECV_INTO or self.kind == READ

    cdef bint attempt(self, int fd) except -1:
        """Make the call; return whether it has been made, or would block."""
        if self.kind == RECV:
            return self.receive(fd)
        if self.kind == SEND_ALL:
            return self.send_all(fd)
        if self.kind == RECV_INTO:
            return self.receive_into(fd)
        return self.call()

    cdef bint receive(self, int fd) except -1:
        cdef Loop loop = self.loop
        cdef Py_ssize_t n
        cdef Py_ssize_t capacity
        cdef PyObject* chunk
        if self.size <= UVN_BULK_SIZE and loop.uvn.scratch.base != NULL:  # a closed loop has none
            n = uvn_recv(fd, loop.uvn.scratch.base, self.size)
            if n >= 0:
                chunk = uvn_chunk_take(&loop.chunks, loop.uvn.scratch.base, n, &capacity)
                if chunk == NULL:
                    raise MemoryError
                self.value = <object> chunk
                Py_DECREF_(chunk)
        else:
            memory = PyBytes_FromStringAndSize_(NULL, self.size)
            n = uvn_recv(fd, PyBytes_AS_STRING(memory), self.size)
            if n >= 0:
                chunk = <PyObject*> memory
                Py_INCREF_(chunk)
                memory = None
                if n != self.size:
                    _PyBytes_Resize(&chunk, n)
                self.value = <object> chunk
                Py_DECREF_(chunk)
        if n == -errno.EAGAIN:
            if self.watch is not None:
                self.watch.reads.drained = True
            return False
        self.read_done(n)
        return True

    cdef bint receive_into(self, int fd) except -1:
        cdef Py_buffer_* view = PyMemoryView_GET_BUFFER(self.arg)
        cdef Py_ssize_t n = uvn_recv(fd, view.buf, view.len)
        if n == -errno.EAGAIN:
            if self.watch is not None:
                self.watch.reads.drained = True
            return False
        self.size = view.len
        self.read_done(n)
        self.value = n
        return True

    cdef int read_done(self, Py_ssize_t n) except -1:
        """Remember what the call tells of the next one; raise its error."""
        if n <= 0 and self.size > 0:  # the end, or an error, which comes only once
            self.over = n < 0 or self.watch is not None and self.watch.stream
            if self.watch is not None:
                self.watch.reads.drained = False
            if n < 0:
                raise_errno(-n)
        elif self.watch is not None:
            # A datagram is short, and yet more may be there.
            self.watch.reads.drained = n < self.size and self.watch.stream
        return 0

    cdef bint send_all(self, int fd) except -1:
        cdef const char* base
        cdef Py_ssize_t size
        cdef Py_ssize_t n
        if PyBytes_CheckExact(self.arg):
            base = PyBytes_AS_STRING(self.arg)
            size = PyBytes_GET_SIZE(self.arg)
        else:
            base = PyMemoryView_GET_BUFFER(self.arg).buf
            size = PyMemoryView_GET_BUFFER(self.arg).len
        n = uvn_send(fd, base + self.sent, size - self.sent)
        if n == -errno.EAGAIN:
            return False
        if n < 0:
            raise_errno(-n)
        self.sent += n
        return self.sent == size

    cdef bint call(self) except -1:
        """As above, of any kind of socket and call."""
        if self.kind == WRITABLE:
            return self.waiter is not None
        function = self.function
        try:
            if type(function) is str:
                function = getattr(self.sock, function)
            if self.kind != WRITE_ALL:
                self.value = function(*self.arg)
            elif self.sent == 0:
                self.sent = function(self.arg)
                self.size = memoryview(self.arg).nbytes
            else:
                self.sent += function(memoryview(self.arg).cast("B")[self.sent:])
        except (BlockingIOError, InterruptedError):
            if self.kind == READ and self.watch is not None:
                self.watch.reads.drained = True
            return False
        if self.watch is not None and self.kind == READ:
            self.watch.reads.drained = False
        return self.kind != WRITE_ALL or self.sent == self.size

    # ----------------------------------------------------------------- waiting

    cdef SockWaiter wait(self, object number):
        """Wait for the socket to be ready, behind those who wait already."""
        cdef SockWatch watch = self.watch
        cdef bint reads = self.reads()
        cdef int err
        if watch is None:
            watch = self.watch = watch_socket(
                self.loop, self.sock, number,
                self.kind < READ and type_of(self.sock) == SOCK_STREAM)
        if watch.polls(UV_READABLE if reads else UV_WRITABLE):
            self.loop.kept_polls += 1
        else:
            self.loop.check_open()
            self.loop._ensure_fd_no_transport(number)
        if self.waiter is None:
            self.side = watch.side(reads)
            self.waiter = self.side.enter(self.loop)
        else:
            self.waiter.begin()
        if reads:
            watch.keeps = True
        err = watch.refresh() or watch.start_patrol()
        if err:
            raise_errno(-err)
        return self.waiter

    cdef int give_up(self) except -1:
        """It was cancelled: nobody is likely to wait again soon."""
        self.over = self.watch is not None
        return self.leave()

    cdef int leave(self) except -1:
        """It is over: let the next one have its turn."""
        cdef SockWatch watch = self.watch
        self.state = FINISHED
        if self.waiter is not None:
            self.side.leave(self.waiter)
            self.waiter = None
            self.side = None
        self.sock = self.arg = self.function = None
        if watch is None:
            return 0
        self.watch = None
        if self.over or self.kind == WRITABLE and not watch.keeps:
            watch.discard()
        elif watch.unused():
            watch.refresh()
        return 0


cdef void warn_never_awaited(str name) noexcept:
    warnings.warn(f"coroutine 'Loop.{name}' was never awaited", RuntimeWarning, stacklevel=2)


cdef PyObject* next_step(SockCall self) noexcept:
    """Set StopIteration with the value, or return the future to wait for."""
    cdef PyObject* result
    if send_step(self, NULL, &result) != PYGEN_RETURN:
        return result
    value = StopIteration(<object> result)
    Py_DECREF_(result)
    PyErr_SetObject_(<PyObject*> StopIteration, <PyObject*> value)
    return NULL


cdef PySendResult send_step(SockCall self, PyObject* sent, PyObject** result) noexcept:
    """Return the value, or the future to wait for, or raise: as a coroutine does."""
    cdef SockWaiter waiter
    try:
        waiter = self.step()
        value = self.value if waiter is None else waiter
    except BaseException as exc:
        try:
            self.leave()
        except BaseException:  # from another thread: what is raised already says so
            pass
        cls = type(exc)
        PyErr_SetObject_(<PyObject*> cls, <PyObject*> exc)
        result[0] = NULL
        return PYGEN_ERROR
    self.value = None
    Py_INCREF_(<PyObject*> value)
    result[0] = <PyObject*> value
    return PYGEN_RETURN if waiter is None else PYGEN_NEXT


uvn_set_steps(SockCall, <void*> next_step, <void*> send_step)


# --------------------------------------------------------------------------- methods

cdef object loop_type = None


cdef SockCall make_call(object loop, CallKind kind, str name, object sock, object function,
                        object arg):
    global loop_type
    cdef SockCall call
    if type(loop) is not loop_type:  # else it is known for a loop
        if not isinstance(loop, Loop):
            raise TypeError(f"an uvnet.Loop is wanted, not {loop!r}")
        loop_type = type(loop)
    if (<Loop> loop)._watches is None:
        raise RuntimeError(f"{loop!r} was not initialised")
    call = SockCall.__new__(SockCall)
    call.loop = <Loop> loop
    call.kind = kind
    call.name = name
    call.sock = sock
    call.function = function
    call.arg = arg
    return call


cdef object check_socket = None


def socket_check(check) -> None:
    """Tell what refuses a socket of a kind that cannot be used; called once.

    Args:
        check: check(sock), which raises TypeError for an SSL socket.
    """
    global check_socket
    check_socket = check


def accept_connection(sock):
    """Accept a connection of `sock`; return it, non-blocking, and the peer's address."""
    connection, address = sock.accept()
    connection.setblocking(False)
    return connection, address


cdef class SockMethods:
    """The methods of an uvnet.Loop that call sockets. Each returns a coroutine."""

    def sock_recv(self, sock, n):
        """Return up to `n` bytes that `sock`, a non-blocking socket, receives; b"" at its end.

        Cancelled before it is done, it has received nothing: what comes is there for the next one.
        Several that wait for one socket are served in their order.

        Raises:
            TypeError: It is an SSL socket, or `n` is not an int.
            ValueError: In debug mode: the socket blocks.
            OSError: What recv(2) says; EBADF also if the socket was closed meanwhile, which is
                noticed within a second.
            RuntimeError: A transport uses the socket.
        """
        return make_call(self, RECV, "sock_recv", sock, "recv", n)

    def sock_recv_into(self, sock, buf):
        """Receive from `sock` into `buf`, a writable buffer; return how many bytes. See sock_recv."""
        return make_call(self, RECV_INTO, "sock_recv_into", sock, "recv_into", buf)

    def sock_recvfrom(self, sock, bufsize):
        """Return a datagram of `sock`, up to `bufsize` bytes of it, and its sender's address."""
        return make_call(self, READ, "sock_recvfrom", sock, "recvfrom", (bufsize,))

    def sock_recvfrom_into(self, sock, buf, nbytes=0):
        """Receive a datagram into a buffer; return how many bytes, and the sender's address.

        Args:
            sock: A non-blocking socket.
            buf: A writable buffer.
            nbytes: At most so many; 0, the default, for as many as the buffer has.
        """
        return make_call(
            self, READ, "sock_recvfrom_into", sock, "recvfrom_into", (buf, nbytes))

    def sock_sendall(self, sock, data):
        """Send to `sock` all of `data`, a buffer that must stay as it is meanwhile. See sock_recv.

        Several that wait for one socket send one after the other. After an error, or when it is
        cancelled, nobody knows how much has been sent.
        """
        return make_call(self, SEND_ALL, "sock_sendall", sock, "send", data)

    def sock_sendto(self, sock, data, address):
        """Send `data` by `sock` as a datagram to `address`; return how many bytes."""
        return make_call(self, WRITE, "sock_sendto", sock, "sendto", (data, address))

    def sock_accept(self, sock):
        """Accept a connection of `sock`; return a non-blocking socket and the peer's address."""
        return make_call(self, READ, "sock_accept", sock, accept_connection, (sock,))

    def _sock_writable(self, sock, name):
        """Wait until the socket can be written to, or has connected, in the method `name`."""
        return make_call(self, WRITABLE, name, sock, None, None)

"""Stream, the base of TCP and Pipe, and its requests."""

from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBUF_WRITABLE, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer)
from cpython.bytes cimport (
    PyBytes_AS_STRING, PyBytes_CheckExact, PyBytes_FromStringAndSize, PyBytes_GET_SIZE)
from cpython.exc cimport PyErr_Clear
from cpython.mem cimport PyMem_Calloc, PyMem_Free, PyMem_Malloc
from cpython.memoryview cimport PyMemoryView_GET_BUFFER
from cpython.object cimport PyObject
from libc.string cimport memcpy, memset

from uvnet._core.audit cimport PySys_Audit
from uvnet._core.handle cimport on_handle_closed, unusable
from uvnet._core.loop cimport (
    Loop, Py_DECREF_, Py_INCREF_, enter, invoke, leave, notify, number, uvn_chunk_put, uvn_chunk_take)
from uvnet._core.uv cimport *

uvn_capi_import()

cdef extern from "<sys/socket.h>":
    int shutdown_fd "shutdown"(int, int)
    enum:
        SHUT_WR

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT_ "Py_REFCNT"(PyObject*) noexcept
    ctypedef struct PyMemoryViewObject:
        int flags
        Py_ssize_t exports
    int MEMORYVIEW_RELEASED "_Py_MEMORYVIEW_RELEASED"

cdef extern from "<errno.h>":
    int errno_ "errno"

cdef unsigned int INLINE_BUFS = 16


cdef void on_read(uvn_stream_t* stream, ssize_t nread, const char* base) noexcept:
    """Hand what was read to onread(nread, data)."""
    # Borrowed, for it runs for every read: the stream is its own until the close callback.
    cdef PyObject* me = <PyObject*> stream.u.handle.data
    cdef PyObject* onread = <PyObject*> (<Stream> me).onread
    cdef Loop loop = (<Stream> me).loop
    cdef PyObject* user = user_object(<Stream> me)
    cdef PyObject* args[3]
    cdef PyObject* result
    cdef PyObject* data
    cdef Py_ssize_t capacity = 0

    if onread == <PyObject*> None:
        return
    args[1] = number(loop, nread)
    if nread < 0:
        data = <PyObject*> None
        Py_INCREF_(data)
    elif user != NULL:
        data = user
        Py_INCREF_(data)
    else:
        data = uvn_chunk_take(&loop.chunks, base, nread, &capacity)
    if args[1] == NULL or data == NULL:
        # What was read is lost, and so the stream: nothing may go on as if it were not.
        uvn_read_stop(stream)
        if data != NULL:
            Py_DECREF_(data)
        PyErr_Clear()
        data = <PyObject*> None
        Py_INCREF_(data)
        args[1] = number(loop, UV_ENOMEM)
        if args[1] == NULL:
            loop.fail_raised()
            return
    Py_INCREF_(args[1])
    args[2] = data
    result = invoke(loop, me, onread, args + 1, 2)
    Py_DECREF_(args[1])
    uvn_chunk_put(&loop.chunks, data, capacity)
    if result != NULL:
        if user != NULL and result != <PyObject*> None:
            (<Stream> me).replace_user_buffer(<object> result)
        Py_DECREF_(result)


cdef void on_owner_read(uvn_stream_t* stream, ssize_t nread, const char* base) noexcept:
    """Hand what was read to the native owner; see Stream.read_for()."""
    cdef PyObject* me = <PyObject*> stream.u.handle.data
    cdef Loop loop = (<Stream> me).loop
    cdef PyObject* owner = <PyObject*> (<Stream> me).owner
    cdef UserBuffer* user = <UserBuffer*> (<Stream> me).uvn.target
    cdef PyObject* data = NULL
    cdef Py_ssize_t capacity = 0

    if nread > 0 and (user == NULL or user.given == NULL):
        data = uvn_chunk_take(&loop.chunks, base, nread, &capacity)
        if data == NULL:
            # What was read is lost, and so the stream: nothing may go on as if it were not.
            uvn_read_stop(stream)
            PyErr_Clear()
            nread = UV_ENOMEM
    if data == NULL:
        # Who is asked for buffers knows which it was, and may want it back by now.
        data = user.given if nread > 0 and user.ask == NULL else <PyObject*> None
        Py_INCREF_(data)
    Py_INCREF_(owner)  # it may close the stream, which lets go of it
    enter(loop)
    if (<owner_read_cb> (<Stream> me).context)(owner, nread, <object> data) < 0:
        loop.report("Exception in callback", <object> me)
    leave(loop)
    Py_DECREF_(owner)
    uvn_chunk_put(&loop.chunks, data, capacity)


cdef void on_owner_buffer(uvn_stream_t* stream) noexcept:
    """Have the native owner say where to read to; see Stream.ask_for_buffers()."""
    cdef PyObject* me = <PyObject*> stream.u.handle.data
    cdef Loop loop = (<Stream> me).loop
    cdef PyObject* owner = <PyObject*> (<Stream> me).owner
    Py_INCREF_(owner)
    enter(loop)
    if (<UserBuffer*> stream.target).ask(owner) < 0:
        (<Stream> me).drop_user_buffer()
        loop.report("Exception in callback", <object> me)
    leave(loop)
    Py_DECREF_(owner)


cdef void on_connection(uvn_stream_t* stream, int status) noexcept:
    cdef Stream self = stream_of(stream)
    cdef Stream client = None
    if status == 0:
        if self.callbacks is None or self.callbacks.onconnection is None:
            return  # csrc closes what is not accepted
        try:
            client = self.new_client()
            status = uvn_accept(&self.uvn, &client.uvn)
        except MemoryError:
            status = UV_ENOMEM
        except BaseException as exc:
            self.loop.fail(exc)
            return
        if status and client is not None:
            client.close()
            client = None
            if status == UV_EAGAIN:
                return
    if self.callbacks is not None and self.callbacks.onconnection is not None:
        try:
            notify(self.loop, self, self.callbacks.onconnection, status, client)
        except MemoryError as exc:  # there is none for the status
            self.loop.fail(exc)


cdef size_t splice_held(Stream source) noexcept:
    """Return how many bytes wait for the destination of a splice."""
    cdef uvn_splice_t* splice = uvn_splice_of(&source.uvn)
    return uvn_splice_held(splice) if splice != NULL else 0


cdef void on_splice(uvn_stream_t* source, int status, uvn_stream_t* failed) noexcept:
    cdef Stream self = stream_of(source)
    if self.callbacks is not None and self.callbacks.onsplice is not None:
        try:
            notify(self.loop, self, self.callbacks.onsplice, status,
                   stream_of(failed) if failed != NULL else None)
        except MemoryError as exc:  # there is none for the status
            self.loop.fail(exc)


cdef inline int overtaken(Stream self, WriteReq req) noexcept:
    """Return an error if foreign code has closed the stream, or used the request, just now."""
    if self.handle == NULL or uv_is_closing(self.handle):
        return UV_EBADF
    return UV_EBUSY if req is not None and req.active else 0


cdef object keeper(object data, uv_buf_t* rest):
    """Return what keeps the memory of `rest`, a part of `data`, in place."""
    cdef Py_buffer* view
    if PyBytes_CheckExact(data) or type(data) is list:  # a list of bytes and views
        return data
    owner = memoryview(data)
    view = PyMemoryView_GET_BUFFER(owner)
    if rest.base < <char*> view.buf or rest.base + rest.len > <char*> view.buf + view.len:
        # Python code may export other memory each time it is asked.
        owner = PyBytes_FromStringAndSize(rest.base, rest.len)
        rest.base = PyBytes_AS_STRING(owner)
    return owner


cdef bytes join(const uv_buf_t* bufs, unsigned int nbufs):
    """Return a copy of all of it."""
    cdef size_t size = 0
    cdef unsigned int i
    cdef char* target
    for i in range(nbufs):
        size += bufs[i].len
    result = PyBytes_FromStringAndSize(NULL, size)
    target = PyBytes_AS_STRING(result)
    for i in range(nbufs):
        memcpy(target, bufs[i].base, bufs[i].len)
        target += bufs[i].len
    return result


cdef inline Py_ssize_t write_to(
    Stream self, WriteReq req, object data, Py_ssize_t size
) except? -1:
    """Stream.write_buffer, in the caller's code: it is called for every message."""
    cdef Py_buffer view
    cdef uv_buf_t buf
    cdef uv_buf_t* bufs = &buf
    cdef unsigned int nbufs = 1
    cdef bint exported = False
    cdef Py_ssize_t result = unusable(self)
    if result:
        return result
    if req is not None and req.active:
        return UV_EBUSY

    if PyBytes_CheckExact(data):
        buf.base = PyBytes_AS_STRING(data)
        buf.len = PyBytes_GET_SIZE(data)
    elif <PyObject*> data == user_object(self) and not (<UserBuffer*> self.uvn.target).lent:
        buf = self.uvn.target.buf  # exported already
    else:
        PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
        exported = True
        result = overtaken(self, req)
        if result:
            PyBuffer_Release(&view)
            return result
        buf.base = <char*> view.buf
        buf.len = view.len
    if 0 <= size < <Py_ssize_t> buf.len:
        buf.len = size

    result = uvn_write_try(&self.uvn, &bufs, &nbufs)
    if result == 1:
        result = self.queue_rest(req, data, bufs, nbufs)
    if exported:
        PyBuffer_Release(&view)
    return result


cdef class RoleCallbacks:
    """What a listener calls, and the source of a splice."""


cdef class Stream(Handle):
    """A stream handle: what TCP and Pipe share. Not made directly. (libuv: uv_stream_t)

    Attributes:
        onread: onread(nread, data), or None. nread > 0: that many bytes; `data` is a bytes
            object, or the user's buffer object of which the first nread bytes were filled. In
            that mode a returned bytes-like object replaces the buffer. nread < 0: UV_EOF or
            another error, data is None, and reading has stopped.
        onconnection: onconnection(status, client), for a listening stream. status 0: `client` is
            the accepted stream, not reading yet.
        onsplice: onsplice(status, failed); see splice().
    """

    cdef Stream new_client(self):
        """Return an initialised stream of the kind that connects to this one."""
        raise NotImplementedError

    cdef void do_close(self, uv_handle_t* handle, bint reset) noexcept:
        if reset:
            uvn_close_reset(&self.uvn, on_handle_closed)
        else:
            uvn_close(&self.uvn, on_handle_closed)

    cdef void release(self) noexcept:
        self.onread = self.callbacks = self.owner = None
        self.drop_idle_timer()
        self.drop_user_buffer()

    def __dealloc__(self):
        self.drop_idle_timer()
        self.drop_user_buffer()
        PyMem_Free(self.uvn.target)

    cdef RoleCallbacks make_callbacks(self):
        if self.callbacks is None:
            self.callbacks = RoleCallbacks.__new__(RoleCallbacks)
        return self.callbacks

    @property
    def onconnection(self):
        return self.callbacks.onconnection if self.callbacks is not None else None

    @onconnection.setter
    def onconnection(self, callback):
        self.make_callbacks().onconnection = callback

    @onconnection.deleter
    def onconnection(self):
        self.make_callbacks().onconnection = None

    @property
    def onsplice(self):
        return self.callbacks.onsplice if self.callbacks is not None else None

    @onsplice.setter
    def onsplice(self, callback):
        self.make_callbacks().onsplice = callback

    @onsplice.deleter
    def onsplice(self):
        self.make_callbacks().onsplice = None

    # -------------------------------------------------------------------- reading

    cdef int start_reading(self, uvn_read_cb callback) except 1:
        """Call `callback` in C for everything that is read, instead of onread."""
        cdef int err = unusable(self)
        if err:
            return err
        return uvn_read_start(&self.uvn, callback)

    cdef void read_for(self, object owner, owner_read_cb callback) noexcept:
        """Name who gets what start_owner_reading() reads: callback(owner, nread, data), as onread.

        It may raise: the loop is told. `owner` is kept until the stream has closed.
        """
        self.owner = owner
        self.context = <void*> callback

    cdef int start_owner_reading(self, bint bulk) except 1:
        """Read for the owner, 64 KiB at a time as Node does, or 256 KiB as asyncio does."""
        cdef int err = unusable(self)
        if err:
            return err
        if bulk:
            return uvn_read_start_bulk(&self.uvn, on_owner_read)
        return uvn_read_start(&self.uvn, on_owner_read)

    cdef int ask_for_buffers(self, owner_buffer_cb callback) except -1:
        """Call callback(owner) before each read, to call set_user_buffer(); NULL: never again.

        Without a buffer the read fails with UV_ENOBUFS.
        """
        cdef UserBuffer* user
        if callback == NULL and self.uvn.target == NULL:
            return 0
        user = self.make_user_buffer()
        user.ask = callback
        if callback != NULL:
            user.target.on_buffer = on_owner_buffer
        else:
            user.target.on_buffer = NULL
            self.drop_user_buffer()
        return 0

    cdef void let_buffer_go(self) noexcept:
        """Let who gave the buffer do with it what he likes: resize it, or release a memoryview.

        A memoryview that somebody else keeps will be given again, most likely. So its export is
        not ended, it only does not count until take_buffer_back().
        """
        cdef UserBuffer* user = <UserBuffer*> self.uvn.target
        if user == NULL or user.given == NULL or user.lent:
            return
        # Two references are this stream's: `given`, and the one in `view`.
        if type(<object> user.given) is memoryview and Py_REFCNT_(user.given) > 2:
            (<PyMemoryViewObject*> user.given).exports -= 1
            user.lent = True
        else:
            self.drop_user_buffer()

    cdef bint take_buffer_back(self, PyObject* given) noexcept:
        """Return whether `given` is the buffer in use, and has not been released meanwhile."""
        cdef UserBuffer* user = <UserBuffer*> self.uvn.target
        if user == NULL or user.given != given:
            return False
        if user.lent:
            if (<PyMemoryViewObject*> given).flags & MEMORYVIEW_RELEASED:
                return False
            (<PyMemoryViewObject*> given).exports += 1
            user.lent = False
        return True

    cdef void set_idle_timer(self, IdleTimer timer) noexcept:
        """Refresh `timer`, or none, whenever something is read or written, spliced data too."""
        self.drop_idle_timer()
        if timer is not None and self.handle != NULL:
            self.uvn.idle = &timer.uvn
            Py_INCREF_(<PyObject*> timer)  # until drop_idle_timer()

    cdef void drop_idle_timer(self) noexcept:
        cdef uvn_idle_t* idle = self.uvn.idle
        if idle != NULL:
            self.uvn.idle = NULL
            Py_DECREF_(<PyObject*> idle.data)

    def read_start(self):
        """Start calling onread. (libuv: uv_read_start)

        Returns:
            0, or a negative errno: UV_EALREADY if it reads already, UV_ENOTCONN before connect.
        """
        return self.start_reading(on_read)

    def read_stop(self):
        """Stop calling onread, at once. What has arrived stays with the kernel. (uv_read_stop)"""
        cdef int err = unusable(self)
        if not err:
            err = uvn_read_stop(&self.uvn)
        return err

    def use_user_buffer(self, buffer):
        """Read into `buffer` from now on: no allocation and no copy per read.

        Args:
            buffer: A writable, contiguous bytes-like object of at least one byte. It is exported,
                and so cannot be resized, until it is replaced or the stream is closed. None goes
                back to bytes objects.

        Returns:
            0, or a negative errno.

        Raises:
            TypeError, BufferError: `buffer` is not writable or not contiguous.
            ValueError: It is empty.
        """
        cdef int err = unusable(self)
        if not err:
            self.set_user_buffer(buffer)
        return err

    cdef UserBuffer* make_user_buffer(self) except NULL:
        if self.uvn.target == NULL:
            self.uvn.target = <uvn_target_t*> PyMem_Calloc(1, sizeof(UserBuffer))
            if self.uvn.target == NULL:
                raise MemoryError
        return <UserBuffer*> self.uvn.target

    cdef int set_user_buffer(self, object buffer) except -1:
        cdef UserBuffer* user
        cdef Py_buffer* view
        if buffer is None:
            self.drop_user_buffer()
            return 0
        user = self.make_user_buffer()
        view = <Py_buffer*> PyMem_Malloc(sizeof(Py_buffer))
        if view == NULL:
            raise MemoryError
        try:
            PyObject_GetBuffer(buffer, view, PyBUF_SIMPLE | PyBUF_WRITABLE)
        except BaseException:
            PyMem_Free(view)
            raise
        if view.len == 0:
            PyBuffer_Release(view)
            PyMem_Free(view)
            raise ValueError("a user buffer must hold at least one byte")
        self.drop_user_buffer()
        user.view = view
        user.given = <PyObject*> buffer
        Py_INCREF_(user.given)
        user.target.buf.base = <char*> view.buf
        user.target.buf.len = view.len
        return 0

    cdef void replace_user_buffer(self, object buffer) noexcept:
        """Take what onread returned, in user-buffer mode, as the next buffer."""
        if user_object(self) == <PyObject*> buffer or user_object(self) == NULL:
            return
        try:
            self.set_user_buffer(buffer)
        except BaseException as exc:
            self.loop.report_caught("Exception in the buffer returned by onread", self, exc)

    cdef void drop_user_buffer(self) noexcept:
        cdef UserBuffer* user = <UserBuffer*> self.uvn.target
        cdef Py_buffer* view
        cdef PyObject* given
        if user == NULL or user.given == NULL:
            return
        view = user.view
        given = user.given
        if user.lent:
            (<PyMemoryViewObject*> given).exports += 1  # which PyBuffer_Release() takes off
            user.lent = False
        user.view = NULL
        user.given = NULL
        user.target.buf.base = NULL
        user.target.buf.len = 0
        PyBuffer_Release(view)
        PyMem_Free(view)
        Py_DECREF_(given)

    # -------------------------------------------------------------------- writing

    def write_buffer(self, WriteReq req, data not None, Py_ssize_t size=-1, /):
        """Write `data`: at once what the kernel takes, the rest in the background.

        Args:
            req: Completed with oncomplete(req, status) if, and only if, something was queued.
                None: nobody is told.
            data: A contiguous bytes-like object. What is queued is not copied, unless `data` is
                the buffer of use_user_buffer(): do not change it until the request is complete.
            size: Write only the first `size` bytes; -1, the default, for all.

        Returns:
            0 when all of it is with the kernel; the number of bytes queued, at least 1; or a
            negative errno: UV_EBADF before connect, UV_EPIPE after shutdown(), UV_EBUSY if `req`
            is in flight.

        Raises:
            TypeError, BufferError: `data` is no contiguous bytes-like object.
        """
        cdef Py_ssize_t result = write_to(self, req, data, size)
        return result if result else 0

    cdef Py_ssize_t write_object(
        self, WriteReq req, object data, Py_ssize_t size
    ) except? -1:
        return write_to(self, req, data, size)

    def writev(self, WriteReq req, chunks not None, /):
        """Write several bytes-like objects as one. Arguments and result as for write_buffer."""
        cdef uv_buf_t inline_bufs[16]
        cdef uv_buf_t* memory = inline_bufs
        cdef uv_buf_t* bufs
        cdef unsigned int nbufs
        cdef Py_ssize_t i
        cdef Py_ssize_t n
        cdef list views = []
        cdef Py_buffer* view
        cdef Py_ssize_t result = unusable(self)
        if result:
            return result
        if req is not None and req.active:
            return UV_EBUSY

        # Each view keeps its memory exported, for as long as the request is in flight.
        for chunk in chunks:
            views.append(chunk if PyBytes_CheckExact(chunk) else memoryview(chunk))
        result = overtaken(self, req)
        if result:
            return result
        n = len(views)
        if n == 0:
            return 0
        if n > INLINE_BUFS:
            memory = <uv_buf_t*> PyMem_Malloc(n * sizeof(uv_buf_t))
            if memory == NULL:
                raise MemoryError
        try:
            for i in range(n):
                chunk = views[i]
                if PyBytes_CheckExact(chunk):
                    memory[i].base = PyBytes_AS_STRING(chunk)
                    memory[i].len = PyBytes_GET_SIZE(chunk)
                    continue
                view = PyMemoryView_GET_BUFFER(chunk)
                if not PyBuffer_IsContiguous(view, b"C"):
                    raise BufferError(f"chunk {i} is not contiguous: {chunk.obj!r:.80}")
                memory[i].base = <char*> view.buf
                memory[i].len = view.len
            bufs = memory
            nbufs = n
            result = uvn_write_try(&self.uvn, &bufs, &nbufs)
            if result == 1:
                result = self.queue_rest(req, views, bufs, nbufs)
        finally:
            if memory != inline_bufs:
                PyMem_Free(memory)
        return result

    cdef Py_ssize_t queue_rest(
        self, WriteReq req, object data, uv_buf_t* bufs, unsigned int nbufs
    ) noexcept:
        """Queue what the kernel did not take, and return its size or an error."""
        cdef int err
        try:
            if req is None:
                req = WriteReq.__new__(WriteReq)
            if req.copies or <PyObject*> data == user_object(self):  # which is read into again
                req.owner = join(bufs, nbufs)
                bufs.base = PyBytes_AS_STRING(req.owner)
                bufs.len = PyBytes_GET_SIZE(req.owner)
                nbufs = 1
            else:
                req.owner = keeper(data, bufs)
        except Exception:
            return UV_ENOMEM
        err = uvn_write_queue(&self.uvn, &req.uvn, bufs, nbufs, on_write)
        if err:
            req.owner = None
            return err
        req.uvn.req.data = <void*> req
        req.begin(self)
        return max(<Py_ssize_t> req.uvn.queued, 1)

    def shutdown(self, ShutdownReq req not None):
        """Send FIN once everything queued has left. (libuv: uv_shutdown)

        Args:
            req: Completed with oncomplete(req, status) when the FIN has been sent.

        Returns:
            0, or a negative errno: UV_ENOTCONN if it is shut down or not connected, UV_EBUSY if
            `req` is in flight.
        """
        cdef int err = unusable(self)
        if err:
            return err
        if req.active:
            return UV_EBUSY
        err = uvn_shutdown(&self.uvn, &req.uv, on_shutdown)
        if not err:
            req.uv.data = <void*> req
            req.begin(self)
        return err

    cdef int end_writing(self) except 1:
        """Send FIN, while nothing is queued: shutdown() without a request, and at once."""
        cdef int err = unusable(self)
        if not err and shutdown_fd(self.fd, SHUT_WR):
            err = -errno_
        return err

    # --------------------------------------------------------------------- splice

    def splice(self, Stream destination not None, size_t high_water_mark=0):
        """Write everything that arrives here to `destination`, in C, with backpressure.

        Until it ends, onread is not called. The end is told by onsplice(status, failed): status 0
        at the end of this stream, when all is with the destination; a negative errno otherwise,
        and `failed` is the stream that failed. Closing this stream ends it in silence.

        Args:
            destination: A stream of the same loop, which may be this one.
            high_water_mark: Reading pauses while so many bytes wait for the kernel, and
                onsplice(UV_EAGAIN, None) is called, though the splice goes on; so is
                onsplice(UV_EOF, None), if this stream ends while some wait. 0, the default:
                while any wait, and onsplice is not called.

        Returns:
            0, or a negative errno: UV_EALREADY if this stream reads already, UV_EINVAL if the
            two belong to different loops.
        """
        cdef int err = unusable(self) or unusable(destination)
        if err:
            return err
        if destination.loop is not self.loop:
            return UV_EINVAL
        return uvn_splice_start(&self.uvn, &destination.uvn, high_water_mark, on_splice)

    def unsplice(self):
        """End splice() without onsplice; what has been read is still written.

        Returns:
            0, or UV_EINVAL if there is none.
        """
        cdef int err = unusable(self)
        if err:
            return err
        if uvn_splice_of(&self.uvn) == NULL:
            return UV_EINVAL
        uvn_splice_stop(uvn_splice_of(&self.uvn))
        return 0

    # ------------------------------------------------------------------ listening

    def listen(self, int backlog):
        """Start calling onconnection for a bound stream. (libuv: uv_listen)

        Accepting survives every error. Out of descriptors, waiting clients are closed at once
        rather than left hanging; other errors that repeat make it pause for 5 to 500 ms.

        Args:
            backlog: How many clients may wait with the kernel, which has a limit of its own.

        Returns:
            0, or a negative errno: UV_EADDRINUSE, of a TCP port that was taken when it was bound;
            UV_EINVAL for an unbound Pipe, and for a stream that reads, writes or connects. (An
            unbound TCP takes a free port on 0.0.0.0.)
        """
        cdef int err = unusable(self)
        if not err:
            PySys_Audit("uvnet.listen", "Oi", <PyObject*> self, backlog)
            err = unusable(self)
        if not err:
            err = uvn_listen(&self.uvn, backlog, on_connection)
        return err

    # ---------------------------------------------------------------------- state

    def set_blocking(self, bint enable):
        """Make writes block if `enable`: they complete at once. (libuv: uv_stream_set_blocking)"""
        cdef int err = unusable(self)
        if not err:
            err = uv_stream_set_blocking(&self.uvn.u.stream, enable)
        return err

    @property
    def fd(self) -> int:
        """The descriptor, which stays the handle's; a negative errno if there is none."""
        cdef int fd = -1
        cdef int err
        if self.handle == NULL:
            return UV_EBADF
        err = uv_fileno(self.handle, &fd)
        return err if err else fd

    @property
    def readable(self) -> bool:
        """Whether it is connected, or opened for reading. Stays True at the end of the stream."""
        return self.handle != NULL and uv_is_readable(&self.uvn.u.stream) != 0

    @property
    def writable(self) -> bool:
        """Whether it is connected, or opened for writing, and shutdown() has not been called."""
        return self.handle != NULL and uv_is_writable(&self.uvn.u.stream) != 0

    @property
    def bytes_read(self) -> int:
        """Bytes read so far, spliced ones included."""
        return self.uvn.bytes_read

    @property
    def bytes_written(self) -> int:
        """Bytes accepted for writing, queued ones included."""
        return self.uvn.bytes_written

    @property
    def write_queue_size(self) -> int:
        """Bytes that are queued: the kernel has not taken them yet."""
        return 0 if self.handle == NULL else self.uvn.u.stream.write_queue_size


# ---------------------------------------------------------------------- requests

cdef class ConnectReq(Request):
    """A connect() in flight. When it has succeeded, handle.readable and writable are True."""


cdef void on_connect(uv_connect_t* uv, int status) noexcept:
    (<ConnectReq> uv.data).complete(status)


cdef class WriteReq(Request):
    """The part of a write that the kernel did not take at once."""

    @property
    def queued(self) -> int:
        """Bytes that had to be queued."""
        return self.uvn.queued

    cdef void forget(self) noexcept:
        self.owner = None


cdef void on_write(uvn_write_t* uvn, int status) noexcept:
    (<WriteReq> uvn.req.data).complete(status)


cdef class ShutdownReq(Request):
    """A shutdown() in flight."""


cdef void on_shutdown(uv_shutdown_t* uv, int status) noexcept:
    (<ShutdownReq> uv.data).complete(status)

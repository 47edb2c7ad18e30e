"""Who waits for a socket that its user owns: the queues, and the poll that they share.

The poll stays registered while somebody waits, or is likely to again: one that answers a request
and then waits for the next costs no epoll_ctl. An event that nobody waits for ends that.

When a socket is closed, the kernel forgets it and tells nobody. So while somebody waits, a timer
looks once a second whether it is still there.
"""

import weakref

from cpython.dict cimport PyDict_GetItem
from cpython.object cimport PyObject
from libc.stdint cimport uint64_t

from uvnet._core.handle cimport unusable
from uvnet._core.loop cimport Loop, enter, leave
from uvnet._core.poll cimport Watch
from uvnet._core.uv cimport *
from uvnet._core.waiter cimport DONE, PENDING

cdef extern from "weak.h":
    int uvn_refers_to(object, object)

uvn_capi_import()

cdef uint64_t PATROL_MS = 1000


cdef class SockWaiter(Waiter):
    """Waits for a socket, in the queue of a Side.

    Who is woken tries the call itself, so that what a task was to receive stays in the kernel when
    the task is cancelled before it goes on.
    """

    cdef int wake(self) except -1:
        """Let the task go on in its turn."""
        cdef Loop loop = self._loop
        if self.state != PENDING:
            return 0
        self.state = DONE
        callback, context = self.callback, self.context
        self.callback = self.context = None
        if callback is not None:
            # A future that is done: a task looks into it without calling any method.
            loop.push_ready(loop.make_call(callback, loop.done, context))
        return 0


cdef class Side:
    """Those who wait to receive, or those who wait to send, first come, first served."""

    cdef SockWaiter enter(self, Loop loop):
        """Return a pending waiter, the last of the queue."""
        cdef SockWaiter waiter = self.spare
        if waiter is None:
            waiter = SockWaiter.__new__(SockWaiter)
            waiter.bind(loop)
        else:
            self.spare = None
        waiter.begin()
        if self.last is None:
            self.first = waiter
        else:
            self.last.next = waiter
        self.last = waiter
        return waiter

    cdef int leave(self, SockWaiter waiter) except -1:
        """Take a waiter out of the queue; it is not to be waited for again by who had it."""
        cdef SockWaiter before
        if self.first is waiter:
            self.first = waiter.next
            if waiter.next is None:
                self.last = None
        elif self.first is not None:
            before = self.first
            while before.next is not None and before.next is not waiter:
                before = before.next
            before.next = waiter.next
            if self.last is waiter:
                self.last = before
        waiter.next = None
        if waiter.state != PENDING and waiter.callback is None and waiter.status == 0:
            waiter.message = None
            self.spare = waiter
        else:
            waiter.end()
        return 0

    cdef int fail(self, int status) except -1:
        """Wake everybody: the descriptor is not theirs any more."""
        cdef SockWaiter waiter = self.first
        while waiter is not None:
            waiter.status = status
            waiter.wake()
            waiter = waiter.next
        return 0

    cdef void clear(self) noexcept:
        """Forget them: the loop closes."""
        cdef SockWaiter waiter
        if self.spare is not None:
            self.spare.end()
            self.spare = None
        while self.first is not None:
            waiter = self.first
            self.first = waiter.next
            waiter.next = None
            waiter.add_done_callback = waiter.callback = waiter.context = None
        self.last = None


cdef class SockWatch(Watch):
    """A descriptor's reader and writer callbacks, and those who wait for it in sock_recv and such.

    Attributes:
        sock: A weak reference to the socket that they wait for, or None. Read-only.

    Args:
        loop: As for Watch.
        fd: As for Watch.
    """

    def __cinit__(self, *args, **kwargs):
        self.reads = Side.__new__(Side)
        self.writes = Side.__new__(Side)

    @property
    def idle(self) -> bool:
        """Whether nobody wants to know of readiness."""
        return self.unused()

    cdef bint polls(self, int event) noexcept:
        """Whether the kernel has been asked to tell of this event."""
        # A handle that has opened the descriptor since has ended it.
        return self.events & event and self.handle != NULL and uv_is_active(self.handle)

    cdef Side side(self, bint reads):
        return self.reads if reads else self.writes

    cdef bint unused(self) noexcept:
        return (self.reader is None and self.writer is None
                and self.reads.first is None and self.writes.first is None)

    cdef int wanted(self) noexcept:
        cdef int events = 0
        if self.keeps or self.reader is not None or self.reads.first is not None:
            events = UV_READABLE
        if self.writer is not None or self.writes.first is not None:
            events |= UV_WRITABLE
        return events

    cdef int update(self) except -1:
        Watch.update(self)
        return self.mark()

    cdef int mark(self) except -1:
        cdef bint spare = self.unused()
        if spare != self.spare and self.handle != NULL:
            self.spare = spare
            uvn_poll_spare(&self.uv, spare)
        return 0

    cdef int refresh(self) except 1:
        """Watch for what is wanted now, with as few system calls as can be; return 0 or an errno."""
        cdef int events = self.wanted()
        cdef int err = unusable(self)
        if err:
            return err
        if events == 0 or not uv_is_active(self.handle):
            if events != 0 or self.events != 0:
                err = self.poll_start(events)
        elif events != self.events:
            err = uvn_poll_change(&self.uv, events)
            if err == 0:
                self.events = events
        self.mark()
        return err

    cdef int succeed(self, object sock, bint stream) except -1:
        """The descriptor's number is `sock`'s from now on. Who had it before may have closed it."""
        before = None if self.sock is None else self.sock()
        if self.sock is not None and (before is None or before.fileno() != self.fd):
            self.reads.fail(UV_EBADF)
            self.writes.fail(UV_EBADF)
        self.reads.drained = self.writes.drained = False
        self.second = self.sock is not None
        try:
            self.sock = weakref.ref(sock)
        except TypeError:
            self.sock = None
        self.stream = stream
        if self.handle != NULL and uv_is_active(self.handle):
            # The kernel has forgotten it, or it watches another file.
            self.keeps = False
            self.poll_start(self.wanted())
        return 0

    cdef bint is_gone(self) except -1:
        """Whether the socket was closed, or given another descriptor."""
        if self.sock is None:
            return False  # nobody knows
        sock = self.sock()
        return sock is None or sock.fileno() != self.fd

    cdef int start_patrol(self) except 1:
        if self.patrol.list != NULL:
            return 0
        self.patrol.data = <void*> self
        return uvn_idle_start(&self.loop.uvn, &self.patrol, PATROL_MS, on_patrol)

    cdef int end(self, int status) except -1:
        """Tell those who wait that the descriptor is not theirs any more, and watch it no longer.

        A reader or writer that was added stays: who has added it hears of it from the kernel.
        """
        self.reads.fail(status)
        self.writes.fail(status)
        if self.reader is None and self.writer is None:
            if self.loop._watches.get(self.fd) is self:
                del self.loop._watches[self.fd]
            self.start_close(None, False)
        return 0

    cdef int fruitless(self) except -1:
        """Nothing was there, after all."""
        if self.second and self.handle != NULL:
            # Maybe a copy of who had the number before is ready, and will be for ever.
            self.second = False
            uvn_poll_distrust(&self.uv)
        return 0

    cdef int discard(self) except -1:
        """Close it, unless somebody wants it: nobody is likely to wait for this socket again."""
        self.keeps = False
        if not self.unused() or unusable(self):
            self.refresh()
            return 0
        if self.loop._watches.get(self.fd) is self:
            del self.loop._watches[self.fd]
        self.start_close(None, False)
        return 0

    cdef void release(self) noexcept:
        uvn_idle_stop(&self.patrol)
        self.reads.clear()
        self.writes.clear()
        Watch.release(self)

    cdef void dispatch(self, int status, int events) noexcept:
        try:
            if status < 0:
                self.end(status)
            else:
                if events & (UV_READABLE | UV_DISCONNECT):
                    self.reads.drained = False
                    if self.reads.first is not None:
                        self.reads.first.wake()
                    elif self.reader is None:  # nobody waits, as was thought likely
                        self.keeps = False
                        self.refresh()
                if events & UV_WRITABLE and self.writes.first is not None:
                    self.writes.first.wake()
            if self.reader is not None or self.writer is not None:
                Watch.dispatch(self, status, events)
        except BaseException as exc:
            self.loop.fail(exc)


cdef void on_patrol(uvn_idle_t* timer) noexcept:
    cdef SockWatch self = <SockWatch> timer.data
    if unusable(self) or self.reads.first is None and self.writes.first is None:
        return
    enter(self.loop)
    try:
        if self.is_gone():
            self.end(UV_EBADF)
        else:
            self.start_patrol()
    except BaseException as exc:
        self.loop.fail(exc)
    leave(self.loop)


cdef SockWatch watch_socket(Loop loop, object sock, object number, bint stream):
    """Return the watch of the socket's descriptor, whose number is `number`: the one that is there,
    or a new one.

    Raises:
        RuntimeError: A transport uses it, or the loop is closed.
        OSError: It cannot be watched.
    """
    cdef PyObject* found = PyDict_GetItem(loop._watches, number)
    cdef SockWatch watch
    if found == NULL:
        loop.check_open()
        loop._ensure_fd_no_transport(number)
        watch = SockWatch(loop, number)
        loop._watches[number] = watch
        watch.succeed(sock, stream)
    else:
        watch = <SockWatch> found
        if not uvn_refers_to(watch.sock, sock):
            watch.succeed(sock, stream)
    return watch

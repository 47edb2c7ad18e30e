"""Poll: readiness of a descriptor that somebody else owns; Watch: asyncio's readers and writers."""

import os

from cpython.number cimport PyNumber_Index

from uvnet._core.handle cimport Handle, on_handle_closed, unusable
from uvnet._core.call cimport Call
from uvnet._core.loop cimport Loop, notify
from uvnet._core.uv cimport *

uvn_capi_import()


cdef class Poll(Handle):
    """Watches a descriptor without owning it. (libuv: uv_poll_t)

    The descriptor must stay open while the handle is; one that does not is reported to onpoll as
    UV_EBADF when the kernel notices, and is never touched again.

    Args:
        loop: An uvnet loop; None for the current one.
        fd: A descriptor that can be polled; one handle a descriptor and loop. An attribute too,
            read-only.
        onpoll: onpoll(status, events): status 0 and a mask of UV_READABLE, UV_WRITABLE,
            UV_DISCONNECT, UV_PRIORITIZED; or a negative errno, and watching has stopped. An
            attribute too.

    Raises:
        OSError: The descriptor is closed (EBADF), a regular file (EPERM), or watched already
            by this loop (EEXIST).
    """

    def __init__(self, loop, fd, onpoll=None):
        cdef int number = PyNumber_Index(fd)
        self.loop = self.begin(loop)
        self.opened(<uv_handle_t*> &self.uv, uvn_poll_init(&self.loop.uvn, &self.uv, number))
        self.fd = number
        self.onpoll = onpoll

    cdef void do_close(self, uv_handle_t* handle, bint reset) noexcept:
        uvn_poll_close(&self.uv, on_handle_closed)

    cdef void release(self) noexcept:
        self.onpoll = None

    def start(self, int events):
        """Watch for `events`, a mask as onpoll gets it; replaces what was watched for.

        Returns:
            0, or a negative errno: UV_EINVAL for another mask, UV_EBADF if the descriptor died.
        """
        return self.poll_start(events)

    cdef int poll_start(self, int events) except 1:
        cdef int err = unusable(self)
        if err:
            return err
        if events & ~(UV_READABLE | UV_WRITABLE | UV_DISCONNECT | UV_PRIORITIZED):
            return UV_EINVAL
        err = uvn_poll_start(&self.uv, events, on_poll)
        if not err:
            self.events = events
        return err

    def stop(self):
        """Stop watching; it may be started again."""
        cdef int err = unusable(self)
        if not err:
            self.events = 0
            err = uv_poll_stop(&self.uv)
        return err

    cdef void dispatch(self, int status, int events) noexcept:
        if self.onpoll is not None:
            notify(self.loop, self, self.onpoll, status, events)


cdef void on_poll(uv_poll_t* uv, int status, int events) noexcept:
    cdef Poll self = <Poll> (<uv_handle_t*> uv).data
    if status == UV_EBADF and uvn_fd_alive(self.fd) and \
            uvn_poll_start(&self.uv, self.events, on_poll) == 0:
        # libuv says so for POLLERR, too: an error that the next read or write will tell.
        status = 0
        events = self.events & (UV_READABLE | UV_WRITABLE)
    self.dispatch(status, events)


cdef class Watch(Poll):
    """One descriptor's reader and writer callbacks, as asyncio's add_reader and add_writer want.

    Args:
        loop: An uvnet.Loop, which is told of a descriptor that was closed meanwhile.
        fd: As for Poll.
    """

    def set(self, bint write, callback, tuple args not None):
        """Call callback(*args) in the ready queue whenever the descriptor is ready.

        Args:
            write: True to call when it is writable, False when it is readable or at its end.
            callback: Replaces an earlier one of the same kind.
            args: A tuple.

        Returns:
            The Call that will be made, again and again.

        Raises:
            OSError: The descriptor cannot be watched any more, or this is closed.
        """
        cdef Call call
        if unusable(self):
            raise OSError(-UV_EBADF, f"cannot watch with {self!r}")
        call = self.loop.make_call(callback, args, None)
        call.recurrent = True
        self.remove(write, keep_watching=True)
        if write:
            self.writer = call
        else:
            self.reader = call
        self.update()
        return call

    def remove(self, bint write, bint keep_watching=False):
        """Forget the callback; return whether there was one.

        Args:
            write: As for set.
            keep_watching: Leave the poll as it is, for another callback is about to be set.
        """
        cdef Call call = self.writer if write else self.reader
        if call is None:
            return False
        call.cancel()
        if write:
            self.writer = None
        else:
            self.reader = None
        if not keep_watching:
            self.update()
        return True

    @property
    def idle(self) -> bool:
        """Whether there is neither a reader nor a writer."""
        return self.reader is None and self.writer is None

    cdef int wanted(self) noexcept:
        """Return what is to be watched for."""
        return (UV_READABLE if self.reader is not None else 0) | (
            UV_WRITABLE if self.writer is not None else 0)

    cdef int update(self) except -1:
        cdef int events = self.wanted()
        cdef int err = self.poll_start(events)
        if err and events:
            raise OSError(-err, f"cannot watch descriptor {self.fd}: {os.strerror(-err)}")
        return 0

    cdef void release(self) noexcept:
        self.forget()
        Poll.release(self)

    cdef void forget(self) noexcept:
        """Drop both callbacks, and what they refer to: a Call is not garbage collected."""
        if self.reader is not None:
            self.reader.forget()
        if self.writer is not None:
            self.writer.forget()
        self.reader = self.writer = None

    cdef void dispatch(self, int status, int events) noexcept:
        cdef Call reader = self.reader
        cdef Call writer = self.writer
        try:
            if status < 0:
                self.forget()
                self.loop._watch_failed(self, status)
                return
            # The poll is level-triggered: a call that was cancelled would make the loop spin.
            if reader is not None and events & (UV_READABLE | UV_DISCONNECT):
                if reader._cancelled:
                    self.remove(False)
                else:
                    self.loop.push_ready(reader)
            if writer is not None and events & UV_WRITABLE:
                if writer._cancelled:
                    self.remove(True)
                else:
                    self.loop.push_ready(writer)
        except BaseException as exc:
            self.loop.fail(exc)

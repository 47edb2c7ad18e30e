"""The splice: what a socket pipes into another stays in C, as long as nobody can tell.

Any change that somebody could see ends it, and the ordinary way goes on from there. Node has no
such thing.
"""

from __future__ import annotations

from uvnet._core import UV_EAGAIN, UV_ECANCELED, UV_EOF
from uvnet._core.fast import is_enabled
from uvnet.errors import uv_error

fast_splice: bool = is_enabled("splice")

_PATCHABLE = frozenset(["write", "_write", "_writev", "push", "_read", "emit"])


class SpliceBase:
    """A StreamBase whose pipe() may run in C."""

    @property
    def readable_flowing(self) -> bool | None:
        """Whether data flows; None if nobody has asked for any yet."""
        return self.rflags & FLOWING != 0 if self.rflags & HAS_FLOWING else None

    @readable_flowing.setter
    def readable_flowing(self, value: bool | None) -> None:
        self.unsplice()
        self.rflags &= ~(HAS_FLOWING | FLOWING)
        if value is not None:
            self.rflags |= HAS_FLOWING | FLOWING if value else HAS_FLOWING

    @property
    def writable_length(self) -> int:
        """Bytes that are not with the kernel yet."""
        if self.feeder is None:
            return self.wlength
        return self.wlength + splice_held(self.feeder.handle)

    def may_splice(self):
        """Return whether nobody can tell a splice from the ordinary way."""
        if not (fast_splice and self.plain_read and self.plain_push) or len(self.pipes) != 1:
            return False
        if not isinstance(self.pipes[0], SpliceBase):
            return False
        destination = self.pipes[0]
        if self.handle is None or destination.handle is None or destination.connecting_:
            return False
        if destination.feeder is not None:
            return False
        if (
            not self.reading
            or self.rlength != 0
            or self.rflags & (FLOWING | DECODES | R_ENDED | READABLE_LISTENING) != FLOWING
            or (self.flags | destination.flags) & (DESTROYED | ERRORED)
            or destination.flags
            & (W_ABSENT | ENDING | CORKED | BUFFERED | WRITING | NEED_DRAIN | AFTER_WRITE)
        ):
            return False
        if not destination.plain_write or self.handle.loop is not destination.handle.loop:
            return False
        if self.onread_callback is not None or is_patched(self) or is_patched(destination):
            return False
        pipe = pipe_of(self)
        return (
            pipe is not None
            and not self.has("pause")
            and not self.has("resume")
            and destination.count("drain") == (pipe.on_drain is not None)
        )

    def try_splice(self):
        """Move the bytes in C from now on, if nobody can tell."""
        if not self.may_splice():
            return 0
        destination = self.pipes[0]
        handle = self.handle
        handle.read_stop()
        if handle.splice(destination.handle, max(destination.whwm, 1)):
            return self.start_reading()
        handle.onsplice = self._splice_is_over
        self.spliced = destination
        destination.feeder = self
        return 0

    def unsplice(self):
        """Go back to the ordinary way, with nothing lost or reordered."""
        if self.spliced is None:
            return 0
        destination = self.forget_splice()
        held = splice_held(self.handle)
        self.handle.unsplice()
        if held and destination.handle is not None and not destination.flags & WRITING:
            # As if write() had been called: it is done when what is queued behind it is.
            request = SocketWrite()
            request.socket = destination
            request.life = destination.life
            if destination.handle.write_object(request, b"", 0) > 0:
                destination.pending_callbacks += 1
                destination.flags = (destination.flags | WRITING | EXPECT_CALLBACK) & ~W_SYNC
            else:
                held = 0  # it has left meanwhile
        if held and destination.flags & WRITING:
            destination.wlength += held
            destination.writelen += held
            if destination.wlength >= destination.whwm:
                destination.flags |= NEED_DRAIN
                pipe = pipe_of(self)
                if pipe is not None:
                    pipe.pause()
        if self.reading and self.handle is not None:
            self.start_reading()
        return 0

    def unsplice_all(self):
        """Go back to the ordinary way, as source and as destination."""
        self.unsplice()
        if self.feeder is not None:
            self.feeder.unsplice()
        return 0

    def forget_splice(self):
        destination = self.spliced
        self.spliced = None
        destination.feeder = None
        return destination

    def _splice_is_over(self, status, failed) -> None:
        if self.spliced is None:
            return
        if status in (UV_EAGAIN, UV_EOF):  # it is full, or has ended, and is to look so
            self.unsplice()
            return
        destination = self.forget_splice()
        if status == 0:
            self.failed(end_of_file)
        elif failed is self.handle and (destination is not self or not self.handle.readable):
            self.failed(status)  # of one that feeds itself, a write that fails leaves it readable
        else:
            if self.handle is not None:
                self.start_reading()
            if status != UV_ECANCELED:
                pipe = pipe_of(self)
                if pipe is not None:
                    pipe.pause()  # as if write() had answered False
                error = uv_error(status, "write")
                if destination.flags & WRITING:  # what was written meanwhile is lost with it
                    written(destination, error)
                else:
                    error_or_destroy(destination, error)


def pipe_of(socket):
    """Return the pipe() that is the only 'data' listener, or None."""
    if socket.count("data") != 1:
        return None
    owner = getattr(socket._events["data"], "__self__", None)
    return owner if isinstance(owner, _Pipe) else None


def is_patched(socket):
    """Return whether methods were replaced on the object itself."""
    attributes = vars(socket)
    return not _PATCHABLE.isdisjoint(attributes) if attributes else False

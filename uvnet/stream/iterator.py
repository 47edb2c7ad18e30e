"""Async iteration over a Readable. Node: Readable.prototype[Symbol.asyncIterator]"""

from __future__ import annotations

from uvnet.errors import ERR_INVALID_STATE, AbortError
from uvnet.stream.finished import finished
from uvnet.stream.readable import Readable

plain_reads = {Readable.read}


class _Chunks(Awaiting):
    """What the stream's listeners refer to. The iterator itself belongs to the loop that iterates:
    when that drops it, by `break` or by an exception, it is known at once.
    """

    def __init__(self, stream, destroy_on_return):
        self.stream = stream
        self.destroy_on_return = destroy_on_return
        self.plain = type(stream).read in plain_reads
        self.waiter = Waiter()

    def start(self):
        self.started = True
        self.stream.on("readable", self.wake)
        self.clean_up = finished(self.stream, self.over, writable=False)
        return 0

    def wake(self):
        if self.waiter.state == PENDING:
            self.stream.awaiting = None
            self.waiter.finish()

    def over(self, error=None):
        """The stream has ended, failed, or closed too early."""
        self.error = error
        self.ended = True
        self.wake()

    def poll(self):
        """Return a chunk, or None if there is none yet."""
        if self.ready is not None:
            chunk = self.ready
            self.ready = None
            return chunk
        if self.completed:
            raise StopAsyncIteration
        if not self.started:
            self.start()
        stream = self.stream
        if stream.flags & DESTROYED:
            chunk = None
        elif self.plain:
            if (
                stream.rflags & (READING | NEED_READABLE | R_ENDED | EMITTED_READABLE)
                == READING | NEED_READABLE
                and stream.rlength == 0
            ):
                return None  # all that read() would find
            chunk = read_chunk(stream, EVERYTHING)
        else:
            chunk = stream.read()
        if chunk is not None:
            return chunk
        if self.ended:
            self.leave(False)
            if self.error is not None:
                raise self.error
            raise StopAsyncIteration
        return None

    def deliver(self, chunk):
        """Hand a chunk to the task that waits; return whether one did, and took it."""
        waiter = self.waiter
        if (
            waiter.state != PENDING
            or not self.plain
            or self.stream.rlength > 0
            or self.stream.count("readable") != 1
        ):
            return False
        self.ready = chunk
        waiter.resume()
        if self.ready is None:
            return True
        self.ready = None
        return False

    def leave(self, early):
        if self.completed:
            return 0
        self.completed = True
        self.wake()
        self.waiter.end()
        if not self.started:
            return 0
        stream = self.stream
        wanted = self.destroy_on_return or self.error is not None
        if early and wanted and not stream.flags & DESTROYED:
            done = not (stream.readable or getattr(stream, "writable", False))
            stream.destroy(None if done else AbortError())
        elif wanted and stream.flags & AUTO_DESTROY and not is_writing(stream):
            stream.destroy(self.error)
        if not stream.flags & DESTROYED:
            stream.remove_listener("readable", self.wake)
            self.clean_up()
        return 0


def is_writing(stream):
    """Return whether the other side has something left to do. (Node destroys it all the same.)"""
    return stream.wlength > 0 or bool(getattr(stream, "writable", False))


class StreamIterator(Steps):
    """The chunks of a stream, for `async for`.

    Left early, by `break` or an exception, it destroys the stream, unless told not to.

    It is the awaitable of each of its chunks as well: one object less for each, and it is not
    dropped while somebody waits.
    """

    def __init__(self, stream, destroy_on_return):
        self.chunks = _Chunks(stream, destroy_on_return)

    def __aiter__(self):
        return self

    def __anext__(self):
        return self

    def step(self):
        """Take a chunk, or return the future to wait for."""
        if self.chunks is None:
            raise TypeError("made without a stream")
        if self.chunks.waiter.state == PENDING or self.chunks.stream.awaiting is not self.chunks:
            self.check_alone()
        self.value = self.chunks.poll()
        if self.value is not None:
            return None
        self.chunks.waiter.begin()
        if self.chunks.stream.awaiting is not self.chunks:
            self.chunks.stream.awaiting = self.chunks
        return self.chunks.waiter

    def check_alone(self):
        other = self.chunks.stream.awaiting
        if other is not None and other.waits():
            raise ERR_INVALID_STATE("another coroutine is already waiting for data of this stream")
        return 0

    async def aclose(self):
        """Leave the stream now. Also done when the iterator is dropped."""
        self.chunks.leave(True)

    def __del__(self):
        if self.chunks is not None:
            self.chunks.leave(True)


install_send_chunk()

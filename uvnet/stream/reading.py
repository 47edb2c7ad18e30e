"""read_exactly() and read_until(): waiting for so many bytes, or for a separator.

What is waited for stays in the stream's buffer until the task that waits takes all of it at once:
a wait that is cancelled or fails has taken nothing. asyncio: StreamReader.readexactly, readuntil.
"""

from __future__ import annotations

import sys
from asyncio import IncompleteReadError, LimitOverrunError

from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_STATE,
    ERR_OUT_OF_RANGE,
    ERR_STREAM_PREMATURE_CLOSE,
)
from uvnet.stream.readable import set_awaiting

DEFAULT_LIMIT = 65536  # asyncio's


class Reading(Awaiting):
    """One read that may have to wait. Derived classes say how much it takes, in find()."""

    def find(self):
        """Return how much to take from the buffer, MORE if it is not there yet, or OVERRUN."""
        return MORE

    def is_wanted(self, chunk):
        """Return whether this chunk alone is what is waited for, and nothing more."""
        return False

    def expected(self):
        """Return what an IncompleteReadError says was wanted."""
        return None

    def overrun(self):
        """Return the exception for OVERRUN."""
        return None

    def begin(self):
        stream = self.stream
        stream.check_read()
        if stream.awaiting is not None and stream.awaiting.waits():
            raise ERR_INVALID_STATE("another coroutine is already waiting for data of this stream")
        stream.awaiting = self
        stream.rflags |= AWAITED
        self.phase = ACTIVE
        self.base = -1
        return 0

    def leave(self):
        self.phase = OVER
        stream = self.stream
        if stream is None:
            return 0
        if stream.awaiting is self:
            stream.awaiting = None
        if self.base >= 0 and stream.rhwm == self.raised:
            stream.rhwm = self.base
        waiter = self.waiter
        if waiter is not None and waiter.state == PENDING:  # dropped, not resumed
            waiter.end()
            if stream.waiter is waiter:
                stream.waiter = None
        self.waiter = None
        return 0

    def waits(self):
        return self.phase == ACTIVE

    def stopped(self):
        """Return whether to wait makes no sense any more; check() and end() say why."""
        stream = self.stream
        return (
            stream.flags & (DESTROYED | ERRORED) != 0
            or stream.rflags & (FLOWING | R_ENDED | R_OBJECTS) != 0
            or (stream.rflags & DECODES != 0) != self.decodes
        )

    def check(self):
        """Raise what stands in the way of every read."""
        stream = self.stream
        if stream.flags & (DESTROYED | ERRORED):
            if stream.errored is not None:
                raise stream.errored
            if not stream.rflags & END_EMITTED:
                raise ERR_STREAM_PREMATURE_CLOSE()
        elif stream.rflags & FLOWING:
            raise ERR_INVALID_STATE(
                "the stream flows, to its 'data' listeners or a pipe: pause() it first"
            )
        if stream.rflags & R_OBJECTS or (stream.rflags & DECODES != 0) != self.decodes:
            raise ERR_INVALID_STATE("the stream changed its mode or encoding before this read")
        return 0

    def end(self):
        """Raise what the end of the stream means, which has come too early."""
        stream = self.stream
        partial = "" if self.decodes else b""
        if stream.rlength > 0:
            partial = consume(stream, stream.rlength)
        else:
            end_readable(stream)
        raise IncompleteReadError(partial, self.expected())

    def make_room(self):
        """Let more be read than the high water mark allows."""
        stream = self.stream
        if stream.rlength >= stream.rhwm:
            if self.base < 0:
                self.base = stream.rhwm
            stream.rhwm = self.raised = 2 * stream.rlength + 1
        return 0

    # ------------------------------------------------------------------ as the task sees it

    def step(self):
        """Set the value, or return the future to wait for."""
        if self.stream is None:
            raise TypeError("made without a stream")
        if self.phase == NEW:
            self.begin()
        elif self.phase == OVER or self.waiter is None or self.waiter.state == PENDING:
            raise RuntimeError("a read can be awaited only once")
        try:
            return self.poll()
        except BaseException:
            self.leave()
            raise

    def poll(self):
        if self.ready is not None:
            self.value = self.ready
            self.ready = None
            self.leave()
            return None
        stream = self.stream
        while True:
            self.check()
            size = self.find()
            if size >= 0:
                self.leave()
                if size > 0:
                    self.value = consume(stream, size)
                else:
                    self.value = "" if self.decodes else b""
                return None
            if size == OVERRUN:
                raise self.overrun()
            if stream.rflags & R_ENDED:
                self.leave()
                self.end()
            self.make_room()
            stream.rflags |= NEED_READABLE
            length = stream.rlength
            if not fetch(stream) or (stream.rlength == length and not self.stopped()):
                break
        waiter = self.waiter_of_stream()
        waiter.begin()
        self.waiter = waiter
        return waiter

    def waiter_of_stream(self):
        """Return the stream's waiter: one that was used before saves making a future."""
        stream = self.stream
        if stream.waiter is None or stream.waiter._loop is not current_loop():
            stream.waiter = Waiter()
        return stream.waiter

    def throw(self, kind, value=None, traceback=None):
        """Give up, and raise: what a task that is cancelled calls."""
        self.leave()
        raise thrown(kind, value, traceback)

    def close(self) -> None:
        """Give up."""
        self.leave()

    # ------------------------------------------------------------------ as the stream sees it

    def changed(self):
        if self.waiter is None or self.waiter.state != PENDING:
            return 0
        if self.stopped() or self.find() != MORE:
            return self.waiter.finish()
        return self.make_room()

    def deliver(self, chunk):
        waiter = self.waiter
        if waiter is None or waiter.state != PENDING or self.stopped():
            return False
        if self.stream.rflags & READABLE_LISTENING:
            return False
        if self.stream.rlength == 0 and self.is_wanted(chunk):
            self.ready = chunk
            waiter.resume()
            if self.ready is None:
                return True
            self.ready = None  # the task had been cancelled
            return False
        append(self.stream, chunk)
        if self.find() != MORE:
            waiter.resume()
        else:
            self.make_room()
        return True


class _Exactly(Reading):
    """read_exactly()"""

    def find(self):
        return self.n if self.n <= self.stream.rlength else MORE

    def is_wanted(self, chunk):
        return len(chunk) == self.n

    def expected(self):
        return self.n


class _Until(Reading):
    """read_until(). No chunk is searched twice, however many arrive."""

    def find(self):
        if self.size != MORE:
            return self.size
        stream = self.stream
        if stream.rlength > 0:
            chunks = stream.rbuffer
            index = stream.rindex + self.searched
            while index < len(chunks):
                chunk = chunks[index]
                start = stream.rstart if self.searched == 0 else 0
                if self.byte is not None and type(chunk) is bytes:
                    end = find_byte(chunk, start, self.byte)
                    if end >= 0:
                        return self.answer(self.passed + end - start + 1, 1)
                elif self.find_several(chunk, start) >= 0:
                    return self.size
                self.passed += len(chunk) - start
                self.searched += 1
                index += 1
        length = stream.rlength + 1 - self.longest
        if length > self.limit:
            self.consumed = length
            self.size = OVERRUN
        return self.size

    def is_wanted(self, chunk):
        if self.byte is None or type(chunk) is not bytes:
            return False
        length = len(chunk) - 1
        return length <= self.limit and find_byte(chunk, 0, self.byte) == length

    def answer(self, end, length):
        """Keep what is found, a separator of this length that ends there, and return the size."""
        self.found = True
        self.consumed = end - length
        self.size = end if self.consumed <= self.limit else OVERRUN
        return self.size

    def find_several(self, chunk, start):
        best = -1
        length = 0
        both = None
        if self.tail is not None:  # a separator that begins in it must be told apart first
            both = self.tail + chunk[start : start + self.longest - 1]
        for separator in self.separators:
            end = -1
            if both is not None:
                at = both.find(separator)
                if at >= 0:
                    end = self.passed - len(self.tail) + at + len(separator)
            if end < 0:
                at = chunk.find(separator, start)
                if at >= 0:
                    end = self.passed + at - start + len(separator)
            if end >= 0 and (best < 0 or end < best):
                best = end
                length = len(separator)
        if best < 0:
            self.keep_tail(chunk, start)
            return MORE
        self.answer(best, length)
        return best

    def keep_tail(self, chunk, start):
        if self.longest > 1:
            rest = chunk[max(start, len(chunk) - self.longest + 1) :]
            if self.tail is not None and len(rest) < self.longest - 1:
                rest = (self.tail + rest)[1 - self.longest :]
            self.tail = rest
        return 0

    def overrun(self):
        if self.found:
            text = f"the separator comes after {self.consumed}, the limit is {self.limit}"
        else:
            text = f"no separator within {self.consumed}, the limit is {self.limit}"
        return LimitOverrunError(text, self.consumed)

    def disturbed(self):
        self.size = MORE
        self.searched = 0
        self.passed = 0
        self.tail = None
        return 0


def check_mode(stream, what):
    if stream is None:
        raise TypeError("a stream is wanted, not None")
    if stream.rflags & R_OBJECTS:
        raise ERR_INVALID_STATE(f"{what} reads bytes or characters, not in object mode")
    return 0


def read_exactly(stream, n):
    """Do what Readable.read_exactly() says."""
    check_mode(stream, "read_exactly()")
    if isinstance(n, bool) or not isinstance(n, int):
        raise ERR_INVALID_ARG_TYPE("n", "number", n)
    if not 0 <= n <= sys.maxsize:
        raise ERR_OUT_OF_RANGE("n", f">= 0 && <= {sys.maxsize}", n)
    reading = _Exactly.__new__(_Exactly)
    reading.stream = stream
    reading.decodes = stream.rflags & DECODES != 0
    reading.n = n
    return reading


def read_until(stream, separator, limit):
    """Do what Readable.read_until() says."""
    check_mode(stream, "read_until()")
    reading = _Until.__new__(_Until)
    reading.decodes = stream.rflags & DECODES != 0
    if type(separator) is not bytes or separator != default_separator:
        reading.separators = to_separators(separator, reading.decodes)
    else:
        reading.separators = text_newline if reading.decodes else newline
    reading.longest = len(reading.separators[-1])
    if reading.longest == 1 and len(reading.separators) == 1 and not reading.decodes:
        reading.byte = reading.separators[0]
    reading.limit = DEFAULT_LIMIT
    if limit is not None:
        if isinstance(limit, bool) or not isinstance(limit, int):
            raise ERR_INVALID_ARG_TYPE("limit", "number", limit)
        if limit <= 0:
            raise ERR_OUT_OF_RANGE("limit", "> 0", limit)
        reading.limit = min(limit, sys.maxsize)
    reading.size = MORE
    reading.stream = stream
    return reading


def to_separators(separator, decodes):
    """Return a tuple of bytes, or of str, that are not empty; the shortest first."""
    if type(separator) is not tuple:
        return (to_separator(separator, decodes),)
    if not separator:
        raise ERR_INVALID_ARG_VALUE("separator", separator, "must not be empty")
    return tuple(sorted([to_separator(each, decodes) for each in separator], key=len))


def to_separator(separator, decodes):
    if decodes:
        if not isinstance(separator, str):
            raise ERR_INVALID_ARG_TYPE("separator", "string", separator)
        result = str(separator)
    else:
        try:
            result = memoryview(separator).tobytes()
        except TypeError:
            raise ERR_INVALID_ARG_TYPE("separator", "bytes-like object", separator) from None
    if not result:
        raise ERR_INVALID_ARG_VALUE("separator", separator, "must not be empty")
    return result


default_separator = b"\n"
newline = (b"\n",)
text_newline = ("\n",)
install_steps(Reading)
install_steps(_Exactly)
install_steps(_Until)
set_awaiting(read_exactly, read_until)

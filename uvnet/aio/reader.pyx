"""The reader of native streams: what has arrived, and the one who waits for more.

What is waited for stays in the buffer until the task that waits takes all of it at once: a wait
that is cancelled has taken nothing. The first chunk is kept as it came; only when more arrives
before it is gone does it become a bytearray, as asyncio's buffer always is.
"""

import operator
import sys
import warnings
from asyncio import IncompleteReadError, LimitOverrunError, events, format_helpers

from cpython.bytearray cimport PyByteArray_FromStringAndSize
from cpython.bytes cimport PyBytes_CheckExact, PyBytes_FromStringAndSize
from cpython.long cimport PyLong_CheckExact
from cpython.object cimport PyObject
cimport cython
from libc.string cimport memchr

from uvnet._core.fast import is_enabled
from uvnet._core.loop cimport Loop, Py_DECREF_, Py_INCREF_
from uvnet._core.waiter cimport (
    PENDING, PYGEN_ERROR, PYGEN_NEXT, PYGEN_RETURN, PyErr_SetObject_, PySendResult, Waiter,
    uvn_set_steps, thrown)

cdef extern from "<string.h>":
    const char* memmem(const char*, size_t, const char*, size_t) noexcept

cdef extern from "Python.h":
    Py_ssize_t Py_REFCNT_ "Py_REFCNT"(object) noexcept

DEFAULT_LIMIT = 2**16  # asyncio's

cdef Py_ssize_t MAX = sys.maxsize // 4
cdef bint fast_feed = is_enabled("feed")
cdef tuple NEWLINE = (b"\n",)
cdef object current_loop = getattr(events, "_get_event_loop", events.get_event_loop)
cdef tuple NAMES = ("read", "read", "readexactly", "readuntil", "readline", "__anext__")


@cython.freelist(64)
cdef class Reading:
    """What read() and its like return: a coroutine, to be awaited once. Made by a reader only."""

    def __dealloc__(self):
        if self.state == NEW and self.reader is not None:
            warn_never_awaited(self.kind)

    # ------------------------------------------------------------- as a coroutine

    @property
    def __name__(self) -> str:
        return NAMES[self.kind]

    @property
    def __qualname__(self) -> str:
        return f"StreamReader.{NAMES[self.kind]}"

    def __await__(self):
        return self

    def __iter__(self):  # for `yield from`
        return self

    def __next__(self):
        raise NotImplementedError  # never called: next_reading() is

    def send(self, value):
        """Go on, whatever `value` is, and return the future to wait for. Raises StopIteration."""
        return next(self)

    def throw(self, typ, val=None, tb=None):
        """Give the read up and raise the exception `typ`, made with `val`, with traceback `tb`.

        Never returns. What has arrived stays in the buffer.
        """
        self.leave()
        raise thrown(typ, val, tb)

    def close(self):
        """Give the read up."""
        self.leave()

    def __reduce__(self):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    # ------------------------------------------------------------------ the steps

    cdef int step(self) except -1:
        """Read, and return 1; or return 0: the waiter is to be waited for."""
        if self.state == WAITING:
            if self.waiter.state == PENDING:
                raise RuntimeError("await wasn't used with future")
            self.leave()
            if self.error is not None:
                raise self.error
        elif self.state == NEW:
            if self.reader is None:
                raise TypeError("made without a reader")
            self.state = OVER
            self.start()
            if self.reader.reading is not None and self.reader.reading.kind == READ_ALL and (
                    self.n != 0 or self.kind >= READ_UNTIL):
                return self.wait()  # raises: what there is belongs to the other one
        else:
            raise RuntimeError("cannot reuse already awaited coroutine")
        if self.attempt():
            if self.reader.paused:
                self.reader.resume_if_drained()
            return 1
        return self.wait()

    cdef int start(self) except -1:
        """Check what is to be checked, in asyncio's order."""
        if self.kind >= READ_UNTIL:
            self.start_until()
        elif PyLong_CheckExact(self.argument):
            try:
                self.n = self.argument
            except OverflowError:
                self.n = -1 if self.argument < 0 else sys.maxsize
        elif self.argument < 0:
            self.n = -1
        else:
            self.n = min(operator.index(self.argument), sys.maxsize)
        if self.kind == READ_EXACTLY and self.n < 0:
            raise ValueError("readexactly size can not be less than zero")
        if self.reader.exc is not None:
            raise self.reader.exc
        if self.kind == READ and self.n < 0:
            self.kind = READ_ALL
        return 0

    cdef int start_until(self) except -1:
        if self.separators is not None:
            return 0
        separator = self.argument
        if PyBytes_CheckExact(separator):
            self.separators = (separator,)
        elif isinstance(separator, tuple):
            if not separator:
                raise ValueError("Separator should contain at least one element")
            self.separators = tuple(
                [to_bytes(each) for each in sorted(separator, key=len)])
        else:
            len(separator)
            self.separators = (to_bytes(separator),)
        if not self.separators[0]:
            raise ValueError("Separator should be at least one-byte string")
        return 0

    cdef bint attempt(self) except -1:
        """Take what is wanted, if it is there; return whether it was. Raise what the end means."""
        cdef NativeReader reader = self.reader
        cdef Py_ssize_t length = length_of(reader)
        if self.kind == READ:
            if length == 0 and not reader.eof and self.n != 0:
                return False
            self.value = reader.take(min(self.n, length))
            return True
        if self.kind == READ_ALL:
            if not reader.eof:
                return False
            self.value = reader.take(length)
            return True
        if self.kind == READ_EXACTLY:
            if length >= self.n:
                self.value = reader.take(self.n)
                return True
            if reader.eof:
                raise IncompleteReadError(reader.take(length), self.n)
            return False
        if self.kind == READ_UNTIL:
            return self.attempt_until()
        return self.attempt_line()

    cdef bint attempt_until(self) except -1:
        cdef NativeReader reader = self.reader
        cdef int found = self.search()
        if found == OVERRUN:
            raise LimitOverrunError(
                "Separator is not found, and chunk exceed the limit", self.searched)
        if found == FOUND:
            if self.match_start > reader.limit:
                raise LimitOverrunError(
                    "Separator is found, but chunk is longer than limit", self.match_start)
            self.value = reader.take(self.match_end)
            return True
        if reader.eof:
            raise IncompleteReadError(reader.take(length_of(reader)), None)
        return False

    cdef bint attempt_line(self) except -1:
        cdef NativeReader reader = self.reader
        try:
            if not self.attempt_until():
                return False
        except IncompleteReadError as exc:
            self.value = exc.partial
        except LimitOverrunError as exc:
            # What is too long is gone, so that the next line can be read.
            reader.drop(self.match_end if self.match_end >= 0 else length_of(reader))
            reader.resume_if_drained()
            raise ValueError(exc.args[0])
        if self.kind == NEXT_LINE and not self.value:
            raise StopAsyncIteration
        return True

    cdef bint satisfied(self) except -1:
        """Return whether to try again makes sense."""
        cdef NativeReader reader = self.reader
        if self.kind == READ or reader.eof:
            return True
        if self.kind == READ_ALL:
            return False
        if self.kind == READ_EXACTLY:
            return length_of(reader) >= self.n
        return self.search() != MORE

    cdef int search(self) except -1:
        """Look for the separator that ends first. No byte is looked at twice."""
        cdef NativeReader reader = self.reader
        cdef Py_ssize_t length = length_of(reader)
        cdef Py_ssize_t size
        cdef const char* base
        cdef const char* found
        cdef tuple separators = self.separators
        self.match_end = -1
        if self.taken != reader.taken or (
                reader.buffer is not None and Py_REFCNT_(reader.buffer) != 1):
            self.taken = reader.taken
            self.searched = 0
        if length - self.searched < len(<bytes> separators[0]):
            return OVERRUN if self.searched > reader.limit else MORE
        base = memory_of(reader)
        for separator in separators:
            size = len(<bytes> separator)
            if size == 1:
                found = <const char*> memchr(
                    base + self.searched, PyBytes_AS_STRING(separator)[0], length - self.searched)
            else:
                found = memmem(base + self.searched, length - self.searched,
                               PyBytes_AS_STRING(separator), size)
            if found != NULL and (
                    self.match_end < 0 or found - base + size < self.match_end):
                self.match_start = found - base
                self.match_end = self.match_start + size
        if self.match_end >= 0:
            return FOUND
        self.searched = max(0, length + 1 - len(<bytes> separators[len(separators) - 1]))
        return OVERRUN if self.searched > reader.limit else MORE

    cdef int wait(self) except -1:
        cdef NativeReader reader = self.reader
        cdef Waiter waiter
        if reader.reading is not None or reader.future is not None:
            raise RuntimeError(
                f"{self.wanted()}() called while another coroutine is "
                f"already waiting for incoming data")
        if reader.exc is not None:  # it was set while this task was on its way
            raise reader.exc
        if reader.paused:  # else it would wait for ever
            reader.paused = False
            reader.transport.resume_reading()
        waiter = reader.spare
        if waiter is None:
            waiter = Waiter.__new__(Waiter)
            waiter.bind(reader.loop)
        else:
            reader.spare = None
        waiter.begin()
        self.waiter = waiter
        self.state = WAITING
        reader.reading = self
        return 0

    cdef int leave(self) except -1:
        """Wait no more."""
        cdef NativeReader reader = self.reader
        cdef Waiter waiter = self.waiter
        self.state = OVER
        if waiter is None:
            return 0
        self.waiter = None
        if reader.reading is self:
            reader.reading = None
        if waiter.state != PENDING and waiter.callback is None and reader.spare is None:
            reader.spare = waiter
        else:
            waiter.end()
        return 0

    cdef str wanted(self):
        return "readuntil" if self.kind >= READ_UNTIL else NAMES[self.kind]


cdef void warn_never_awaited(ReadKind kind) noexcept:
    warnings.warn(
        f"coroutine 'StreamReader.{NAMES[kind]}' was never awaited", RuntimeWarning, stacklevel=2)


cdef bytes to_bytes(object separator):
    return separator if PyBytes_CheckExact(separator) else memoryview(separator).tobytes()


cdef PySendResult send_reading(
    Reading self, PyObject* sent, PyObject** result
) except PYGEN_ERROR:
    """Return what was read, or the future to wait for."""
    result[0] = NULL
    if self.step():
        value = self.value
        self.value = None
        Py_INCREF_(<PyObject*> value)
        result[0] = <PyObject*> value
        return PYGEN_RETURN
    Py_INCREF_(<PyObject*> self.waiter)
    result[0] = <PyObject*> self.waiter
    return PYGEN_NEXT


cdef PyObject* next_reading(Reading self) except NULL:
    cdef PyObject* result
    if send_reading(self, NULL, &result) == PYGEN_NEXT:
        return result
    value = StopIteration(<object> result)
    Py_DECREF_(result)
    PyErr_SetObject_(<PyObject*> StopIteration, <PyObject*> value)
    return NULL


cdef class NativeReader:
    """asyncio.StreamReader in native code. See uvnet.aio.streams.StreamReader.

    Args:
        limit: In bytes: of what readuntil() returns, without the separator; twice as much may
            arrive before the transport is paused.
        loop: The running one by default.

    Raises:
        ValueError: `limit` is not positive.
    """

    def __init__(self, limit=DEFAULT_LIMIT, loop=None):
        if limit <= 0:
            raise ValueError("Limit cannot be <= 0")
        self._limit = limit
        self._loop = current_loop() if loop is None else loop
        if self.loop.get_debug():
            self.traceback = format_helpers.extract_stack(sys._getframe(0))

    def __dealloc__(self):
        if self.spare is not None:
            self.spare.add_done_callback = None  # a cycle

    cdef int check(self) except -1:
        if self.loop is None:
            raise RuntimeError("StreamReader.__init__() has not been called")
        return 0

    def __repr__(self):
        info = ["StreamReader"]
        if length_of(self):
            info.append(f"{length_of(self)} bytes")
        if self.eof:
            info.append("eof")
        if self._limit != DEFAULT_LIMIT:
            info.append(f"limit={self._limit}")
        if self._waiter:
            info.append(f"waiter={self._waiter!r}")
        if self.exc:
            info.append(f"exception={self.exc!r}")
        if self.transport:
            info.append(f"transport={self.transport!r}")
        if self.paused:
            info.append("paused")
        return f"<{' '.join(info)}>"

    # ------------------------------------------------------------------ reading

    cdef Reading new_reading(self, ReadKind kind, object argument):
        cdef Reading reading = Reading.__new__(Reading)
        self.check()
        reading.reader = self
        reading.argument = argument
        reading.kind = kind
        return reading

    def read(self, n=-1):
        """Read up to `n` bytes, as soon as there are some; everything until the end if n is -1.

        Returns:
            An awaitable of bytes, which are empty at the end of the stream.
        """
        return self.new_reading(READ, n)

    def readexactly(self, n):
        """Read `n` bytes.

        Returns:
            An awaitable of bytes. It raises asyncio.IncompleteReadError if the stream ends before,
            with what was there.
        """
        return self.new_reading(READ_EXACTLY, n)

    def readuntil(self, separator=b"\n"):
        """Read up to a separator and with it; of a tuple of them, the one that ends first.

        Args:
            separator: Bytes-like, or a tuple of such, on every Python.

        Returns:
            An awaitable of bytes. It raises asyncio.IncompleteReadError if the stream ends before,
            asyncio.LimitOverrunError if the separator does not come within the limit: then
            everything stays in the buffer.
        """
        return self.new_reading(READ_UNTIL, separator)

    def readline(self):
        r"""Read up to b"\n" and with it; what there is at the end of the stream.

        Returns:
            An awaitable of bytes. It raises ValueError if the line is longer than the limit, and
            throws away the line, or what there is of it.
        """
        cdef Reading reading = self.new_reading(READ_LINE, None)
        reading.separators = NEWLINE
        return reading

    def __aiter__(self):
        return self

    def __anext__(self):
        cdef Reading reading = self.new_reading(NEXT_LINE, None)
        reading.separators = NEWLINE
        return reading

    def at_eof(self) -> bool:
        """Return whether the stream has ended and everything has been read."""
        return self.eof and length_of(self) == 0

    def exception(self):
        """Return what set_exception() was given, or None."""
        return self.exc

    cdef bytes take(self, Py_ssize_t n):
        """Return the first `n` bytes, which are there, and drop them."""
        cdef bytes chunk = self.chunk
        if n == 0:
            return b""
        if chunk is not None and self.start == 0 and n == PyBytes_GET_SIZE(chunk):
            self.chunk = None
            self.taken += n
            return chunk
        chunk = PyBytes_FromStringAndSize(memory_of(self), n)
        self.drop(n)
        return chunk

    cdef int drop(self, Py_ssize_t n) except -1:
        """Forget the first `n` bytes, which are there."""
        if n == 0:
            return 0
        if self.chunk is None:
            del self.buffer[:n]
        elif n == length_of(self):
            self.chunk = None
        else:
            self.start += n
        self.taken += n
        return 0

    # ------------------------------------------------------------------ feeding

    def feed_data(self, data):
        """Add `data`, bytes-like, to what can be read. A task that waits goes on in its turn."""
        self.check()
        if self.eof:
            raise AssertionError("feed_data after feed_eof")
        if not data:
            return
        if PyBytes_CheckExact(data):
            self.add(data)
        else:
            more = bytearray()
            more.extend(data)
            self.add(bytes(more))
        self.fed(False)

    cdef int feed(self, bytes data, bint at_once) except -1:
        """As feed_data(); `at_once` within an I/O callback: a task that waits goes on now."""
        if self.eof:
            raise AssertionError("feed_data after feed_eof")
        self.add(data)
        self.fed(at_once)
        return 0

    cdef int add(self, bytes data) except -1:
        if self.buffer is not None:
            # An empty one that nobody else has is not needed any more.
            if PyByteArray_GET_SIZE(self.buffer) != 0 or Py_REFCNT_(self.buffer) != 1:
                self.buffer += data
                return 0
            self.buffer = None
        if self.chunk is None:
            self.chunk = data
            self.start = 0
        else:
            self.buffer = PyByteArray_FromStringAndSize(memory_of(self), length_of(self))
            self.chunk = None
            self.buffer += data
        return 0

    cdef bint fed(self, bint at_once) except -1:
        """Wake who waits for what has come, and keep too much from coming."""
        cdef Reading reading = self.reading
        if reading is not None and reading.waiter.state == PENDING:  # it is not cancelled
            if not reading.satisfied():
                return 0  # it takes as much as it wants
            self.reading = None
            self.pause_if_full()
            if at_once and fast_feed and self.native_loop is not None and (
                    not self.native_loop.debug):
                self.native_loop.fed += 1
                reading.waiter.resume()
            else:
                reading.waiter.finish()
        else:
            if self.future is not None:
                self.wake(None)
            self.pause_if_full()
        return 0

    def feed_eof(self):
        """End the stream: what is in the buffer can still be read."""
        self.eof = True
        self.wake(None)

    def set_exception(self, exc):
        """Make every read raise `exc` from now on, also one that waits."""
        self.exc = exc
        self.wake(exc)

    def _wakeup_waiter(self):
        self.wake(None)

    cdef int wake(self, object error) except -1:
        """Let who waits go on in its turn: to raise the error, or to see what there is."""
        cdef Reading reading = self.reading
        future, self.future = self.future, None
        if reading is not None:
            self.reading = None
            if reading.waiter.state == PENDING:
                reading.error = error
                reading.waiter.finish()
        if future is not None and not future.cancelled():
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
        return 0

    # ------------------------------------------------------------- flow control

    def set_transport(self, transport):
        """Name the transport, which is paused while the buffer is too full."""
        if self.transport is not None:
            raise AssertionError("Transport already set")
        self.transport = transport

    def _move_to(self, transport):
        """Have another transport from now on: one with TLS over the old one."""
        if self.paused:
            self.paused = False
            self.transport.resume_reading()
        self.transport = transport
        self.pause_if_full()

    cdef int pause_if_full(self) except -1:
        if length_of(self) <= 2 * self.limit or self.paused or self.transport is None:
            return 0
        try:
            self.transport.pause_reading()
        except NotImplementedError:
            self.transport = None  # everything has to be kept
        else:
            self.paused = True
        return 0

    cdef int resume_if_drained(self) except -1:
        if self.paused and length_of(self) <= self.limit:
            self.paused = False
            self.transport.resume_reading()
        return 0

    def _maybe_resume_transport(self):
        self.resume_if_drained()

    # ----------------------------------------------- what others know of asyncio's

    @property
    def _buffer(self):
        """What can be read, as a bytearray, which may be changed."""
        self.taken += 1
        if self.buffer is None:
            self.buffer = (
                PyByteArray_FromStringAndSize(memory_of(self), length_of(self))
                if self.chunk is not None else bytearray())
            self.chunk = None
        return self.buffer

    @_buffer.setter
    def _buffer(self, value):
        self.taken += 1
        self.chunk = None
        self.buffer = value

    @property
    def _limit(self):
        return self.limit_given

    @_limit.setter
    def _limit(self, value):
        self.limit = MAX if value >= MAX else int(value)
        self.limit_given = value

    @property
    def _loop(self):
        return self.loop

    @_loop.setter
    def _loop(self, value):
        self.loop = value
        self.native_loop = value if isinstance(value, Loop) else None
        self.spare = None

    @property
    def _eof(self):
        return self.eof

    @_eof.setter
    def _eof(self, value):
        self.eof = value

    @property
    def _exception(self):
        return self.exc

    @_exception.setter
    def _exception(self, value):
        self.exc = value

    @property
    def _paused(self):
        return self.paused

    @_paused.setter
    def _paused(self, value):
        self.paused = value

    @property
    def _transport(self):
        return self.transport

    @_transport.setter
    def _transport(self, value):
        self.transport = value

    @property
    def _waiter(self):
        return self.future if self.reading is None else self.reading.waiter

    @_waiter.setter
    def _waiter(self, value):
        self.future = value

    @property
    def _source_traceback(self):
        return self.traceback


cdef bint is_plain_reader(object reader) except -1:
    """Return whether it is a native one, whose methods for feeding are not overridden."""
    return isinstance(reader, NativeReader) and all(
        [getattr(type(reader), name) is method for name, method in FEEDING])


cdef tuple FEEDING = tuple(
    [(name, getattr(NativeReader, name)) for name in ("feed_data", "exception")])
uvn_set_steps(Reading, <void*> next_reading, <void*> send_reading)

"""The event loop: libuv's, its turn, and the callback scope. Owner of libuv and csrc.

One turn is: timers, poll, then in libuv's check phase the immediates and asyncio's ready queue as
it stood on entry, then close callbacks. After every outermost callback and every immediate the
next-tick queue is drained until empty.
"""

import builtins
import os
import signal as _signal
import sys
import threading
import warnings
import weakref

cimport cython
from cpython.exc cimport PyErr_CheckSignals, PyErr_SetObject, PyErr_WriteUnraisable
from cpython.long cimport PyLong_AsDouble, PyLong_CheckExact
from cpython.object cimport Py_EQ, Py_NE, PyObject_RichCompare
from libc.math cimport ceil
from posix.unistd cimport close as posix_close, read as posix_read

from uvnet._core.call import _asyncio_types
from uvnet._core.fast import is_enabled
from uvnet._core.turn cimport on_catch_up, on_check, on_idle
from uvnet._core.uv cimport *

cdef extern from "scope.h":
    object uvn_take_exception()
    void uvn_handle_exception(object)
    void uvn_release_gil(uvn_loop_t*) noexcept
    void uvn_acquire_gil(uvn_loop_t*) noexcept
    PyObject* uvn_running_loop

cdef extern from "Python.h":
    object PyContext_CopyCurrent()
    int PyContext_Enter_ "PyContext_Enter"(PyObject*) noexcept
    int PyContext_Exit_ "PyContext_Exit"(PyObject*) noexcept

_C_API = uvn_capi_export()

# A deadline later than this, in seconds, is never: 2**63 ns less a margin.
cdef double FAR_FUTURE = 9e9

# So many contexts the interpreter keeps to use again; the collector would go through those beyond.
cdef enum:
    MANY_WAIT = 255

_live_loops = weakref.WeakSet()
# In bytecode. What runs within it, as a destructor that warns does, needs the builtins.
cdef object no_operation = eval("lambda: None", {"__builtins__": builtins})

cdef void write_unraisable(object exc, object source) noexcept:
    PyErr_SetObject(type(exc), exc)
    PyErr_WriteUnraisable(source)


# ----------------------------------------------------------------------- timers

@cython.no_gc
cdef class TimerCall(Call):
    """A callback scheduled with call_later or call_at; isinstance of asyncio.TimerHandle."""

    @property
    def __class__(self):
        return _asyncio_types[1] or TimerCall

    def when(self) -> float:
        """Return the deadline in seconds of loop.time(): an int, if call_at() was given one."""
        return int(self.deadline) if self.whole else self.deadline

    @property
    def _when(self):
        return self.when()

    @property
    def _scheduled(self):
        return self.timer.index != 0 and not self._cancelled

    def cancel(self):
        """Do not call it, and let go of what it was to be called with. No-op when it has run."""
        if self._cancelled:
            return
        self._cancelled = True
        if self.loop is not None:
            uvn_timer_cancel(&self.loop.uvn, &self.timer)
        self.forget()

    cdef void forget(self) noexcept:
        Call.forget(self)
        self.loop = None

    def __richcmp__(self, other, int op):
        """By deadline, as asyncio's heap wants it."""
        if not isinstance(other, TimerCall):
            return NotImplemented
        if op == Py_EQ or op == Py_NE:
            return (self is other) == (op == Py_EQ)
        return PyObject_RichCompare(self.deadline, (<TimerCall> other).deadline, op)

    def __hash__(self):
        return hash(self.deadline)

    def _repr_info(self):
        info = Call._repr_info(self)
        info.insert(2 if self._cancelled else 1, f"when={self.when()}")
        return info


cdef inline double seconds(object value) except? -1:
    """float(value), quicker for an int."""
    return PyLong_AsDouble(value) if PyLong_CheckExact(value) else <double> value


cdef void on_timer(uvn_timer_t* timer) noexcept:
    """The deadline has passed, or a cancelled call has left the heap."""
    cdef TimerCall call = <TimerCall> timer.data
    cdef Loop loop = call.loop
    Py_DECREF_(<PyObject*> call)  # the heap's; `call` holds another
    if not timer.cancelled:
        try:
            loop.push(&loop.due, call)
        except MemoryError as exc:
            loop.fail(exc)


# ------------------------------------------------------------------------- loop

cdef void on_attend(uvn_loop_t* uvn) noexcept:
    """The interpreter does what it is asked for where bytecode begins: callbacks may have none."""
    cdef Loop loop = <Loop> uvn.uv.data
    loop.depth += 1
    try:
        PyErr_CheckSignals()
        no_operation()
    except BaseException as exc:
        loop.fail(exc)
    loop.depth -= 1
    if loop.depth == 0 and loop.ticks.count != 0:
        loop.drain_ticks()


cdef void on_wakeup(uv_poll_t* handle, int status, int events) noexcept:
    """Python's signal handler has written a signal's number to the wake-up pipe."""
    cdef Loop loop = <Loop> (<uv_handle_t*> handle).loop.data
    cdef char[256] numbers
    cdef ssize_t n = posix_read(loop.wakeup_fds[0], numbers, sizeof(numbers))
    loop.depth += 1
    try:
        PyErr_CheckSignals()
    except BaseException as exc:
        loop.fail(exc)  # and yet the others that came with it have been read
    try:
        if n > 0:
            loop._process_signals(numbers[:n])
    except BaseException as exc:
        loop.fail(exc)
    loop.depth -= 1
    if loop.depth == 0 and loop.ticks.count != 0:
        loop.drain_ticks()


cdef void drop_ring(uvn_ring_t* ring) noexcept:
    """Forget calls that will not be made."""
    cdef PyObject* item
    while ring.count > 0:
        item = uvn_ring_pop(ring)
        (<Call> item).forget()
        Py_DECREF_(item)
    uvn_ring_clear(ring)


cdef void close_leftover(uv_handle_t* handle, void* arg) noexcept:
    cdef Loop loop = <Loop> arg
    if handle.data == NULL or uv_is_closing(handle):
        return
    try:
        warnings.warn(f"unclosed handle {<object> handle.data!r}", ResourceWarning, source=loop)
    except BaseException as exc:  # the warning as an error, or no memory for it
        loop.failure = exc
    try:
        (<object> handle.data).close()
    except BaseException as exc:
        loop.failure = exc
    if not uv_is_closing(handle):
        loop.leftover = True


cdef class Loop:
    """The native loop: what runs per turn and per callback. uvnet.aio.Loop is built on it.

    `Loop()` needs no arguments and is ready for use. It may run in any one thread at a time;
    only call_soon_threadsafe may be called from another while it does.

    Attributes:
        slow_callback_duration: Seconds; in debug mode a callback that takes as long is reported.
            0.1 by default.
    """

    def __cinit__(self, *args, **kwargs):
        cdef int err
        self.state = LOOP_CLOSED
        self.wakeup_fds[0] = self.wakeup_fds[1] = -1
        self.slow_callback_duration = 0.1
        uvn_chunks_init(&self.chunks)
        self.chunks.enabled = self.chunks.enabled and is_enabled("recycle")
        err = uvn_loop_init(&self.uvn)
        if err:
            raise OSError(-err, f"cannot make an event loop: {os.strerror(-err)}")
        self.uvn.uv.data = <void*> self
        self.uvn.release = uvn_release_gil
        self.uvn.acquire = uvn_acquire_gil
        self.uvn.attend = on_attend
        self.uvn.catch_up = on_catch_up
        uv_check_init(&self.uvn.uv, &self.check)
        uv_check_start(&self.check, on_check)
        uv_unref(<uv_handle_t*> &self.check)
        uv_idle_init(&self.uvn.uv, &self.idle)
        self.state = LOOP_OPEN
        _live_loops.add(self)

    def __init__(self):
        """Everything is done before, so that no loop is half made."""

    def __dealloc__(self):
        # Open handles keep their loop, so there are none but the loop's own.
        if self.state == LOOP_OPEN:
            self.free()
        drop_ring(&self.ready)
        drop_ring(&self.due)
        drop_ring(&self.ticks)
        drop_ring(&self.immediates)
        uvn_ring_clear(&self.corks)  # empty, but while the loop runs
        uvn_chunks_clear(&self.chunks)
        if self.last_number != NULL:
            Py_DECREF_(self.last_number)

    cdef int check_open(self) except -1:
        if self.state == LOOP_CLOSED:
            raise RuntimeError("Event loop is closed")
        if self.inherited:
            self.check_thread()
        return 0

    cdef int check_thread(self) except -1:
        """Raise unless the loop is idle or runs in this thread; called when it may not be so."""
        if self.inherited:
            raise RuntimeError(
                f"{self!r} belongs to the parent process: make a new loop after a fork")
        if self.thread != 0 and self.thread != uvn_thread():
            raise RuntimeError(
                "Non-thread-safe operation invoked on an event loop that runs in another thread; "
                "use call_soon_threadsafe")
        return 0

    # -------------------------------------------------------------- scheduling

    cdef Call make_call(self, object callback, tuple args, object context):
        cdef Call call = Call.__new__(Call)
        call._callback = callback
        call._args = args
        call.context = PyContext_CopyCurrent() if context is None else context
        if self.debug:
            call.check()
        return call

    cdef int activate(self) noexcept:
        if not self.idle_active and self.state == LOOP_OPEN:
            self.idle_active = True
            uv_idle_start(&self.idle, on_idle)
        return 0

    cdef int push_ready(self, Call call) except -1:
        return self.push(&self.ready, call)

    cdef int push(self, uvn_ring_t* ring, Call call) except -1:
        if self.state:  # closing: a close callback's call is dropped as all others are
            call.forget()
            return 0
        Py_INCREF_(<PyObject*> call)
        uvn_ring_push(ring, <PyObject*> call)
        if ring.count > MANY_WAIT:
            call.hide()
        return self.activate()

    def call_soon(self, callback, *args, context=None):
        """Call callback(*args) in the next turn, after what is scheduled already.

        Args:
            callback: Called once, in `context`.
            context: A contextvars.Context; a copy of the current one by default.

        Returns:
            A Call, with cancel().

        Raises:
            RuntimeError: The loop is closed; or, in debug mode, it runs in another thread.
        """
        cdef Call call
        if self.state:
            self.check_open()
        if self.debug:
            self.check_thread()
        call = self.make_call(callback, args, context)
        self.push_ready(call)
        return call

    def call_soon_threadsafe(self, callback, *args, context=None):
        """Like call_soon, from any thread: wakes the loop if it is blocked in its poll."""
        cdef Call call
        if self.state:
            self.check_open()
        call = self.make_call(callback, args, context)
        self.push_ready(call)
        if self.uvn.released and not self.woken:
            self.woken = True
            uvn_loop_wakeup(&self.uvn)
        return call

    cdef TimerCall schedule(self, double when, object callback, tuple args, object context):
        cdef TimerCall call
        cdef uint64_t deadline
        cdef int err
        if self.state:
            self.check_open()
        if when != when:
            raise ValueError("the deadline of a timer must not be NaN")
        call = TimerCall.__new__(TimerCall)
        call._callback = callback
        call._args = args
        call.context = PyContext_CopyCurrent() if context is None else context
        if self.debug:
            self.check_thread()
            call.check()
        call.deadline = when
        if self.state:  # closing
            call.forget()
            return call
        call.loop = self
        call.timer.data = <void*> call
        # Rounded up, for a timer must not fire early.
        deadline = <uint64_t> ceil(min(when, FAR_FUTURE) * 1e9) if when > 0 else 0
        err = uvn_timer_start(&self.uvn, &call.timer, deadline, on_timer)
        if err:
            raise MemoryError
        Py_INCREF_(<PyObject*> call)  # the heap's
        return call

    def call_later(self, delay, callback, *args, context=None):
        """Call callback(*args) after `delay` seconds: never earlier, later by about 1 ms at most.

        Returns:
            A TimerCall, with cancel() and when().

        Raises:
            TypeError: `delay` is None.
            ValueError: `delay` is NaN.
            RuntimeError: As call_soon.
        """
        if delay is None:
            raise TypeError("delay must not be None")
        return self.schedule(uv_hrtime() / 1e9 + seconds(delay), callback, args, context)

    def call_at(self, when, callback, *args, context=None):
        """Call callback(*args) at `when`, in seconds of time(). See call_later."""
        cdef TimerCall call
        if when is None:
            raise TypeError("when cannot be None")
        call = self.schedule(seconds(when), callback, args, context)
        call.whole = PyLong_CheckExact(when)
        return call

    def time(self) -> float:
        """Return the loop's clock in seconds: the monotonic one, as time.monotonic()."""
        return uv_hrtime() / 1e9

    def next_tick(self, callback, *args):
        """Call callback(*args) as soon as the running callback has returned.

        Before anything else that waits: I/O, timers, immediates. (Node: process.nextTick)
        """
        self.tick(callback, args)

    cdef int tick(self, object callback, tuple args) except -1:
        cdef Call call
        if self.state:
            self.check_open()
        call = self.make_call(callback, args, None)
        Py_INCREF_(<PyObject*> call)
        uvn_ring_push(&self.ticks, <PyObject*> call)
        # Not inside a callback: at the latest in the next turn.
        return self.activate() if self.depth == 0 else 0

    def set_immediate(self, callback, *args):
        """Call callback(*args) once the poll of this turn is over. (Node: setImmediate)

        Returns:
            A Call, with cancel(). Keeps the loop alive until it has run.
        """
        cdef Call call
        if self.state:
            self.check_open()
        call = self.make_call(callback, args, None)
        if self.state:  # closing
            call.forget()
            return call
        Py_INCREF_(<PyObject*> call)
        uvn_ring_push(&self.immediates, <PyObject*> call)
        self.activate()
        return call

    # ------------------------------------------------------------ the callback scope

    cdef void run_calls(self, uvn_ring_t* ring, size_t todo) noexcept:
        """Run the first so many of a queue."""
        cdef PyObject* item
        while todo > 0 and self.failure is None:
            todo -= 1
            item = uvn_ring_pop(ring)
            self.run_call(<Call> item)
            Py_DECREF_(item)

    cdef void run_call(self, Call call) noexcept:
        cdef PyObject* result
        cdef PyObject* args
        cdef double started = 0
        if call.context is None:
            return  # cancelled
        if call.hidden:
            call.show()
        callback = call._callback
        arguments = call._args
        context = call.context  # the callback may cancel its own call
        args = <PyObject*> arguments
        if self.debug:
            started = uv_hrtime() * 1e-9
        self.depth += 1
        if PyContext_Enter_(<PyObject*> context) < 0:
            result = NULL
        else:
            result = uvn_call(
                <PyObject*> callback, PyTuple_ITEMS(args, 0), PyTuple_GET_SIZE_(args))
            PyContext_Exit_(<PyObject*> context)
        if result == NULL:
            self.report("Exception in callback", call)
        else:
            Py_DECREF_(result)
        self.depth -= 1
        if self.debug:
            self.check_duration(call, callback, arguments, uv_hrtime() * 1e-9 - started)
        if not call.recurrent:
            call.forget()
        if self.ticks.count != 0 and self.depth == 0:
            self.drain_ticks()

    cdef void check_duration(self, object call, callback, arguments, double seconds) noexcept:
        if seconds < self.slow_callback_duration:
            return
        try:
            self._report_slow(call, callback, arguments, seconds)
        except BaseException as exc:
            self.fail(exc)

    cdef void drain_ticks(self) noexcept:
        cdef PyObject* item
        self.depth += 1  # a tick that adds ticks does not drain them itself
        while self.ticks.count != 0 and self.failure is None:
            item = uvn_ring_pop(&self.ticks)
            self.run_call(<Call> item)
            Py_DECREF_(item)
        self.depth -= 1

    cdef void report(self, str message, object source) noexcept:
        self.report_caught(message, source, uvn_take_exception())

    cdef void report_caught(self, str message, object source, object exc) noexcept:
        """Take an exception to where uncaught ones go."""
        try:
            if isinstance(exc, (SystemExit, KeyboardInterrupt)) or (
                self.plain and getattr(self, "_exception_handler", None) is None
            ):
                self.fail(exc)
                return
            context = {"message": message, "exception": exc}
            if isinstance(source, Call):
                context["message"] = f"{message} {source!r}"
                context["handle"] = source
                if (<Call> source)._source_traceback:
                    context["source_traceback"] = (<Call> source)._source_traceback
            else:
                context["transport" if hasattr(source, "get_extra_info") else "source"] = source
            uvn_handle_exception(exc)  # for a handler that asks sys.exc_info()
            try:
                self.call_exception_handler(context)
            finally:
                uvn_handle_exception(None)
        except BaseException as second:
            self.fail(second)

    cdef void fail(self, object exc) noexcept:
        """Stop the loop; run() raises `exc`, or the interpreter tells it where nothing runs."""
        if self.failure is None and self.thread != 0:
            self.failure = exc
            uvn_loop_stop(&self.uvn)
        else:
            write_unraisable(exc, self)

    cdef void fail_raised(self) noexcept:
        """Stop the loop; run() raises the exception that is raised now."""
        self.fail(uvn_take_exception())

    # ------------------------------------------------------------------- running

    cdef object run_until_stopped(self, bint plain):
        global uvn_running_loop
        cdef bint main = threading.get_ident() == threading.main_thread().ident
        cdef PyObject* outer = uvn_running_loop
        cdef int old_wakeup = -1
        cdef int alive = 0

        if self.state:
            self.check_open()
        if self.thread != 0:
            raise RuntimeError("This event loop is already running")
        if uvn_running_loop != NULL:
            raise RuntimeError("Cannot run the event loop while another loop is running")
        if main:
            self.watch_signals()
            try:
                old_wakeup = _signal.set_wakeup_fd(
                    self.wakeup_fds[1], warn_on_full_buffer=False)
            except ValueError:
                main = False  # threading was not first imported by the main thread
        self.thread = uvn_thread()
        uvn_running_loop = <PyObject*> self
        self.plain = plain
        if not plain:
            uv_ref(<uv_handle_t*> &self.uvn.async_)
        self.failure = None
        self.drain_ticks()
        alive = uvn_loop_run(&self.uvn)  # not a turn if that failed, but for the next run
        while self.corks.count != 0:  # by the last turn, after its poll
            self.uvn.flush(&self.uvn)
        uv_unref(<uv_handle_t*> &self.uvn.async_)
        uvn_running_loop = outer
        if not self.inherited:
            self.thread = 0
        self.plain = self.stopping = False
        if main:
            self.give_back_wakeup(old_wakeup)
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure
        if alive < 0:
            raise OSError(-alive, f"the event loop cannot poll: {os.strerror(-alive)}")
        return alive

    def run(self):
        """Run until nothing that is referenced is left, or stop(). (Node: the process's life)

        An exception that nothing catches stops the loop and is raised here.

        Raises:
            RuntimeError: This loop, or another in this thread, is running; or it is closed.
            OSError: The loop's own descriptors were closed, or could not be registered.
        """
        self.run_until_stopped(True)

    def run_forever(self):
        """Run until stop()."""
        self.run_until_stopped(False)

    def stop(self):
        """End the run after the turn in progress; before a run, after one turn."""
        if self.state:
            return
        self.stopping = True
        self.activate()

    cdef int watch_signals(self) except -1:
        """Make the pipe that Python's C signal handler wakes a blocking poll with."""
        cdef int fds[2]
        cdef int err
        if self.wakeup_fds[0] != -1:
            return 0
        err = uv_pipe(fds, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE)
        if err == 0:
            uvn_claim_fd(&self.uvn, fds[0])
            err = uvn_poll_init(&self.uvn, &self.wakeup, fds[0])
            if err:
                posix_close(fds[0])
                posix_close(fds[1])
        if err:
            raise OSError(-err, f"cannot watch for signals: {os.strerror(-err)}")
        self.wakeup_fds[0], self.wakeup_fds[1] = fds[0], fds[1]
        uv_poll_start(&self.wakeup, UV_READABLE, on_wakeup)
        uv_unref(<uv_handle_t*> &self.wakeup)
        return 0

    cdef int give_back_wakeup(self, int old) except -1:
        """Let signals be written to `old` again; or here, if this loop wants them all the time.

        What somebody else has set in the meantime stays as it is.
        """
        cdef int current = _signal.set_wakeup_fd(-1)
        if current == self.wakeup_fds[1]:
            current = -1 if old == self.wakeup_fds[1] else old
        if self.hears_signals:
            current = self.wakeup_fds[1]
        if current != -1:
            try:
                _signal.set_wakeup_fd(current, warn_on_full_buffer=False)
            except (ValueError, OSError):
                pass  # its owner has closed it
        return 0

    def _hear_signals(self, bint always):
        """Have signals written to this loop's pipe if `always`, else only while it runs.

        Raises:
            ValueError: This is not the main thread.
        """
        if always:
            self.watch_signals()
            _signal.set_wakeup_fd(self.wakeup_fds[1], warn_on_full_buffer=False)
        self.hears_signals = always
        if not always and self.thread == 0:
            self.give_back_wakeup(-1)

    def _watch_failed(self, watch, status):
        """Called when the descriptor of a Watch has died, for a subclass."""
        watch.close()
        raise OSError(-status, f"descriptor {watch.fd} was closed while the loop watched it")

    def _process_signals(self, numbers: bytes):
        """Called with the numbers of signals that have arrived, for a subclass."""

    def _report_slow(self, call, callback, args, seconds):
        """Called in debug mode with a callback that took long, for a subclass."""

    def call_exception_handler(self, dict context not None):
        """Take an uncaught exception, in `context`; a loop with asyncio's handlers overrides it."""
        write_unraisable(context.get("exception") or RuntimeError(context), context.get("source"))

    # --------------------------------------------------------------------- state

    def is_running(self) -> bool:
        """Return whether it runs, in whatever thread."""
        return self.thread != 0 and not self.inherited

    def is_closed(self) -> bool:
        """Return whether it is closed."""
        return self.state == LOOP_CLOSED

    def get_debug(self) -> bool:
        """Return whether debug mode is on."""
        return self.debug

    def set_debug(self, enabled):
        """Check callbacks, threads and durations if `enabled`, which is slower. Off by default."""
        self.debug = enabled

    @property
    def open_handles(self) -> int:
        """How many handles of this loop have not had their close callback yet."""
        return self.handles

    def counters(self) -> dict:
        """Return how often each fast path was taken and each rare one was needed."""
        return {
            "chunks_recycled": self.chunks.recycled, "flow_reads": self.flowed,
            "fed_reads": self.fed, "direct_writes": self.written, "held_writes": self.held,
            "splice_reads": self.uvn.splice_reads, "dead_watchers": self.uvn.dead_watchers,
            "refused_accepts": self.uvn.refused_accepts, "timers": self.uvn.timers.size,
            "accept_errors": self.uvn.accept_errors, "blocked_accepts": self.uvn.blocked_accepts,
            "kept_polls": self.kept_polls, "batched_receives": self.uvn.batched_recvs,
            "batched_sends": self.uvn.batched_sends,
        }

    def metrics(self, *, bint reset=False):
        """Return what the loop has done so far, and how well. Of a closed loop too.

        Args:
            reset: Have lag and max_lag, what is returned apart, begin anew. False by default.

        Returns:
            A LoopMetrics.
        """
        from uvnet._core.metrics import measure
        return measure(self, reset)

    def close(self):
        """Close the loop and every handle still open on it; what waits to be called is dropped.

        Idempotent. Warns with ResourceWarning about each open handle.

        Raises:
            RuntimeError: The loop is running.
        """
        global uvn_running_loop
        cdef PyObject* outer
        if self.thread != 0 and not self.inherited:
            raise RuntimeError("Cannot close a running event loop")
        if self.inherited:
            self.state = LOOP_CLOSED  # the descriptors are the parent's as well: leave them
        if self.state != LOOP_OPEN:
            return
        # Another loop's run may have given it back after the last handler was removed.
        if self.wakeup_fds[1] != -1 and threading.current_thread() is threading.main_thread():
            self._hear_signals(False)
        self.drop_calls()
        self.failure = None
        self.leftover = False
        uv_walk(&self.uvn.uv, close_leftover, <void*> self)
        if self.leftover:  # else it would be waited for below
            failure, self.failure = self.failure, None
            raise failure or RuntimeError(f"{self!r} has a handle that does not close")
        self.state = LOOP_CLOSING
        self.thread = uvn_thread()
        outer = uvn_running_loop
        uvn_running_loop = <PyObject*> self
        # For the close callbacks, and lookups in the thread pool. What they raise may stop it.
        while uvn_loop_run(&self.uvn) > 0:
            pass
        uvn_running_loop = outer
        self.thread = 0
        self.drop_calls()
        self.free()
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure

    cdef void forked(self) noexcept:
        """Called in a forked child for each loop of its parent's."""
        global uvn_running_loop
        uvn_running_loop = NULL
        cdef bint was_running = self.thread != 0
        self.state = LOOP_FORKED
        self.inherited = True
        # No thread has this identifier, so that every check on a handle fails.
        self.thread = <unsigned long> -1
        uvn_loop_forked(&self.uvn)
        if was_running:
            self.fail(RuntimeError("the event loop of the parent cannot go on in a forked child"))

    cdef int drop_calls(self) except -1:
        cdef uvn_timer_t* timer
        cdef uint32_t i = self.uvn.timers.size
        while i > 0:
            i -= 1
            timer = self.uvn.timers.heap[i]
            if timer.cb == on_timer:
                uvn_timer_stop(&self.uvn, timer)
                (<Call> timer.data).forget()
                Py_DECREF_(<PyObject*> timer.data)
                i = self.uvn.timers.size  # the removal may have moved any entry
        drop_ring(&self.ready)
        drop_ring(&self.due)
        drop_ring(&self.ticks)
        drop_ring(&self.immediates)
        if self.idle_active:
            self.idle_active = False
            uv_idle_stop(&self.idle)
        return 0

    cdef void free(self) noexcept:
        """Close the loop's own handles, and the loop."""
        self.state = LOOP_CLOSED
        self.uvn.release = self.uvn.attend = NULL  # nobody may see this
        self.uvn.catch_up = NULL
        uv_close(<uv_handle_t*> &self.check, NULL)
        uv_close(<uv_handle_t*> &self.idle, NULL)
        if self.wakeup_fds[0] != -1:
            uvn_poll_close(&self.wakeup, NULL)
        uvn_loop_turn(&self.uvn)
        if self.wakeup_fds[0] != -1:
            posix_close(self.wakeup_fds[0])
            if not self.hears_signals:  # else signals may still be written there
                posix_close(self.wakeup_fds[1])
            self.wakeup_fds[0] = self.wakeup_fds[1] = -1
        uvn_loop_close(&self.uvn)


cdef Loop running_loop():
    """Return the loop of ours that runs in this thread, or None."""
    return <Loop> uvn_running_loop if uvn_running_loop != NULL else None

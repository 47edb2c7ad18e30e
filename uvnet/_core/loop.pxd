"""The loop, the callback scope, and what the loop calls later.

The GIL is held while callbacks run: uv_run() is entered with it and the poll gives it up (csrc,
uvn_poll.c). So every field below is protected by the GIL, and call_soon_threadsafe needs no lock.
"""

cimport cython
from cpython.object cimport PyObject
from libc.stdint cimport uint8_t, uint64_t

from uvnet._core.call cimport Call
from uvnet._core.uv cimport (
    uv_check_t, uv_handle_t, uv_idle_t, uv_poll_t, uvn_loop_t, uvn_timer_t)

cdef extern from "ring.h":
    ctypedef struct uvn_ring_t:
        PyObject** items
        size_t head
        size_t count
        size_t mask
    int uvn_ring_push(uvn_ring_t*, PyObject*) except -1
    PyObject* uvn_ring_pop(uvn_ring_t*) noexcept
    void uvn_ring_clear(uvn_ring_t*) noexcept

cdef extern from "chunk.h":
    ctypedef struct uvn_chunks_t:
        uint64_t recycled
        uint64_t given
        int enabled
    void uvn_chunks_init(uvn_chunks_t*) noexcept
    void uvn_chunks_clear(uvn_chunks_t*) noexcept
    PyObject* uvn_chunk_take(uvn_chunks_t*, const char*, Py_ssize_t, Py_ssize_t*) noexcept
    void uvn_chunk_put(uvn_chunks_t*, PyObject*, Py_ssize_t) noexcept
    void uvn_chunk_keep(uvn_chunks_t*, PyObject*) noexcept

cdef extern from "call.h":
    PyObject* uvn_call(PyObject*, PyObject**, size_t) noexcept
    unsigned long uvn_thread() noexcept

cdef extern from "Python.h":
    size_t PY_VECTORCALL_ARGUMENTS_OFFSET
    PyObject** PyTuple_ITEMS "&PyTuple_GET_ITEM"(PyObject*, Py_ssize_t) noexcept
    Py_ssize_t PyTuple_GET_SIZE_ "PyTuple_GET_SIZE"(PyObject*) noexcept
    char* PyBytes_AS_STRING_ "PyBytes_AS_STRING"(PyObject*)
    PyObject* PyLong_FromSsize_t_ "PyLong_FromSsize_t"(Py_ssize_t) noexcept
    void Py_DECREF_ "Py_DECREF"(PyObject*) noexcept
    void Py_INCREF_ "Py_INCREF"(PyObject*) noexcept


cdef enum LoopState:
    LOOP_OPEN = 0  # so that the common check is a test for zero
    LOOP_CLOSING
    LOOP_CLOSED
    LOOP_FORKED  # this process inherited it from its parent


@cython.no_gc
cdef class TimerCall(Call):
    """A Call with a deadline. A scheduled one is kept by the heap."""
    cdef uvn_timer_t timer
    cdef Loop loop
    cdef double deadline
    cdef bint whole  # it was given as an int


cdef class Loop:
    cdef uvn_loop_t uvn
    cdef uv_check_t check
    cdef uv_idle_t idle      # active while something is ready: the poll must not block
    cdef uv_poll_t wakeup    # the read end of the pipe that signals are written to
    cdef int wakeup_fds[2]   # -1 until the loop first runs in the main thread
    cdef uvn_chunks_t chunks
    cdef uvn_ring_t ready
    cdef uvn_ring_t due        # timers: they come after what the next poll finds
    cdef uvn_ring_t ticks
    cdef uvn_ring_t immediates
    cdef uvn_ring_t corks    # what is to be flushed before the poll
    cdef LoopState state
    cdef unsigned long thread  # that runs it; 0 if none does
    cdef unsigned int depth    # callback scopes that are open
    cdef Py_ssize_t handles    # open handles of _core
    cdef uint64_t flowed       # chunks that went from a socket to 'data' listeners directly
    cdef uint64_t fed          # chunks that went from a socket to an `async for` directly
    cdef uint64_t written      # chunks that went from write() to the kernel directly
    cdef uint64_t held         # chunks that waited for the end of the callback, or of its batch
    cdef Py_ssize_t last_nread
    cdef PyObject* last_number  # last_nread as an int object
    cdef size_t next_turn      # of `ready`, the first so many
    cdef bint idle_active
    cdef bint woken
    cdef bint hears_signals    # also while it does not run
    cdef bint plain            # run() and not run_forever(): an uncaught error ends it
    cdef bint stopping
    cdef bint leftover         # close() has found a handle that it could not close
    cdef bint inherited        # this process is a fork of the one that made it
    cdef bint debug
    cdef object failure        # the exception that run() is to raise
    cdef public dict _watches  # descriptor: its Watch, for add_reader, sock_recv and their like
    cdef uint64_t kept_polls   # waits for a socket that the kernel had been told of before
    cdef tuple done            # a future that is done: what wakes a task in such a wait
    cdef public double slow_callback_duration
    cdef object __weakref__

    cdef int check_open(self) except -1
    cdef int check_thread(self) except -1
    cdef void check_duration(self, object call, callback, arguments, double seconds) noexcept
    cdef int activate(self) noexcept
    cdef TimerCall schedule(
        self, double when, object callback, tuple args, object context)
    cdef int watch_signals(self) except -1
    cdef int give_back_wakeup(self, int old) except -1
    cdef int drop_calls(self) except -1
    cdef void free(self) noexcept
    cdef int push_ready(self, Call call) except -1
    cdef int push(self, uvn_ring_t* ring, Call call) except -1
    cdef void run_calls(self, uvn_ring_t* ring, size_t todo) noexcept
    cdef int tick(self, object callback, tuple args) except -1
    cdef Call make_call(self, object callback, tuple args, object context)
    cdef void run_call(self, Call call) noexcept
    cdef void drain_ticks(self) noexcept
    cdef void report(self, str message, object source) noexcept
    cdef void report_caught(self, str message, object source, object exc) noexcept
    cdef void fail(self, object exc) noexcept
    cdef void fail_raised(self) noexcept
    cdef object run_until_stopped(self, bint plain)
    cdef void forked(self) noexcept


cdef Loop running_loop()
cdef void on_timer(uvn_timer_t* timer) noexcept


# ---------------------------------------------------------------- the callback scope
#
# Every callback of libuv that reaches Python goes through here: call, report what it raised, and
# when no other scope is open, drain the next-tick queue. (Node: InternalCallbackScope.)

cdef inline void enter(Loop loop) noexcept:
    """Open the scope for native code that calls Python as it goes. leave() closes it."""
    loop.depth += 1


cdef inline void leave(Loop loop) noexcept:
    loop.depth -= 1
    if loop.depth == 0 and loop.ticks.count != 0:
        loop.drain_ticks()


cdef inline PyObject* invoke(
    Loop loop, PyObject* source, PyObject* function, PyObject** args, size_t nargs
) noexcept:
    """Call `function`; return a new reference, or NULL after reporting what it raised.

    args[-1] must be writable, as PY_VECTORCALL_ARGUMENTS_OFFSET demands.
    """
    cdef PyObject* result
    loop.depth += 1
    Py_INCREF_(function)  # the callback may replace itself
    result = uvn_call(function, args, nargs | PY_VECTORCALL_ARGUMENTS_OFFSET)
    Py_DECREF_(function)
    if result == NULL:
        loop.report("Exception in callback", <object> source)
    loop.depth -= 1
    if loop.depth == 0 and loop.ticks.count != 0:
        loop.drain_ticks()
    return result


cdef inline void notify(Loop loop, object source, object function, object first,
                        object second) noexcept:
    """Call function(first, second) for its effect alone."""
    cdef PyObject* args[3]
    cdef PyObject* result
    args[1] = <PyObject*> first
    args[2] = <PyObject*> second
    result = invoke(loop, <PyObject*> source, <PyObject*> function, args + 1, 2)
    if result != NULL:
        Py_DECREF_(result)


cdef inline PyObject* number(Loop loop, Py_ssize_t value) noexcept:
    """Return `value` as an int, borrowed until the next call: most reads are of one size."""
    cdef PyObject* result
    if value != loop.last_nread or loop.last_number == NULL:
        result = PyLong_FromSsize_t_(value)
        if result == NULL:
            return NULL
        if loop.last_number != NULL:
            Py_DECREF_(loop.last_number)
        loop.last_number = result
        loop.last_nread = value
    return loop.last_number

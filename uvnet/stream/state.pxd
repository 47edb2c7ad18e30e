from uvnet._core.loop cimport Loop
from uvnet._core.waiter cimport Waiter
from uvnet.events cimport EventEmitter
from uvnet.stream.waiter cimport Awaiting

cdef enum:  # Stream.flags: both sides, then the writable side
    CONSTRUCTED = 1 << 0
    DESTROYED = 1 << 1
    ERRORED = 1 << 2
    CLOSED = 1 << 3          # _destroy() has called back
    CLOSE_EMITTED = 1 << 4
    ERROR_EMITTED = 1 << 5
    EMIT_CLOSE = 1 << 6
    AUTO_DESTROY = 1 << 7
    HALF_OPEN = 1 << 8       # the end of the readable side leaves the writable one open
    W_SIDE = 1 << 9          # there is a writable side
    W_ABSENT = 1 << 10       # it was made with writable=False
    W_OBJECTS = 1 << 11
    DECODE_STRINGS = 1 << 12
    W_SYNC = 1 << 13         # inside the call of _write or _final
    WRITING = 1 << 14
    EXPECT_CALLBACK = 1 << 15
    ENDING = 1 << 16
    ENDED = 1 << 17
    FINAL_CALLED = 1 << 18
    PREFINISHED = 1 << 19
    FINISHED = 1 << 20
    NEED_DRAIN = 1 << 21
    BUFFERED = 1 << 22
    CORKED = 1 << 23
    PROCESSING = 1 << 24     # the buffer is being written
    AFTER_WRITE = 1 << 25    # a tick that follows writes without callback is due
    NATIVE_WRITE = 1 << 26   # chunks may go to the handle without _write()

cdef enum:  # Stream.rflags: the readable side
    R_SIDE = 1 << 0
    R_ABSENT = 1 << 1        # it was made with readable=False
    R_OBJECTS = 1 << 2
    R_ENDED = 1 << 3         # push(None) has been called
    END_EMITTED = 1 << 4
    END_SCHEDULED = 1 << 5
    READING = 1 << 6         # _read() was called and nothing was pushed since
    R_SYNC = 1 << 7          # inside the call of _read
    NEED_READABLE = 1 << 8
    EMITTED_READABLE = 1 << 9
    READABLE_LISTENING = 1 << 10
    DATA_LISTENING = 1 << 11
    RESUME_SCHEDULED = 1 << 12
    READING_MORE = 1 << 13
    DATA_EMITTED = 1 << 14
    EOF_PENDING = 1 << 15    # 'readable' is owed for an end that nobody listened for
    HAS_FLOWING = 1 << 16    # readable_flowing is not None
    FLOWING = 1 << 17
    HAS_PAUSED = 1 << 18
    PAUSED = 1 << 19
    DECODES = 1 << 20
    NATIVE_READ = 1 << 21    # what is read may go to 'data' listeners without push()
    AWAITED = 1 << 22        # an error is for the next read_exactly() or read_until()


cdef class Stream(EventEmitter):
    cdef unsigned int flags
    cdef unsigned int rflags
    cdef readonly object errored
    # The readable side.
    cdef Py_ssize_t rhwm
    cdef Py_ssize_t rlength
    cdef list rbuffer           # None while empty
    cdef Py_ssize_t rindex      # of the first chunk that is left in it
    cdef Py_ssize_t rstart      # how much of that chunk is taken
    cdef object decoder
    cdef list pipes             # None while there are none
    cdef object await_drain     # None, or the set of destinations that are full
    # The writable side.
    cdef Py_ssize_t whwm
    cdef Py_ssize_t wlength
    cdef Py_ssize_t writelen    # of what _write() is at work on
    cdef list wbuffer           # of bytes and Pending; None while empty
    cdef Py_ssize_t windex
    cdef object write_callback
    cdef object after_write     # the tick that the last callback waits for
    cdef list finish_callbacks
    cdef object default_encoding
    cdef int corked
    cdef int pending_callbacks
    cdef object deferred_destroy
    cdef Awaiting awaiting      # who waits for data, or did last; or None
    cdef Waiter waiter          # of read_exactly() and read_until(); None until one has to wait

    cdef Loop loop_of(self)
    cdef int check_read(self) except -1
    cdef int tick(self, object function, tuple args) except -1
    cdef int do_read(self, Py_ssize_t size) except -1
    cdef int do_write(self, object chunk, object encoding) except -1
    cdef int do_writev(self, list items) except -1
    cdef bint has_writev(self) except -1


cdef class Completion:
    cdef Stream stream


cdef Py_ssize_t _high_water_mark(object value, bint object_mode, str name) except -1
cdef int wanted(Stream stream) except -1
cdef int init_readable(
    Stream self, object high_water_mark, bint object_mode, object encoding, str name) except -1
cdef int init_writable(
    Stream self, object high_water_mark, bint object_mode, bint decode_strings,
    object default_encoding, str name) except -1

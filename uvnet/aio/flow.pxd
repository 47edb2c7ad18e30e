from uvnet._core.waiter cimport Waiter
from uvnet.aio.transport cimport NativeProtocol, StreamTransport


cdef class DrainWait:
    cdef Waiter waiter
    cdef object error            # of the connection, which is lost


cdef class NativeStreamProtocol(NativeProtocol):
    cdef object loop
    cdef object transport
    cdef StreamTransport native  # the same, if it is one of ours and no layer is between
    cdef object reader_ref       # a weak reference, or None
    cdef object closed           # a future, once somebody waits for it
    cdef object lost_error
    cdef list drains             # DrainWait objects
    cdef public object _client_connected_cb
    cdef public object _source_traceback
    cdef public object _strong_reader
    cdef public object _stream_writer
    cdef public object _task
    cdef public bint _over_ssl
    cdef public bint _reject_connection
    cdef public bint _connection_lost
    cdef public bint _paused     # pause_writing() has been called
    cdef bint plain              # its methods are not overridden
    cdef bint plain_reader       # nor the reader's
    cdef dict __dict__
    cdef object __weakref__

    cdef int received(self, object data) except -1
    cdef int wait_for_drain(self, DrainWait drain) except -1


cdef int leave_drain(NativeStreamProtocol protocol, DrainWait drain) except -1

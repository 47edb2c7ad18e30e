from uvnet.aio.flow cimport DrainWait, NativeStreamProtocol
from uvnet.aio.reader cimport NativeReader
from uvnet.aio.transport cimport StreamTransport

cdef enum DrainState:
    NEW
    TURNED   # it has let the loop turn once, for the transport is closing
    WAITING
    OVER

cdef enum:  # what Draining.step() answers
    DRAINED
    WAITS
    TURN     # of the loop


cdef class Draining:
    cdef NativeWriter writer
    cdef DrainWait waiting       # while it waits
    cdef DrainState state

    cdef int step(self) except -1
    cdef int leave(self) except -1


cdef class NativeWriter:
    cdef object wire             # the transport
    cdef StreamTransport native      # the same, if it is one of ours
    cdef object protocol
    cdef NativeStreamProtocol flow   # the same, if it is one of ours
    cdef object reader
    cdef NativeReader native_reader  # the same, if it is one of ours
    cdef public object _loop
    cdef object complete
    cdef dict __dict__
    cdef object __weakref__

    cdef object exception(self)
    cdef bint is_closing_(self) except -1

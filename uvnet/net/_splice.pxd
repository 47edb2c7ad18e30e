cimport cython

from uvnet._core.stream cimport Stream as Handle
from uvnet._core.stream cimport splice_held
from uvnet.net._stream_base cimport SocketWrite, StreamBase, end_of_file
from uvnet.stream.destroy cimport error_or_destroy
from uvnet.stream.pipe cimport _Pipe
from uvnet.stream.state cimport *
from uvnet.stream.writable cimport written


cdef class SpliceBase(StreamBase):
    cdef SpliceBase spliced  # the destination
    cdef SpliceBase feeder   # the source of the splice that ends here

    @cython.locals(destination=SpliceBase, pipe=_Pipe)
    cdef bint may_splice(self) except -1
    @cython.locals(destination=SpliceBase, handle=Handle)
    cdef int try_splice(self) except -1
    @cython.locals(destination=SpliceBase, request=SocketWrite, pipe=_Pipe, held=size_t)
    cdef int unsplice(self) except -1
    cdef int unsplice_all(self) except -1
    cdef SpliceBase forget_splice(self)


cdef bint fast_splice
cdef _Pipe pipe_of(SpliceBase socket)
cdef bint is_patched(SpliceBase socket) except -1

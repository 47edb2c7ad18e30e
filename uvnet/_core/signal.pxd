from uvnet._core.handle cimport Handle
from uvnet._core.uv cimport uv_signal_t


cdef class Signal(Handle):
    cdef uv_signal_t uv
    cdef public object onsignal

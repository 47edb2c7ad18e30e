from uvnet._core.handle cimport Handle
from uvnet._core.uv cimport uv_timer_t


cdef class Timer(Handle):
    cdef uv_timer_t uv
    cdef public object ontimeout

from uvnet._core.handle cimport Handle
from uvnet._core.uv cimport uv_async_t


cdef class Async(Handle):
    cdef uv_async_t uv
    cdef public object onasync

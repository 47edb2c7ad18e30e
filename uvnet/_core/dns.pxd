from uvnet._core.handle cimport Request
from uvnet._core.loop cimport Loop
from uvnet._core.uv cimport addrinfo, uv_getaddrinfo_t, uv_getnameinfo_t


cdef class LookupReq(Request):
    cdef readonly Loop loop
    cdef readonly object result  # what was found, once complete

    cdef Loop start_on(self, object loop)
    cdef void started(self) noexcept
    cdef void finished(self, int status) noexcept


cdef class GetAddrInfoReq(LookupReq):
    cdef uv_getaddrinfo_t uv


cdef class GetNameInfoReq(LookupReq):
    cdef uv_getnameinfo_t uv


cdef list address_list(const addrinfo* info)
cdef int start_addrinfo(GetAddrInfoReq req, object loop, const char* host, const char* service,
                        const addrinfo* hints) except? 1

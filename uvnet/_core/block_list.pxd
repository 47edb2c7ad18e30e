"""Parsed addresses, and rules about addresses, that C code can ask without Python."""

from libc.stdint cimport uint16_t, uint32_t

from uvnet._core.uv cimport uvn_block_list_t, uvn_ip_t


cdef class SockAddr:
    cdef uvn_ip_t address_  # and not a sockaddr, which is four times as large
    cdef uint32_t flowlabel_
    cdef uint16_t port_
    cdef unsigned char version_
    cdef bint initialised
    cdef object __weakref__

    cdef tuple parts(self)


cdef class BlockRules:
    cdef uvn_block_list_t* list
    cdef object __weakref__

    cdef bint covers(self, SockAddr address) noexcept
    cdef int covers_literal(self, object ip, int version) except? -1

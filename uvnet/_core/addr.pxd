"""Addresses between Python and sockaddr."""

from uvnet._core.uv cimport sockaddr, sockaddr_storage

cdef int parse_address(object ip, object port, int family, sockaddr_storage* out) except 1
cdef object format_address(const sockaddr* addr)

"""The ceiling: an echo server in C, to measure everything else by."""

from libc.stdint cimport uint64_t

from uvnet._core.uv cimport uvn_capi_import, uvn_echo_ceiling

uvn_capi_import()


def echo_ceiling(int fd, *, bint tcp=True, uint64_t limit_bytes=0) -> int:
    """Serve echo on the listening socket `fd` with C callbacks alone: the ceiling to measure by.

    Args:
        fd: A listening stream socket. Adopted: it is closed at the end.
        tcp: False for a Unix socket.
        limit_bytes: Return after this many bytes have been echoed; 0, the default, serves until
            the process ends.

    Returns:
        0, or a negative errno.
    """
    cdef int result
    with nogil:
        result = uvn_echo_ceiling(fd, tcp, limit_bytes)
    return result

"""The ceiling: servers in C, to measure everything else by."""

from libc.stdint cimport uint64_t

from uvnet._core.uv cimport (
    UVN_SINK,
    UVN_SOURCE,
    uvn_bulk_ceiling,
    uvn_capi_import,
    uvn_echo_ceiling,
)

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


def bulk_ceiling(int fd, *, bint source, bint tcp=True, bint once=False) -> int:
    """Receive or send bulk data on the listening socket `fd` with C callbacks alone.

    Args:
        fd: A listening stream socket. Adopted: it is closed at the end.
        source: True answers each request, 8 bytes big-endian, with so many bytes, byte i being
            i & 0xff. False counts what arrives; at the end of a connection's input the count is
            the answer, 8 bytes big-endian.
        tcp: False for a Unix socket.
        once: Return when the last of the connections so far has closed; the default serves until
            the process ends.

    Returns:
        0, or a negative errno.
    """
    cdef int result
    with nogil:
        result = uvn_bulk_ceiling(fd, tcp, UVN_SOURCE if source else UVN_SINK, once)
    return result

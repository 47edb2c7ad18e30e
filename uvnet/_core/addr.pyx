"""IP literals: to and from sockaddr, and Node's is_ip. No name is looked up here."""

from cpython.unicode cimport PyUnicode_AsUTF8AndSize

from uvnet._core.uv cimport *

uvn_capi_import()


cdef int parse_address(object ip, object port, int family, sockaddr_storage* out) except 1:
    """Fill `out`; return 0, or UV_EINVAL if `ip` is no literal of `family` (0: either).

    Raises:
        TypeError: `ip` is not a str or `port` not an int.
        ValueError: `port` is not between 0 and 65535.
    """
    cdef Py_ssize_t length
    cdef const char* text
    if not isinstance(ip, str):
        raise TypeError(f"an IP address must be a str, not {type(ip).__name__}: {ip!r}")
    if not isinstance(port, int):
        raise TypeError(f"a port must be an int, not {type(port).__name__}: {port!r}")
    if not 0 <= port <= 65535:
        raise ValueError(f"a port must be between 0 and 65535, not {port}")
    text = PyUnicode_AsUTF8AndSize(ip, &length)
    return uvn_addr_parse(text, length, port, family, out)


cdef object format_address(const sockaddr* addr):
    """Return (address, family, port), family being 4 or 6, or UV_EAFNOSUPPORT."""
    cdef char[64] ip
    cdef int port = 0
    cdef int family = uvn_addr_format(addr, ip, &port)
    if family < 0:
        return family
    return (<bytes> ip).decode("ascii", "replace"), family, port


def is_ip(text: str) -> int:
    """Return 4 or 6 if `text` is an IP address literal of that version, else 0. (Node: net.isIP)

    Strict: four parts without leading zeros; for IPv6 a zone ('%eth0') is allowed. 0 also for
    what is not a str.
    """
    cdef Py_ssize_t length
    cdef const char* data
    if not isinstance(text, str):
        return 0
    try:
        data = PyUnicode_AsUTF8AndSize(text, &length)
    except UnicodeEncodeError:  # a lone surrogate
        return 0
    return uvn_is_ip(data, length)

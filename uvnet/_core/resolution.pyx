"""resolve(): getaddrinfo for asyncio, a number at once and a name in libuv's thread pool.

It answers with what socket.getaddrinfo() returns, and fails with what that raises. What it is not
sure of it leaves to its caller: libuv would take other arguments otherwise than the socket module.
"""

import os
import socket

from cpython.object cimport PyObject
from cpython.unicode cimport PyUnicode_AsUTF8AndSize
from libc.errno cimport errno as last_errno
from libc.stdio cimport snprintf
from libc.string cimport memchr, memset

from uvnet._core cimport dns
from uvnet._core.audit cimport PySys_Audit
from uvnet._core.loop cimport Loop
from uvnet._core.uv cimport *

from uvnet._core import constants

uvn_capi_import()

cdef extern from "Python.h":
    bint PyUnicode_IS_ASCII(object) noexcept
    bint PyIndex_Check(object) noexcept
    long PyLong_AsLongAndOverflow(object, int*) except? -1

cdef extern from "<netdb.h>":
    int c_getaddrinfo "getaddrinfo"(
        const char*, const char*, const addrinfo*, addrinfo**) noexcept
    void c_freeaddrinfo "freeaddrinfo"(addrinfo*) noexcept
    const char* gai_strerror(int) noexcept
    enum:
        AI_NUMERICHOST
        EAI_SYSTEM

cdef enum:
    LONGEST_LABEL = 63   # RFC 1035; the socket module refuses longer ones
    LONGEST_HOST = 253
    LONGEST_SERVICE = 64

# With other flags, such as AI_IDN, getaddrinfo(3) may fail with codes that abort libuv.
cdef int KNOWN_FLAGS = 0
for _name in ("PASSIVE", "CANONNAME", "NUMERICHOST", "NUMERICSERV", "V4MAPPED", "ALL", "ADDRCONFIG"):
    KNOWN_FLAGS |= getattr(socket, f"AI_{_name}", 0)

# The code of getaddrinfo(3) that libuv has made its own of.
cdef dict CODES = {
    getattr(constants, f"UV_{_name}"): getattr(socket, _name)
    for _name in dir(socket)
    if _name.startswith("EAI_") and hasattr(constants, f"UV_{_name}")
}


cdef class Resolution(dns.GetAddrInfoReq):
    """A lookup in flight.

    Attributes:
        future: Of asyncio: what will be found, or why nothing was.
    """

    cdef readonly object future


cdef object failure(int code, int number):
    """Return the exception for a code of getaddrinfo(3), or for the errno with EAI_SYSTEM."""
    if code == EAI_SYSTEM:
        return OSError(number, os.strerror(number))
    return socket.gaierror(code, gai_strerror(code).decode("utf-8", "surrogateescape"))


cdef object status_failure(int status):
    """Return the exception for a status of libuv's."""
    code = CODES.get(status)
    return failure(EAI_SYSTEM, -status) if code is None else failure(code, 0)


def _settle(Resolution request, int status):
    """Complete the future, unless it was cancelled."""
    if request.future.done():
        return
    if status or not request.result:  # nothing found and no error is EAI_SYSTEM without an errno
        request.future.set_exception(status_failure(status))
    else:
        request.future.set_result(request.result)


cdef bint plain_name(const char* text, Py_ssize_t length) noexcept:
    """Return whether the socket module passes a name in ASCII on as it is."""
    cdef Py_ssize_t label = 0
    cdef Py_ssize_t i
    if not 0 < length <= LONGEST_HOST:
        return False
    for i in range(length):
        if text[i] == c".":
            if label == 0:
                return False
            label = 0
        else:
            label += 1
            if label > LONGEST_LABEL or text[i] == 0:
                return False
    return True


cdef const char* service_text(object port, char* room) noexcept:
    """Return a port as getaddrinfo(3) takes it, in `room` if it is a number; NULL if it is odd."""
    cdef Py_ssize_t length
    cdef const char* text
    cdef long number
    cdef int overflow
    if type(port) is int:
        number = PyLong_AsLongAndOverflow(port, &overflow)
        if not overflow:
            snprintf(room, LONGEST_SERVICE, "%ld", number)
            return room
    elif type(port) is str and PyUnicode_IS_ASCII(port):
        text = PyUnicode_AsUTF8AndSize(port, &length)
        if length < LONGEST_SERVICE and memchr(text, 0, length) == NULL:
            return text
    return NULL


cdef list look_up_now(const char* host, const char* service, addrinfo* hints):
    """Look up an address that is a number: it takes a fraction of a microsecond."""
    cdef addrinfo* info = NULL
    cdef int err
    hints.ai_flags |= AI_NUMERICHOST  # it never waits for a name server
    err = c_getaddrinfo(host, service, hints, &info)
    if err:
        raise failure(err, last_errno)
    try:
        return dns.address_list(info)
    finally:
        c_freeaddrinfo(info)


def resolve(Loop loop not None, host, port, family, type, proto, flags):
    """Look up `host` and `port`.

    Args:
        loop: An asyncio loop of ours.
        host, port, family, type, proto, flags: As for socket.getaddrinfo().

    Returns:
        The list that socket.getaddrinfo() returns if the address and the port are numbers; else a
        Resolution, to await its future; None if socket.getaddrinfo() is to be called.

    Raises:
        OSError: Nothing was found: a socket.gaierror.
        RuntimeError: The loop is closed or runs in another thread.
    """
    cdef addrinfo hints
    cdef char[LONGEST_SERVICE] room
    cdef Py_ssize_t length
    cdef const char* name
    cdef const char* service
    cdef Resolution request
    cdef int err
    if not (isinstance(host, str) and PyUnicode_IS_ASCII(host)):
        return None
    name = PyUnicode_AsUTF8AndSize(host, &length)
    service = NULL
    if port is not None:
        service = service_text(port, room)
        if service == NULL:
            return None
    if not (PyIndex_Check(family) and PyIndex_Check(type) and PyIndex_Check(proto)
            and PyIndex_Check(flags)):
        return None
    memset(&hints, 0, sizeof(hints))
    try:
        hints.ai_family, hints.ai_socktype, hints.ai_protocol = family, type, proto
        hints.ai_flags = flags
    except (TypeError, OverflowError):
        return None
    loop.check_open()
    loop.check_thread()
    if (service == NULL or service == room) and uvn_is_ip(name, length):
        audit(host, port, &hints)
        return look_up_now(name, service, &hints)
    if hints.ai_flags & ~KNOWN_FLAGS or not plain_name(name, length):
        return None
    audit(host, port, &hints)
    request = Resolution(_settle)
    request.future = loop.create_future()
    err = dns.start_addrinfo(request, loop, name, service, &hints)
    if err:
        raise status_failure(err)
    return request


cdef int audit(object host, object port, const addrinfo* hints) except -1:
    return PySys_Audit("socket.getaddrinfo", "OOiii", <PyObject*> host, <PyObject*> port,
                       hints.ai_family, hints.ai_socktype, hints.ai_protocol)

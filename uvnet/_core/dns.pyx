"""Name lookup in libuv's thread pool: getaddrinfo and getnameinfo."""

from socket import AddressFamily, SocketKind

from libc.string cimport memset

from uvnet._core.addr cimport parse_address
from uvnet._core.audit cimport PySys_Audit
from uvnet._core.current cimport current_loop
from uvnet._core.handle cimport Request
from uvnet._core.loop cimport Loop, Py_DECREF_, Py_INCREF_, notify
from uvnet._core.uv cimport *
from cpython.object cimport PyObject

uvn_capi_import()

cdef extern from "<arpa/inet.h>":
    struct in_addr:
        pass
    struct in6_addr:
        pass
    struct sockaddr_in:
        unsigned short sin_port
        in_addr sin_addr
    struct sockaddr_in6:
        unsigned short sin6_port
        unsigned int sin6_flowinfo
        in6_addr sin6_addr
        unsigned int sin6_scope_id
    unsigned short ntohs(unsigned short) noexcept
    unsigned int ntohl(unsigned int) noexcept
    const char* inet_ntop(int, const void*, char*, socklen_t) noexcept
    enum:
        AF_INET
        AF_INET6

# Enum members are looked up here: to call the class for a number takes a microsecond.
cdef dict FAMILIES = {int(member): member for member in AddressFamily}
cdef dict KINDS = {int(member): member for member in SocketKind}

# RFC 1035: 255 octets on the wire are 253 characters in writing, one more with the final dot.
LONGEST_NAME = 253
# Encoding may compose or drop characters, so that more fit; but it takes quadratic time.
LONGEST_TEXT = 4 * LONGEST_NAME


cdef class LookupReq(Request):
    """A lookup: oncomplete(request, status), and then request.result. Not made directly.

    Attributes:
        loop: The loop that it was last started on, or None. Read-only.
        result: What was found, once complete with status 0; None otherwise. Read-only.
    """

    cdef Loop start_on(self, object loop):
        if self.active:
            raise RuntimeError("this request is in flight")
        if loop is not None and not isinstance(loop, Loop):
            raise TypeError(f"loop must be an uvnet loop or None, not {loop!r}")
        cdef Loop chosen = current_loop() if loop is None else <Loop> loop
        chosen.check_open()
        chosen.check_thread()
        if chosen.state:  # else callbacks that look up again would keep it from closing
            raise RuntimeError("Event loop is closing")
        return chosen

    cdef void started(self) noexcept:
        self.active = True
        Py_INCREF_(<PyObject*> self)  # until finished()

    cdef void finished(self, int status) noexcept:
        self.active = False
        if self.oncomplete is not None:
            notify(self.loop, self, self.oncomplete, self, status)
        Py_DECREF_(<PyObject*> self)  # started()'s


cdef class GetAddrInfoReq(LookupReq):
    """A getaddrinfo() in flight; result is a list as socket.getaddrinfo() returns it."""

    def cancel(self):
        """Give it up, if it has not begun: it then completes with UV_EAI_CANCELED. (uv_cancel)

        Returns:
            0, or a negative errno: UV_EBUSY when it has begun, UV_EINVAL if it is not in flight.
        """
        return uv_cancel(<uv_req_t*> &self.uv) if self.active else UV_EINVAL


cdef class GetNameInfoReq(LookupReq):
    """A getnameinfo() in flight; result is (host, service)."""

    def cancel(self):
        """As GetAddrInfoReq.cancel.

        Returns:
            0, or a negative errno.
        """
        return uv_cancel(<uv_req_t*> &self.uv) if self.active else UV_EINVAL


cpdef bytes encode_name(object name, str what):
    """Return a name as the resolver takes it; None stays None.

    Args:
        name: Of a host or a service; encoded by IDNA 2003 unless it is ASCII.
        what: Which argument it is, for errors.

    Returns:
        The bytes, or None.

    Raises:
        TypeError: It is no str, bytes or None.
        ValueError: It has a NUL, or more than 253 characters: a resolver that cuts it short
            would look up another name.
    """
    cdef bytes encoded
    if name is None:
        return None
    if isinstance(name, str):
        if len(name) > LONGEST_TEXT:
            raise ValueError(f"{what} must not have more than {LONGEST_TEXT} characters: {name!r}")
        encoded = name.encode("ascii") if name.isascii() else name.encode("idna")
    elif isinstance(name, bytes):
        encoded = name
    else:
        raise TypeError(f"{what} must be str, bytes or None, not {type(name).__name__}: {name!r}")
    if b"\0" in encoded:
        raise ValueError(f"{what} must not contain a NUL: {name!r}")
    if len(encoded.removesuffix(b".")) > LONGEST_NAME:
        raise ValueError(f"{what} must not be longer than {LONGEST_NAME} bytes: {name!r}")
    return encoded


def getaddrinfo(GetAddrInfoReq req not None, host, service=None, *, loop=None, int family=0,
                int type=0, int proto=0, int flags=0):
    """Look up `host` and `service` in libuv's thread pool. (getaddrinfo(3))

    Args:
        req: Completed with oncomplete(req, status), status being 0 or UV_EAI_*; req.result is
            then a list of (family, type, proto, canonname, sockaddr), or None.
        host: A name or literal; None for the wildcard or loopback address.
        service: A port or service name as text, or None.
        loop: An uvnet loop; None for the current one.
        family, type, proto, flags: As for socket.getaddrinfo().

    Returns:
        0, or a negative errno: UV_EINVAL if there is neither a host nor a service.

    Raises:
        TypeError, ValueError: Of a name that must not reach the resolver.
        RuntimeError: `req` is in flight, or the loop is closed or runs in another thread.
    """
    cdef addrinfo hints
    cdef bytes node = encode_name(host, "host")
    cdef bytes port = encode_name(service, "service")
    cdef char* node_text = NULL
    cdef char* port_text = NULL
    if node is not None:
        node_text = node
    if port is not None:
        port_text = port
    PySys_Audit("socket.getaddrinfo", "OOiii", <PyObject*> host, <PyObject*> service, family, type,
                proto)
    memset(&hints, 0, sizeof(hints))
    hints.ai_family = family
    hints.ai_socktype = type
    hints.ai_protocol = proto
    hints.ai_flags = flags
    return start_addrinfo(req, loop, node_text, port_text, &hints)


cdef int start_addrinfo(GetAddrInfoReq req, object loop, const char* host, const char* service,
                        const addrinfo* hints) except? 1:
    """Start what getaddrinfo() describes; return 0 or a negative errno."""
    cdef int err
    req.loop = req.start_on(loop)
    req.result = None
    err = uv_getaddrinfo(&req.loop.uvn.uv, &req.uv, on_addrinfo, host, service, hints)
    if not err:
        (<uv_req_t*> &req.uv).data = <void*> req
        req.started()
    return err


cdef tuple address_tuple(const sockaddr* addr):
    """Return an address as the socket module has it, or None of a family that is not IP."""
    cdef const sockaddr_in* in4 = <const sockaddr_in*> addr
    cdef const sockaddr_in6* in6 = <const sockaddr_in6*> addr
    cdef char[UVN_ADDR_STRLEN] ip
    if addr.sa_family == AF_INET:
        inet_ntop(AF_INET, &in4.sin_addr, ip, sizeof(ip))
        return ip.decode("ascii"), ntohs(in4.sin_port)
    if addr.sa_family != AF_INET6:
        return None
    inet_ntop(AF_INET6, &in6.sin6_addr, ip, sizeof(ip))
    return (
        ip.decode("ascii"), ntohs(in6.sin6_port), ntohl(in6.sin6_flowinfo), in6.sin6_scope_id)


cdef list address_list(const addrinfo* info):
    """Return what socket.getaddrinfo() does."""
    found = []
    while info != NULL:
        address = address_tuple(info.ai_addr)
        if address is not None:
            name = info.ai_canonname.decode("utf-8", "surrogateescape") \
                if info.ai_canonname != NULL else ""
            family, kind = info.ai_family, info.ai_socktype
            found.append((
                FAMILIES.get(family, family), KINDS.get(kind, kind), info.ai_protocol, name,
                address))
        info = info.ai_next
    return found


cdef void on_addrinfo(uv_getaddrinfo_t* uv, int status, addrinfo* info) noexcept:
    cdef GetAddrInfoReq req = <GetAddrInfoReq> (<uv_req_t*> uv).data
    try:
        if status == 0:
            req.result = address_list(info)
    except MemoryError:
        status = UV_ENOMEM
    finally:
        uv_freeaddrinfo(info)
    req.finished(status)


def getnameinfo(GetNameInfoReq req not None, ip, port, *, loop=None, int flags=0):
    """Look up the name of an address. (getnameinfo(3))

    Args:
        req: Completed with oncomplete(req, status), status being 0 or UV_EAI_*; req.result is
            then (host, service), or None.
        ip: An IP literal.
        port: 0 to 65535.
        loop: An uvnet loop; None for the current one.
        flags: NI_* of the socket module.

    Returns:
        0, or a negative errno: UV_EINVAL if `ip` is no literal.

    Raises:
        TypeError, ValueError: Of an address or port that cannot be one.
        RuntimeError: As getaddrinfo.
    """
    cdef sockaddr_storage addr
    cdef int err = parse_address(ip, port, 0, &addr)
    if err:
        return err
    PySys_Audit("socket.getnameinfo", "((OO))", <PyObject*> ip, <PyObject*> port)
    req.loop = req.start_on(loop)
    req.result = None
    err = uv_getnameinfo(&req.loop.uvn.uv, &req.uv, on_nameinfo, <sockaddr*> &addr, flags)
    if not err:
        (<uv_req_t*> &req.uv).data = <void*> req
        req.started()
    return err


cdef void on_nameinfo(
    uv_getnameinfo_t* uv, int status, const char* host, const char* service
) noexcept:
    cdef GetNameInfoReq req = <GetNameInfoReq> (<uv_req_t*> uv).data
    try:
        if status == 0:
            req.result = (
                host.decode("utf-8", "surrogateescape"), service.decode("utf-8", "surrogateescape"))
    except MemoryError:
        status = UV_ENOMEM
    req.finished(status)

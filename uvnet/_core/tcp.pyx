"""TCP: a TCP socket, listening or connected. Node: src/tcp_wrap.cc."""

import errno
import socket as _socket

from cpython.number cimport PyNumber_Index
from cpython.object cimport PyObject

from uvnet._core.addr cimport format_address, parse_address
from uvnet._core.block_list cimport BlockRules
from uvnet._core.audit cimport audit_address
from uvnet._core.handle cimport unusable
from uvnet._core.stream cimport ConnectReq, Stream, on_connect
from uvnet._core.uv cimport *

uvn_capi_import()

cdef extern from "<netinet/in.h>":
    enum:
        IPPROTO_IP
        IPPROTO_IPV6
        IPV6_TCLASS
        IP_TOS

cdef extern from "<sys/socket.h>":
    int getsockopt(int, int, int, void*, socklen_t*)
    int setsockopt(int, int, int, const void*, socklen_t)
    int getsockname(int, sockaddr*, socklen_t*)
    enum:
        AF_INET6

cdef extern from "<errno.h>":
    int errno_ "errno"


cdef class TCP(Stream):
    """A TCP socket as a libuv handle.

    The socket itself is made by bind, connect or open. Methods return 0 or a negative errno; see
    Handle for what they raise.

    Args:
        loop: An uvnet loop; None, the default, for the current one.
    """

    def __init__(self, loop=None):
        self.loop = self.begin(loop)
        self.opened(&self.uvn.u.handle, uvn_tcp_init(&self.loop.uvn, &self.uvn))

    cdef Stream new_client(self):
        return TCP(self.loop)

    def open(self, fd):
        """Adopt the stream socket `fd`, which is then the handle's alone. (libuv: uv_tcp_open)

        Returns:
            0, or a negative errno, with `fd` still the caller's: UV_EBADF, UV_ENOTSOCK, UV_EINVAL
            if it is no TCP socket, UV_EEXIST if the loop watches it, UV_EBUSY if the handle has a
            socket already.
        """
        cdef int number = PyNumber_Index(fd)
        cdef int err = unusable(self)
        if not err:
            err = uvn_tcp_open(&self.uvn, number)
        return err

    def bind(self, ip, port, unsigned int flags=0):
        """Bind to an IPv4 literal. That the port is taken shows in listen() or connect().

        Args:
            ip: Such as '127.0.0.1'.
            port: 0 to 65535; 0 for any free one.
            flags: UV_TCP_REUSEPORT, or 0.

        Returns:
            0, or a negative errno: UV_EINVAL if `ip` is no IPv4 literal or the handle is bound
            already, UV_EADDRNOTAVAIL, UV_EACCES.

        Raises:
            TypeError, ValueError: Of an address or port that cannot be one.
        """
        return self._bind(ip, port, 4, flags)

    def bind6(self, ip, port, unsigned int flags=0):
        """Bind to an IPv6 literal, otherwise as bind.

        Args:
            ip: Such as '::1'; a zone may follow it, as in 'fe80::1%eth0'.
            port: As for bind.
            flags: UV_TCP_IPV6ONLY, without which '::' takes IPv4 clients as well, and
                UV_TCP_REUSEPORT.
        """
        return self._bind(ip, port, 6, flags)

    def _bind(self, ip, port, int family, unsigned int flags):
        cdef sockaddr_storage addr
        cdef int err = unusable(self) or parse_address(ip, port, family, &addr)
        if not err:
            audit_address("socket.bind", self, ip, port)
            err = unusable(self)
        if not err:
            err = uv_tcp_bind(&self.uvn.u.tcp, <sockaddr*> &addr, flags)
        return err

    def connect(self, ConnectReq req not None, ip, port):
        """Connect to `ip`, an IPv4 literal, and `port`; req.oncomplete tells the outcome.

        Returns:
            0, or a negative errno: UV_EALREADY if it is connecting, UV_EINVAL for no literal,
            UV_EBUSY if `req` is in flight.

        Raises:
            TypeError, ValueError: As bind.
        """
        return self._connect(req, ip, port, 4)

    def connect6(self, ConnectReq req not None, ip, port):
        """As connect, to an IPv6 literal; a zone may follow it, as in 'fe80::1%eth0'."""
        return self._connect(req, ip, port, 6)

    def _connect(self, ConnectReq req, ip, port, int family):
        cdef sockaddr_storage addr
        cdef int err = unusable(self) or parse_address(ip, port, family, &addr)
        if not err:
            audit_address("socket.connect", self, ip, port)
            err = unusable(self)
        if err:
            return err
        if req.active:
            return UV_EBUSY
        err = uvn_tcp_connect(&self.uvn, &req.uv, <sockaddr*> &addr, on_connect)
        if not err:
            req.uv.data = <void*> req
            req.begin(self)
        return err

    def getsockname(self):
        """Return (address, family, port) of this end, family being 4 or 6; or a negative errno.

        UV_EBADF before bind, connect and open.
        """
        cdef sockaddr_storage addr
        cdef int length = sizeof(addr)
        cdef int err = unusable(self)
        if not err:
            err = uv_tcp_getsockname(&self.uvn.u.tcp, <sockaddr*> &addr, &length)
        return err if err else format_address(<sockaddr*> &addr)

    def getpeername(self):
        """Return (address, family, port) of the other end; or a negative errno.

        UV_ENOTCONN if there is none, UV_EBADF before bind, connect and open.
        """
        cdef sockaddr_storage addr
        cdef int length = sizeof(addr)
        cdef int err = unusable(self)
        if not err:
            err = uv_tcp_getpeername(&self.uvn.u.tcp, <sockaddr*> &addr, &length)
        return err if err else format_address(<sockaddr*> &addr)

    def set_no_delay(self, bint enable):
        """Send small segments at once, without Nagle's algorithm, if `enable`. (TCP_NODELAY)"""
        cdef int err = unusable(self)
        if not err:
            err = uv_tcp_nodelay(&self.uvn.u.tcp, enable)
        return err

    def set_keep_alive(self, bint enable, unsigned int delay=0, unsigned int interval=1,
                       unsigned int count=10):
        """Probe an idle connection. (SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT)

        Args:
            enable: Whether to.
            delay: Idle seconds before the first probe; 0 leaves this and the rest to the system.
            interval: Seconds between probes, at least 1.
            count: Probes without an answer before the connection counts as dead, at least 1.

        Returns:
            0, or a negative errno: UV_EBADF before there is a socket.
        """
        cdef int fd = self._checked_fd()
        cdef int on = 1
        if fd < 0:
            return fd  # libuv would remember that it is on, and forget the rest
        if enable and delay == 0:
            # libuv turns it on, then refuses the delay; what is meant is its first half.
            if setsockopt(fd, _socket.SOL_SOCKET, _socket.SO_KEEPALIVE, &on, sizeof(on)):
                return -errno_
            return 0
        return uv_tcp_keepalive_ex(&self.uvn.u.tcp, enable, delay, interval, count)

    def set_type_of_service(self, int value):
        """Set the type-of-service byte of outgoing packets. (IP_TOS, IPV6_TCLASS)

        Args:
            value: 0 to 255.

        Returns:
            0, or a negative errno: UV_EINVAL for another value, UV_EBADF without a socket.
        """
        cdef int fd = self._checked_fd()
        if fd < 0:
            return fd
        if not 0 <= value <= 255:
            return UV_EINVAL
        if setsockopt(fd, self._ip_level(fd), IPV6_TCLASS if self._ip_level(fd) == IPPROTO_IPV6
                      else IP_TOS, &value, sizeof(value)):
            return -errno_
        return 0

    def get_type_of_service(self):
        """Return the type-of-service byte, 0 to 255, or a negative errno."""
        cdef int value = 0
        cdef socklen_t length = sizeof(value)
        cdef int fd = self._checked_fd()
        if fd < 0:
            return fd
        if getsockopt(fd, self._ip_level(fd), IPV6_TCLASS if self._ip_level(fd) == IPPROTO_IPV6
                      else IP_TOS, &value, &length):
            return -errno_
        return value

    def set_block_rules(self, BlockRules rules):
        """Close who connects to this listening socket from an address that the rules forbid.

        onconnection does not hear of them; Loop.counters() has their number. It happens in C, and
        may be set before or after listen(). A rule that is added later counts at once.

        Args:
            rules: They are kept until the handle closes; None for no rules any more.

        Returns:
            0, or a negative errno: UV_EBADF, UV_ENOMEM.
        """
        cdef int err = unusable(self)
        if not err:
            err = uvn_set_block_list(&self.uvn, rules.list if rules is not None else NULL)
        return err

    cdef int _checked_fd(self) except? -1:
        cdef int err = unusable(self)
        return err if err else self.fd

    cdef int _ip_level(self, int fd) noexcept:
        cdef sockaddr_storage addr
        cdef socklen_t length = sizeof(addr)
        if getsockname(fd, <sockaddr*> &addr, &length) == 0 and \
                (<sockaddr*> &addr).sa_family == AF_INET6:
            return IPPROTO_IPV6
        return IPPROTO_IP

    def reset(self, callback=None):
        """Close with a TCP RST where the connection still allows one. See Handle.close."""
        return self.start_close(callback, True)

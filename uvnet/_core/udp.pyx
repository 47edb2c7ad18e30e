"""UDP: datagrams of the Internet and of Unix, received and sent many at a time."""

import socket

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.mem cimport PyMem_Free, PyMem_Realloc
from cpython.number cimport PyNumber_Index
from libc.errno cimport errno
from libc.string cimport memcmp, memcpy, memmove

from uvnet._core.audit cimport PySys_Audit
from uvnet._core.fast import is_enabled
from uvnet._core.handle cimport on_handle_closed, unusable
from uvnet._core.loop cimport (
    Loop, Py_DECREF_, Py_INCREF_, enter, leave, uvn_chunk_put, uvn_chunk_take)
from uvnet._core.uv cimport *

cdef extern from "sockname.h":
    object uvn_sockname(const sockaddr*, socklen_t)
    int uvn_sockaddr(object, int, sockaddr_storage*, socklen_t*) except -1

cdef extern from "<sys/socket.h>":
    int c_bind "bind"(int, const sockaddr*, socklen_t)
    int c_connect "connect"(int, const sockaddr*, socklen_t)
    int c_getsockname "getsockname"(int, sockaddr*, socklen_t*)
    int c_getpeername "getpeername"(int, sockaddr*, socklen_t*)

uvn_capi_import()

cdef bint fast = is_enabled("batch")
cdef int INET = socket.AF_INET
cdef int INET6 = socket.AF_INET6
cdef int UNIX = socket.AF_UNIX
cdef int PEERS_MAX = 256


@cython.freelist(64)
cdef class _Peer:
    """An address, as the kernel has it and as Python does."""


cdef void on_recv(uvn_udp_t* uvn, const uvn_datagram_t* batch, int n) noexcept:
    cdef UDP self = <UDP> (<uv_handle_t*> uvn).data
    enter(self.loop)
    try:
        if n < 0:
            self.receive_failed(n)
        else:
            self.messages(batch, n)
    except BaseException as exc:
        self.loop.report_caught("Exception in callback", self, exc)
    leave(self.loop)


cdef void on_writable(uvn_udp_t* uvn, int status) noexcept:
    cdef UDP self = <UDP> (<uv_handle_t*> uvn).data
    enter(self.loop)
    try:
        self.waiting = False
        self.drain()  # which hears of a descriptor that has died
        if self.handle != NULL and self.count == 0:
            uvn_udp_wait_writable(&self.uvn, NULL)
            self.drained()
    except BaseException as exc:
        self.loop.report_caught("Exception in callback", self, exc)
    leave(self.loop)


cdef class UDP(Handle):
    """A datagram socket: UDP, or of Unix. It is one of open(), bind() or connect() that makes it.

    Addresses are the socket module's: (host, port), (host, port, flowinfo, scope_id), a path, or
    bytes for an abstract name. A host is an IP literal: no name is looked up here.

    Attributes:
        onmessage: onmessage(nread, data, address), or None. nread >= 0: one datagram of so many
            bytes, and who has sent it, None if it has no address. nread < 0: `data` and `address`
            are None; UV_ECONNREFUSED and its like tell of an earlier send, and receiving goes on;
            after UV_EBADF, the descriptor was closed by somebody else, it does not.
        onsend: onsend(status), or None. For each datagram that was queued and then could not be
            sent, a negative errno; 0 when the queue is empty again.

    Args:
        loop: An uvnet loop; None for the current one.
    """

    def __init__(self, loop=None):
        self.loop = self.begin(loop)
        uvn_udp_init(&self.loop.uvn, &self.uvn)
        self.uvn.one_by_one = not fast
        self.opened(<uv_handle_t*> &self.uvn, 0)

    def __dealloc__(self):
        self.drop()
        PyMem_Free(self.queue)

    cdef void do_close(self, uv_handle_t* handle, bint reset) noexcept:
        uvn_udp_close(&self.uvn, on_handle_closed)

    cdef void release(self) noexcept:
        self.onmessage = self.onsend = None
        self.drop()

    cdef int drop(self) noexcept:
        """Forget what is queued, and the peers."""
        cdef int i
        self.pop(self.count)
        for i in range(RECENT_PEERS):
            if self.recent[i] != NULL:
                Py_DECREF_(self.recent[i])
                self.recent[i] = NULL
        self.peers = None
        return 0

    # ---------------------------------------------------------------------- names

    def open(self, fd):
        """Adopt `fd`, a datagram socket: the handle owns it now, and has made it non-blocking.

        Returns:
            0, or a negative errno, and the descriptor is still the caller's: UV_EBUSY if the
            handle has one, UV_EEXIST if the loop watches it, UV_EINVAL if it is a stream's.
        """
        cdef int number = PyNumber_Index(fd)
        cdef int err = unusable(self)
        return err or uvn_udp_open(&self.uvn, number)

    def bind(self, address):
        """Receive at `address`. Makes the socket if there is none. (Port 0: a free one.)

        Returns:
            0, or a negative errno: UV_EADDRINUSE, UV_EINVAL if it is bound or `address` has a name.

        Raises:
            TypeError, OverflowError, OSError: `address` is none.
        """
        cdef sockaddr_storage storage
        cdef socklen_t length = 0
        cdef int err = unusable(self) or self.resolve(address, &storage, &length)
        if not err:
            PySys_Audit("socket.bind", "OO", <PyObject*> self, <PyObject*> address)
            err = unusable(self)
        if not err:
            err = uvn_udp_socket(&self.uvn, family_of(address))
        if not err and c_bind(self.uvn.fd, <sockaddr*> &storage, length) != 0:
            err = -errno
        return err

    def connect(self, address):
        """Send to `address`, and receive from there alone. Makes the socket if there is none.

        Returns:
            0, or a negative errno. As bind.

        Raises:
            TypeError, OverflowError, OSError: `address` is none.
        """
        return self.connect_to(address)

    cdef int connect_to(self, object address) except 1:
        cdef sockaddr_storage storage
        cdef socklen_t length = 0
        cdef int err = unusable(self) or self.resolve(address, &storage, &length)
        if not err:
            PySys_Audit("socket.connect", "OO", <PyObject*> self, <PyObject*> address)
            err = unusable(self)
        if not err:
            err = uvn_udp_socket(&self.uvn, family_of(address))
        if not err and c_connect(self.uvn.fd, <sockaddr*> &storage, length) != 0:
            err = -errno
        return err

    cdef int resolve(self, address, sockaddr_storage* storage, socklen_t* length) except 1:
        if uvn_sockaddr(address, family_of(address), storage, length):
            return UV_EINVAL
        return 0

    def getsockname(self):
        """Return the address that it is bound to, or a negative errno."""
        return self.name_of(False)

    def getpeername(self):
        """Return the address that it is connected to, or a negative errno."""
        return self.name_of(True)

    cdef object name_of(self, bint peer):
        cdef sockaddr_storage storage
        cdef socklen_t length = sizeof(storage)
        cdef int err = unusable(self)
        if err == 0 and self.uvn.fd < 0:
            err = UV_EBADF
        if err:
            return err
        if (c_getpeername if peer else c_getsockname)(
                self.uvn.fd, <sockaddr*> &storage, &length) != 0:
            return -errno
        return uvn_sockname(<sockaddr*> &storage, length)

    @property
    def fd(self) -> int:
        """The descriptor; -1 before open and when it is closed."""
        return self.uvn.fd if self.handle != NULL else -1

    # ------------------------------------------------------------------ receiving

    def recv_start(self):
        """Start calling onmessage: for so many datagrams in each turn, from one system call.

        Returns:
            0, or a negative errno: UV_EALREADY if it does.
        """
        return self.begin_receiving()

    cdef int begin_receiving(self) except 1:
        cdef int err = unusable(self)
        return err or uvn_udp_recv_start(&self.uvn, on_recv)

    def recv_stop(self):
        """Stop calling onmessage, at once. What has arrived is delivered when it starts again."""
        cdef int err = unusable(self)
        return err or uvn_udp_recv_stop(&self.uvn)

    cdef int messages(self, const uvn_datagram_t* batch, int n) except -1:
        return self.receive(batch, n)

    cdef int receive(self, const uvn_datagram_t* batch, int n) except -1:
        """Call message() for each."""
        cdef Loop loop = self.loop
        cdef PyObject* data
        cdef Py_ssize_t capacity
        cdef int i
        if loop.failure is not None:  # the run is about to end: for the next one
            if uvn_udp_keep(&self.uvn, batch, n):
                raise MemoryError
            return 0
        for i in range(n):
            data = uvn_chunk_take(&loop.chunks, batch[i].base, batch[i].len, &capacity)
            if data == NULL:
                raise MemoryError
            try:
                self.message(<object> data, self.make_name(&batch[i]))
            except BaseException as exc:
                loop.report_caught("Exception in callback", self, exc)
            uvn_chunk_put(&loop.chunks, data, capacity)
            if self.handle == NULL:
                break
            if self.uvn.on_recv == NULL or loop.failure is not None:
                if i + 1 < n and uvn_udp_keep(&self.uvn, &batch[i + 1], n - i - 1):
                    raise MemoryError
                break
        return 0

    cdef int message(self, object data, object address) except -1:
        if self.onmessage is not None:
            self.onmessage(PyBytes_GET_SIZE(data), data, address)
        return 0

    cdef int receive_failed(self, int status) except -1:
        if self.onmessage is not None:
            self.onmessage(status, None, None)
        return 0

    cdef object make_name(self, const uvn_datagram_t* datagram):
        """Return the address: the same object while it is one of the last senders."""
        cdef socklen_t length = datagram.addrlen
        cdef unsigned int place
        cdef PyObject* oldest
        cdef _Peer peer
        cdef int i
        if length == 0:
            return None
        place = place_of(datagram.addr, length)
        for i in range(2):  # its place, or beside that
            self.newest = place ^ i
            if self.recent[self.newest] != NULL:
                peer = <_Peer> self.recent[self.newest]
                if peer.length == length and memcmp(&peer.storage, datagram.addr, length) == 0:
                    return peer.name
        peer = _Peer.__new__(_Peer)
        peer.name = uvn_sockname(datagram.addr, length)
        peer.length = length
        memcpy(&peer.storage, datagram.addr, length)
        Py_INCREF_(<PyObject*> peer)
        oldest = self.recent[place ^ 1]
        self.recent[place ^ 1] = self.recent[place]
        self.recent[place] = <PyObject*> peer
        self.newest = place
        if oldest != NULL:
            Py_DECREF_(oldest)
        return peer.name

    # -------------------------------------------------------------------- sending

    def send(self, data, address=None):
        """Send one datagram, now, or after those that wait for the kernel to have room.

        Args:
            data: A bytes-like object; it may be changed at once, for it is copied if kept.
            address: None for where it is connected to. A socket that has none is made of its
                family.

        Returns:
            0 when it is sent or queued, or a negative errno: UV_EDESTADDRREQ, UV_EMSGSIZE,
            UV_ECONNREFUSED of an earlier one, UV_EINVAL if `address` has a name.

        Raises:
            TypeError, OverflowError, OSError: `address` is none.
        """
        cdef uvn_datagram_t datagram
        cdef _Peer peer = None
        cdef int err
        chunk = data if type(data) is bytes else bytes(memoryview(data))
        err = unusable(self)
        if err:
            return err
        if address is not None:
            if self.uvn.fd < 0:
                err = uvn_udp_socket(&self.uvn, family_of(address))
                if err:
                    return err
            peer = self.find_peer(address)
            if peer is None:
                return UV_EINVAL
        if self.count == 0:
            datagram.base = PyBytes_AS_STRING(chunk)
            datagram.len = PyBytes_GET_SIZE(chunk)
            datagram.addr = <sockaddr*> &peer.storage if peer is not None else NULL
            datagram.addrlen = peer.length if peer is not None else 0
            err = uvn_udp_send(&self.uvn, &datagram, 1)
            if err != UV_EAGAIN:
                return 0 if err > 0 else err
        self.put(chunk, peer)
        if not (self.waiting or self.draining):
            self.wait()
        return 0

    @property
    def send_queue_size(self) -> int:
        """How many bytes wait for the kernel to have room."""
        return self.nbytes

    @property
    def send_queue_count(self) -> int:
        """How many datagrams wait for the kernel to have room."""
        return self.count

    cdef _Peer find_peer(self, object address):
        """Return what to send to `address` with; None if its host has to be looked up."""
        cdef _Peer peer
        if self.recent[self.newest] != NULL:
            peer = <_Peer> self.recent[self.newest]
            if peer.name is address:
                return peer
        if self.peers is not None:
            try:
                found = self.peers.get(address)
            except TypeError:  # a list in it
                found = None
            if found is not None:
                return found
        return self.look_up(address)

    cdef _Peer look_up(self, object address):
        cdef _Peer peer = _Peer.__new__(_Peer)
        if uvn_sockaddr(address, self.uvn.family, &peer.storage, &peer.length):
            return None
        peer.name = address
        if self.peers is None or len(self.peers) >= PEERS_MAX:
            self.peers = {}
        self.peers[address] = peer
        return peer

    cdef int put(self, bytes data, _Peer peer) except -1:
        """Append to the queue."""
        cdef outgoing_t* queue
        cdef Py_ssize_t capacity
        if self.head + self.count == self.capacity:
            if self.head > self.capacity // 2:
                memmove(self.queue, self.queue + self.head, self.count * sizeof(outgoing_t))
            else:
                capacity = max(16, 2 * self.capacity)
                queue = <outgoing_t*> PyMem_Realloc(self.queue, capacity * sizeof(outgoing_t))
                if queue == NULL:
                    raise MemoryError
                self.queue = queue
                self.capacity = capacity
                memmove(queue, queue + self.head, self.count * sizeof(outgoing_t))
            self.head = 0
        Py_INCREF_(<PyObject*> data)
        self.queue[self.head + self.count].data = <PyObject*> data
        self.queue[self.head + self.count].peer = NULL
        if peer is not None:
            Py_INCREF_(<PyObject*> peer)
            self.queue[self.head + self.count].peer = <PyObject*> peer
        self.count += 1
        self.nbytes += PyBytes_GET_SIZE(data)
        return 0

    cdef int pop(self, Py_ssize_t n) noexcept:
        """Drop the first n of the queue. Frees bytes objects alone: nothing is called."""
        cdef outgoing_t first
        while n > 0:
            n -= 1
            first = self.queue[self.head]
            self.head += 1
            self.count -= 1
            self.nbytes -= PyBytes_GET_SIZE(<object> first.data)
            Py_DECREF_(first.data)
            if first.peer != NULL:
                Py_DECREF_(first.peer)
        if self.count == 0:
            self.head = 0
        return 0

    cdef int drain(self) except -1:
        """Offer the queue to the kernel; what it refuses waits until the socket is writable.

        Not what is queued meanwhile, by who hears of a failure: that is for another turn.
        """
        cdef uvn_datagram_t[UVN_SEND_MAX] batch
        cdef Py_ssize_t todo = self.count
        cdef Py_ssize_t i
        cdef Py_ssize_t n
        cdef outgoing_t* item
        if self.draining or self.waiting:
            return 0
        self.draining = True
        try:
            while todo > 0 and self.handle != NULL:
                n = min(todo, <Py_ssize_t> UVN_SEND_MAX)
                for i in range(n):
                    item = &self.queue[self.head + i]
                    batch[i].base = PyBytes_AS_STRING(<object> item.data)
                    batch[i].len = PyBytes_GET_SIZE(<object> item.data)
                    batch[i].addr = NULL
                    batch[i].addrlen = 0
                    if item.peer != NULL:
                        batch[i].addr = <sockaddr*> &(<_Peer> item.peer).storage
                        batch[i].addrlen = (<_Peer> item.peer).length
                n = uvn_udp_send(&self.uvn, batch, n)
                if n == UV_EAGAIN:
                    break
                self.pop(max(n, 1))
                todo -= max(n, 1)
                if n < 0:
                    self.send_failed(n)
        finally:
            self.draining = False
        if self.count != 0 and self.handle != NULL:
            self.wait()
        return 0

    cdef int wait(self) except -1:
        cdef int err = uvn_udp_wait_writable(&self.uvn, on_writable)
        if err:  # no descriptor any more
            self.pop(self.count)
            self.send_failed(err)
        else:
            self.waiting = True
        return 0

    cdef int send_failed(self, int status) except -1:
        if self.onsend is not None:
            self.onsend(status)
        return 0

    cdef int drained(self) except -1:
        if self.onsend is not None:
            self.onsend(0)
        return 0


cdef unsigned int place_of(const sockaddr* addr, socklen_t length) noexcept:
    """Return where the peer of an address is kept among the recent ones."""
    cdef const unsigned char* octets = <const unsigned char*> addr
    cdef unsigned int place = 0
    cdef socklen_t i
    for i in range(2, min(length, <socklen_t> 8)):  # port and IPv4 address, or a name's beginning
        place = place * 31 + octets[i]
    for i in range(max(<socklen_t> 8, length - 12), length):  # IPv6, or a name's end
        place = place * 31 + octets[i]
    return (place ^ place >> 8) % RECENT_PEERS


cdef int family_of(object address) except -1:
    """Return the family of an address by what it looks like."""
    if not isinstance(address, tuple):
        return UNIX
    if len(address) > 2 or (len(address) and isinstance(address[0], str) and ":" in address[0]):
        return INET6
    return INET

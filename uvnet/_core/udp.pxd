"""UDP: datagrams. From Cython, a subclass may override what is called for each of them."""

from cpython.object cimport PyObject

from uvnet._core.handle cimport Handle
from uvnet._core.uv cimport sockaddr_storage, socklen_t, uvn_datagram_t, uvn_udp_t

cdef enum:
    RECENT_PEERS = 64  # a power of two


cdef class _Peer:
    cdef sockaddr_storage storage
    cdef socklen_t length
    cdef object name  # the address in Python


cdef struct outgoing_t:
    PyObject* data  # bytes
    PyObject* peer  # a _Peer, or NULL: who is connected


cdef class UDP(Handle):
    cdef uvn_udp_t uvn
    cdef public object onmessage
    cdef public object onsend
    cdef PyObject* recent[RECENT_PEERS]  # peers of late, each in its address's place
    cdef unsigned int newest
    cdef dict peers                # those that were sent to, by address
    cdef outgoing_t* queue
    cdef Py_ssize_t head
    cdef Py_ssize_t count
    cdef Py_ssize_t capacity
    cdef Py_ssize_t nbytes         # of what is queued
    cdef bint draining
    cdef bint waiting              # the kernel is full

    cdef int begin_receiving(self) except 1
    cdef object make_name(self, const uvn_datagram_t* datagram)
    cdef int receive(self, const uvn_datagram_t* batch, int n) except -1
    cdef _Peer find_peer(self, object address)
    cdef _Peer look_up(self, object address)
    cdef int wait(self) except -1
    cdef int resolve(
        self, object address, sockaddr_storage* storage, socklen_t* length) except 1
    cdef object name_of(self, bint peer)
    cdef int put(self, bytes data, _Peer peer) except -1
    cdef int pop(self, Py_ssize_t n) noexcept
    cdef int drain(self) except -1
    cdef int drop(self) noexcept
    cdef int connect_to(self, object address) except 1

    # For subclasses; the first is called once for a batch.
    cdef int messages(self, const uvn_datagram_t* batch, int n) except -1
    cdef int message(self, object data, object address) except -1
    cdef int receive_failed(self, int status) except -1
    cdef int send_failed(self, int status) except -1
    cdef int drained(self) except -1

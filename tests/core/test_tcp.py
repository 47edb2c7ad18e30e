"""TCP: addresses, connecting, adopting descriptors, options, reset."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import tempfile

import pytest

from uvnet import _core

from .helpers import (
    PATIENCE,
    TCP,
    InThread,
    Reading,
    adopt,
    close,
    fill,
    shown,
    tcp_sockets,
    unix_sockets,
)


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def test_connect(loop, listener, must_call):
    handle = _core.TCP(loop)

    @must_call
    def connected(req, status):
        assert status == 0 and req is request and not req.pending
        assert req.handle is handle
        assert handle.readable and handle.writable
        handle.write_buffer(None, b"hello")

    request = _core.ConnectReq(connected)
    assert handle.connect(request, *listener.getsockname()) == 0
    assert request.pending
    loop.run()
    peer = listener.accept()[0]
    assert peer.recv(100) == b"hello"
    assert handle.getpeername() == ("127.0.0.1", 4, listener.getsockname()[1])
    assert handle.getsockname() == ("127.0.0.1", 4, peer.getpeername()[1])
    peer.close()
    close(handle)


def test_connect6(loop, must_call):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        handle = _core.TCP(loop)
        request = _core.ConnectReq(must_call(lambda req, status: statuses.append(status)))
        statuses = []
        assert handle.connect6(request, "::1", port) == 0
        loop.run()
        assert statuses == [0]
        assert handle.getpeername() == ("::1", 6, port)
        assert handle.getsockname()[:2] == ("::1", 6)
        close(handle)


def test_connect_refused(loop, closed_port, must_call):
    handle = _core.TCP(loop)
    statuses = []
    request = _core.ConnectReq(must_call(lambda req, status: statuses.append(status)))
    assert handle.connect(request, "127.0.0.1", closed_port) == 0
    loop.run()
    assert statuses == [_core.UV_ECONNREFUSED]
    assert handle.getpeername() == _core.UV_ENOTCONN
    close(handle)


def test_connecting_twice(loop, listener, must_call):
    handle = _core.TCP(loop)
    request = _core.ConnectReq(must_call())
    assert handle.connect(request, *listener.getsockname()) == 0
    assert handle.connect(_core.ConnectReq(), *listener.getsockname()) == _core.UV_EALREADY
    other = _core.TCP(loop)
    assert other.connect(request, *listener.getsockname()) == _core.UV_EBUSY
    loop.run()
    close(handle, other)


def test_connecting_a_connected_handle(loop, listener):
    """What the kernel makes of it is told; the connection lives on."""
    handle, peer = adopt(loop)
    statuses = []
    request = _core.ConnectReq(lambda req, status: statuses.append(status))
    status = handle.connect(request, *listener.getsockname())
    loop.run()
    assert status == _core.UV_EISCONN or statuses == [0]
    assert handle.write_buffer(None, b"alive") == 0
    assert peer.recv(100) == b"alive"
    peer.close()
    close(handle)


def test_writes_before_the_connection_are_queued(loop, listener, must_call):
    handle = _core.TCP(loop)
    order = []
    handle.connect(
        _core.ConnectReq(must_call(lambda req, status: order.append("connect"))),
        *listener.getsockname(),
    )
    write = _core.WriteReq(must_call(lambda req, status: order.append(("write", status))))
    assert handle.write_buffer(write, b"early") == 5
    shutdown = _core.ShutdownReq(must_call(lambda req, status: order.append(("shutdown", status))))
    assert handle.shutdown(shutdown) == 0
    loop.run()
    assert order == ["connect", ("write", 0), ("shutdown", 0)]
    peer = listener.accept()[0]
    assert peer.recv(100) == b"early" and peer.recv(100) == b""
    peer.close()
    close(handle)


def test_writes_to_a_connection_that_is_refused(loop, closed_port, must_call):
    handle = _core.TCP(loop)
    order = []
    handle.connect(
        _core.ConnectReq(must_call(lambda req, status: order.append(("connect", status)))),
        "127.0.0.1",
        closed_port,
    )
    handle.write_buffer(
        _core.WriteReq(must_call(lambda req, status: order.append(("write", status)))), b"x"
    )
    loop.run()
    assert order[0] == ("connect", _core.UV_ECONNREFUSED)
    assert order[1][0] == "write" and order[1][1] < 0
    close(handle)


def test_shutdown_while_connecting(loop, listener, must_call):
    handle = _core.TCP(loop)
    order = []
    handle.connect(
        _core.ConnectReq(must_call(lambda req, status: order.append(("connect", status)))),
        *listener.getsockname(),
    )
    request = _core.ShutdownReq(must_call(lambda req, status: order.append(("shutdown", status))))
    assert handle.shutdown(request) == 0
    assert handle.shutdown(_core.ShutdownReq()) == _core.UV_ENOTCONN
    assert handle.write_buffer(None, b"too late") == _core.UV_EPIPE
    loop.run()
    assert order == [("connect", 0), ("shutdown", 0)]
    with listener.accept()[0] as peer:
        assert peer.recv(100) == b""
    close(handle)


def test_shutdown_of_a_connection_that_is_refused(loop, closed_port, must_call):
    handle = _core.TCP(loop)
    order = []
    handle.connect(
        _core.ConnectReq(must_call(lambda req, status: order.append(("connect", status)))),
        "127.0.0.1",
        closed_port,
    )
    request = _core.ShutdownReq(must_call(lambda req, status: order.append(("shutdown", status))))
    assert handle.shutdown(request) == 0
    loop.call_later(0.1, handle.close)
    loop.run()
    assert order[0] == ("connect", _core.UV_ECONNREFUSED)
    assert order[1][0] == "shutdown" and order[1][1] < 0


def full_listener():
    """Return a listener whose backlog is full, and the clients that fill it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    clients = []
    while True:
        client = socket.socket()
        client.setblocking(False)
        clients.append(client)
        client.connect_ex(listener.getsockname())
        if not select.select([], [client], [], 0.5)[1]:  # still connecting
            return listener, clients


def test_shutdown_while_connecting_does_not_complete_the_connect(loop, must_call):
    """A connect that hangs must not be told as a success because a shutdown was asked for."""
    listener, clients = full_listener()
    try:
        handle = _core.TCP(loop)
        order = []
        handle.connect(
            _core.ConnectReq(must_call(lambda req, status: order.append(("connect", status)))),
            *listener.getsockname(),
        )
        request = _core.ShutdownReq(
            must_call(lambda req, status: order.append(("shutdown", status)))
        )
        assert handle.shutdown(request) == 0
        loop.call_later(0.1, lambda: order.append("still connecting"))
        loop.call_later(0.1, handle.close)
        loop.run()
        assert order == [
            "still connecting",
            ("connect", _core.UV_ECANCELED),
            ("shutdown", _core.UV_ECANCELED),
        ]
    finally:
        listener.close()
        for client in clients:
            client.close()


@pytest.mark.parametrize(
    ("ip", "port", "error"),
    [
        (5, 80, TypeError),
        (None, 80, TypeError),
        (b"127.0.0.1", 80, TypeError),
        ("127.0.0.1", "80", TypeError),
        ("127.0.0.1", None, TypeError),
        ("127.0.0.1", 80.0, TypeError),
        ("127.0.0.1", -1, ValueError),
        ("127.0.0.1", 65536, ValueError),
        ("127.0.0.1", 2**70, ValueError),
        ("\ud800", 80, ValueError),
    ],
    ids=repr,
)
def test_addresses_of_a_wrong_type(loop, ip, port, error):
    handle = _core.TCP(loop)
    request = _core.ConnectReq()
    for call in (handle.bind, handle.bind6):
        with pytest.raises(error):
            call(ip, port)
    for call in (handle.connect, handle.connect6):
        with pytest.raises(error):
            call(request, ip, port)
    assert not request.pending
    close(handle)


@pytest.mark.parametrize(
    "ip", ["", "localhost", "127.1", "1.2.3.4.5", "::1", "127.0.0.1\0", "127.0.0.1 ", "x" * 1000]
)
def test_texts_that_are_no_ipv4_literals(loop, ip):
    handle = _core.TCP(loop)
    assert handle.bind(ip, 0) == _core.UV_EINVAL
    assert handle.connect(_core.ConnectReq(), ip, 80) == _core.UV_EINVAL
    close(handle)


@pytest.mark.parametrize("ip", ["", "127.0.0.1", ":::", "::1%", "::1%\0", "fe80::1%" + "x" * 100])
def test_texts_that_are_no_ipv6_literals(loop, ip):
    handle = _core.TCP(loop)
    assert handle.bind6(ip, 0) == _core.UV_EINVAL
    assert handle.connect6(_core.ConnectReq(), ip, 80) == _core.UV_EINVAL
    close(handle)


@pytest.mark.parametrize("request_", [None, 5, _core.WriteReq()], ids=shown)
def test_a_connect_request_of_a_wrong_type(loop, request_):
    handle = _core.TCP(loop)
    with pytest.raises(TypeError):
        handle.connect(request_, "127.0.0.1", 80)
    close(handle)


def test_bind(loop):
    handle = _core.TCP(loop)
    assert handle.getsockname() == handle.getpeername() == _core.UV_EBADF
    assert handle.bind("127.0.0.1", 0) == 0
    ip, family, port = handle.getsockname()
    assert (ip, family) == ("127.0.0.1", 4) and port > 0
    assert handle.getpeername() == _core.UV_ENOTCONN
    assert handle.bind("127.0.0.1", 0) == _core.UV_EINVAL
    close(handle)


def test_bind6(loop):
    handle = _core.TCP(loop)
    assert handle.bind6("::1", 0) == 0
    assert handle.getsockname()[:2] == ("::1", 6)
    close(handle)
    assert handle.bind("127.0.0.1", 0) == handle.bind6("::1", 0) == _core.UV_EBADF


def test_bind_to_an_address_of_another_machine(loop):
    handle = _core.TCP(loop)
    assert handle.bind("192.0.2.1", 0) == _core.UV_EADDRNOTAVAIL
    close(handle)


def test_connect_from_a_bound_address(loop, listener, must_call):
    handle = _core.TCP(loop)
    assert handle.bind("127.0.0.2", 0) == 0
    handle.connect(_core.ConnectReq(must_call()), *listener.getsockname())
    loop.run()
    assert handle.getsockname()[0] == "127.0.0.2"
    close(handle)


@pytest.mark.parametrize("ipv6only", [False, True])
def test_dual_stack(loop, ipv6only):
    handle = _core.TCP(loop)
    assert handle.bind6("::", 0, _core.UV_TCP_IPV6ONLY if ipv6only else 0) == 0
    assert handle.listen(5) == 0
    port = handle.getsockname()[2]
    socket.create_connection(("::1", port)).close()
    if ipv6only:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    else:
        socket.create_connection(("127.0.0.1", port)).close()
    close(handle)


def test_reuseport(loop):
    first, second = _core.TCP(loop), _core.TCP(loop)
    assert first.bind("127.0.0.1", 0, _core.UV_TCP_REUSEPORT) == 0
    assert first.listen(5) == 0
    port = first.getsockname()[2]
    assert second.bind("127.0.0.1", port, _core.UV_TCP_REUSEPORT) == 0
    assert second.listen(5) == 0
    close(first, second)


def test_bad_bind_flags(loop):
    handle = _core.TCP(loop)
    with pytest.raises(OverflowError):
        handle.bind("127.0.0.1", 0, -1)
    close(handle)


# ------------------------------------------------------------------ adopting sockets


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_open(loop, host):
    here, peer = tcp_sockets(host)
    handle = _core.TCP(loop)
    fd = here.detach()
    assert handle.open(fd) == 0
    assert handle.fd == fd
    assert not os.get_blocking(fd)
    assert handle.getsockname()[0] == handle.getpeername()[0] == host
    reading = Reading(handle, until=4)
    peer.sendall(b"open")
    loop.run()
    assert reading.data == b"open"
    close(handle)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    peer.close()


def test_open_refuses_what_is_no_tcp_socket_and_leaves_it_alone(loop):
    handle = _core.TCP(loop)
    assert handle.open(-1) == handle.open(-(2**31)) == _core.UV_EBADF
    assert handle.open(2**31 - 1) == _core.UV_EBADF
    with pytest.raises(OverflowError):
        handle.open(2**40)
    with pytest.raises(TypeError):
        handle.open("5")
    closed = os.dup(0)
    os.close(closed)
    assert handle.open(closed) == _core.UV_EBADF
    with tempfile.TemporaryFile() as file:
        assert handle.open(file.fileno()) == _core.UV_ENOTSOCK
    read, write = os.pipe()
    assert handle.open(read) == _core.UV_ENOTSOCK
    assert os.get_blocking(read)
    os.close(read)
    os.close(write)
    here, there = unix_sockets()
    with here, there:
        assert handle.open(here.fileno()) == _core.UV_EINVAL
        assert here.getblocking() and os.get_blocking(here.fileno())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagram:
        assert handle.open(datagram.fileno()) == _core.UV_EINVAL
    # And then it takes a good one.
    here, there = tcp_sockets()
    assert handle.open(here.detach()) == 0
    assert handle.open(there.fileno()) == _core.UV_EBUSY
    reading = Reading(handle, until=1)
    there.sendall(b"x")
    loop.run()
    assert reading.data == b"x"
    there.close()
    close(handle)


def test_open_of_a_watched_descriptor(loop):
    handle, peer = adopt(loop)
    handle.onread = print
    handle.read_start()
    loop.stop()
    loop.run()
    second = _core.TCP(loop)
    assert second.open(handle.fd) == _core.UV_EEXIST
    close(handle, second)
    peer.close()


# -------------------------------------------------------------------------- options


@pytest.fixture
def option(connect):
    """A connected handle, and a function that reads an option of its socket."""
    handle, _ = connect(TCP)

    def get(level, name):
        with socket.socket(fileno=os.dup(handle.fd)) as same:
            return same.getsockopt(level, name)

    return handle, get


def test_no_delay(option):
    handle, get = option
    for enable in (True, False, 1, 0):
        assert handle.set_no_delay(enable) == 0
        assert bool(get(socket.IPPROTO_TCP, socket.TCP_NODELAY)) is bool(enable)


def test_keep_alive(option):
    handle, get = option
    idle = get(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
    assert handle.set_keep_alive(True) == 0
    assert get(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    assert get(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == idle  # the system's own
    assert handle.set_keep_alive(True, 30) == 0
    assert get(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 30
    assert get(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 1
    assert get(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 10
    assert handle.set_keep_alive(True, 40, interval=5, count=3) == 0
    assert get(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 40
    assert get(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 5
    assert get(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3
    assert handle.set_keep_alive(False) == 0
    assert get(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
    assert handle.set_keep_alive(True, 30, interval=0) == _core.UV_EINVAL
    assert handle.set_keep_alive(True, 30, count=0) == _core.UV_EINVAL
    assert handle.set_keep_alive(True, 1_000_000) == _core.UV_EINVAL
    for wrong in (-1, 2**40):
        with pytest.raises(OverflowError):
            handle.set_keep_alive(True, wrong)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_type_of_service(loop, host):
    here, peer = tcp_sockets(host)
    handle = _core.TCP(loop)
    handle.open(here.detach())
    assert handle.get_type_of_service() == 0
    for value in (0x10, 0xB8, 0):
        assert handle.set_type_of_service(value) == 0
        assert handle.get_type_of_service() & 0xFC == value & 0xFC
    for value in (-1, 256, 2**31 - 1):
        assert handle.set_type_of_service(value) == _core.UV_EINVAL
    for value in (2**31, 2**70):
        with pytest.raises(OverflowError):
            handle.set_type_of_service(value)
    with pytest.raises(TypeError):
        handle.set_type_of_service(None)
    close(handle)
    peer.close()


def test_options_without_a_socket(loop):
    handle = _core.TCP(loop)
    assert handle.set_no_delay(True) == 0  # kept in mind
    assert handle.set_keep_alive(True) == handle.set_keep_alive(True, 10) == _core.UV_EBADF
    assert handle.set_type_of_service(8) == handle.get_type_of_service() == _core.UV_EBADF
    assert handle.fd == _core.UV_EBADF
    assert handle.set_blocking(True) < 0
    close(handle)
    assert handle.set_no_delay(True) == handle.set_keep_alive(True) == _core.UV_EBADF
    assert handle.set_type_of_service(8) == handle.get_type_of_service() == _core.UV_EBADF


def test_no_delay_set_before_connecting(loop, listener, must_call):
    handle = _core.TCP(loop)
    assert handle.set_no_delay(True) == 0
    handle.connect(_core.ConnectReq(must_call()), *listener.getsockname())
    loop.run()
    with socket.socket(fileno=os.dup(handle.fd)) as same:
        assert same.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
    close(handle)


# ---------------------------------------------------------------------------- reset


def test_reset_sends_rst(loop, connect, must_call):
    handle, peer = connect()
    assert handle.reset(must_call()) == 0
    assert handle.reset() == handle.close() == _core.UV_EBADF
    loop.run()
    with pytest.raises(ConnectionResetError):
        peer.recv(1)


def test_reset_cancels_what_is_pending(loop, connect, must_call):
    handle, peer = connect()
    fill(handle)
    events = []
    request = _core.WriteReq(must_call(lambda req, status: events.append(status)))
    handle.write_buffer(request, b"x")
    handle.reset(must_call(lambda: events.append("closed")))
    loop.run()
    assert events == [_core.UV_ECANCELED, "closed"]
    peer.setblocking(True)
    with pytest.raises(ConnectionResetError):
        while peer.recv(1 << 20):
            pass


def test_reset_while_shutting_down_closes(loop, connect, must_call):
    handle, peer = connect()
    fill(handle)
    handle.shutdown(_core.ShutdownReq(must_call()))
    assert handle.reset(must_call()) == 0
    loop.run()
    assert handle.closed


@pytest.mark.parametrize("state", ["fresh", "bound", "listening", "connecting", "shut down"])
def test_reset_in_every_state_closes(loop, listener, state, must_call):
    if state == "shut down":
        handle, peer = adopt(loop)
        handle.shutdown(_core.ShutdownReq(must_call()))
        loop.run()
        peer.close()
    else:
        handle = _core.TCP(loop)
    if state in ("bound", "listening"):
        handle.bind("127.0.0.1", 0)
    if state == "listening":
        handle.listen(5)
    if state == "connecting":
        handle.connect(_core.ConnectReq(must_call()), *listener.getsockname())
    assert handle.reset(must_call()) == 0
    loop.run()
    assert handle.closed and handle.reset() == _core.UV_EBADF


def test_close_lets_the_peer_read_what_was_sent(loop, connect):
    handle, peer = connect()
    handle.write_buffer(None, b"last words")
    handle.close()
    loop.run()
    assert peer.recv(100) == b"last words" and peer.recv(100) == b""


def test_the_peer_of_a_handle_sees_linger(loop, connect):
    """Options that a user sets by a duplicate of the descriptor are the socket's."""
    handle, peer = connect()
    with socket.socket(fileno=os.dup(handle.fd)) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handle.close()
    loop.run()
    with pytest.raises(OSError) as caught:
        peer.recv(1)
    assert caught.value.errno == errno.ECONNRESET


def test_echo_ceiling(loop):
    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    serving = InThread(lambda: _core.echo_ceiling(listener.detach(), limit_bytes=1000))
    with socket.create_connection(address) as peer:
        for _ in range(10):
            peer.sendall(bytes(100))
            left = 100
            while left:
                left -= len(peer.recv(left))
    assert serving.result() == 0
    assert _core.echo_ceiling(-1) == _core.UV_EBADF
    assert _core.bulk_ceiling(-1, source=True) == _core.UV_EBADF
    read, write = os.pipe()
    assert _core.echo_ceiling(read) < 0 and _core.echo_ceiling(read, tcp=False) < 0
    for fd in (read, write):
        try:
            os.close(fd)
        except OSError:
            assert fd == read

"""Listening: accepted connections, those that nobody takes, and errors of the listener."""

from __future__ import annotations

import os
import resource
import socket

import pytest

from uvnet import _core

from .helpers import PATIENCE, PIPE, TCP, Reading, close, settle


class Server:
    """A listening handle of either kind, and a way to connect to it."""

    def __init__(self, loop, kind, tmp_path):
        self.handle = kind.handle(loop)
        self.kind = kind
        if kind is TCP:
            assert self.handle.bind("127.0.0.1", 0) == 0
        else:
            assert self.handle.bind(str(tmp_path / "server")) == 0
        self.clients = []
        self.peers = []
        self.handle.onconnection = self.on_connection

    def listen(self, backlog=128):
        assert self.handle.listen(backlog) == 0
        name = self.handle.getsockname()
        self.address = (name[0], name[2]) if self.kind is TCP else name
        return self

    def on_connection(self, status, client):
        assert status == 0
        self.clients.append(client)

    def connect(self):
        peer = socket.socket(socket.AF_INET if self.kind is TCP else socket.AF_UNIX)
        peer.settimeout(PATIENCE)
        peer.connect(self.address)
        self.peers.append(peer)
        return peer

    def close(self):
        for peer in self.peers:
            peer.close()
        close(self.handle, *self.clients)


@pytest.fixture
def server(loop, kind, tmp_path):
    server = Server(loop, kind, tmp_path)
    yield server
    server.close()


def test_a_connection_is_accepted(loop, server, must_call):
    server.listen()
    peer = server.connect()

    @must_call
    def on_connection(status, client):
        assert status == 0
        assert type(client) is server.kind.handle
        assert client.loop is loop
        assert client.readable and client.writable and not client.active
        server.clients.append(client)
        client.write_buffer(None, b"welcome")
        loop.stop()

    server.handle.onconnection = on_connection
    loop.run()
    assert peer.recv(100) == b"welcome"
    assert server.handle.active


def test_an_accepted_stream_reads_and_writes(loop, server):
    server.listen()

    def on_connection(status, client):
        server.clients.append(client)

        def on_read(nread, data):
            if nread > 0:
                client.write_buffer(None, data)
            else:
                client.close()
                loop.stop()

        client.onread = on_read
        client.read_start()

    server.handle.onconnection = on_connection
    peer = server.connect()
    peer.sendall(b"echo")
    peer.shutdown(1)
    loop.run()
    assert peer.recv(100) == b"echo" and peer.recv(100) == b""


def test_many_connections(loop, server):
    server.listen()

    def on_connection(status, client):
        server.clients.append(client)
        if len(server.clients) == 100:
            loop.stop()

    server.handle.onconnection = on_connection
    for _ in range(100):
        server.connect()
    loop.run()
    assert len({client.fd for client in server.clients}) == 100


def test_without_a_callback_connections_are_closed(loop, server):
    server.handle.onconnection = None
    server.listen()
    peers = [server.connect() for _ in range(3)]
    settle(loop)
    for peer in peers:
        assert peer.recv(1) == b""
    server.handle.onconnection = server.on_connection  # and it goes on
    server.connect()
    settle(loop)
    assert len(server.clients) == 1


def test_an_exception_leaves_the_listener_usable(loop, server):
    server.listen()

    def on_connection(status, client):
        server.clients.append(client)
        raise ValueError("onconnection")

    server.handle.onconnection = on_connection
    for n in range(3):
        server.connect()
        with pytest.raises(ValueError, match="onconnection"):
            loop.run()
        assert len(server.clients) == n + 1


def test_closing_the_listener_within_its_callback(loop, server, must_call):
    server.listen()

    @must_call
    def on_connection(status, client):
        server.clients.append(client)
        server.handle.close(must_call())

    server.handle.onconnection = on_connection
    for _ in range(2):
        server.connect()
    loop.run()
    assert server.handle.closed


def test_closing_the_client_within_the_callback(loop, server, must_call):
    server.listen()
    left = 3

    def on_connection(status, client):
        nonlocal left
        client.close(must_call())
        left -= 1
        if left == 0:
            server.handle.close()

    server.handle.onconnection = must_call(on_connection, 3)
    for _ in range(3):
        server.connect()
    loop.run()
    for peer in server.peers:
        assert peer.recv(1) == b""


def test_listening_again(loop, server):
    server.listen(1)
    server.listen(100)
    server.listen()
    server.connect()
    settle(loop)
    assert len(server.clients) == 1


def is_no_stream(handle):
    """What a stream can do, a listener cannot."""
    handle.onread = print
    assert handle.read_start() == _core.UV_ENOTCONN
    assert handle.write_buffer(None, b"x") < 0
    assert handle.writev(None, [b"x"]) < 0
    assert handle.shutdown(_core.ShutdownReq()) == _core.UV_ENOTCONN
    assert handle.splice(handle) == _core.UV_ENOTCONN
    assert not handle.readable and not handle.writable


def test_a_listener_does_not_read_or_write(loop, server):
    server.listen()
    handle = server.handle
    is_no_stream(handle)
    other = server.kind.handle(loop)
    assert other.listen(1) in (0, _core.UV_EINVAL)
    close(other)
    assert handle.getpeername() == _core.UV_ENOTCONN


def test_connecting_a_listener(loop, server):
    """It fails, and the listener is as before."""
    server.listen()
    address = server.address if server.kind is TCP else [server.address]
    req = _core.ConnectReq()
    assert server.handle.connect(req, *address) == _core.UV_EISCONN
    assert not req.pending
    server.connect()
    settle(loop)
    assert len(server.clients) == 1
    is_no_stream(server.handle)


def test_listening_on_what_is_connected(loop, connected):
    handle, peer = connected
    assert handle.listen(5) < 0
    reading = Reading(handle, until=3)
    peer.sendall(b"yes")
    loop.run()
    assert reading.data == b"yes"


def test_listening_on_nothing(loop):
    pipe = _core.Pipe(loop)
    assert pipe.listen(5) == _core.UV_EINVAL
    tcp = _core.TCP(loop)
    assert tcp.listen(5) == 0  # any address, any port
    assert tcp.getsockname()[0] == "0.0.0.0"
    close(pipe, tcp)
    assert tcp.listen(5) == _core.UV_EBADF


def test_an_address_in_use(loop, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        handle = _core.TCP(loop)
        assert handle.bind(*taken.getsockname()) in (0, _core.UV_EADDRINUSE)
        assert handle.listen(5) == _core.UV_EADDRINUSE
        close(handle)
    path = tmp_path / "taken"
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(path))
        handle = _core.Pipe(loop)
        assert handle.bind(path) == _core.UV_EADDRINUSE
        close(handle)
        assert path.exists()


def test_a_pending_connection_keeps_nothing_after_close(loop, server):
    """Clients in the backlog are refused when the listener closes."""
    server.listen()
    peer = server.connect()
    server.handle.close()
    loop.run()
    with pytest.raises(ConnectionResetError):
        peer.recv(1)


def test_out_of_descriptors_clients_are_told(loop, server, must_not_call):
    server.handle.onconnection = must_not_call()
    server.listen()
    loop.stop()
    loop.run()  # which opens what the loop needs
    peers = [server.connect() for _ in range(5)]
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.dup(2)
    os.close(spare)
    taken = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (spare + 20, before[1]))
    try:
        while True:
            try:
                taken.append(os.dup(2))
            except OSError:
                break
        while loop.counters()["refused_accepts"] < len(peers):
            settle(loop)
    finally:
        for fd in taken:
            os.close(fd)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    for peer in peers:
        assert peer.recv(1) == b""
    assert loop.counters()["refused_accepts"] == 5
    # With descriptors back it accepts again.
    server.handle.onconnection = lambda *args: (server.on_connection(*args), loop.stop())
    server.connect()
    loop.run()
    assert len(server.clients) == 1


@pytest.mark.parametrize("backlog", ["five", None, b"5"])
def test_a_backlog_of_a_wrong_type(loop, server, backlog):
    with pytest.raises(TypeError):
        server.handle.listen(backlog)


def test_a_listener_adopted_by_descriptor(loop, tmp_path, must_call):
    for kind in (TCP, PIPE):
        if kind is TCP:
            plain = socket.create_server(("127.0.0.1", 0))
        else:
            plain = socket.socket(socket.AF_UNIX)
            plain.bind(str(tmp_path / "adopted"))
            plain.listen()
        address = plain.getsockname()
        handle = kind.handle(loop)
        assert handle.open(plain.detach()) == 0
        clients = []

        def on_connection(status, client, clients=clients):
            clients.append(client)
            loop.stop()

        handle.onconnection = must_call(on_connection)
        assert handle.listen(5) == 0
        is_no_stream(handle)
        with socket.socket(socket.AF_INET if kind is TCP else socket.AF_UNIX) as peer:
            peer.connect(address)
            loop.run()
        close(handle, *clients)


def test_listening_after_a_connect_that_failed(loop, must_call):
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = gone.getsockname()
    handle = _core.TCP(loop)
    handle.connect(_core.ConnectReq(must_call()), *address)
    loop.run()
    if handle.listen(5) == 0:
        is_no_stream(handle)
    close(handle)


def test_listening_while_connecting(loop, must_call):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        handle = _core.TCP(loop)
        handle.connect(_core.ConnectReq(must_call()), *listener.getsockname())
        assert handle.listen(5) < 0
        loop.run()
        close(handle)

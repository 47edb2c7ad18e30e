"""Pipe: paths, abstract names, and adopted pipes, FIFOs and terminals."""

from __future__ import annotations

import os
import pty
import socket
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from uvnet import _core

from .helpers import PATIENCE, Reading, close, tcp_sockets, unix_sockets

linux = pytest.mark.skipif(sys.platform != "linux", reason="abstract names are Linux's")


def listen(loop, path):
    handle = _core.Pipe(loop)
    assert handle.bind(path) == 0
    assert handle.listen(5) == 0
    return handle


def plain_listener(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    listener.settimeout(PATIENCE)
    return listener


@pytest.mark.parametrize("as_type", [str, os.fsencode, Path], ids=["str", "bytes", "Path"])
def test_bind_listen_and_names(loop, tmp_path, as_type, must_call):
    path = tmp_path / "here"
    handle = listen(loop, as_type(path))
    clients = []

    @must_call
    def on_connection(status, client):
        clients.append(client)
        assert client.getsockname() == str(path)
        assert client.getpeername() == ""
        loop.stop()

    handle.onconnection = on_connection
    assert handle.getsockname() == str(path)
    assert stat.S_ISSOCK(path.stat().st_mode)
    with socket.socket(socket.AF_UNIX) as peer:
        peer.connect(str(path))
        loop.run()
    close(handle, *clients)
    assert not path.exists()


@pytest.mark.parametrize("as_type", [str, os.fsencode, Path], ids=["str", "bytes", "Path"])
def test_connect(loop, tmp_path, as_type, must_call):
    path = tmp_path / "there"
    with plain_listener(str(path)) as listener:
        handle = _core.Pipe(loop)
        statuses = []
        request = _core.ConnectReq(must_call(lambda req, status: statuses.append(status)))
        assert handle.connect(request, as_type(path)) == 0
        loop.run()
        assert statuses == [0]
        assert handle.getpeername() == str(path) and handle.getsockname() == ""
        handle.write_buffer(None, b"hello")
        with listener.accept()[0] as peer:
            assert peer.recv(100) == b"hello"
        close(handle)


@linux
def test_abstract_names(loop, must_call):
    name = f"\0uvnet-test-{os.getpid()}"
    server = listen(loop, name)
    assert server.getsockname() == name
    clients = []
    server.onconnection = must_call(lambda status, client: clients.append(client))
    handle = _core.Pipe(loop)

    def connected(req, status):
        assert status == 0
        assert handle.getpeername() == name
        loop.stop()

    assert handle.connect(_core.ConnectReq(must_call(connected)), name.encode()) == 0
    loop.run()
    loop.stop()
    loop.run()
    close(server, handle, *clients)


def test_connect_to_nobody(loop, tmp_path, must_call):
    statuses = []

    def connect(path):
        handle = _core.Pipe(loop)
        request = _core.ConnectReq(must_call(lambda req, status: statuses.append(status)))
        assert handle.connect(request, path) == 0
        assert statuses == []  # never within the call
        loop.run()
        close(handle)
        return statuses.pop()

    assert connect(tmp_path / "nobody") == _core.UV_ENOENT
    (tmp_path / "file").touch()
    assert connect(tmp_path / "file") == _core.UV_ECONNREFUSED
    with plain_listener(str(tmp_path / "left")):
        pass
    assert connect(tmp_path / "left") == _core.UV_ECONNREFUSED


def test_connecting_twice(loop, tmp_path, must_call):
    with plain_listener(str(tmp_path / "x")):
        handle = _core.Pipe(loop)
        request = _core.ConnectReq(must_call())
        assert handle.connect(request, tmp_path / "x") == 0
        assert handle.connect(_core.ConnectReq(), tmp_path / "x") == _core.UV_EALREADY
        other = _core.Pipe(loop)
        assert other.connect(request, tmp_path / "x") == _core.UV_EBUSY
        loop.run()
        close(handle, other)


@pytest.mark.parametrize("path", ["x" * 200, b"x" * 200, "a\0b", b"a\0b"], ids=repr)
def test_paths_that_cannot_be(loop, path):
    handle = _core.Pipe(loop)
    assert handle.bind(path) == _core.UV_EINVAL
    assert handle.connect(_core.ConnectReq(), path) == _core.UV_EINVAL
    close(handle)


def test_an_empty_path(loop):
    """Binding to it takes a free abstract name on Linux; nothing can be connected to."""
    handle = _core.Pipe(loop)
    if sys.platform == "linux":
        assert handle.bind("") == 0
        assert handle.getsockname().startswith("\0")
    else:
        assert handle.bind("") == _core.UV_EINVAL
    other = _core.Pipe(loop)
    statuses = []
    request = _core.ConnectReq(lambda req, status: statuses.append(status))
    statuses.append(other.connect(request, ""))
    loop.run()
    assert statuses[-1] < 0
    close(handle, other)


@pytest.mark.parametrize("path", [None, 5, ["x"]], ids=repr)
def test_paths_of_a_wrong_type(loop, path):
    handle = _core.Pipe(loop)
    with pytest.raises(TypeError):
        handle.bind(path)
    with pytest.raises(TypeError):
        handle.connect(_core.ConnectReq(), path)
    close(handle)


def test_the_longest_path(loop, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    longest = "x" * (107 if sys.platform == "linux" else 103)
    handle = listen(loop, longest)
    assert handle.getsockname() == longest
    close(handle)


def test_bind_twice_and_where_one_may_not(loop, tmp_path):
    handle = _core.Pipe(loop)
    assert handle.bind(tmp_path / "a") == 0
    assert handle.bind(tmp_path / "b") == _core.UV_EINVAL
    other = _core.Pipe(loop)
    assert other.bind(tmp_path / "a") == _core.UV_EADDRINUSE
    assert other.bind(tmp_path / "no such folder" / "a") == _core.UV_EACCES
    assert other.bind(tmp_path / "c") == 0
    close(handle, other)
    assert handle.bind(tmp_path / "d") == _core.UV_EBADF
    assert list(tmp_path.iterdir()) == []


def test_connect_from_a_bound_path(loop, tmp_path, must_call):
    """The stream is as good as one that has bound nothing, and the path goes with it."""
    ours = tmp_path / "ours"
    with plain_listener(str(tmp_path / "there")) as listener:
        handle = _core.Pipe(loop)
        assert handle.bind(ours) == 0
        assert not handle.readable and not handle.writable
        request = _core.ConnectReq(must_call(lambda req, status: statuses.append(status)))
        statuses = []
        assert handle.connect(request, tmp_path / "there") == 0
        loop.run()
        assert statuses == [0]
        assert handle.readable and handle.writable
        peer, address = listener.accept()
        with peer:
            assert address == str(ours)
            reading = Reading(handle, until=5)
            assert handle.write_buffer(None, b"hello") == 0
            assert peer.recv(5) == b"hello"
            peer.sendall(b"reply")
            loop.run()
            assert reading.data == b"reply"
        close(handle)
    assert not ours.exists()


def test_connect_from_a_bound_path_to_nobody(loop, tmp_path, must_call):
    handle = _core.Pipe(loop)
    assert handle.bind(tmp_path / "ours") == 0
    request = _core.ConnectReq(must_call(lambda req, status: statuses.append(status)))
    statuses = []
    assert handle.connect(request, tmp_path / "nobody") == 0
    loop.run()
    assert statuses == [_core.UV_ENOENT]
    assert not handle.readable and not handle.writable
    close(handle)
    assert list(tmp_path.iterdir()) == []


def test_own(loop, tmp_path):
    """The path of a socket that somebody else has bound goes with the handle, if asked for."""
    for owned in (False, True):
        path = tmp_path / "s"
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(path))
        handle = _core.Pipe(loop)
        assert handle.own(path) == _core.UV_EBADF
        assert handle.open(sock.detach()) == 0
        if owned:
            assert handle.own(os.fsencode(path)) == 0
        assert handle.own("") == handle.own("\0x") == handle.own("a\0b") == _core.UV_EINVAL
        with pytest.raises(TypeError):
            handle.own(5)
        close(handle)
        assert path.exists() is not owned
        assert handle.own(path) == _core.UV_EBADF
        path.unlink(missing_ok=True)


def test_fchmod(loop, tmp_path):
    handle = _core.Pipe(loop)
    assert handle.fchmod(_core.UV_READABLE) == _core.UV_EBADF
    handle.bind(tmp_path / "x")
    assert handle.fchmod(_core.UV_READABLE | _core.UV_WRITABLE) == 0
    assert (tmp_path / "x").stat().st_mode & 0o666 == 0o666
    assert handle.fchmod(0) == handle.fchmod(64) == _core.UV_EINVAL
    close(handle)


def test_names_of_a_fresh_pipe(loop):
    handle = _core.Pipe(loop)
    assert handle.getsockname() == handle.getpeername() == _core.UV_EBADF
    close(handle)
    assert handle.getsockname() == handle.getpeername() == _core.UV_EBADF


def test_ipc_flag(loop):
    plain, ipc = _core.Pipe(loop), _core.Pipe(loop, ipc=True)
    assert plain.ipc is False and ipc.ipc is True
    assert _core.Pipe(loop=loop, ipc=False).close() == 0
    with pytest.raises(TypeError):
        _core.Pipe(loop, True)
    close(plain, ipc)


def test_open_a_pipe(loop):
    read, write = os.pipe()
    reader, writer = _core.Pipe(loop), _core.Pipe(loop)
    assert reader.open(read) == writer.open(write) == 0
    assert reader.readable and not reader.writable
    assert writer.writable and not writer.readable
    assert reader.write_buffer(None, b"x") == _core.UV_EPIPE
    assert writer.read_start() == _core.UV_ENOTCONN
    reading = Reading(reader, until=5)
    writer.write_buffer(None, b"bytes")
    loop.run()
    assert reading.data == b"bytes"
    writer.close()
    reading = Reading(reader)
    loop.run()
    assert reading.status == _core.UV_EOF
    close(reader, writer)


def test_open_a_terminal(loop):
    main, child = pty.openpty()
    handle = _core.Pipe(loop)
    assert handle.open(child) == 0
    reading = Reading(handle, until=6)
    os.write(main, b"hello\n")
    loop.run()
    assert reading.data == b"hello\n"
    close(handle)
    os.close(main)


def test_open_a_fifo(loop, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    fd = os.open(tmp_path / "fifo", os.O_RDWR)
    handle = _core.Pipe(loop)
    assert handle.open(fd) == 0
    reading = Reading(handle, until=4)
    handle.write_buffer(None, b"fifo")
    loop.run()
    assert reading.data == b"fifo"
    close(handle)


def test_open_refuses_what_cannot_be_polled_and_leaves_it_alone(loop):
    handle = _core.Pipe(loop)
    assert handle.open(-1) == _core.UV_EBADF
    closed = os.dup(0)
    os.close(closed)
    assert handle.open(closed) == _core.UV_EBADF
    with tempfile.TemporaryFile() as file:
        assert handle.open(file.fileno()) == _core.UV_EPERM
        assert os.get_blocking(file.fileno())
    folder = os.open(".", os.O_RDONLY)
    assert handle.open(folder) == _core.UV_EPERM
    os.close(folder)
    here, there = unix_sockets()
    assert handle.open(here.detach()) == 0
    assert handle.open(there.fileno()) == _core.UV_EBUSY
    there.close()
    close(handle)


def test_a_pipe_over_a_tcp_socket(loop):
    """Whatever stream it is: bytes are bytes."""
    here, there = tcp_sockets()
    handle = _core.Pipe(loop)
    assert handle.open(here.detach()) == 0
    reading = Reading(handle, until=3)
    there.sendall(b"tcp")
    loop.run()
    assert reading.data == b"tcp"
    close(handle)
    there.close()


def test_bytes_names_survive(loop, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff\xfe"
    handle = listen(loop, path)
    assert os.fsencode(handle.getsockname()) == path
    close(handle)

"""Unix sockets: what differs from TCP."""

from __future__ import annotations

import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet import _core, net
from uvnet.errors import ERR_INVALID_HANDLE_TYPE

from .helpers import run, watch

LINUX = sys.platform == "linux"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    path = str(tmp_path / "no")
    trace: list[str] = []
    errors: list[Any] = []
    client = net.connect(path)
    watch(client, trace).on("error", errors.append)
    run()
    assert trace == [f"connection_attempt_failed({path})", "error(ENOENT)", "close(True)"]
    [error] = errors
    assert isinstance(error, FileNotFoundError)
    assert str(error) == f"connect ENOENT {path}"
    assert (error.address, error.path, error.port, error.syscall) == (path, path, None, "connect")


def test_a_regular_file(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "file"
    path.touch()
    client = net.connect(path)
    client.on("error", must_call(lambda error: codes.append(error.code)))
    codes: list[str] = []
    run()
    assert codes[0] in ("ENOTSOCK", "ECONNREFUSED")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may do everything")
def test_no_rights(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"
    server = net.create_server().listen(path)
    path.chmod(0)
    client = net.connect(path)
    client.on("error", must_call(lambda error: codes.append(error.code)))
    client.on("close", lambda had_error: server.close())
    codes: list[str] = []
    run()
    assert codes == ["EACCES"]


@pytest.mark.parametrize("length", [150, 10_000])
def test_a_path_that_is_too_long(length: int, tmp_path: Path) -> None:
    """It is not cut short. The error comes at once, but is told later."""
    trace: list[str] = []
    errors: list[Any] = []
    client = net.connect(str(tmp_path) + "/" + "x" * length)
    trace.append("sync")
    watch(client, trace).on("error", errors.append)
    run()
    assert trace == ["sync", "error(EINVAL)", "close(True)"]
    assert errors[0].syscall == "connect"


def test_addresses(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"

    def check(end: net.Socket) -> None:
        assert end.address() is None
        assert end.local_address is end.remote_address is end.remote_port is None
        assert end.ready_state == "open"

    server = net.create_server(must_call(lambda peer: (check(peer), peer.end())))
    server.listen(path)
    assert server.address() == str(path)
    client = net.connect(path, must_call(lambda: check(client)))
    client.resume().on("close", lambda had_error: server.close())
    run()


def test_the_path_goes_when_the_server_closes(tmp_path: Path) -> None:
    path = tmp_path / "s"
    server = net.create_server().listen(path)
    assert path.is_socket()
    server.close()
    assert not path.exists()  # at once
    run()


@pytest.mark.parametrize(
    ("readable", "writable", "mode"),
    [(False, False, 0o755), (True, False, 0o444), (False, True, 0o222), (True, True, 0o666)],
)
def test_rights(readable: bool, writable: bool, mode: int, tmp_path: Path) -> None:
    path = tmp_path / "s"
    before = os.umask(0o022)
    try:
        server = net.create_server().listen(path, readable_all=readable, writable_all=writable)
    finally:
        os.umask(before)
    found = mode_of(path)
    server.close()
    run()
    assert found == mode


def test_reset_is_refused(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"
    server = net.create_server(lambda peer: peer.end()).listen(path)
    client = net.connect(path)

    def connected() -> None:
        with pytest.raises(ERR_INVALID_HANDLE_TYPE):
            client.reset_and_destroy()
        client.resume()

    client.on("connect", must_call(connected))
    client.on("close", must_call(lambda had_error: server.close()))
    run()


@pytest.mark.skipif(not LINUX, reason="Linux has abstract names")
@pytest.mark.parametrize("inner", ["", "\0", "\0\0x", "/a"])
def test_abstract_names(
    inner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, must_call: Callable[..., Any]
) -> None:
    """No file is made, and a NUL inside is a character like any other."""
    monkeypatch.chdir(tmp_path)
    name = f"\0uvnet-test-{os.getpid()}{inner}"
    server = net.create_server(must_call(lambda peer: peer.end(b"hello"))).listen(name)
    assert server.address() == name
    assert os.listdir(tmp_path) == []
    client = net.connect(name)
    client.on("data", must_call(lambda data: None))
    client.on("close", must_call(lambda had_error: server.close()))
    run()
    assert os.listdir(tmp_path) == []
    net.create_server().listen(name).close()  # it is free again
    run()


@pytest.mark.parametrize("who", ["server", "client"])
def test_plain_peers(who: str, tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"
    received: list[bytes] = []
    if who == "client":
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            client = net.connect(path)
            with listener.accept()[0] as plain:
                plain.sendall(b"hello")
                plain.shutdown(socket.SHUT_WR)
                client.on("data", received.append).on("close", must_call())
                run()
    else:
        server = net.create_server(must_call(lambda peer: peer.on("data", received.append)))
        server.listen(path)
        server.on("connection", lambda peer: server.close())
        with socket.socket(socket.AF_UNIX) as plain:
            plain.connect(str(path))
            plain.sendall(b"hello")
            plain.shutdown(socket.SHUT_WR)
            run()
            assert plain.recv(10) == b""
    assert received == [b"hello"]


def test_corked_writes_arrive_as_one_chunk(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"
    received: list[bytes] = []
    server = net.create_server(lambda peer: peer.on("data", received.append)).listen(path)
    client = net.connect(path)

    def connected() -> None:
        client.cork()
        client.write(b"hello ")
        client.write("wörld", "latin1")
        client.write(b"!")
        client.uncork()
        client.end()

    client.on("connect", must_call(connected)).resume()
    client.on("close", lambda had_error: server.close())
    run()
    assert received == ["hello wörld!".encode("latin1")]


def test_a_descriptor(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    """A socket made of a bound descriptor keeps it when it connects."""
    path, ours = tmp_path / "s", tmp_path / "ours"
    server = net.create_server(must_call(lambda peer: peer.end(b"hello"))).listen(path)
    sock = socket.socket(socket.AF_UNIX)
    sock.bind(str(ours))
    fd = sock.detach()
    client = net.connect(path, fd=fd)
    assert client._handle.fd == fd
    client.on("connect", must_call(lambda: fds.append(client._handle.fd)))
    client.on("data", must_call(lambda data: None))
    client.on("close", must_call(lambda had_error: server.close()))
    fds: list[int] = []
    run()
    assert fds == [fd]


def test_a_pipe_handle_of_the_user(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"
    server = net.create_server(lambda peer: peer.end()).listen(path)
    handle = _core.Pipe()
    client = net.Socket(handle=handle).connect(path)
    assert client._handle is handle
    client.resume().on("close", must_call(lambda had_error: server.close()))
    run()

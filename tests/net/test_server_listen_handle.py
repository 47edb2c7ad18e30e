"""listen() on what somebody else has bound: handles and descriptors."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from uvnet import _core, net
from uvnet.errors import ERR_INVALID_ARG_TYPE

from .helpers import port_of, run


def bound_handle(path: Path | None) -> Any:
    if path is not None:
        handle: Any = _core.Pipe()
        assert handle.bind(path) == 0
    else:
        handle = _core.TCP()
        assert handle.bind("127.0.0.1", 0) == 0
    return handle


def bound_socket(path: Path | None) -> int:
    sock = socket.socket(socket.AF_INET if path is None else socket.AF_UNIX)
    sock.bind(("127.0.0.1", 0) if path is None else str(path))
    return sock.detach()


@pytest.mark.parametrize("kind", ["TCP", "Pipe"])
@pytest.mark.parametrize(
    "form", ["handle", "handle=", "_handle", "holder", "holder=", "fd", "backlog"]
)
@pytest.mark.parametrize("callback", [False, True])
def test_forms(
    kind: str, form: str, callback: bool, tmp_path: Path, must_call: Callable[..., Any]
) -> None:
    path = tmp_path / "s" if kind == "Pipe" else None
    server = net.create_server(must_call(lambda peer: peer.end(b"hello")))
    callbacks = [must_call()] if callback else []
    if form == "fd":
        server.listen(*callbacks, fd=bound_socket(path))
    else:
        handle = bound_handle(path)
        holder = SimpleNamespace(**{"_handle" if form == "_handle" else "handle": handle})
        if form == "handle":
            server.listen(handle, *callbacks)
        elif form == "handle=":
            server.listen(*callbacks, handle=handle)
        elif form == "holder=":
            server.listen(*callbacks, handle=holder)
        elif form == "backlog":
            server.listen(handle, 5, *callbacks)
        else:
            server.listen(holder, *callbacks)
        assert server._handle is handle
    assert server.listening
    address = server.address()
    if path is None:
        assert isinstance(address, net.Address)
        assert address.address == "127.0.0.1"
        client = net.connect(address.port, "127.0.0.1")
    else:
        assert address == str(path)
        client = net.connect(path)
    client.on("data", must_call(lambda data: received.append(data)))
    received: list[bytes] = []
    client.on("close", must_call(lambda had_error: server.close()))
    run()
    assert received == [b"hello"]


def test_a_path_bound_elsewhere_is_not_removed(
    tmp_path: Path, must_call: Callable[..., Any]
) -> None:
    path = tmp_path / "s"
    server = net.create_server().listen(fd=bound_socket(path))
    server.on("listening", must_call(server.close))
    run()
    assert path.is_socket()


def test_a_listening_descriptor(must_call: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = net.create_server(must_call(lambda peer: peer.end()))
        server.listen(fd=os.dup(listener.fileno()))
        assert port_of(server) == listener.getsockname()[1]
        client = net.connect(port_of(server), "127.0.0.1")
        client.resume().on("close", must_call(lambda had_error: server.close()))
        run()


class HasFd:
    """What Node's documentation lets a server listen on, too."""

    def __init__(self, fd: int) -> None:
        self.fd = fd


@pytest.mark.parametrize("form", ["positional", "option"])
@pytest.mark.parametrize("kind", ["TCP", "Pipe"])
def test_an_object_with_a_descriptor(form: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "s" if kind == "Pipe" else None
    holder = HasFd(bound_socket(path))
    server = net.create_server()
    if form == "positional":
        server.listen(holder)
    else:
        server.listen(handle=holder)
    assert server._handle.fd == holder.fd
    server.close()
    run()


@pytest.mark.parametrize("holder", [HasFd(True), HasFd(-1), HasFd("5"), object()])  # type: ignore[arg-type]
def test_an_object_without_one(holder: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        net.create_server().listen(handle=holder)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("listens", [False, True])
def test_a_descriptor_of_each_family(
    host: str, listens: bool, must_call: Callable[..., Any]
) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        sock = socket.socket(family)
        sock.bind((host, 0))
    except OSError as exc:
        pytest.skip(f"there is no IPv6: {exc}")
    if listens:
        sock.listen()
    server = net.create_server(must_call(lambda peer: peer.end())).listen(fd=sock.detach())
    address = server.address()
    assert isinstance(address, net.Address)
    assert (address.address, address.family) == (host, f"IPv{'6' if ':' in host else '4'}")
    client = net.connect(address.port, host)
    client.resume().on("close", must_call(lambda had_error: server.close()))
    run()


def test_a_handle_that_listens_already(must_call: Callable[..., Any]) -> None:
    handle = bound_handle(None)
    assert handle.listen(5) == 0
    server = net.create_server(must_call(lambda peer: peer.end())).listen(handle)
    client = net.connect(port_of(server), "127.0.0.1")
    client.resume().on("close", must_call(lambda had_error: server.close()))
    run()


@pytest.mark.parametrize("kind", ["TCP", "Pipe"])
def test_a_connected_socket_cannot_listen(
    kind: str, tmp_path: Path, must_call: Callable[..., Any]
) -> None:
    """Its handle is closed, as by any listen() that fails, which the socket learns."""
    path = tmp_path / "s"
    server = net.create_server(lambda peer: peer.on("error", lambda error: None).resume())
    server.listen(path if kind == "Pipe" else 0)
    client = net.connect(path) if kind == "Pipe" else net.connect(port_of(server), "127.0.0.1")
    other = net.create_server()
    codes: list[str] = []
    other.on("error", lambda error: codes.append(error.code))
    client.on("error", lambda error: codes.append(error.code))
    client.on("connect", lambda: other.listen(client))
    client.on("close", must_call(lambda had_error: (codes.append("closed"), server.close())))
    run()
    assert codes == ["EINVAL", "EBADF", "closed"]


# ------------------------------------------------------------- the handle of another server


def shared(path: Path | None, first_closes: bool) -> tuple[list[str], Any, Any]:
    """Two servers on one handle, one client, and then one of them closed; what has happened."""
    trace: list[str] = []
    first = net.create_server(lambda peer: trace.append("first.connection"))
    second = net.create_server(lambda peer: (trace.append("second.connection"), peer.end()))
    for name, server in (("first", first), ("second", second)):
        for event in ("listening", "error", "close"):
            server.on(event, lambda *args, line=f"{name}.{event}": trace.append(line))
    first.listen(path or 0)
    second.listen(first)
    assert first._handle is second._handle
    client = net.connect(path) if path else net.connect(port_of(second), "127.0.0.1")
    client.resume().on("close", lambda had_error: (first if first_closes else second).close())
    run()
    return trace, first, second


@pytest.mark.parametrize("first_closes", [True, False])
@pytest.mark.parametrize("kind", ["TCP", "Pipe"])
def test_another_server(kind: str, first_closes: bool, tmp_path: Path) -> None:
    path = tmp_path / "s" if kind == "Pipe" else None
    trace, first, second = shared(path, first_closes)
    closed, other = (first, second) if first_closes else (second, first)
    name = "first" if first_closes else "second"
    assert trace == ["first.listening", "second.listening", "second.connection", f"{name}.close"]
    # As in Node: the handle is closed, which the other one learns when it uses it.
    assert not closed.listening
    assert other.listening
    with pytest.raises(OSError, match="address EBADF"):
        other.address()
    assert path is None or not path.exists()
    # What has got the number of its descriptor is not the other one's to close.
    reused = [socket.socket() for _ in range(20)]
    other.close()
    run()
    assert not other.listening
    assert trace[-1] == f"{'second' if first_closes else 'first'}.close"
    for sock in reused:
        sock.getsockname()
        sock.close()
    other.listen(0)
    closed.listen(0)
    other.close()
    closed.close()
    run()


def test_a_server_that_does_not_listen_has_no_handle() -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        net.create_server().listen(handle=net.create_server())


def test_a_closed_handle(must_call: Callable[..., Any]) -> None:
    handle = bound_handle(None)
    handle.close()
    server = net.create_server()
    server.on("error", must_call(lambda error: codes.append(error.code)))
    codes: list[str] = []
    server.listen(handle)
    run()
    assert codes == ["EBADF"]
    assert not server.listening

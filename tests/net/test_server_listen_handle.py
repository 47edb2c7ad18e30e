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

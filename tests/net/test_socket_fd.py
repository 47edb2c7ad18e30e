"""Sockets made of descriptors and handles that somebody else made."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

import pytest

from uvnet import _core, net
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_FD_TYPE,
    ERR_OUT_OF_RANGE,
    UVError,
)

from .helpers import run


@pytest.mark.parametrize(
    ("fd", "error"),
    [
        (-1, ERR_OUT_OF_RANGE),
        (1.5, ERR_OUT_OF_RANGE),
        (2**31, ERR_OUT_OF_RANGE),
        ("x", ERR_INVALID_ARG_TYPE),
        (True, ERR_INVALID_ARG_TYPE),
        (float("nan"), ERR_INVALID_ARG_TYPE),
        (4242, ERR_INVALID_FD_TYPE),
    ],
)
def test_wrong_descriptors(fd: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        net.Socket(fd=fd)


def test_descriptors_that_are_no_sockets(tmp_path: Any) -> None:
    with open(tmp_path / "file", "w") as file, pytest.raises(ERR_INVALID_FD_TYPE, match="FILE"):
        net.Socket(fd=file.fileno())
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock,
        pytest.raises(ERR_INVALID_FD_TYPE, match="UDP"),
    ):
        net.Socket(fd=sock.fileno())
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="handle"):
        net.Socket(handle=5)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["tcp", "unix"])
@pytest.mark.parametrize("form", ["fd", "handle"])
def test_connected_sockets(kind: str, form: str, must_call: Callable[..., Any]) -> None:
    if kind == "unix":
        ours, theirs = socket.socketpair()
    else:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            ours = socket.create_connection(listener.getsockname())
            theirs, _ = listener.accept()
    with theirs:
        theirs.sendall(b"hello")
        if form == "fd":
            client = net.Socket(fd=ours.detach())
        else:
            handle: Any = _core.TCP() if kind == "tcp" else _core.Pipe()
            assert handle.open(ours.detach()) == 0
            client = net.Socket(handle=handle)
        assert not client.pending
        assert client.ready_state == "open"
        if kind == "tcp":
            assert client.remote_port == theirs.getsockname()[1]
        client.on("data", must_call(lambda data: client.end(data * 2)))
        client.on("close", must_call(lambda had_error: None))
        client.on("finish", lambda: theirs.shutdown(socket.SHUT_WR))
        run()
        assert theirs.recv(100) == b"hellohello"
        assert theirs.recv(100) == b""


def test_readable_false(must_call: Callable[..., Any]) -> None:
    """Nothing is read from it."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(b"hello")
        client = net.Socket(fd=ours.detach(), readable=False)
        assert not client.readable
        assert not client._handle.active
        client.end(b"x")
        client.on("close", must_call(lambda had_error: None))
        run()
        assert client.bytes_read == 0
        assert theirs.recv(10) == b"x"


def test_pipes_of_the_system(must_call: Callable[..., Any]) -> None:
    reading, writing = os.pipe()
    source = net.Socket(fd=reading, writable=False)
    target = net.Socket(fd=writing, readable=False)
    received: list[bytes] = []
    source.on("data", received.append).on("close", must_call(lambda had_error: None))
    target.end(b"through the pipe")
    run()
    assert received == [b"through the pipe"]


def test_a_descriptor_that_the_loop_has(must_call: Callable[..., Any]) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        first = net.Socket(fd=ours.detach())
        with pytest.raises(UVError, match="open EEXIST"):
            net.Socket(fd=first._handle.fd)
        first.destroy()
        run()

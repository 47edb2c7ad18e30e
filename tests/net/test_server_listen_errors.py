"""When listen() fails: an event, never an exception, and the server is as before."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import UVError

from .helpers import port_of, run, serve


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock.getsockname()[1]


def failure(*args: Any, **options: Any) -> UVError:
    """Return the error of a listen(), and look at what the server is then."""
    trace: list[str] = []
    errors = []
    server = net.create_server()
    for event in ("listening", "close"):
        server.on(event, lambda event=event: trace.append(event))
    server.on("error", lambda error: (errors.append(error), trace.append("error")))
    server.listen(*args, **options)
    trace.append("sync")
    run()
    assert trace == ["sync", "error"]
    assert not server.listening
    assert server.address() is None
    [error] = errors
    assert isinstance(error, OSError)
    assert error.syscall == "listen"
    return error


def test_port_in_use(taken: int) -> None:
    error = failure(taken, "127.0.0.1")
    assert str(error) == f"listen EADDRINUSE: address already in use 127.0.0.1:{taken}"
    assert (error.code, error.address, error.port) == ("EADDRINUSE", "127.0.0.1", taken)


def test_port_in_use_on_all_addresses() -> None:
    server = serve().unref()
    error = failure(port_of(server))
    assert error.code == "EADDRINUSE"
    assert error.address == server.address().address
    assert str(error).endswith(f" {error.address}:{port_of(server)}")
    server.close()
    run()


def test_order_of_events(taken: int) -> None:
    trace: list[str] = []
    server = net.create_server()
    server.on("error", lambda error: trace.append("error"))
    server.listen(taken, "127.0.0.1", lambda: trace.append("callback"))
    trace.append("sync")
    uvnet.next_tick(trace.append, "tick")
    uvnet.set_immediate(trace.append, "immediate")
    run()
    assert trace == ["sync", "tick", "error", "immediate"]


def test_another_port_is_tried(taken: int, must_call: Callable[..., Any]) -> None:
    server = net.create_server()
    server.on("error", must_call(lambda error: server.listen(0, "127.0.0.1")))
    server.on("listening", must_call(lambda: (ports.append(port_of(server)), server.close())))
    ports: list[int] = []
    server.listen(taken, "127.0.0.1")
    run()
    assert ports != [taken]


def test_an_error_that_nobody_listens_for(taken: int) -> None:
    net.create_server().listen(taken, "127.0.0.1")
    with pytest.raises(OSError, match="EADDRINUSE"):
        run()
    run()


def test_address_that_is_not_ours() -> None:
    error = failure(0, "192.0.2.200")
    assert error.code == "EADDRNOTAVAIL"
    assert str(error) == "listen EADDRNOTAVAIL: address not available 192.0.2.200"


def test_host_that_does_not_exist(must_call: Callable[..., Any]) -> None:
    """The error is that of the lookup."""
    server = net.create_server().listen(0, "no-such-host.invalid", must_call(None, 0))
    server.on("error", must_call(lambda error: errors.append(error)))
    errors: list[Any] = []
    run()
    assert errors[0].syscall == "getaddrinfo"
    assert errors[0].hostname == "no-such-host.invalid"
    assert not server.listening


def test_stale_socket_file(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(path)
    error = failure(path)
    assert (error.code, error.address, error.path, error.port) == ("EADDRINUSE", path, path, None)
    assert str(error) == f"listen EADDRINUSE: address already in use {path}"
    assert os.path.exists(path)


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    error = failure(str(tmp_path / "no" / "s"))
    assert error.code in ("EACCES", "ENOENT")


@pytest.mark.parametrize("length", [150, 10_000])
def test_path_that_is_too_long(length: int, tmp_path: Path) -> None:
    error = failure(str(tmp_path) + "/" + "x" * length)
    assert error.code == "EINVAL"
    assert os.listdir(tmp_path) == []


def test_descriptors_that_cannot_listen(tmp_path: Path) -> None:
    with open(tmp_path / "file", "w") as file:
        error = failure(fd=file.fileno())
    assert str(error) == "listen EINVAL: invalid argument"
    assert failure(fd=4242).code == "EINVAL"
    assert failure(fd=0.5).code == "EINVAL"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        assert failure(fd=sock.fileno()).code == "EINVAL"


def test_descriptor_that_the_loop_has_already() -> None:
    server = serve().unref()
    assert failure(fd=server._handle.fd).code == "EEXIST"
    assert server.listening
    server.close()
    run()


def test_rights_of_a_path_that_cannot_be_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path is gone by then."""
    path = tmp_path / "s"
    server = net.create_server()
    listens = net.Server._listens

    def unlinking(self: net.Server, handle: Any, key: str) -> None:
        path.unlink()
        listens(self, handle, key)

    monkeypatch.setattr(net.Server, "_listens", unlinking)
    with pytest.raises(OSError, match="uv_pipe_chmod ENOENT"):
        server.listen(path, readable_all=True)
    assert not server.listening
    run()

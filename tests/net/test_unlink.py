"""The path of a Unix server goes within close(), unless it is another's by then."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet.abort import AbortController

from .helpers import later, run


def low_level(path: Path) -> Any:
    handle = _core.Pipe()
    assert handle.bind(path) == 0
    assert handle.listen(5) == 0
    return handle


KINDS: dict[str, Callable[[Path], Any]] = {
    "listen": lambda path: net.create_server().listen(path),
    "bound": lambda path: net.create_server().listen(net.BoundSocket(path=path)),
    "BoundSocket": lambda path: net.BoundSocket(path=path),
    "Pipe": low_level,
}


@pytest.fixture(params=KINDS)
def listen(request: pytest.FixtureRequest) -> Callable[[Path], Any]:
    """A function that gives something bound to a path, with a close()."""
    return KINDS[request.param]


def test_gone_at_once(listen: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "s"
    server = listen(path)
    assert path.is_socket()
    server.close()
    assert os.listdir(tmp_path) == []
    run()


def test_another_servers_path_stays(
    listen: Callable[[Path], Any], tmp_path: Path, must_call: Callable[..., Any]
) -> None:
    """A restart: the new server is there before the old one closes."""
    path = tmp_path / "s"
    old = listen(path)
    path.unlink()
    new = net.create_server(must_call(lambda peer: peer.end())).listen(path)
    old.close()
    assert path.is_socket()
    client = net.connect(path).resume()
    client.on("close", must_call(lambda had_error: new.close()))
    run()
    assert not path.exists()


@pytest.mark.parametrize("what", ["file", "folder", "link", "socket"])
def test_whatever_else_is_there_stays(
    what: str, listen: Callable[[Path], Any], tmp_path: Path
) -> None:
    path, moved = tmp_path / "s", tmp_path / "moved"
    server = listen(path)
    path.rename(moved)
    if what == "file":
        path.touch()
    elif what == "folder":
        path.mkdir()
    elif what == "link":
        path.symlink_to(moved)
    else:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(str(path))
    server.close()
    run()
    assert path.lstat()
    assert moved.is_socket()


def test_nothing_is_there_any_more(listen: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "s"
    server = listen(path)
    path.unlink()
    server.close()
    run()


def test_a_relative_path_after_a_change_of_folder(
    listen: Callable[[Path], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It means another file then, which stays."""
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.chdir(tmp_path)
    server = listen(Path("s"))
    monkeypatch.chdir(other)
    Path("s").touch()
    server.close()
    run()
    assert (other / "s").exists()
    assert (tmp_path / "s").is_socket()


def test_a_hundred_restarts(tmp_path: Path) -> None:
    """The number of a removed file may be given to the next one, but not while it is bound."""
    path = tmp_path / "s"
    server = net.create_server().listen(path)
    for _ in range(100):
        path.unlink()
        new = net.create_server().listen(path)
        server.close()
        assert path.is_socket()
        server = new
    server.close()
    assert not path.exists()
    run()


def test_a_server_that_could_not_listen_removes_nothing(
    tmp_path: Path, must_call: Callable[..., Any]
) -> None:
    path = tmp_path / "s"
    first = net.create_server().listen(path)
    second = net.create_server().listen(path)
    second.on("error", must_call(lambda error: second.close()))
    second.on("close", must_call(lambda: (found.append(path.is_socket()), first.close())))
    found: list[bool] = []
    run()
    assert found == [True]


def test_aborted(tmp_path: Path) -> None:
    path = tmp_path / "s"
    controller = AbortController()
    net.create_server().listen(path, signal=controller.signal)
    controller.abort()
    assert not path.exists()
    run()


def test_the_loop_closes(tmp_path: Path) -> None:
    path = tmp_path / "s"

    async def main() -> None:
        await net.create_server().listen(path)
        assert path.is_socket()

    loop = uvnet.new_event_loop()
    loop.run_until_complete(main())
    with pytest.warns(ResourceWarning, match="unclosed handle"):
        loop.close()
    assert not path.exists()


def test_only_the_first_of_two_closes_removes(tmp_path: Path) -> None:
    path = tmp_path / "s"
    server = net.create_server().listen(path)
    server.close()
    path.touch()
    server.close()
    run()
    assert path.exists()


def test_connections_outlive_the_path(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"

    def accepted(peer: net.Socket) -> None:
        server.close()
        assert not path.exists()
        later(5, peer.end, b"still here")

    server = net.create_server(must_call(accepted)).listen(path)
    client = net.connect(path)
    client.on("data", must_call(lambda data: received.append(data)))
    received: list[bytes] = []
    run()
    assert received == [b"still here"]

"""examples/tcp_proxy.py"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from .programs import PATIENCE, Example, receive, receive_to_end, vanish

Serve = Callable[..., Example]


@pytest.fixture
def behind() -> Iterator[socket.socket]:
    """A listening socket, which the proxy connects to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        yield listener


@pytest.fixture
def proxy(serve: Serve, behind: socket.socket) -> Example:
    return serve("tcp_proxy.py", "127.0.0.1", behind.getsockname()[1])


@pytest.fixture
def ends(proxy: Example, behind: socket.socket) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client of the proxy, and what the proxy has connected for it."""
    with proxy.connect() as client:
        server, _ = behind.accept()
        server.settimeout(PATIENCE)
        with server:
            yield client, server
        client.close()
    proxy.stop()


Ends = tuple[socket.socket, socket.socket]


def test_both_ways_at_once(ends: Ends) -> None:
    data = [bytes([n]) * 5_000_000 for n in (1, 2)]

    def send(end: socket.socket, what: bytes) -> None:
        end.sendall(what)
        end.shutdown(socket.SHUT_WR)

    with ThreadPoolExecutor(4) as threads:
        sending = [threads.submit(send, end, what) for end, what in zip(ends, data, strict=True)]
        received = list(threads.map(receive_to_end, ends))
        for each in sending:
            each.result()
    assert received == data[::-1]


@pytest.mark.parametrize("first", [0, 1], ids=["client", "server"])
def test_one_direction_ends_before_the_other(ends: Ends, first: int) -> None:
    asks, answers = ends[first], ends[1 - first]
    asks.sendall(b"question")
    asks.shutdown(socket.SHUT_WR)
    assert receive_to_end(answers) == b"question"
    answers.sendall(b"answer")
    answers.shutdown(socket.SHUT_WR)
    assert receive_to_end(asks) == b"answer"


@pytest.mark.parametrize("first", [0, 1], ids=["client", "server"])
def test_who_vanishes_takes_the_other_along(ends: Ends, proxy: Example, first: int) -> None:
    gone, other = ends[first], ends[1 - first]
    gone.sendall(b"x")
    assert receive(other, 1) == b"x"
    vanish(gone)
    with pytest.raises(ConnectionResetError):  # an end would say that this was everything
        other.recv(1)
    proxy.wait_for("ECONNRESET")


def test_nobody_listens_there(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    proxy = serve("tcp_proxy.py", "127.0.0.1", port)
    with pytest.raises(ConnectionResetError), proxy.connect() as client:
        client.recv(1)
    assert f"connect ECONNREFUSED 127.0.0.1:{port}" in proxy.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="others answer where the backlog is full")
def test_nobody_answers_there(serve: Serve) -> None:
    """Linux lets connections wait for an answer that find the backlog full."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(address)
        proxy = serve("tcp_proxy.py", *address, "--timeout", 0.3)
        with pytest.raises(ConnectionResetError), proxy.connect() as client:
            client.recv(1)
        for sock in waiting:
            sock.close()
    assert "does not answer" in proxy.stop()

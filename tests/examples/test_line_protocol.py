"""examples/line_protocol.py"""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from .programs import Example, receive, receive_to_end, vanish


@pytest.fixture
def store(serve: Callable[..., Example]) -> Example:
    return serve("line_protocol.py")


def ask(store: Example, *lines: str) -> list[str]:
    """Send these lines and the end, and return the answers."""
    with store.connect() as client:
        client.sendall("".join(f"{line}\n" for line in lines).encode())
        client.shutdown(socket.SHUT_WR)
        return receive_to_end(client).decode().splitlines()


def test_values_are_kept(store: Example) -> None:
    told = ask(store, "SET colour dark  blue", "GET colour", "GET size", "SET size 7\r", "KEYS")
    assert told == ["OK", "dark  blue", "", "OK", "colour size"]
    assert ask(store, "DEL size", "DEL size", "KEYS") == ["OK", "ERROR no such key", "colour"]
    assert ask(store, "set colour", "", "SET colour") == ["ERROR unknown command"] * 3
    store.stop()


def test_many_clients_with_many_lines_each(store: Example) -> None:
    def fill(client: int) -> list[str]:
        return ask(store, *(f"SET {client}.{n} {n}" for n in range(2000)))

    with ThreadPoolExecutor(8) as clients:
        assert list(clients.map(fill, range(8))) == [["OK"] * 2000] * 8
    assert ask(store, "GET 3.1999", "GET 7.0") == ["1999", "0"]
    store.stop()


def test_a_line_in_pieces(store: Example) -> None:
    with store.connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for letter in "SET a 1\nGET a\n":
            client.sendall(letter.encode())
        assert receive(client, 5) == b"OK\n1\n"
    store.stop()


def test_a_line_has_a_limit(store: Example) -> None:
    with store.connect() as client:
        client.sendall(b"SET a " + b"x" * 5000)
        assert receive(client, 20) == b"ERROR line too long\n"
    assert ask(store, "GET a") == [""]
    store.stop()


def test_a_client_that_vanishes(store: Example) -> None:
    client = store.connect()
    client.sendall(b"SET a 1\nGET")
    assert receive(client, 3) == b"OK\n"
    vanish(client)
    assert ask(store, "GET a") == ["1"]
    store.stop()

"""examples/block_list.py"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import pytest

from .programs import PATIENCE, Example, receive

Serve = Callable[..., Example]


def is_served(example: Example, address: str = "127.0.0.1") -> bool:
    """Return whether somebody from this address is answered."""
    where = "127.0.0.1", example.port
    with socket.socket() as client:
        client.settimeout(PATIENCE)
        client.bind((address, 0))
        try:
            client.connect(where)
            client.sendall(b"hello")
            return receive(client, 5) == b"hello"
        except (ConnectionResetError, BrokenPipeError):
            return False


def test_who_connects_too_often_is_blocked(serve: Serve) -> None:
    example = serve("block_list.py", "--limit", 3)
    assert [is_served(example) for _ in range(6)] == [True] * 3 + [False] * 3
    printed = example.stop().splitlines()
    assert printed[1:].count("127.0.0.1 is blocked") == 1  # the others never got that far


def test_but_not_for_ever(serve: Serve) -> None:
    example = serve("block_list.py", "--limit", 1, "--time", 0.2)
    is_served(example)
    while is_served(example):
        pass
    while not is_served(example):
        pass
    example.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="127.0.0.2 is nobody's")
def test_a_network_is_kept_out(serve: Serve) -> None:
    example = serve("block_list.py", "--block", "127.0.0.2/31", "--block", "2001:db8::/32")
    served = [is_served(example, f"127.0.0.{n}") for n in range(1, 5)]
    assert served == [True, False, False, True]
    example.stop()

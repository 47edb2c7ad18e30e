"""examples/echo.py"""

from __future__ import annotations

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from .programs import Example, receive, receive_to_end, vanish

Serve = Callable[..., Example]
STYLES = ["events", "pipe", "async"]


@pytest.mark.parametrize("style", STYLES)
def test_it_echoes_to_many(serve: Serve, style: str) -> None:
    example = serve("echo.py", "--style", style)

    def talk(number: int) -> bool:
        data = bytes([number]) * 300_000
        with example.connect() as client, ThreadPoolExecutor(1) as writer:
            sending = writer.submit(client.sendall, data)
            echoed = receive(client, len(data))
            sending.result()
            client.shutdown(socket.SHUT_WR)
            return echoed == data and receive_to_end(client) == b""

    with ThreadPoolExecutor(8) as clients:
        assert all(clients.map(talk, range(8)))
    example.stop()


@pytest.mark.parametrize("style", STYLES)
def test_a_client_that_vanishes_is_one_less(serve: Serve, style: str) -> None:
    example = serve("echo.py", "--style", style)
    with example.connect() as other:
        client = example.connect()
        client.sendall(b"hello")
        assert receive(client, 5) == b"hello"
        vanish(client)
        example.wait_for("read ECONNRESET")
        other.sendall(b"still there?")
        assert receive(other, 12) == b"still there?"
        example.stop()  # with a client that is connected
        assert receive_to_end(other) == b""


@pytest.mark.parametrize("style", STYLES)
def test_a_client_that_does_not_read_is_not_read(serve: Serve, style: str) -> None:
    """It can send what the buffers of both kernels and the high water marks take, and no more."""
    example = serve("echo.py", "--style", style)
    with example.connect() as client:
        client.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 100_000_000:
                sent += client.send(bytes(1_000_000))
        client.settimeout(60)
        assert receive(client, sent) == bytes(sent)
    example.stop()

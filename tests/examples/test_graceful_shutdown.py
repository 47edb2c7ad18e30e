"""examples/graceful_shutdown.py"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable

import pytest

from .programs import Example, receive, receive_to_end, vanish

Serve = Callable[..., Example]


def has_read(service: Example) -> None:
    """Wait until the service has read what clients have sent so far."""
    with service.connect() as client:
        client.shutdown(socket.SHUT_WR)
        assert receive_to_end(client) == b""


def test_who_waits_for_an_answer_gets_it(serve: Serve) -> None:
    service = serve("graceful_shutdown.py", "--work", 2)
    with service.connect() as idle, service.connect() as busy:
        busy.sendall(b"one")
        has_read(service)
        service.process.send_signal(signal.SIGTERM)
        assert service.line() == "stopping: 1 busy of 2\n"
        assert receive_to_end(idle) == b""  # it need not wait for the other
        with pytest.raises(ConnectionRefusedError):
            service.connect()
        idle.close()
        assert receive_to_end(busy) == b"done: one"
    assert service.ends().endswith("\nstopped: 0 cut\n")


def test_not_for_ever(serve: Serve) -> None:
    service = serve("graceful_shutdown.py", "--work", 3600, "--deadline", 0.2)
    with service.connect() as busy, service.connect() as deaf:
        busy.sendall(b"?")
        has_read(service)
        assert service.stop(signal.SIGTERM, code=1).endswith("\nstopped: 2 cut\n")
        assert receive_to_end(busy) == receive_to_end(deaf) == b""


def test_a_client_that_has_ended_gets_its_answer(serve: Serve) -> None:
    service = serve("graceful_shutdown.py", "--work", 0.01)
    with service.connect() as client:
        client.sendall(b"one")
        client.shutdown(socket.SHUT_WR)
        assert receive_to_end(client) == b"done: one"
    client = service.connect()
    client.sendall(b"one")
    assert receive(client, 9) == b"done: one"
    vanish(client)
    service.wait_for("read ECONNRESET")
    assert service.stop().endswith("stopping: 0 busy of 0\nstopped: 0 cut\n")

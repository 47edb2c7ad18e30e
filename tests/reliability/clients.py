"""Clients in the test's own process: plain blocking sockets."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Iterable

PATIENCE = 30.0  # seconds: only what hangs gets there


def echo_once(port: int, timeout: float = PATIENCE) -> None:
    """Connect, have one byte echoed and close; fail if that takes longer than `timeout` seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout) as client:
        client.sendall(b"?")
        answer = client.recv(1)
        assert answer == b"?", "closed instead of served"


def connect_all(port: int, count: int) -> list[socket.socket]:
    """Return so many clients that have connected, or still try to, and have sent one byte."""
    clients = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", port), PATIENCE)
        clients.append(client)
        with contextlib.suppress(ConnectionError):  # refused already, as fates() will find
            client.sendall(b"?")
    return clients


def fates(
    clients: Iterable[socket.socket], timeout: float = PATIENCE
) -> tuple[set[socket.socket], int, int]:
    """Tell what became of clients that wait for their echo.

    Args:
        clients: As connect_all() made them.
        timeout: Seconds until one that has heard nothing counts as hanging.

    Returns:
        The clients that were served, and how many were closed and how many hang.
    """
    waiting, served, closed = set(clients), set(), 0
    deadline = time.monotonic() + timeout
    while waiting and (wait := deadline - time.monotonic()) > 0:
        poll = select.poll()
        by_fd = {client.fileno(): client for client in waiting}
        for fd in by_fd:
            poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll(wait * 1000):
            client = by_fd[fd]
            waiting.remove(client)
            try:
                data = client.recv(1)
            except ConnectionResetError:
                data = b""
            if data:
                served.add(client)
            else:
                closed += 1
    return served, closed, len(waiting)

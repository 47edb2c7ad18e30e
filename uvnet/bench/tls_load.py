"""The load generator over TLS: the same closed loop as `_load`, in Python, on OpenSSL.

A message costs it more than `_load`, but less than it costs any server in Python. Where "load_busy"
says that it was at its limit, compare CPU time.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import ssl
import time
from typing import Any, NoReturn

from . import _load

PERIOD = 65521  # bytes, after which the pattern begins again; a prime
CHUNK = 1 << 18
STRIDE = 40493  # bytes between the places where two connections begin


class Connection:
    """One of the load's connections: connected, its handshake made."""

    def __init__(self, address: tuple[str, int], number: int, timeout: float) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        sock = socket.create_connection(address, timeout)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock = context.wrap_socket(sock)
        except BaseException:
            sock.close()
            raise
        self.sock.setblocking(False)
        self.fd = self.sock.fileno()
        self.position = number * STRIDE % PERIOD  # of the message in the pattern
        self.message = memoryview(b"")
        self.sent = 0
        self.received = bytearray()
        self.began = 0.0

    def send(self) -> bool:
        """Send what the socket takes of the message; return whether that is all of it."""
        while self.sent < len(self.message):
            try:
                self.sent += self.sock.send(self.message[self.sent :])
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                return False
        return True

    def receive(self) -> bytes | None:
        """Return what has come, b"" at the end, None for nothing yet."""
        try:
            return self.sock.recv(CHUNK)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None

    def close(self) -> None:
        """Say that it ends, and close it."""
        with contextlib.suppress(OSError):
            self.sock.unwrap()
        self.sock.close()


class Load:
    """One run."""

    def __init__(
        self, size: int, messages: int, seconds: float, warmup: int, deadline: float
    ) -> None:
        self.size = size
        self.messages = messages
        self.seconds = seconds
        self.warmup = warmup
        self.deadline_seconds = deadline
        self.deadline = time.perf_counter() + deadline
        pattern = random.Random(1).randbytes(PERIOD)
        self.pattern = memoryview(pattern * (1 + -(-size // PERIOD)))
        self.epoll = select.epoll()
        self.connections: dict[int, Connection] = {}
        self.issued = self.completed = self.in_flight = 0
        self.latencies: list[float] = []
        self.started = self.stopped = self.cpu_started = self.cpu_stopped = 0.0
        self.measuring = self.measured = False

    def fail(self, kind: str, text: str) -> NoReturn:
        error = _load.LoadError(text)
        error.kind, error.errno, error.connection, error.messages = kind, 0, 0, self.completed
        raise error

    def connect(self, address: tuple[str, int], count: int) -> None:
        for number in range(count):
            try:
                connection = Connection(address, number, self.deadline - time.perf_counter())
            except (OSError, ValueError) as error:
                self.fail("connect", f"connection {number}: {error}")
            self.connections[connection.fd] = connection
            self.epoll.register(connection.fd, select.EPOLLIN)

    def begin(self, now: float) -> None:
        self.measuring = True
        self.started = now
        self.cpu_started = time.thread_time()

    def end(self, now: float) -> None:
        self.measuring = False
        self.measured = True
        self.stopped = now
        self.cpu_stopped = time.thread_time()

    def issue(self, connection: Connection, now: float) -> None:
        """Send the connection's next message, if there is one to send."""
        if self.measured or (self.messages and self.issued == self.warmup + self.messages):
            return
        self.issued += 1
        self.in_flight += 1
        connection.message = self.pattern[connection.position : connection.position + self.size]
        connection.sent = 0
        connection.began = now
        self.transmit(connection)

    def transmit(self, connection: Connection) -> None:
        try:
            done = connection.send()
        except OSError as error:
            self.fail("closed", f"send: {error}")
        if not done or connection.sent < self.size:
            self.epoll.modify(connection.fd, select.EPOLLIN | select.EPOLLOUT)

    def receive(self, connection: Connection) -> None:
        while True:
            try:
                data = connection.receive()
            except OSError as error:
                self.fail("closed", f"recv: {error}")
            if data is None:
                return
            if not data:
                self.fail("closed", "closed by the server too early")
            if connection.received or len(data) < self.size:
                connection.received += data
                if len(connection.received) < self.size:
                    continue
                data = bytes(connection.received)
                connection.received.clear()
            if data != connection.message:
                self.fail("corrupt", f"message {self.completed} did not come back as it was sent")
            self.complete(connection)
            if not connection.sock.pending():
                return

    def complete(self, connection: Connection) -> None:
        now = time.perf_counter()
        self.completed += 1
        self.in_flight -= 1
        connection.position = (connection.position + self.size) % PERIOD
        connection.message = memoryview(b"")
        if self.measuring:
            self.latencies.append(now - connection.began)
            if len(self.latencies) == self.messages or (
                self.seconds and now - self.started >= self.seconds
            ):
                self.end(now)
        elif not self.measured and self.completed == self.warmup:
            self.begin(now)
        self.issue(connection, now)

    def exchange(self) -> None:
        now = time.perf_counter()
        if self.warmup == 0:
            self.begin(now)
        for connection in self.connections.values():
            self.issue(connection, now)
        while not self.measured or self.in_flight:
            for fd, events in self.epoll.poll(0.05):
                connection = self.connections[fd]
                if events & ~select.EPOLLOUT:
                    self.receive(connection)
                if events & select.EPOLLOUT:
                    self.epoll.modify(fd, select.EPOLLIN)
                    self.transmit(connection)
            now = time.perf_counter()
            if self.measuring and self.seconds and now - self.started >= self.seconds:
                self.end(now)
            if now >= self.deadline:
                self.fail(
                    "deadline",
                    f"deadline of {self.deadline_seconds:g} s passed with {self.in_flight} of "
                    f"{len(self.connections)} replies outstanding",
                )

    def close(self) -> None:
        for connection in self.connections.values():
            connection.close()
        self.epoll.close()

    def result(self) -> dict[str, Any]:
        ordered = sorted(1e6 * latency for latency in self.latencies)

        def percentile(part: float) -> float:
            return ordered[min(int(part * len(ordered)), len(ordered) - 1)] if ordered else 0.0

        return {
            "messages": len(ordered),
            "bytes": len(ordered) * self.size,
            "seconds": self.stopped - self.started,
            "cpu_seconds": self.cpu_stopped - self.cpu_started,
            "messages_total": self.completed,
            "latency": {
                "min": percentile(0.0),
                "mean": sum(ordered) / max(len(ordered), 1),
                "p50": percentile(0.5),
                "p90": percentile(0.9),
                "p99": percentile(0.99),
                "p99_9": percentile(0.999),
                "max": percentile(1.0),
            },
        }


def run(
    address: tuple[str, int],
    *,
    connections: int = 16,
    size: int = 1024,
    messages: int = 0,
    seconds: float = 0.0,
    warmup: int = 0,
    deadline: float = 30.0,
) -> dict[str, Any]:
    """Load an echo server over TLS, and check every byte. See `_load.run`.

    The server's certificate is not looked at. There is no histogram.

    Raises:
        LoadError: As for `_load.run`.
        ValueError: Neither messages nor seconds are given.
    """
    if not messages and not seconds:
        raise ValueError("give messages or seconds: the run would never stop")
    load = Load(size, messages, seconds, warmup, deadline)
    try:
        load.connect(address, connections)
        load.exchange()
    finally:
        load.close()
    return load.result()

"""Servers, clients and plain peers for the tests of net; and what they did, in order."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvnet
from uvnet import _core, net

PATIENCE = 30.0  # seconds that a plain socket waits: only what hangs gets there

EVENTS = (
    "lookup",
    "connection_attempt",
    "connection_attempt_failed",
    "connection_attempt_timeout",
    "connect",
    "ready",
    "end",
    "finish",
    "timeout",
    "drain",
    "error",
    "close",
)


def watch(socket: net.Socket, trace: list[str], *events: str) -> net.Socket:
    """Add the name of each event to `trace`, and for some what they came with."""
    for event in events or EVENTS:

        def heard(*args: Any, event: str = event) -> None:
            if event in ("error", "close"):
                args = tuple(getattr(arg, "code", arg) for arg in args)
            elif event not in ("connection_attempt_failed", "connection_attempt_timeout"):
                args = ()
            else:
                args = args[:1]
            trace.append(f"{event}({', '.join(map(str, args))})" if args else event)

        socket.on(event, heard)
    return socket


def serve(on_connection: Callable[[net.Socket], object] | None = None, **options: Any) -> Any:
    """Return a server that listens on all addresses, already."""
    return net.create_server(on_connection, **options).listen(0)


def port_of(server: net.Server) -> int:
    address = server.address()
    assert isinstance(address, net.Address)
    return address.port


def client_of(server: net.Server, *args: Any, **options: Any) -> net.Socket:
    """Connect to a server of serve() by IPv4."""
    return net.connect(port_of(server), "127.0.0.1", *args, **options)


def closed_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert isinstance(port, int)
        return port


def free_port() -> int:
    """Return a port to bind to, outside the range that connect() takes ports from."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as four, socket.socket(socket.AF_INET6) as six:
            try:
                four.bind(("0.0.0.0", port))
                six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                six.bind(("::", port))
            except OSError:
                continue
            return port


def later(milliseconds: float, callback: Callable[..., object], *args: Any) -> Any:
    """Call callback(*args) after a while; it keeps the loop alive."""
    return _core.current_loop().call_later(milliseconds / 1000, callback, *args)


def error_of(function: Callable[..., object], *args: Any, **options: Any) -> BaseException:
    """Return what a call raises."""
    try:
        function(*args, **options)
    except Exception as exc:
        return exc
    raise AssertionError(f"nothing was raised by {function}{args}{options}")


@contextmanager
def listener(backlog: int = 16) -> Iterator[socket.socket]:
    """A plain listening socket on 127.0.0.1."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as sock:
        sock.settimeout(PATIENCE)
        yield sock


class Peer:
    """A plain server in a thread: it accepts one connection and gives it to a function."""

    def __init__(self, function: Callable[[socket.socket], Any]) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE)
        self.port = self.listener.getsockname()[1]
        self.function = function
        self.value: Any = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        try:
            accepted, _ = self.listener.accept()
            with accepted:
                accepted.settimeout(PATIENCE)
                self.value = self.function(accepted)
        except BaseException as exc:
            self.error = exc

    def result(self) -> Any:
        """Return what the function has returned, or raise what it raised."""
        self.thread.join(PATIENCE)
        self.listener.close()
        assert not self.thread.is_alive(), "the peer hangs"
        if self.error is not None:
            raise self.error
        return self.value


def receive_to_end(peer: socket.socket) -> bytes:
    parts = bytearray()
    while part := peer.recv(65536):
        parts += part
    return bytes(parts)


def reset(peer: socket.socket) -> None:
    """Close a TCP socket with RST."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def run() -> None:
    """Run the default loop until nothing is left to do; raises what no callback caught."""
    uvnet.run()

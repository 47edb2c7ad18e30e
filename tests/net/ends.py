"""A socket of ours, connected to a plain blocking one: whichever end opened it, TCP or Unix."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvnet
from uvnet import _core, net

PATIENCE = 30.0  # seconds that a plain socket waits: only what hangs gets there

KINDS = ["tcp", "unix"]
SIDES = ["client", "accepted"]


def pair(
    kind: str = "tcp", side: str = "client", cls: type[net.Socket] = net.Socket, **options: Any
) -> tuple[net.Socket, socket.socket]:
    """Return a connected Socket and the plain, blocking socket at its other end.

    'connect', 'ready' or 'connection' have been emitted. Nothing is left but the two.
    """
    ours, peer = client(kind, cls, **options) if side == "client" else accepted(kind, **options)
    peer.settimeout(PATIENCE)
    return ours, peer


def client(
    kind: str, cls: type[net.Socket] = net.Socket, **options: Any
) -> tuple[net.Socket, socket.socket]:
    with Listener(kind) as listener:
        ours = cls(**options)
        ours.connect(*listener.address)
        ours.once("connect", _core.current_loop().stop)
        uvnet.run()
        assert not ours.pending
        return ours, listener.socket.accept()[0]


def accepted(kind: str, **options: Any) -> tuple[net.Socket, socket.socket]:
    found: list[net.Socket] = []
    server = net.create_server(found.append, **options)
    server.once("connection", lambda socket: _core.current_loop().stop())
    with tempfile.TemporaryDirectory() as folder:
        if kind == "unix":
            server.listen(f"{folder}/socket")
            peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            peer.connect(f"{folder}/socket")
        else:
            server.listen(0)
            peer = socket.create_connection(("127.0.0.1", server.address().port))
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        uvnet.run()
        server.close()
    turn()
    return found[0], peer


class Listener:
    """A plain listening socket, as a context manager. `address` is what connect() takes."""

    def __init__(self, kind: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.address: tuple[Any, ...]
        if kind == "unix":
            self.address = (str(Path(self.folder.name, "socket")),)
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.bind(self.address[0])
            self.socket.listen()
        else:
            self.socket = socket.create_server(("127.0.0.1", 0))
            self.address = (self.socket.getsockname()[1], "127.0.0.1")
        self.socket.settimeout(PATIENCE)

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.socket.close()
        self.folder.cleanup()


def turn(count: int = 3) -> None:
    """Let the default loop turn, whether there is something to do or not."""
    loop = _core.current_loop()
    for _ in range(count):
        loop.stop()
        uvnet.run()


def until(condition: Callable[[], object], what: str = "") -> None:
    """Let the default loop turn until something has come true."""
    limit = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < limit, f"never came true: {what}"
        turn(1)
        if not condition():
            time.sleep(0.0005)


def end(ours: net.Socket, peer: socket.socket) -> None:
    """Destroy the socket, run the loop until it ends by itself, and close the peer."""
    ours.destroy()
    uvnet.run()
    peer.close()


class InThread:
    """Runs a function in a thread; result() joins it and returns or raises what it did."""

    def __init__(self, function: Callable[..., Any], *args: Any) -> None:
        self.function = function
        self.args = args
        self.value: Any = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        try:
            self.value = self.function(*self.args)
        except BaseException as exc:
            self.error = exc

    def result(self) -> Any:
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), f"{self.function} hangs"
        if self.error is not None:
            raise self.error
        return self.value


def receive(peer: socket.socket, size: int) -> bytes:
    """Return exactly `size` bytes."""
    parts = bytearray()
    while len(parts) < size:
        part = peer.recv(min(1 << 18, size - len(parts)))
        assert part, f"the end after {len(parts)} of {size} bytes"
        parts += part
    return bytes(parts)


def receive_to_end(peer: socket.socket) -> bytes:
    """Return everything up to the end of the stream."""
    parts = bytearray()
    while part := peer.recv(1 << 18):
        parts += part
    return bytes(parts)


def fill(ours: net.Socket, chunk: bytes = bytes(1 << 20)) -> int:
    """Write until the kernel takes no more, and return how many bytes; the peer must not read."""
    size = 0
    while ours.write(chunk):
        size += len(chunk)
    return size + len(chunk)

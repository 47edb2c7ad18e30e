"""Plain peers for the handles under test: blocking sockets, and threads that empty them."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from uvnet import _core

PATIENCE = 30.0  # seconds that a plain socket waits: only what hangs gets there


class Kind(NamedTuple):
    """A kind of stream, with what is needed to meet it from outside."""

    name: str
    handle: Callable[..., Any]
    sockets: Callable[[], tuple[socket.socket, socket.socket]]

    def __repr__(self) -> str:
        return self.name


def shown(value: object) -> str:
    """Return repr(value) without the address: the name of a test, the same in every process."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def tcp_sockets(host: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a TCP connection."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        here = socket.create_connection(listener.getsockname()[:2])
        there = listener.accept()[0]
    here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return here, there


def unix_sockets() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a Unix connection."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


TCP = Kind("TCP", _core.TCP, tcp_sockets)
PIPE = Kind("Pipe", _core.Pipe, unix_sockets)
KINDS = [TCP, PIPE]


def adopt(loop: Any, kind: Kind = TCP) -> tuple[Any, socket.socket]:
    """Return a connected handle on `loop` and the plain, blocking socket at its other end."""
    here, there = kind.sockets()
    there.settimeout(PATIENCE)
    handle = kind.handle(loop)
    assert handle.open(here.detach()) == 0
    return handle, there


def close(*handles: Any) -> None:
    """Close what is not closing yet, and run its loop until it is closed."""
    for handle in handles:
        if not handle.closing:
            assert handle.close() == 0
    for handle in handles:
        while not handle.closed:
            handle.loop.stop()  # one turn
            handle.loop.run()


def settle(loop: Any, seconds: float = 0.02) -> None:
    """Run for a while, and for some turns more if they have taken long."""
    loop.call_later(seconds, loop.stop)
    loop.run()
    for _ in range(20):
        loop.stop()  # one turn
        loop.run()


def receive(peer: socket.socket, size: int) -> bytes:
    """Return exactly `size` bytes from a blocking socket."""
    parts = bytearray()
    while len(parts) < size:
        part = peer.recv(min(65536, size - len(parts)))
        assert part, f"the end after {len(parts)} of {size} bytes"
        parts += part
    return bytes(parts)


def receive_to_end(peer: socket.socket) -> bytes:
    """Return everything up to the end of the stream."""
    parts = bytearray()
    while part := peer.recv(65536):
        parts += part
    return bytes(parts)


def reset(peer: socket.socket) -> None:
    """Close a TCP socket with RST."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


class Reading:
    """Collects what a handle receives; stops the loop at the end of the stream."""

    def __init__(self, handle: Any, until: int | None = None) -> None:
        """Read until the end, or until that many bytes have come."""
        self.data = bytearray()
        self.chunks: list[bytes] = []
        self.status: int | None = None
        self.until = until
        self.handle = handle
        handle.onread = self.on_read
        assert handle.read_start() == 0

    def on_read(self, nread: int, data: Any) -> None:
        if nread > 0:
            assert len(data) == nread
            self.chunks.append(data)
            self.data += data
            if self.until is None or len(self.data) < self.until:
                return
            self.handle.read_stop()
        else:
            assert data is None
            self.status = nread
        self.handle.loop.stop()


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


def fill(handle: Any, chunk: bytes = bytes(1 << 20)) -> int:
    """Write until the kernel takes no more; return how many bytes that was, queued ones included.

    The peer must not be reading. The last write is the only one that is queued.
    """
    size = 0
    while handle.write_queue_size == 0:
        assert handle.write_buffer(None, chunk) >= 0
        size += len(chunk)
    return size

"""Protocols that remember what they were told, and pairs of connected ends, for several tests."""

from __future__ import annotations

import asyncio
import socket
from typing import Any


class Recorder(asyncio.Protocol):
    """Keeps a list of what it was told; its futures tell when."""

    def __init__(self, keep_open: bool = False) -> None:
        loop = asyncio.get_running_loop()
        self.events: list[Any] = []
        self.data = b""
        self.keep_open = keep_open
        self.transport: Any = None
        self.made = loop.create_future()
        self.ended = loop.create_future()
        self.lost = loop.create_future()
        self._more = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.events.append("made")
        self.made.set_result(transport)

    def data_received(self, data: bytes) -> None:
        assert type(data) is bytes
        self.data += data
        if self.events[-1] != "data":
            self.events.append("data")
        self._more.set()

    def eof_received(self) -> bool:
        self.events.append("eof")
        self.ended.set_result(None)
        return self.keep_open

    def pause_writing(self) -> None:
        self.events.append("pause")

    def resume_writing(self) -> None:
        self.events.append("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.events.append("lost")
        self.lost.set_result(exc)

    async def received(self, count: int) -> bytes:
        """Wait until so many bytes have come; return them all."""
        while len(self.data) < count:
            self._more.clear()
            await self._more.wait()
        return self.data


# What the kernel keeps for each end. By default it grows a TCP buffer as it sees fit, to many MiB:
# whether it takes all that a test writes would depend on the machine, and on what else runs there.
KERNEL_BUFFER = 64 * 1024


async def connect_pair(protocol: Any, family: int = socket.AF_UNIX) -> tuple[Any, socket.socket]:
    """Return a transport of the protocol and the non-blocking socket at the other end.

    The kernel holds some hundred KiB on the way from one to the other, and no more.
    """
    loop = asyncio.get_running_loop()
    if family == socket.AF_UNIX:
        ours, peer = socket.socketpair()
    else:
        peer = socket.socket()
        # Before it connects, for the window that is offered then.
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            peer.connect(listener.getsockname())
            ours = listener.accept()[0]
    for end in (ours, peer):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER)
        end.setblocking(False)
    transport, _ = await loop.connect_accepted_socket(lambda: protocol, ours)
    return transport, peer


async def read_exactly(sock: socket.socket, count: int) -> bytes:
    """Read from a non-blocking socket while the loop runs, without its help."""
    data = b""
    while len(data) < count:
        try:
            more = sock.recv(min(count - len(data), 1 << 20))
        except BlockingIOError:
            await asyncio.sleep(0.001)
            continue
        if not more:
            break
        data += more
    return data


async def read_to_end(sock: socket.socket) -> bytes:
    return await read_exactly(sock, 1 << 62)

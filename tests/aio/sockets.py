"""What the tests of sockets that their user owns need."""

from __future__ import annotations

import socket


def make_pair():
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    return left, right


def fill(sock):
    """Send until the socket takes no more; return how much it took."""
    sent = 0
    try:
        while True:
            sent += sock.send(bytes(65536))
    except BlockingIOError:
        return sent


async def read_all(loop, sock, size):
    data = bytearray()
    while len(data) < size:
        chunk = await loop.sock_recv(sock, 1 << 20)
        assert chunk
        data += chunk
    return bytes(data)

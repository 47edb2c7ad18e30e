"""A producer that could give for ever, and a peer that takes little, slowly, or all of it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator

import pytest

from .harness import SANITIZED, Server
from .net_server import BLOCK

Start = Callable[..., Server]

TEN_GB = 10_000 << 20
SOME = 8 << 20  # bytes that a peer reads before it stops for good
KERNEL = 32 << 20  # the most that the kernel's buffers between two sockets hold
MARK = 65536  # a socket's high water mark, in bytes
GROWTH = MARK + (2 << 20)  # of resident memory

# How the bytes get into the socket that the peer is connected to. "relay": the producer is another
# process, and what is looked at is one between it and the peer, which pipes socket to socket in C.
ways = pytest.mark.parametrize("way", ["offer", "offer-anew", "source", "source-anew", "relay"])


def producer(start: Start, way: str, amount: int) -> tuple[Server, Server]:
    """Return the process that produces, and the one that the peer connects to."""
    mode, _, anew = way.partition("-")
    if mode == "relay":
        mode = "offer"
    block = 1 << 18 if anew else 0
    first = start(program="net_server.py", mode=mode, amount=amount, block=block)
    if way != "relay":
        return first, first
    return first, start(program="net_server.py", mode="relay", upstream=first.address)


def chunks(client: socket.socket, amount: int) -> Iterator[int]:
    """Receive so many bytes and check each; yield how many have come after every full MiB."""
    twice, buffer = BLOCK + BLOCK, bytearray(len(BLOCK))
    view = memoryview(buffer)
    total = 0
    while total < amount:
        size = client.recv_into(view[: amount - total])
        assert size, f"ended after {total} of {amount} bytes"
        assert twice.startswith(view[:size], total % len(BLOCK)), f"corrupt after {total} bytes"
        total += size
        if total // len(BLOCK) > (total - size) // len(BLOCK):
            yield total


def stalled(server: Server) -> int:
    """Wait until the producer offers no more, and return how much it has offered."""
    offered = -1
    while (now := server.report()["offered"]) > offered:
        offered = now
        time.sleep(0.3)
    return offered


@ways
def test_a_peer_that_stops_for_good(start: Start, way: str) -> None:
    first, watched = producer(start, way, TEN_GB)
    memory = watched.memory()
    with socket.create_connection(("127.0.0.1", watched.address), 10) as client:
        for _ in chunks(client, SOME):
            pass
        offered = stalled(first)
        growth = watched.memory() - memory
        queued = first.report()["queued"]
    print(f"\n{way}: {offered >> 20} MiB offered, memory {growth / 1024:+.0f} KiB")
    assert SOME < offered < SOME + 2 * KERNEL
    assert queued <= MARK + len(BLOCK)
    assert growth < GROWTH or SANITIZED
    # The peer has gone with much unread: that is an error, once, and the end of the connection.
    report = watched.settled(2)
    assert sum(report["failures"].values()) == 1
    for server in {first, watched}:
        assert server.settled(2)["open_handles"] == 2
        server.finish()


@ways
def test_a_peer_that_reads_slowly(start: Start, way: str) -> None:
    amount = 128 << 20
    for total in took(start, way, amount):
        if total % (4 << 20) == 0:
            time.sleep(0.01)


@ways
def test_a_peer_that_reads_a_gigabyte(start: Start, way: str) -> None:
    for _ in took(start, way, TEN_GB // 10):
        pass


@pytest.mark.slow
@ways
def test_a_peer_that_reads_ten_gigabytes(start: Start, way: str) -> None:
    for _ in took(start, way, TEN_GB):
        pass


def took(start: Start, way: str, amount: int) -> Iterator[int]:
    """Receive all; yield how much has come so far; check the memory meanwhile."""
    first, watched = producer(start, way, amount)
    memory = watched.memory()
    growth = 0
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", watched.address), 10) as client:
        for total in chunks(client, amount):
            if total % (16 << 20) < len(BLOCK):
                growth = max(growth, watched.memory() - memory)
            yield total
        assert client.recv(1) == b"", "more than was offered"
    seconds = time.monotonic() - begun
    print(f"\n{way}: {amount >> 20} MiB in {seconds:.1f} s, memory {growth / 1024:+.0f} KiB")
    assert first.report()["queued"] <= MARK + len(BLOCK)
    assert growth < GROWTH or SANITIZED
    report = watched.settled(2)
    assert report["failures"] == {}
    if way == "relay":
        assert report["counters"]["splice_reads"] > 0, "the pipe was not in C"
    for server in {first, watched}:
        assert server.settled(2)["open_handles"] == 2
        server.finish()

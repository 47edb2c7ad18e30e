"""A peer that does not read, or reads slowly: nothing piles up, and nothing is lost."""

from __future__ import annotations

import contextlib
import hashlib
import random
import socket
import threading
import time
from collections.abc import Callable

import pytest

from .harness import SANITIZED, Server

Start = Callable[..., Server]

BLOCK = random.Random(1).randbytes(1 << 20)
OFFERED = 256 << 20  # bytes, to a server that cannot pass them on
SLOW = 200 << 20

# What the resident memory of a server may grow by: on bare handles, where nothing is queued, and on
# sockets, with their high water mark.
HANDLES = 1 << 20
SOCKETS = 65536 + (2 << 20)

ON_HANDLES = ["splice", "echo", "relay"]
ON_SOCKETS = ["net-pipe", "net-echo", "net-relay"]
modes = pytest.mark.parametrize("mode", ON_HANDLES + ON_SOCKETS)


def started(start: Start, mode: str) -> Server:
    upstream = start(mode="echo").address if mode.endswith("relay") else 0
    if mode in ON_HANDLES:
        return start(mode=mode, upstream=upstream)
    return start(program="net_server.py", mode=mode.removeprefix("net-"), upstream=upstream)


def allowed(mode: str) -> int:
    return HANDLES if mode in ON_HANDLES else SOCKETS


@modes
def test_a_peer_that_stops_reading(start: Start, mode: str) -> None:
    server = started(start, mode)
    with socket.create_connection(("127.0.0.1", server.address), 60) as client:
        sent, received = 65536, 0
        client.sendall(BLOCK[:sent])
        while received < sent:  # what a first chunk needs is there
            received += len(client.recv(sent))
        memory = server.memory()

        client.setblocking(False)
        stalled = time.monotonic()
        while sent < OFFERED and time.monotonic() - stalled < 0.5:
            try:
                sent += client.send(BLOCK[sent % len(BLOCK) :])
                stalled = time.monotonic()
            except BlockingIOError:
                time.sleep(0.001)
        growth = server.memory() - memory
        print(f"\n{mode}: {sent >> 10} KiB sent unread, memory {growth / 1024:+.0f} KiB")
        assert sent < OFFERED, "somebody takes without end"
        assert growth < allowed(mode) or SANITIZED

        # It reads after all: the rest is there, in order.
        client.setblocking(True)
        client.settimeout(60)
        client.shutdown(socket.SHUT_WR)
        while part := client.recv(1 << 20):
            at = received % len(BLOCK)
            assert (BLOCK + BLOCK).startswith(part, at), f"corrupt after {received} bytes"
            received += len(part)
        assert received == sent
    assert server.settled(2)["failures"] == {}
    server.finish()


@modes
def test_a_slow_reader_gets_everything(start: Start, mode: str) -> None:
    server = started(start, mode)
    memory = server.memory()
    sent, received = hashlib.sha256(), hashlib.sha256()
    total = 0
    with socket.create_connection(("127.0.0.1", server.address), 60) as client:

        def send() -> None:
            with contextlib.suppress(OSError):  # the digests will differ
                for number in range(SLOW // len(BLOCK)):
                    block = number.to_bytes(8, "big") + BLOCK[8:]
                    sent.update(block)
                    client.sendall(block)
                client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            while part := client.recv(1 << 18):
                received.update(part)
                total += len(part)
                if total // len(BLOCK) > (total - len(part)) // len(BLOCK):
                    time.sleep(0.003)
        finally:
            client.close()
            sender.join()
    growth = server.memory() - memory
    print(f"\n{mode}: {total >> 20} MiB, memory {growth / 1024:+.0f} KiB")
    assert total == SLOW
    assert received.hexdigest() == sent.hexdigest()
    assert growth < 2 * allowed(mode) or SANITIZED
    report = server.settled(2)
    assert report["failures"] == {}
    assert (report["counters"]["splice_reads"] > 0) == (not mode.endswith("echo"))
    server.finish()

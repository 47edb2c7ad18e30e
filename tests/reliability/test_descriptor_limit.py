"""A server out of descriptors: whoever cannot be served is told so, and the shortage passes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from .clients import connect_all, echo_once, fates
from .harness import Server

LIMIT = 64
CLIENTS = 200
STARVED = 2.0  # seconds


def test_nobody_hangs_and_the_shortage_passes(start: Callable[..., Server]) -> None:
    server = start(nofile=LIMIT)
    own = server.descriptors()
    clients = connect_all(server.address, CLIENTS)
    served, closed, hanging = fates(clients)
    print(f"\nlimit {LIMIT}, own {own}: {len(served)} served, {closed} closed, {hanging} hang")
    assert hanging == 0
    assert len(served) >= 50
    assert len(served) + closed == CLIENTS
    assert server.report()["counters"]["refused_accepts"] == closed

    # Starved, with somebody knocking now and then: it neither spins nor lets them wait.
    started, cpu = time.monotonic(), server.cpu_seconds()
    knocked = 0
    while time.monotonic() - started < STARVED:
        [late] = connect_all(server.address, 1)
        with late:
            assert fates([late]) == (set(), 1, 0)
        knocked += 1
        time.sleep(0.1)
    share = (server.cpu_seconds() - cpu) / (time.monotonic() - started)
    print(f"starved: {share:.1%} of a CPU, {knocked} more refused")
    assert share < 0.05

    # Those who are connected are served all the while.
    for client in served:
        client.sendall(b"!")
    assert all(client.recv(1) == b"!" for client in served)

    with contextlib.ExitStack() as stack:
        for client in clients:
            stack.callback(client.close)
    released = time.monotonic()
    echo_once(server.address)
    print(f"served {time.monotonic() - released:.3f} s after the release")
    report = server.settled(open_handles=2)
    assert report["open_handles"] == 2
    assert server.descriptors() == own
    assert report["failures"].keys() <= {"read: ECONNRESET"}
    server.finish()

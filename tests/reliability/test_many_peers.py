"""Thousands of connections that do nothing, and peers that die or freeze."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Callable

import pytest

from .clients import echo_once
from .harness import SANITIZED, Child, Server, wait_for

IDLE = 9_000
KILLED = 500


def held(peer: Callable[..., Child], server: Server, count: int) -> Child:
    """Return a process that holds `count` connections, each of which has been served once."""
    client = peer("hold", server.address, count)
    result = client.receive(timeout=200)
    assert result == {"count": count, "failed": 0, "seconds": result["seconds"]}, (
        client.complaints()
    )
    return client


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < IDLE + 100,
    reason=f"fewer than {IDLE + 100} descriptors are allowed",
)
@pytest.mark.parametrize(
    ("program", "mode", "limit"),  # bytes of resident memory for each connection
    [
        ("server.py", "bare", 800),
        ("net_server.py", "idle", 2000),
        ("net_server.py", "idle_pipe", 3000),
    ],
)
def test_idle_connections_cost_little(
    start: Callable[..., Server],
    peer: Callable[..., Child],
    program: str,
    mode: str,
    limit: int,
) -> None:
    server = start(program=program, mode=mode)
    held(peer, server, 100).end()
    idle = server.settled(2)["open_handles"]
    memory, descriptors = server.memory(), server.descriptors()

    client = held(peer, server, IDLE)
    assert server.report()["open_handles"] == idle + IDLE
    assert server.descriptors() == descriptors + IDLE
    each = (server.memory() - memory) / IDLE

    client.end()
    ended = time.monotonic()
    left = wait_for(server.descriptors, lambda left: left == descriptors, timeout=60)
    seconds = time.monotonic() - ended
    print(f"\n{mode}: {each:.0f} bytes for each of {IDLE}; all closed {seconds:.2f} s later")
    assert left == descriptors
    assert each <= limit or SANITIZED
    assert server.settled(idle)["open_handles"] == idle
    server.finish()


def test_a_killed_peer_closes_all_its_connections(
    start: Callable[..., Server], peer: Callable[..., Child]
) -> None:
    server = start()
    client = held(peer, server, KILLED)
    assert server.report()["closes"] == 0

    client.process.kill()
    killed = time.monotonic()
    report = wait_for(server.report, lambda report: report["closes"] == KILLED, timeout=60)
    seconds = time.monotonic() - killed
    print(f"\n{report['closes']} of {KILLED} closed {seconds:.2f} s after kill -9")
    assert report["closes"] == KILLED
    assert report["open_handles"] == 2
    server.finish()


def test_a_stopped_peer_changes_nothing_else(
    start: Callable[..., Server], peer: Callable[..., Child]
) -> None:
    server = start()
    stopped, running = held(peer, server, 50), held(peer, server, 50)
    stopped.process.send_signal(signal.SIGSTOP)
    before, cpu = server.report(), server.cpu_seconds()
    time.sleep(0.5)
    assert server.cpu_seconds() - cpu < 0.1
    assert server.report() == before
    for _ in range(20):
        echo_once(server.address)

    running.end()
    report = server.settled(2 + 50)
    assert (report["open_handles"], report["closes"]) == (2 + 50, 70)
    stopped.process.send_signal(signal.SIGCONT)
    stopped.end()
    report = server.settled(2)
    assert (report["open_handles"], report["closes"]) == (2, 120)
    server.finish()

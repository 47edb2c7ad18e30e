"""Faults of other loops in accepting: out of descriptors, failing accept4(), churn, idling.

The servers are processes of their own, fault_server.py.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "linux":
    pytest.skip("needs /proc, strace and accept4", allow_module_level=True)

from ..reliability.clients import connect_all, echo_once, fates
from ..reliability.harness import SANITIZED, Child, Server, compile_c, strace
from ..reliability.tracing import injected

PROGRAM = str(Path(__file__).with_name("fault_server.py"))
MODES = ["protocol", "streams"]


@pytest.fixture
def start() -> Iterator[Callable[..., Server]]:
    """A function that starts a server of a mode; it ends with the test."""
    with contextlib.ExitStack() as stack:

        def start_server(mode: str, **options: Any) -> Server:
            server = Server(program=PROGRAM, mode=mode, **options)
            stack.callback(server.close)
            return server

        yield start_server


@pytest.mark.parametrize("mode", MODES)
def test_out_of_descriptors(start, mode):
    """asyncio leaves 143 of 200 clients hanging, rloop stays deaf when the shortage is over.

    Here each is served or closed, no CPU is burnt, and the next is served after the release.
    """
    server = start(mode, nofile=64)
    own = server.descriptors()
    clients = connect_all(server.address, 200)
    served, closed, hanging = fates(clients)
    assert (hanging, len(served) + closed) == (0, 200)
    assert len(served) >= 40

    started, cpu = time.monotonic(), server.cpu_seconds()
    while time.monotonic() - started < 1.5:
        [late] = connect_all(server.address, 1)
        with late:
            assert fates([late]) == (set(), 1, 0)
        time.sleep(0.1)
    share = (server.cpu_seconds() - cpu) / (time.monotonic() - started)
    assert share < 0.1
    for client in served:
        client.sendall(b"!")
    assert all(client.recv(1) == b"!" for client in served)

    for client in clients:
        client.close()
    server.settled(open_handles=3)
    for _ in range(10):
        echo_once(server.address)
    server.settled(open_handles=3)
    assert server.descriptors() <= own + 1  # the spare one, which may have been given up
    assert server.report()["failures"] == {}
    server.finish()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("error", ["ECONNABORTED", "EMFILE", "ENOMEM", "EPERM"])
def test_accept_fails_now_and_then(start, tmp_path, mode, error):
    """asyncio sleeps for a second after EMFILE and ENOMEM: 8 to 12 of 30 clients give up."""
    server = start(mode)
    with strace(server.pid, f"accept4:error={error}:when=3+5", tmp_path / "log"):
        for _ in range(30):
            echo_once(server.address)
    assert injected(tmp_path / "log") >= 6
    report = server.settled(3, closes=30)
    assert report["accepted"] == report["closes"] == 30
    assert report["failures"] == {}
    server.finish()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("how", ["rst", "fin"])
@pytest.mark.parametrize(
    "count", [pytest.param(4_000), pytest.param(100_000, marks=pytest.mark.slow)]
)
def test_churn(start, tmp_path, mode, how, count):
    """uvloop #37, #191, #252, rloop: memory and descriptors of connections that are gone."""
    program = str(compile_c("peer.c", tmp_path / "peer"))
    server = start(mode)

    def cycles(number: int) -> None:
        with Child([program, "churn", str(server.address), str(number), "16", how]) as peer:
            result = peer.receive(timeout=120 + number / 500)
            assert result["failed"] == 0, peer.complaints()

    idle = server.report()["open_handles"]
    cycles(2000)
    server.settled(idle)
    memory, descriptors = server.memory(), server.descriptors()
    cycles(count)
    report = server.settled(idle, closes=2000 + count)
    assert report["open_handles"] == idle
    assert report["accepted"] == report["closes"] == 2000 + count
    assert report["failures"] == {}
    assert server.descriptors() == descriptors
    growth = server.memory() - memory
    print(f"\n{mode}, {how}: {count} cycles, memory {growth / 1024:+.0f} KiB")
    assert growth < 1 << 20 or SANITIZED
    server.finish()


@pytest.mark.parametrize("mode", MODES)
def test_idle_is_idle(start, mode):
    """tideway and zeroconf with uvloop: a loop with nothing to do used a quarter of a CPU."""
    server = start(mode)
    clients = connect_all(server.address, 20)
    assert fates(clients)[2] == 0
    time.sleep(0.1)
    cpu = server.cpu_seconds()
    switches = _switches(server.pid)
    time.sleep(1.0)
    assert server.cpu_seconds() - cpu <= 2 / os.sysconf("SC_CLK_TCK")
    assert _switches(server.pid) - switches < 10  # not woken
    for client in clients:
        client.close()
    server.finish()


def _switches(pid: int) -> int:
    """Return how often the process has gone to sleep so far."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt"))

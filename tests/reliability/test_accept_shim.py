"""accept4() fails for a time, or what is done with a socket right after it does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from .clients import PATIENCE, connect_all, echo_once, fates
from .harness import Server, wait_for
from .shim import Shim

OUTAGE = 0.7  # seconds


@pytest.mark.parametrize("error", ["EMFILE", "ENOMEM", "ECONNABORTED"])
def test_an_outage_loses_nobody_who_waits(
    start: Callable[..., Server], shim_library: str, tmp_path: Path, error: str
) -> None:
    with Shim(shim_library, tmp_path / "control") as shim:
        server = start(environment=shim.environment)
        echo_once(server.address)

        shim.demand("accept4", error)
        clients = connect_all(server.address, 20)
        time.sleep(OUTAGE)
        calls = wait_for(lambda: shim["accept4"].calls, lambda calls: calls >= 2, PATIENCE)
        shim.demand("accept4", times=0)

        served, closed, hanging = fates(clients)
        for client in clients:
            client.close()
        print(f"\n{error} for {OUTAGE} s: {calls} calls, {len(served)} of 20 served")
        assert (len(served), closed, hanging) == (20, 0, 0)
        # The pauses double from 5 ms: a handful of attempts, of two or three calls each.
        assert 2 <= calls < 100
        report = server.settled(2)
        assert report["accepted"] == 21
        assert report["counters"]["accept_errors"] >= 1
        server.finish()


def test_after_an_outage_the_pauses_are_short_again(
    start: Callable[..., Server], shim_library: str, tmp_path: Path
) -> None:
    with Shim(shim_library, tmp_path / "control") as shim:
        server = start(environment=shim.environment)
        for _ in range(3):
            shim.demand("accept4", "ENOBUFS", times=2)  # one pause
            echo_once(server.address)
        assert shim["accept4"].faults == 6
        server.finish()


@pytest.mark.parametrize(
    ("call", "set_up"),
    [
        ("setsockopt", ["set_no_delay", True]),
        ("setsockopt", ["set_keep_alive", True, 5]),
        ("ioctl", ["set_blocking", False]),
    ],
)
def test_a_failure_right_after_accept(
    start: Callable[..., Server], shim_library: str, tmp_path: Path, call: str, set_up: list[object]
) -> None:
    with Shim(shim_library, tmp_path / "control") as shim:
        server = start(environment=shim.environment, set_up=set_up)
        echo_once(server.address)

        shim.demand(call, "ENOBUFS", times=1, accepted_only=True)
        [unlucky] = connect_all(server.address, 1)
        with unlucky:
            assert fates([unlucky]) == (set(), 1, 0)
        assert shim[call].faults == 1

        for _ in range(100):
            echo_once(server.address)
        report = server.settled(2)
        assert report["accepted"] == report["closes"] == 102
        assert report["failures"] == {f"{set_up[0]}: ENOBUFS": 1}
        server.finish()

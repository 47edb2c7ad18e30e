"""Connections that come and go, by the hundred thousand, leave nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .harness import SANITIZED, Child, Server

WARM_UP = 2_000
WINDOW = 16  # connections at a time
GROWTH = 1 << 20  # bytes of resident memory


def churn(server: Server, peer: Callable[..., Child], count: int, how: str) -> None:
    """Run `count` cycles against a fresh server, and check that it is as it was after a few."""

    def cycles(number: int) -> dict[str, Any]:
        with peer("churn", server.address, number, WINDOW, how) as client:
            result: dict[str, Any] = client.receive(timeout=120 + number / 500)
            assert result["failed"] == 0, client.complaints()
        return result

    idle = server.report()["open_handles"]
    cycles(WARM_UP)
    assert server.settled(idle)["open_handles"] == idle
    memory, descriptors = server.memory(), server.descriptors()

    seconds = cycles(count // 2)["seconds"]
    server.settled(idle)
    halfway = server.memory()
    seconds += cycles(count // 2)["seconds"]
    report = server.settled(idle)
    growth, late_growth = server.memory() - memory, server.memory() - halfway
    kib = f"{growth / 1024:+.0f} KiB, {late_growth / 1024:+.0f} of it in the second half"
    print(f"\n{count} cycles ({how}): {count / seconds:.0f}/s, memory {kib}, {report}")

    assert report["open_handles"] == idle
    assert report["accepted"] == report["closes"] == WARM_UP + count
    assert report["repeated_closes"] == 0
    assert server.descriptors() == descriptors
    assert growth < GROWTH or SANITIZED
    assert late_growth < GROWTH / 2 or SANITIZED
    assert not any(name.startswith("accept") for name in report["failures"])
    server.finish()


@pytest.mark.parametrize(
    "count", [pytest.param(100_000), pytest.param(1_000_000, marks=pytest.mark.slow)]
)
def test_tcp_connections_reset_by_the_peer(
    start: Callable[..., Server], peer: Callable[..., Child], count: int
) -> None:
    churn(start(), peer, count, "rst")


@pytest.mark.parametrize(
    "count", [pytest.param(20_000), pytest.param(200_000, marks=pytest.mark.slow)]
)
def test_unix_connections_closed_in_order(
    start: Callable[..., Server], peer: Callable[..., Child], tmp_path: Path, count: int
) -> None:
    churn(start(listen=str(tmp_path / "socket")), peer, count, "fin")

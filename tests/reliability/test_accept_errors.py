"""accept4() fails, as strace has it, and the listener goes on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .clients import echo_once
from .harness import Server, strace
from .tracing import injected

ERRORS = ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "ECONNABORTED", "EPERM", "EPROTO", "EINTR"]


@pytest.mark.parametrize("error", ERRORS)
def test_every_client_is_served_in_spite_of(
    start: Callable[..., Server], tmp_path: Path, error: str
) -> None:
    server = start()
    with strace(server.pid, f"accept4:error={error}:when=3+5", tmp_path / "log"):
        for _ in range(30):
            echo_once(server.address)
    assert injected(tmp_path / "log") >= 6
    echo_once(server.address)
    report = server.settled(2)
    assert report["accepted"] == report["closes"] == 31
    assert report["failures"] == {}
    server.finish()


def test_a_thousand_errors_do_not_make_it_deaf(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    server = start()
    with strace(server.pid, "accept4:error=ENOMEM:when=1+2", tmp_path / "log"):
        for _ in range(1000):
            echo_once(server.address)
    assert injected(tmp_path / "log") >= 1000
    echo_once(server.address)
    assert server.settled(2)["accepted"] == 1001
    server.finish()

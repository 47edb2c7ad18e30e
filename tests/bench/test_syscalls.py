"""Counting system calls: strace's table is read right, and the slope is what a message costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from uvnet.bench import syscalls

TABLE = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 50.53    0.208017          10     20032           write
 48.59    0.200021           9     20064         3 read
  0.71    0.002923           2      1252           epoll_pwait
------ ----------- ----------- --------- --------- ----------------
100.00    0.411671          10     41355         3 total
"""


def can_trace() -> bool:
    """Return whether strace is there and may trace."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-c", "true"], capture_output=True).returncode == 0


def test_table(tmp_path: Path) -> None:
    output = tmp_path / "table"
    output.write_text(TABLE)
    assert syscalls.read(output) == {"write": 20032, "read": 20064, "epoll_pwait": 1252}
    output.write_text("")
    with pytest.raises(syscalls.StraceError, match="no calls"):
        syscalls.read(output)


def test_check_fails_on_a_missed_goal_and_on_what_was_not_counted() -> None:
    passed = {"subject": "aio-split", "passed": True}
    other = {"subject": "uvloop-split", "passed": None}
    assert not syscalls.failed({"results": [passed, other, {"subject": "rloop", "missing": "?"}]})
    assert syscalls.failed({"results": [passed, {"subject": "aio-split", "passed": False}]})
    assert syscalls.failed({"results": [{"subject": "aio-split", "missing": "?"}]})


@pytest.mark.skipif(not can_trace(), reason="strace is not installed, or may not trace")
@pytest.mark.parametrize(
    ("subject", "named"),
    [
        ("ceiling", {"read", "write"}),
        ("aio-split", {"read", "writev"}),
        ("aio-sock", {"recvfrom", "sendto"}),
    ],
)
def test_a_message_is_read_and_written(tmp_path: Path, subject: str, named: set[str]) -> None:
    calls = syscalls.per_message(subject, tmp_path, few=200, many=1200)
    for name in named:
        assert 0.9 < calls[name] < 1.1
    # The poll is shared by those that are ready: how many is the machine's affair.
    assert calls.get("epoll_ctl", 0) < 0.1


def test_needs_strace() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uvnet.bench.syscalls", "ceiling"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PATH": "/nonexistent"},
    )
    assert done.returncode == 2
    assert "strace is not installed" in done.stderr


def test_unknown_subject() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "uvnet.bench.syscalls", "nonesuch"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert "no subject 'nonesuch'" in done.stderr

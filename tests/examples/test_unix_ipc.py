"""examples/unix_ipc.py"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

from .programs import Example

Run = Callable[..., Example]


def test_the_work_is_shared(run: Run) -> None:
    printed = run("unix_ipc.py", "--workers", 2, *[100, 1000, 10_000, 2, 0]).ends()
    assert len(re.findall(r"^worker \d+ is here$", printed, re.M)) <= 2
    results = {int(below): int(n) for n, below in re.findall(r"(\d+) primes below (\d+)", printed)}
    assert results == {100: 25, 1000: 168, 10_000: 1229, 2: 0, 0: 0}
    assert printed.endswith("\n1422 in all\n")


def test_the_task_of_a_dead_worker_goes_to_another(run: Run) -> None:
    parent = run("unix_ipc.py", "--workers", 2, *range(3_000_000, 3_000_004), 100)
    found = re.search(r"\d+", parent.line())
    assert found
    os.kill(int(found[0]), signal.SIGKILL)
    printed = parent.ends()
    assert printed.endswith(f"\n{4 * 216_816 + 25} in all\n")


def test_without_workers_it_gives_up(run: Run) -> None:
    parent = run("unix_ipc.py", "--workers", 1, *range(10_000_000, 10_000_020))
    found = re.search(r"\d+", parent.line())
    assert found
    os.kill(int(found[0]), signal.SIGKILL)
    parent.process.wait()
    assert parent.process.returncode == 1
    assert parent.errors().endswith("RuntimeError: all workers have died\n")


def test_interrupted(run: Run) -> None:
    """The parent alone is told; the workers go home."""
    parent = run("unix_ipc.py", "--workers", 2, *range(3_000_000, 3_000_040))
    parent.wait_for("is here")
    parent.stop(code=130)

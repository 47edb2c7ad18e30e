"""Measuring the memory of idle connections."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from uvnet.bench import memory

COUNT = 400


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "uvnet.bench.memory", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def test_asyncio_needs_more_than_c() -> None:
    done = run("ceiling", "asyncio", "--json", "--connections", str(COUNT))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    ceiling, asyncio = (result["bytes"] for result in document["results"])
    assert 0 <= ceiling < asyncio < 100_000
    assert "asyncio" in memory.render(document)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("nonesuch",), 2, "no subject 'nonesuch'; there are ceiling"),
        (("--connections", "0"), 2, "connections must be above 0, got 0"),
        (("--connections", "99999999"), 2, "descriptors are needed"),
    ],
)
def test_misuse(arguments: tuple[str, ...], status: int, message: str) -> None:
    done = run(*arguments)
    assert done.returncode == status
    assert message in done.stderr


def test_a_goal_missed_or_not_measured() -> None:
    missing = {"subject": "net-data", "missing": "why"}
    met = {"subject": "net-data", "bytes": 1, "goal": 2000, "passed": True}
    missed = met | {"passed": False}
    assert not memory.failed({"results": [met, {"subject": "node-data", "missing": "why"}]})
    assert memory.failed({"results": [met, missed]})
    assert memory.failed({"results": [met, missing]})

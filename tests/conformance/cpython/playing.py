"""Plays tests in worker processes, and says how each ended."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent

# Seconds that a process may take: ten times the slowest, on a machine that is not busy.
TEST_MAY_TAKE = 90.0
CLASS_MAY_TAKE = 200.0


class Outcome(NamedTuple):
    """How a test ended: result is "passed", "skipped", "failed", "hangs" or "crashed"."""

    name: str
    result: str
    text: str

    @property
    def bad(self) -> bool:
        return self.result not in ("passed", "skipped")


class Listing(NamedTuple):
    """The tests that this interpreter has for us: each alone, and classes as a whole."""

    alone: list[str]
    whole: dict[str, list[str]]

    def names(self) -> list[str]:
        return [*self.alone, *(name for names in self.whole.values() for name in names)]


def start(tables: str, loop: str, command: str, **options: Any) -> subprocess.Popen[str]:
    path = os.environ.get("PYTHONPATH", "")
    if loop != "asyncio" and importlib.util.find_spec("uvnet") is not None:
        import uvnet  # from where this process has it: the source tree or an install

        path = os.pathsep.join(filter(None, [str(Path(uvnet.__file__).parents[1]), path]))
    return subprocess.Popen(
        [sys.executable, str(HERE / "worker.py"), tables, loop, command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        **options,
    )


def listing() -> Listing:
    """Return the names of the tests, the same in every process; none where there are no tests.

    Some distributions leave Python's own tests out of Python.
    """
    with start("bindings", "asyncio", "list", stderr=subprocess.PIPE) as process:
        output, errors = process.communicate(timeout=CLASS_MAY_TAKE)
    if process.returncode:
        if "No module named 'test" in errors:
            return Listing([], {})
        raise RuntimeError(f"listing CPython's tests failed:\n{errors}")
    return Listing(**json.loads(output))


class Player:
    """A worker process, which forks for each test or class that it plays. A context manager."""

    def __init__(self, loop: str, tables: str = "bindings") -> None:
        self._process = start(tables, loop, "serve")

    def __enter__(self) -> Player:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.communicate()  # the end of its input is the end of the worker

    def play(self, names: list[str], seconds: float) -> dict[str, Outcome]:
        """Run these tests in one process; by name, what was run, which need not be all."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"names": names, "seconds": seconds}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the worker ended with {self._process.wait()}")
        return {row[0]: Outcome(*row) for row in json.loads(line)}

    def play_alone(self, name: str) -> Outcome:
        """Run a test in a process of its own."""
        return self.play([name], TEST_MAY_TAKE)[name]

    def play_class(self, names: list[str]) -> dict[str, Outcome]:
        """Run these tests in one process, and what is left when it crashed or hung, each alone."""
        outcomes = self.play(names, CLASS_MAY_TAKE)
        for name in names:
            if name not in outcomes:
                outcomes[name] = self.play_alone(name)
        return outcomes

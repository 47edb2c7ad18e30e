"""A process that has imported CPython's tests, and forks for each that it is told to run.

    worker.py TABLES LOOP list    prints the names of the tests, as JSON
    worker.py TABLES LOOP serve   reads {"names": [...], "seconds": N} a line,
                                  answers [[name, result, text], ...]

A result is "passed", "skipped", "failed", "hangs" or "crashed". What was not run has none.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import io
import json
import os
import select
import signal
import sys
import tempfile
import time
import traceback
import unittest
import warnings
from typing import IO, Any

from bindings import Catalogue

Row = list[str]  # name, result, text

SHOWN = 8000  # characters of what a test has printed, from its end


class Result(unittest.TestResult):
    """Writes each result to a pipe as soon as it is known."""

    def __init__(self, names: dict[int, str], pipe: int) -> None:
        super().__init__()
        self._names = names
        self._pipe = pipe
        self._running: list[Row] = []
        self.unraisable: list[str] = []

    def name(self, test: Any) -> str:
        return self._names.get(id(test)) or str(test)  # str: of what a class or a module sets up

    def write(self, name: str, result: str, text: str = "") -> None:
        os.write(self._pipe, json.dumps([name, result, text[-SHOWN:]]).encode() + b"\n")

    def startTest(self, test: Any) -> None:
        super().startTest(test)
        self._running = [[self.name(test), "passed", ""]]
        self.write(self.name(test), "started")

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        if not self._running:  # Python 3.12.1 does not start what it skips
            return
        gc.collect()
        left = handles_of_closed_loops()
        if self.unraisable or left:
            self._running.append([self.name(test), "failed", "\n".join(self.unraisable + left)])
            self.unraisable.clear()
        order = ["passed", "skipped", "failed"]
        worst = max(self._running, key=lambda row: order.index(row[1]))
        self.write(worst[0], worst[1], "\n".join(row[2] for row in self._running if row[2]))
        self._running = []

    def add(self, test: Any, result: str, text: str = "") -> None:
        if self._running:
            self._running.append([self._running[0][0], result, text])
        else:
            self.write(self.name(test), result, text)

    def addFailure(self, test: Any, err: Any) -> None:
        super().addFailure(test, err)
        self.add(test, "failed", self.failures[-1][1])

    def addError(self, test: Any, err: Any) -> None:
        super().addError(test, err)
        self.add(test, "failed", self.errors[-1][1])

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:
        if err is not None:
            self.add(test, "failed", f"{subtest}\n" + "".join(traceback.format_exception(*err)))

    def addSkip(self, test: Any, reason: str) -> None:
        self.add(test, "skipped", reason)

    def addUnexpectedSuccess(self, test: Any) -> None:
        self.add(test, "failed", "unexpected success")


def handles_of_closed_loops() -> list[str]:
    """Return what is still open of the loops of ours that were closed."""
    core = sys.modules.get("uvnet._core.loop")
    loops = [] if core is None else list(core._live_loops)
    return [
        f"closed with {loop.open_handles} open handle(s): {loop!r}"
        for loop in loops
        if loop.is_closed() and loop.open_handles
    ]


def run(catalogue: Catalogue, names: list[str], pipe: int) -> None:
    """Run the tests in this process, the forked one."""
    result = Result(catalogue.names(), pipe)
    hook = sys.unraisablehook

    def unraisable(args: Any) -> None:
        result.unraisable.append(f"unraisable, {args.err_msg}: {args.exc_value!r}")
        hook(args)

    sys.unraisablehook = unraisable
    warnings.simplefilter("always")
    catalogue.suite(names).run(result)


def fork(catalogue: Catalogue, names: list[str], pipe: int, output: IO[bytes]) -> int:
    """Return the id of a new process, in a group of its own, that runs these tests."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.setpgid(0, 0)
        with open(os.devnull, "rb") as null:
            os.dup2(null.fileno(), 0)
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
        faulthandler.enable()
        run(catalogue, names, pipe)
        status = 0
    except BaseException:
        traceback.print_exc()
    raise SystemExit(status)  # so that the interpreter ends as ever, which is part of the test


def answer(catalogue: Catalogue, names: list[str], seconds: float) -> list[Row]:
    """Run the tests in a new process and return their results."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile() as output, open(reading, "rb", buffering=0) as results:
        pid = fork(catalogue, names, writing, output)
        os.close(writing)
        kept = io.BytesIO()
        status = wait(pid, results, time.monotonic() + seconds, kept)
        rows: dict[str, Row] = {}
        for line in kept.getvalue().splitlines():
            row = json.loads(line)
            rows[row[0]] = row
        output.seek(0)
        printed = output.read().decode(errors="replace")[-SHOWN:]
    what = "hangs" if status is None else "crashed"
    unfinished = [row for row in rows.values() if row[1] == "started"]
    for row in unfinished:
        row[1:] = what, ""
    if status != 0 and not unfinished:  # before the first test, or as the interpreter ended
        name = list(rows)[-1] if rows else names[0]
        rows[name] = [name, what, ""]
    for row in rows.values():
        if row[1] == "crashed":
            row[2] += f"ended with {status}"
        if row[1] not in ("passed", "skipped"):
            row[2] += f"\nprinted:\n{printed}"
    return list(rows.values())


def wait(pid: int, results: IO[bytes], deadline: float, kept: IO[bytes]) -> int | None:
    """Read the results until the process ends, and return its exit code, or None if it hangs."""
    ended = hangs = False
    while not ended:
        # The pipe closes when the process ends, but for what it has forked and left behind.
        if select.select([results], [], [], 0.02)[0]:
            kept.write(results.read(65536))
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
        if not ended and time.monotonic() > deadline:
            # The first has faulthandler tell where it was.
            os.kill(pid, signal.SIGKILL if hangs else signal.SIGABRT)
            hangs, deadline = True, deadline + 5
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)  # what it has started
    while select.select([results], [], [], 0)[0] and (data := results.read(65536)):
        kept.write(data)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return None if hangs else code


def main() -> None:
    tables, loop, command = sys.argv[1:]
    catalogue = Catalogue(loop, importlib.import_module(tables))
    if command == "list":
        print(json.dumps({"alone": catalogue.alone, "whole": catalogue.whole}))
        return
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(answer(catalogue, request["names"], request["seconds"])), flush=True)


if __name__ == "__main__":
    main()

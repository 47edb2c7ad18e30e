"""A process that forks a child for each case: the interpreter and uvnet are loaded only once.

Its only argument is the path of a module of cases. Each line of standard input is a JSON object:
`case` (the name of a function there), `arguments`, `seconds` (that it may take) and, to have
strace tamper with the child, `inject`. The answer is a line of JSON:

    status    exit status; negative: the signal that ended it; null: it was killed for hanging
    result    what the function returned, converted to JSON and back
    raised    the exception that it raised, as text
    said      what was written to standard error
    injected  how many calls strace made to fail
    closed_twice  calls of close() on descriptors that were not open, if strace was there
    refused   why strace could not

A child gives its answer in shared memory: system calls that are being tampered with are no way.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import mmap
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from tracing import Refused, attach, closed_twice, detach, injected

READY = signal.SIGUSR1  # tells a child that strace is there


def load(path: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("cases", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def live(function: Any, arguments: list[Any], memory: mmap.mmap) -> None:
    """The child's life: wait to be told, run, and leave the result in `memory`."""
    signal.alarm(120)  # should the nursery itself be killed
    signal.sigwait({READY})
    try:
        answer = {"result": function(*arguments)}
    except BaseException as exc:
        answer = {"raised": "".join(traceback.format_exception_only(exc)).strip()}
    text = json.dumps(answer).encode()
    memory[: len(text)] = text


def reap(pid: int, seconds: float) -> int | None:
    """Return the child's exit status, or None after killing it because its time was over."""
    deadline = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return None
        time.sleep(0.001)


def run(module: ModuleType, order: dict[str, Any], folder: Path) -> dict[str, Any]:
    memory = mmap.mmap(-1, 1 << 16)
    log = folder / "log"
    with tempfile.TemporaryFile() as errors:
        pid = os.fork()
        if pid == 0:
            try:
                os.dup2(errors.fileno(), 2)
                live(getattr(module, order["case"]), order.get("arguments", []), memory)
            finally:
                os._exit(0)
        tracer = None
        answer: dict[str, Any] = {}
        if inject := order.get("inject"):
            try:
                tracer = attach(pid, inject, log)
            except Refused as refused:
                answer["refused"] = str(refused)
        os.kill(pid, READY)
        answer["status"] = reap(pid, order["seconds"])
        if tracer is not None:
            tracer.wait(10)  # it ends with the child
            detach(tracer)
            answer["injected"] = injected(log)
            answer["closed_twice"] = closed_twice(log)
        errors.seek(0)
        answer["said"] = errors.read(4000).decode(errors="replace")
    text = memory[:].rstrip(b"\0")
    memory.close()
    return answer | (json.loads(text) if text else {})


def main() -> None:
    module = load(sys.argv[1])
    signal.pthread_sigmask(signal.SIG_BLOCK, {READY})
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps("ready"), flush=True)
        for line in sys.stdin:
            print(json.dumps(run(module, json.loads(line), Path(folder))), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

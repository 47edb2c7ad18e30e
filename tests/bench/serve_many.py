"""Serve many subjects at once: what they need is imported once, and each is a fork.

    python serve_many.py FOLDER < COMMANDS

The first line of standard input is a JSON list of command lines of `uvnet.bench.serve`. Their
answers come on standard output, and as each of them ends {"pid", "status", "errors"}: what it wrote
to standard error is in FOLDER. At the end of standard input those that still serve get SIGTERM.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import sys
import threading
from pathlib import Path

from uvnet.bench import serve

PRELOAD = (
    "uvloop",
    "rloop",
    "uvnet.bench.aio",
    "uvnet.bench.bulk",
    "uvnet.bench.socket_services",
    "uvnet.bench.http_aiohttp",
    "uvnet.bench.http_uvicorn",
)


def serve_one(command: list[str], errors: Path) -> int:
    """Serve in a new process and return its id."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(errors, os.O_CREAT | os.O_WRONLY), 2)
        status = serve.main(command)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def end(pids: dict[int, Path]) -> None:
    """End what still serves when the test says so, or has ended itself."""
    sys.stdin.read()
    for pid in tuple(pids):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def main(folder: Path) -> None:
    """Serve until all servers have ended."""
    sys.stdout.reconfigure(write_through=False)  # type: ignore[union-attr]  # lines stay whole
    for name in PRELOAD:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    pids: dict[int, Path] = {}
    for number, command in enumerate(json.loads(sys.stdin.readline())):
        errors = folder / str(number)
        pids[serve_one(command, errors)] = errors
    threading.Thread(target=end, args=(pids,), daemon=True).start()
    while pids:
        pid, status = os.wait()
        errors = pids.pop(pid).read_text()
        status = os.waitstatus_to_exitcode(status)
        print(json.dumps({"pid": pid, "status": status, "errors": errors}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

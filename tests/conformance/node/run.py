"""Run scenarios on the default loop, each until nothing is left to do.

python run.py NAME runs one here. python run.py FOLDER NAME... runs each in a process of its own,
forked from this one, for importing takes longer than most scenarios; FOLDER/NAME.out, .err and
.code will have what it printed and how it ended.
"""

from __future__ import annotations

import faulthandler
import gc
import importlib
import os
import sys
from functools import partial

from tracer import exit_callbacks, later

import uvnet
from uvnet._core import current_loop

ENDS_WITHIN = 20.0  # seconds; a scenario takes less than one
AT_ONCE = 2 * (os.cpu_count() or 1)  # most of their time is waiting


def run(name: str) -> None:
    """Run one scenario in this process."""
    later(0, partial(importlib.import_module, name))  # so that its ticks run when it is done
    uvnet.run()
    for callback in exit_callbacks:
        callback()
    uvnet.run()
    gc.collect()  # what is unclosed warns here
    loop = current_loop()
    if loop.open_handles:
        sys.exit(f"{loop.open_handles} handle(s) left open")
    loop.close()


def run_forked(folder: str, names: list[str]) -> None:
    """Run each in a child, which ends as a program ends that has run one alone."""
    gc.freeze()
    running: dict[int, str] = {}
    for name in names:
        if len(running) == AT_ONCE:
            reap(folder, running)
        pid = os.fork()
        if pid == 0:
            for fd, ending in ((1, "out"), (2, "err")):
                os.dup2(os.open(f"{folder}/{name}.{ending}", os.O_WRONLY | os.O_CREAT), fd)
            faulthandler.dump_traceback_later(ENDS_WITHIN, exit=True)
            return run(name)
        running[pid] = name
    while running:
        reap(folder, running)


def reap(folder: str, running: dict[int, str]) -> None:
    """Wait for one child, and note how it ended."""
    pid, status = os.wait()
    with open(f"{folder}/{running.pop(pid)}.code", "w") as file:
        file.write(str(os.waitstatus_to_exitcode(status)))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        run(sys.argv[1])
    else:
        run_forked(sys.argv[1], sys.argv[2:])

"""Real Node, where it is installed: what our net is held against."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Literal

from .echo import BACKLOG
from .job import Announce, Job

Mode = Literal["data", "pipe", "http"]

SCRIPT = Path(__file__).with_name("serve.js")

# Where `npm install --prefix build/node node` puts it, in the source tree.
IN_TREE = Path(__file__).parents[2] / "build/node/node_modules/node/bin/node"

ADVICE = "Node is not installed: npm install --prefix build/node node, or set UVNET_NODE"


def find() -> str:
    """Return the path of Node: UVNET_NODE if it is set, else the source tree's, else PATH's.

    Raises:
        ImportError: There is none. It is what a Python package would raise that is missing.
    """
    if given := os.environ.get("UVNET_NODE"):
        found = shutil.which(given)
        if found is None:
            raise ImportError(f"UVNET_NODE is {given!r}, which is not a program")
        return found
    found = shutil.which(IN_TREE) or shutil.which("node")
    if found is None:
        raise ImportError(ADVICE)
    return found


@functools.cache
def version() -> str | None:
    """Return Node's version, such as "26.1.0", or None where there is no Node that runs."""
    try:
        done = subprocess.run([find(), "--version"], capture_output=True, text=True, timeout=10)
    except (ImportError, OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip().removeprefix("v") or None if done.returncode == 0 else None


def serve(mode: Mode, job: Job, announce: Announce) -> None:
    """Become Node, doing the job; see `subjects.Subject.serve`. Returns only by raising.

    Raises:
        ImportError: Node is not installed.
        NotImplementedError: `job.once` is not 0: callgrind cannot count what a JIT has compiled.
    """
    if job.once:
        raise NotImplementedError("Node's instructions cannot be counted")
    node = find()
    listener = socket.socket(socket.AF_INET if job.path is None else socket.AF_UNIX)
    listener.bind((job.host, 0) if job.path is None else job.path)
    listener.listen(BACKLOG)  # clients can connect from now on; Node accepts them when it is up
    announce(listener.getsockname())
    listener.set_inheritable(True)
    numbers = (listener.fileno(), BACKLOG, job.size)
    os.execv(node, [node, str(SCRIPT), job.service, mode, *map(str, numbers)])

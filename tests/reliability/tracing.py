"""strace, with which system calls of a running process are made to fail."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Refused(Exception):
    """strace is not there, or may not trace."""


def attach(pid: int, inject: str, log: Path) -> subprocess.Popen[bytes]:
    """Start strace on a process; return once no call of the process can escape it.

    Args:
        pid: The process.
        inject: strace's expression, such as "accept4:error=EMFILE:when=3+5".
        log: Where the calls are written; one that was made to fail ends in "(INJECTED)".

    Raises:
        Refused: strace does not work here.
    """
    command = ["strace", "-p", str(pid), "-o", str(log), "-e", f"inject={inject}"]
    command += ["-e", f"trace={inject.partition(':')[0]},close"]
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, process_group=0
        )
    except FileNotFoundError:
        raise Refused("there is no strace") from None
    assert process.stderr is not None
    # That the process has a tracer is not enough: it is stopped a moment later.
    said = process.stderr.readline()
    if not said.rstrip().endswith(b" attached"):
        said += process.stderr.read()
        detach(process)
        raise Refused(f"strace cannot attach: {said.decode().strip()}")
    return process


def detach(process: subprocess.Popen[bytes]) -> None:
    """End strace, and leave the process that it has traced alone."""
    process.terminate()
    process.wait(10)
    assert process.stderr is not None
    process.stderr.close()


def injected(log: Path) -> int:
    """Return how many calls strace has made to fail."""
    return log.read_text().count("(INJECTED)")


def closed_twice(log: Path) -> list[str]:
    """Return the calls of close() on what was not open, unless strace has made them fail."""
    lines = log.read_text().splitlines()
    return [line for line in lines if line.startswith("close(") and line.endswith("descriptor)")]

"""Child processes: they speak JSON, sit on a CPU of their own and never outlive their parent."""

from __future__ import annotations

import fcntl
import json
import os
import select
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

SERVER_CPU, LOAD_CPU = 0, 1


class ChildError(RuntimeError):
    """A child process ended, or said nothing, when an answer was due."""


def pinned() -> dict[str, int | None]:
    """Return the CPUs that server and load are bound to; None where there are not two."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    two = len(allowed) >= 2
    return {
        "server": allowed[SERVER_CPU] if two else None,
        "load": allowed[LOAD_CPU] if two else None,
    }


def pin(place: int) -> int | None:
    """Bind this process to one of the CPUs it may use.

    Args:
        place: SERVER_CPU or LOAD_CPU, counted within the CPUs allowed to the process.

    Returns:
        The CPU's number, or None where there are not two CPUs to choose from.
    """
    if not hasattr(os, "sched_setaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    if len(allowed) < 2:
        return None
    os.sched_setaffinity(0, {allowed[place]})
    return allowed[place]


def die_with_stdin() -> None:
    """End this process as soon as the other end of its standard input is closed.

    The kernel does it, by SIGIO. A thread that waits would make libc's calls take their
    multi-threaded way, and so change what is measured. Input that is not a pipe is let be.
    """
    if not stat.S_ISFIFO(os.fstat(0).st_mode):
        return
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    poll = select.poll()
    poll.register(0, select.POLLIN)
    if poll.poll(0):  # closed before we asked to be told
        os._exit(1)


def cpu_seconds(pid: int) -> tuple[float, float]:
    """Return the user and system CPU time that a process has used, in seconds.

    The kernel counts in clock ticks, commonly 10 ms.
    """
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    tick = os.sysconf("SC_CLK_TCK")
    return int(fields[11]) / tick, int(fields[12]) / tick


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Child:
    """A Python module running as a child process, talked to in lines of JSON.

    The child is in a process group of its own, so that Ctrl-C reaches only us, who then end it.

    Args:
        module: What `python -m` runs.
        arguments: Its command line.
        prefix: A command to run the interpreter under, such as valgrind and its options.
        environment: Environment variables to set besides our own.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        *,
        prefix: Sequence[str] = (),
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name = " ".join([module, *arguments])
        self._unread = b""
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  (until close)
        try:
            self._process = subprocess.Popen(
                [*prefix, sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                env={**os.environ, **(environment or {})},
                bufsize=0,
                process_group=0,
            )
        except BaseException:
            self._stderr.close()
            raise

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    def send(self, message: Any) -> None:
        """Write one line of JSON to the child.

        Raises:
            ChildError: The child has ended.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
        except BrokenPipeError:
            raise ChildError(self._last_words()) from None

    def receive(self, timeout: float) -> Any:
        """Read one line of JSON from the child.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            ChildError: The child ended instead, or the time passed.
        """
        assert self._process.stdout is not None
        deadline = time.monotonic() + timeout
        while b"\n" not in self._unread:
            wait = max(0.0, deadline - time.monotonic())
            if not select.select([self._process.stdout], [], [], wait)[0]:
                raise ChildError(f"{self.name}: no answer within {timeout:g} s")
            data = os.read(self._process.stdout.fileno(), 65536)
            if not data:
                raise ChildError(self._last_words())
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line)

    def wait(self, timeout: float) -> None:
        """Wait until the child has ended by itself.

        Args:
            timeout: Seconds to wait.

        Raises:
            ChildError: It ended with an exit status other than 0, or not in time.
        """
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ChildError(f"{self.name}: still running after {timeout:g} s") from None
        if self._process.returncode:
            raise ChildError(self._last_words())

    def close(self) -> None:
        """End the child, if it has not ended, and release everything. Idempotent."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._stderr.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def obituary(self, timeout: float) -> str | None:
        """Return how the child ended and its last words, or None if it is still running.

        Args:
            timeout: Seconds to wait for its end.
        """
        try:
            status = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None
        self._stderr.seek(0)
        lines = self._stderr.read().decode(errors="replace").splitlines()
        said = [line for line in lines if line.strip() and not line.startswith("==")]  # valgrind's
        return f"{self.name}: ended with exit status {status}" + (f": {said[-1]}" if said else "")

    def _last_words(self) -> str:
        return self.obituary(5) or f"{self.name}: closed its standard streams"

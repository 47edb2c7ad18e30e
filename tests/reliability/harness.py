"""Processes under test: started, talked to in lines of JSON, measured, and always ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import uvnet

from .tracing import Refused, attach, detach

HERE = Path(__file__).parent
# Sanitizers keep freed memory for a while, and come with assertions.
SANITIZED = "libasan" in os.environ.get("LD_PRELOAD", "")
# The children find the package under test wherever it is, built in place or installed.
PATH = os.pathsep.join([str(Path(uvnet.__file__).parents[1]), os.environ.get("PYTHONPATH", "")])


class ChildError(AssertionError):
    """A child process ended, or said nothing, when an answer was due."""


class Child:
    """A child process that answers in lines of JSON and ends when its standard input does.

    Args:
        command: The command line.
        environment: Environment variables to set besides our own.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        self.name = " ".join(Path(word).name for word in command)
        self._unread = b""
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by close()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={**os.environ, "PYTHONPATH": PATH, **(environment or {})},
            bufsize=0,
            process_group=0,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.stdin = self.process.stdin
        self.stdout = self.process.stdout

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):  # receive() tells why
            self.stdin.write(line.encode() + b"\n")

    def receive(self, timeout: float = 30) -> Any:
        """Return the next line that the child says, decoded.

        Args:
            timeout: Seconds to wait for it.
        """
        deadline = time.monotonic() + timeout
        while b"\n" not in self._unread:
            wait = max(0.0, deadline - time.monotonic())
            if not select.select([self.stdout], [], [], wait)[0]:
                raise ChildError(f"{self.name}: no answer within {timeout:g} s")
            data = os.read(self.stdout.fileno(), 65536)
            if not data:
                status = self.process.wait(30)
                raise ChildError(f"{self.name}: ended with status {status}: {self.complaints()}")
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line)

    def greeting(self) -> Any:
        """Return the first line that the child says; without one there is no child."""
        try:
            return self.receive()
        except BaseException:
            self.close()
            raise

    def complaints(self) -> str:
        """Return what the child has written to its standard error."""
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace").strip()

    def memory(self) -> int:
        """Return the resident memory in bytes."""
        pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self) -> float:
        """Return the CPU time used so far. The kernel counts in ticks, commonly of 10 ms."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, timeout: float = 30) -> int:
        """Close the child's standard input, and return its exit status."""
        self.stdin.close()
        return self.process.wait(timeout)

    def close(self) -> None:
        """End the child, by force if it must be, and release everything. Idempotent."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.stdin.close()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.stdin.close()
        self.stdout.close()
        self._stderr.close()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Server(Child):
    """server.py, or another program that speaks as it does; see there for the options."""

    def __init__(
        self,
        environment: dict[str, str] | None = None,
        program: str = "server.py",
        **options: Any,
    ) -> None:
        options = {"listen": "tcp", **options}
        super().__init__([sys.executable, str(HERE / program), json.dumps(options)], environment)
        self.address: Any = self.greeting()["address"]
        self.report()  # the loop runs, and has all the descriptors it needs

    def report(self, timeout: float = 30) -> dict[str, Any]:
        self.send("report")
        report: dict[str, Any] = self.receive(timeout)
        return report

    def settled(self, open_handles: int, timeout: float = 30, *, closes: int = 0) -> dict[str, Any]:
        """Return the report once only so many handles are open, or the last one.

        `closes` is how many ends of connections it has to count by then: who counts them may hear
        of one a turn after its handle has closed.
        """

        def holds(report: dict[str, Any]) -> bool:
            return report["open_handles"] <= open_handles and report.get("closes", 0) >= closes

        return wait_for(self.report, holds, timeout)

    def finish(self) -> None:
        """End the server, which must have had nothing to complain about."""
        status = self.end()
        complaints = self.complaints()
        assert (status, complaints) == (0, "")


class Nursery(Child):
    """nursery.py as a child process, with one of the modules of cases."""

    def __init__(self, module: str) -> None:
        super().__init__([sys.executable, str(HERE / "nursery.py"), str(HERE / module)])
        self.greeting()

    def case(
        self, case: str, *arguments: Any, inject: str | None = None, seconds: float = 60
    ) -> dict[str, Any]:
        """Run a function of the module in a child. See nursery.py."""
        order = {"case": case, "arguments": arguments, "inject": inject, "seconds": seconds}
        self.send(json.dumps(order))
        answer: dict[str, Any] = self.receive(seconds + 30)
        if "refused" in answer:
            pytest.skip(answer["refused"])
        return answer


def wait_for(read: Callable[[], Any], good: Callable[[Any], bool], timeout: float) -> Any:
    """Return the first value of read() that is good, or the last one when the time is over."""
    deadline = time.monotonic() + timeout
    while True:
        value = read()
        if good(value) or time.monotonic() > deadline:
            return value
        time.sleep(0.01)


def compile_c(source: str, target: Path, *flags: str) -> Path:
    """Compile one of the C files here with the system's compiler, or skip the test."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("there is no C compiler")
    command = [compiler, "-std=gnu11", "-O2", "-Wall", "-Werror", *flags]
    subprocess.run([*command, "-o", str(target), str(HERE / source)], check=True)
    return target


@contextlib.contextmanager
def strace(pid: int, inject: str, log: Path) -> Iterator[None]:
    """Have strace tamper with the system calls of a process, or skip the test. See attach()."""
    try:
        process = attach(pid, inject, log)
    except Refused as refused:
        pytest.skip(str(refused))
    try:
        yield
    finally:
        detach(process)

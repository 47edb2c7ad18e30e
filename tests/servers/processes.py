"""Programs that a test starts, waits for and stops, and what must be there for that."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import uvnet

LIMIT = 60.0  # seconds: only a hang takes so long
REQUIRED = os.environ.get("UVNET_SERVERS") == "required"

# For localhost; with its key.
CERTIFICATE = Path(__file__).parents[1] / "aio" / "localhost.pem"

# Where Debian has the server, which is not on the PATH.
POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin"

# Below the ports that the kernel gives to clients, so that nobody takes one meanwhile.
_ports = iter(range(10000 + os.getpid() * 64 % 20000, 32000))


def free_port() -> int:
    """Return a port that nothing listens on, and that no other process of the suite is given."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")


def postgres_folder() -> Path | None:
    """Return where PostgreSQL's programs are."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/").glob(POSTGRES_FOLDERS.lstrip("/")))
    return folders[-1] if folders and (folders[-1] / "initdb").exists() else None


def is_there(name: str) -> bool:
    """Whether a module can be imported, or a server be started: PostgreSQL, Redis."""
    if name == "PostgreSQL":
        return postgres_folder() is not None
    if name == "Redis":
        return shutil.which("redis-server") is not None
    return importlib.util.find_spec(name) is not None


def require(*names: str) -> None:
    """Skip the test where one of these is not there; fail, where all of them must be."""
    if missing := [name for name in names if not is_there(name)]:
        reason = f"{', '.join(missing)} not installed: `make servers` says what is needed"
        if REQUIRED:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


def environment(**more: str) -> dict[str, str]:
    """Return the variables of a program that finds uvnet, and this Python's commands."""
    paths = [str(Path(uvnet.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    commands = [str(Path(sys.executable).parent), os.environ["PATH"]]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PATH": os.pathsep.join(commands),
        "PYTHONUNBUFFERED": "1",
        # At its end a worker may notice that the scheduler has gone first, and calls that an error.
        "DASK_LOGGING__DISTRIBUTED": "critical",
        **more,
    }


class Program:
    """A program that runs.

    Attributes:
        process: It, the leader of a process group of its own.
        log: The file for its output, and that of its children.
    """

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def wait_for_port(self, port: int) -> None:
        """Wait until somebody listens on it.

        Raises:
            AssertionError: The program ended, or took too long.
        """
        deadline = time.monotonic() + LIMIT
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=LIMIT).close()
            except OSError as error:
                assert self.process.poll() is None, f"it ended:\n{self.output()}"
                assert time.monotonic() < deadline, f"{error}:\n{self.output()}"
                time.sleep(0.05)
            else:
                return

    def wait_for_output(self, text: str, times: int = 1) -> None:
        """Wait until the program has written this so many times."""
        deadline = time.monotonic() + LIMIT
        while self.output().count(text) < times:
            assert self.process.poll() is None, f"it ended:\n{self.output()}"
            assert time.monotonic() < deadline, f"never wrote {text!r}:\n{self.output()}"
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask the program to end, wait for it, and return its exit status."""
        if self.process.poll() is None:
            self.send(number)
        try:
            return self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            pytest.fail(f"does not end:\n{self.output()}", pytrace=False)


@contextmanager
def running(
    command: list[str | Path], folder: Path, *, ends: int = signal.SIGTERM, **options: Any
) -> Iterator[Program]:
    """Run a program until the end of the block, and then let it end by itself.

    Args:
        command: It, with its arguments.
        folder: Where it runs.
        ends: The signal that ends it. It must then exit with 0, or by that signal.
        options: Further ones of subprocess.Popen.
    """
    options.setdefault("env", environment())
    log, name = tempfile.mkstemp(prefix="uvnet-log-")
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )
    finally:
        os.close(log)
    program = Program(process, Path(name))
    try:
        yield program
        status = program.stop(ends)
        output = program.output()
        assert status in (0, -ends, 128 + ends), f"exit status {status}:\n{output}"
        assert "Traceback" not in output, output
    except BaseException:
        print(program.output())
        raise
    finally:
        _kill_group(process)
        os.unlink(name)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a program and its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

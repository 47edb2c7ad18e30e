"""The README's programs do what it says they do."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .tree import ROOT

README = ROOT / "README.md"
PORT = "8000"  # what the programs are written with

SERVER, CLIENT, COROUTINES, ASYNCIO, HANDLES = range(5)


@pytest.fixture(scope="module")
def programs() -> list[str]:
    if not README.exists():
        pytest.skip("no README beside the tests")
    found = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    assert len(found) == 5, "each program is run by a test here"
    return found


def on(port: int, program: str) -> list[str]:
    """Return the command that runs a program on a port of ours."""
    assert PORT in program
    return [sys.executable, "-W", "error", "-c", program.replace(PORT, str(port))]


def output(command: list[str]) -> str:
    """Run a program to its end, and return what it prints."""
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert result.stderr == ""
    return result.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connected(port: int) -> socket.socket:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@contextmanager
def serving(program: str) -> Iterator[int]:
    """Run a server until the end of the block; its port."""
    port = free_port()
    server = subprocess.Popen(on(port, program))
    try:
        connected(port).close()
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(60) != 0  # KeyboardInterrupt


@pytest.mark.parametrize("number", [SERVER, HANDLES])
def test_the_echo_servers_echo(programs: list[str], number: int) -> None:
    with serving(programs[number]) as port, connected(port) as client:
        client.sendall(b"hello")
        assert client.recv(100) == b"hello"
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b""


def test_the_client_is_echoed(programs: list[str]) -> None:
    with serving(programs[SERVER]) as port:
        assert output(on(port, programs[CLIENT])) == "hello\nclosed\n"


def test_the_coroutines_run(programs: list[str]) -> None:
    assert output(on(free_port(), programs[COROUTINES])) == "b'hello'\n"


def test_the_asyncio_program_runs(programs: list[str]) -> None:
    assert output(on(free_port(), programs[ASYNCIO])) == "b'hello'\n"

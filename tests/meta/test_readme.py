"""The README's programs do what it says they do."""

import re
import signal
import socket
import subprocess
import sys
import time

import pytest

from .tree import ROOT

README = ROOT / "README.md"


@pytest.fixture(scope="module")
def programs():
    if not README.exists():
        pytest.skip("no README beside the tests")
    return re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_asyncio_program_runs(programs):
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", programs[0]],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert result.stdout.startswith("on <Loop running=True closed=False")
    assert result.stderr == ""


def test_the_echo_server_echoes(programs):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "8000" in programs[1]
    server = subprocess.Popen([sys.executable, "-c", programs[1].replace("8000", str(port))])
    try:
        with connected(port) as client:
            client.sendall(b"hello")
            assert client.recv(100) == b"hello"
            client.shutdown(socket.SHUT_WR)
            assert client.recv(100) == b""
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(60) != 0  # KeyboardInterrupt


def connected(port):
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)

"""examples/cython_protocol"""

from __future__ import annotations

import codecs
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from .programs import EXAMPLES, Example, package_folder, receive, vanish

pytest.importorskip("Cython", reason="Cython is not installed")
pytest.importorskip("setuptools", reason="setuptools is not installed")

Start = Callable[..., Example]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example, built as its page says."""
    if not EXAMPLES.exists():
        pytest.skip("the examples are not here: only the tests were copied")
    folder = tmp_path_factory.mktemp("cython_protocol") / "example"
    built = shutil.ignore_patterns("*.c", "*.so", "build", "__pycache__")
    shutil.copytree(EXAMPLES / "cython_protocol", folder, ignore=built)
    done = subprocess.run(
        [sys.executable, "setup.py", "build_ext", "--inplace"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": package_folder(), "CFLAGS": "-O0"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr.lower(), done.stderr
    return folder


@pytest.fixture
def server(start: Start, folder: Path) -> Example:
    return start(sys.executable, "-W", "error", folder / "run.py", "--port", 0).listening()


def test_letters_are_turned(server: Example) -> None:
    def talk(number: int) -> bool:
        text = f"Hello, World {number}! xyzXYZ" * 20_000
        with server.connect() as client, ThreadPoolExecutor(1) as writer:
            sending = writer.submit(client.sendall, text.encode())
            answer = receive(client, len(text)).decode()
            sending.result()
        return answer == codecs.encode(text, "rot13")

    with ThreadPoolExecutor(4) as clients:
        assert all(clients.map(talk, range(4)))
    server.stop()


def test_every_byte(server: Example) -> None:
    with server.connect() as client:
        client.sendall(bytes(range(256)))
        expected = codecs.encode(bytes(range(256)).decode("latin1"), "rot13").encode("latin1")
        assert receive(client, 256) == expected
    server.stop()


def test_who_does_not_read_is_not_read(server: Example) -> None:
    with server.connect() as client:
        client.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 100_000_000:
                sent += client.send(b"a" * 1_000_000)
        client.settimeout(60)
        assert receive(client, sent) == b"n" * sent
    server.stop()


def test_a_client_that_vanishes(server: Example) -> None:
    client = server.connect()
    client.sendall(b"abc")
    assert receive(client, 3) == b"nop"
    vanish(client)
    server.wait_for("connection reset by peer")
    with server.connect() as other:
        other.sendall(b"abc")
        assert receive(other, 3) == b"nop"
        server.stop()

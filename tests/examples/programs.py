"""Examples as child processes, and what plain sockets do with them."""

from __future__ import annotations

import os
import re
import signal
import socket
import struct
import subprocess
import tempfile
import time
from pathlib import Path

import uvnet

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PATIENCE = 60.0  # seconds: only what hangs gets there


def package_folder() -> str:
    """Return the folder that a child imports uvnet from: that of this process."""
    return str(Path(uvnet.__file__).resolve().parents[1])


class Example:
    """A program that runs: an example, or the Node end of one.

    Attributes:
        port: Where it listens, once listening() has returned.
        printed: What it has printed so far.
    """

    port = 0

    def __init__(self, command: list[str]) -> None:
        self.printed = ""
        self._stderr = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- closed by close()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            env={**os.environ, "PYTHONPATH": package_folder()},
        )

    def line(self) -> str:
        """Return the next line that it prints."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.printed += line
        assert line, f"it has ended: {self.printed}{self.errors()}"
        return line

    def wait_for(self, text: str) -> None:
        """Read what it prints up to a line with this text."""
        while text not in self.line():
            pass

    def listening(self) -> Example:
        """Wait until it listens."""
        line = self.line()
        found = re.search(r"^listening on .*?(\d{4,5})\D*$", line)
        assert found, line
        self.port = int(found[1])
        return self

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def ends(self, code: int = 0, complaint: str = "") -> str:
        """Wait for its end, with this status and this on stderr; return what it printed."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        self.printed += out
        errors = self.errors()
        assert (self.process.returncode, errors) == (code, complaint), self.printed + errors
        return self.printed

    def wait_until_it_has(self, name: str, folder: Path) -> None:
        """Wait until there is a file of this name."""
        deadline = time.monotonic() + PATIENCE
        while not (folder / name).exists():
            assert time.monotonic() < deadline and self.process.poll() is None, self.errors()
            time.sleep(0.01)

    def stop(self, number: signal.Signals = signal.SIGINT, code: int = 0) -> str:
        """End it, as Ctrl+C does; return what it printed."""
        assert self.process.poll() is None, self.errors()
        self.process.send_signal(number)
        return self.ends(code)

    def errors(self) -> str:
        """Return what is on its stderr."""
        self._stderr.seek(0)
        return self._stderr.read()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._stderr.close()


def receive(sock: socket.socket, size: int) -> bytes:
    """Return so many bytes, or fewer if the peer ends before."""
    data = bytearray()
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        if not chunk:
            break
        data += chunk
    return bytes(data)


def receive_to_end(sock: socket.socket) -> bytes:
    data = bytearray()
    while chunk := sock.recv(65536):
        data += chunk
    return bytes(data)


def vanish(sock: socket.socket) -> None:
    """Close with a reset, as the system does for a process that dies with data unread."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()

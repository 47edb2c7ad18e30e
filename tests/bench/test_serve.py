"""Every subject with every service it has, served for real and asked by a plain client."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet.bench import loops, machine, node
from uvnet.bench.job import SERVICES
from uvnet.bench.process import resident
from uvnet.bench.subjects import SUBJECTS

TIMEOUT = 30
BODY = 3000  # bytes of an HTTP answer's body
MANY = 300_000_000  # bytes: what a source would need if it did not wait for its client
GROWTH = 30_000_000  # bytes: no server needs as much for one connection
PERIOD = bytes(range(256))
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

ALWAYS = {"ceiling", "net-data", "handles", "aio-protocol", "aio-native", "asyncio"}

# Its transport keeps the descriptor open until it is collected, so that a client that has
# half-closed waits for the end for long.
KEEPS_OPEN = "rloop"


def receive(client: socket.socket, size: int) -> bytes:
    received = bytearray()
    while len(received) < size:
        data = client.recv(min(size - len(received), 1 << 20))
        assert data, f"the end after {len(received)} bytes of {size}"
        received += data
    return bytes(received)


def ends(client: socket.socket, subject: str) -> None:
    if not subject.startswith(KEEPS_OPEN):
        assert client.recv(1) == b""


def hang_up(client: socket.socket) -> None:
    """Close with a reset, as the load does between short connections."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def check_echo(subject: str, connect: Callable[[], socket.socket], pid: int) -> None:
    with connect() as client:
        client.sendall(b"one")
        assert receive(client, 3) == b"one"
        hang_up(client)
    with connect() as client:
        client.sendall(b"two")
        assert receive(client, 3) == b"two"
        if SUBJECTS[subject].carrier == "stream":
            client.shutdown(socket.SHUT_WR)
            ends(client, subject)


def check_line(subject: str, connect: Callable[[], socket.socket], pid: int) -> None:
    with connect() as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sendall(b"one\ntw")
        assert receive(client, 4) == b"one\n"
        client.sendall(b"o\n\nth")
        assert receive(client, 5) == b"two\n\n"
        long = b"x" * 200_000  # more than is read at once
        client.sendall(long + b"\nleft")
        assert receive(client, 200_003) == b"th" + long + b"\n"
        client.shutdown(socket.SHUT_WR)  # what is left is no line
        ends(client, subject)


def check_sink(subject: str, connect: Callable[[], socket.socket], pid: int) -> None:
    with connect() as client:
        client.sendall(b"x" * 100_000)
        hang_up(client)
    for size in (0, 3_000_001):
        with connect() as client:
            client.sendall(bytes(size))
            client.shutdown(socket.SHUT_WR)
            assert int.from_bytes(receive(client, 8)) == size
            ends(client, subject)


def check_source(subject: str, connect: Callable[[], socket.socket], pid: int) -> None:
    def ask(client: socket.socket, *sizes: int) -> None:
        client.sendall(b"".join(size.to_bytes(8) for size in sizes))

    def check(client: socket.socket, size: int) -> None:
        assert receive(client, size) == (PERIOD * (size // 256 + 1))[:size]

    with connect() as client:
        for size in (1, 65536, 1_000_003):
            ask(client, size)
            check(client, size)
        request = (70_000).to_bytes(8)
        client.sendall(request[:5])
        time.sleep(0.01)
        client.sendall(request[5:])
        check(client, 70_000)
        ask(client, 300, 0, 2_000_000)  # all at once, and no more
        client.shutdown(socket.SHUT_WR)
        check(client, 300)
        check(client, 2_000_000)
        ends(client, subject)
    with connect() as client:
        before = resident(pid)
        ask(client, MANY)
        time.sleep(0.3)  # the client does not read yet
        check(client, 2_000_000 // 256 * 256)
        assert resident(pid) - before < GROWTH
        hang_up(client)


def check_response(client: socket.socket) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += receive(client, 1)
    assert head.startswith(b"HTTP/1.1 200 "), head
    assert b"content-length: %d\r\n" % BODY in head.lower()
    assert receive(client, BODY) == bytes(97 + i % 26 for i in range(BODY))


def check_http(subject: str, connect: Callable[[], socket.socket], pid: int) -> None:
    with connect() as client:
        for requests in (1, 1, 2):  # on the same connection, and two at once
            client.sendall(GET * requests)
            for _ in range(requests):
                check_response(client)
    with connect() as client:
        client.sendall(GET)
        hang_up(client)


CHECKS = {
    "echo": check_echo,
    "line": check_line,
    "sink": check_sink,
    "source": check_source,
    "http": check_http,
}


def connector(subject: str, address: Any) -> Callable[[], socket.socket]:
    """Return a function that connects to a subject."""
    carrier = SUBJECTS[subject].carrier

    def connect() -> socket.socket:
        kind = socket.SOCK_DGRAM if carrier == "udp" else socket.SOCK_STREAM
        on_path = isinstance(address, str)
        client = socket.socket(socket.AF_UNIX if on_path else socket.AF_INET, kind)
        client.settimeout(TIMEOUT)
        client.connect(address if on_path else tuple(address))
        if carrier != "tls":
            return client
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context.wrap_socket(client)

    return connect


def is_to_be_missing(subject: str, reason: str) -> bool:
    """Return whether there is a good reason for a subject to be missing."""
    found, carrier = SUBJECTS[subject], SUBJECTS[subject].carrier
    if subject in ALWAYS:
        return False
    if found.loop in loops.OLDEST and sys.version_info < loops.OLDEST[found.loop]:
        return f"{found.loop} needs Python 3.14 or newer" in reason
    if found.package == "node":
        return node.version() is None and "UVNET_NODE" in reason
    if "rloop cannot serve" in reason:
        return carrier != "stream" or "on a Unix socket" in reason
    if carrier != "stream" and reason == "on 127.0.0.1 only":
        return True
    return "No module named" in reason or "openssl" in reason


class Servers:
    """Servers that run at the same time, and how they have ended.

    Args:
        commands: Command lines of `uvnet.bench.serve`.
        folder: Where their errors are kept.
    """

    def __init__(self, commands: list[list[str]], folder: Path) -> None:
        self.ended: dict[int, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("serve_many.py"), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._watchdog = threading.Timer(3 * TIMEOUT, self._process.kill)
        self._watchdog.start()
        assert self._process.stdin is not None and self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        self._stdin.write(json.dumps(commands) + "\n")
        self._stdin.flush()
        while len(self.answers) < len(commands):
            said = json.loads(self._stdout.readline())
            if "status" not in said:
                self.answers[said["subject"]] = said
            elif said["status"] != 3:
                pytest.fail(said["errors"])

    def wait(self) -> None:
        """Wait until all have ended."""
        self.ended.update({said["pid"]: said for said in map(json.loads, self._stdout)})

    def __enter__(self) -> Servers:
        return self

    def __exit__(self, *exception: object) -> None:
        """End those that still serve, by SIGTERM."""
        self._stdin.close()
        self.wait()
        self._watchdog.cancel()
        self._watchdog.join()
        self._stdout.close()
        self._process.wait()

    def each(self, check: Callable[[str, Callable[[], socket.socket], int], None]) -> None:
        """Check some of them at the same time; those that are missing have to have a reason."""

        def one(said: dict[str, Any]) -> None:
            subject = said["subject"]
            if "missing" in said:
                assert is_to_be_missing(subject, said["missing"]), said
                return
            try:
                check(subject, connector(subject, said["address"]), said["pid"])
            except Exception as error:
                error.add_note(f"of {subject}")
                raise

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(one, self.answers.values()))

    def have_ended(self, status: int) -> None:
        """Check how those have ended that were not missing: in silence, but for others' loops.

        asyncio's own transports report an AttributeError where a peer resets while they write.
        """
        for subject, said in self.answers.items():
            if "missing" not in said:
                end = self.ended[said["pid"]]
                assert end["status"] == status, (subject, end)
                if SUBJECTS[subject].loop in (None, "uvnet"):
                    assert end["errors"] == "", subject


def commands(service: str, folder: Path | None = None) -> list[list[str]]:
    """Return the command line of each subject that has a service: on TCP, or a path in a folder."""
    return [
        [name, "--service", service, "--size", str(BODY)]
        + (["--tcp"] if folder is None else ["--unix", str(folder / f"{name}.sock")])
        for name, subject in SUBJECTS.items()
        if service in subject.services
    ]


@pytest.mark.parametrize("service", CHECKS)
def test_every_subject(service: str, tmp_path: Path) -> None:
    """Each does what it is for, and ends by SIGTERM without a word."""
    with Servers(commands(service), tmp_path) as servers:
        servers.each(CHECKS[service])
        assert all(said["service"] == service for said in servers.answers.values())
    servers.have_ended(-signal.SIGTERM)


@pytest.mark.parametrize("service", CHECKS)
def test_every_subject_once(service: str, tmp_path: Path) -> None:
    """With --once each ends by itself, when its last connection has closed; on a Unix socket."""
    sent, answer = {
        "echo": (b"one", b"one"),
        "line": (b"one\n", b"one\n"),
        "sink": (b"one", b"\0\0\0\0\0\0\0\3"),
        "source": (b"\0\0\0\0\0\0\0\3", b"\0\1\2"),
        "http": (GET, b""),
    }[service]

    def exchange(subject: str, connect: Callable[[], socket.socket], pid: int) -> None:
        with connect() as client:
            client.sendall(sent)
            if service == "http":
                check_response(client)
            elif service == "sink":
                client.shutdown(socket.SHUT_WR)
            assert receive(client, len(answer)) == answer

    found = [
        [*command, "--once", "3"]
        for command in commands(service, tmp_path)
        if not command[0].startswith("node")
    ]
    with Servers(found, tmp_path) as servers:
        servers.each(exchange)
        servers.wait()
    servers.have_ended(0)


def test_what_is_missing() -> None:
    """It says what, and why."""

    def missing(subject: str, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "uvnet.bench.serve", subject, *options],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
        )
        said = json.loads(done.stdout)
        assert (done.returncode, done.stderr, said["subject"]) == (3, "", subject)
        reason: str = said["missing"]
        return reason

    assert missing("ceiling", "--service", "http", "--tcp") == "ceiling does not serve http"
    assert missing("node-data", "--once", "3", "--tcp") == "Node's instructions cannot be counted"
    assert missing("aio-udp", "--unix", "/tmp/udp.sock") == "on 127.0.0.1 only"


def test_names() -> None:
    """Each subject has a label of its own and a package that the machine's versions name."""
    versions = machine.versions()
    assert {subject.package for subject in SUBJECTS.values()} <= set(versions)
    assert len({subject.label for subject in SUBJECTS.values()}) == len(SUBJECTS)
    assert SUBJECTS["aio-uvicorn"].version() == versions["uvnet"] == uvnet.__version__
    assert SUBJECTS["asyncio-streams"].version() == sys.version.split()[0]
    assert SUBJECTS["ceiling"].version() == versions["libuv"]
    assert set(SERVICES) == {
        service for subject in SUBJECTS.values() for service in subject.services
    }

"""UVNET_DEBUG: what is logged, where it goes, and that nothing is there without it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet._debug import debug_log, is_named

ROOT = Path(__file__).resolve().parents[2]
PORT = re.compile(r"\b\d{4,5}\b")
Python = Callable[..., Any]

PROGRAM = """
import uvnet
from uvnet import net

def on_connection(socket):
    socket.set_timeout(1)
    socket.once("timeout", lambda: socket.set_timeout(0).end(b"bye"))

def on_listening():
    server.max_connections = 1
    port = server.address().port
    first = net.connect(port, "localhost", family=4).resume()
    first.on("connect", lambda: net.connect(port, "127.0.0.1").resume())
    first.on("close", lambda had_error: server.close())
    net.connect(1, "127.0.0.1").on("error", print)
    net.create_server().on("error", print).listen(port, "127.0.0.1")

server = net.create_server(on_connection).listen(0, "127.0.0.1", on_listening)
uvnet.run()
"""


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ("net", True),
        ("NET", True),
        ("dns,net", True),
        ("dns, net ", True),
        ("*", True),
        ("n*", True),
        ("*,unknown", True),
        ("", False),
        ("1", False),
        ("true", False),
        ("dns", False),
        ("netx", False),
        ("ne", False),
        ("n.t", False),
        ("n?t", False),
        ("[", False),
        ("unknown,,dns", False),
    ],
)
def test_names(wanted: str, named: bool) -> None:
    assert is_named("net", wanted) is named


@pytest.mark.parametrize("value", [None, "", "1", "true", "dns", "unknown"])
def test_off(python: Python, value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UVNET_DEBUG", raising=False)
    code = """
import logging
from uvnet.net import _debug
assert _debug.debug is None
"""
    process = python(PROGRAM + code, **({} if value is None else {"UVNET_DEBUG": value}))
    assert process.stderr == ""


def test_off_no_logger_is_made(python: Python, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UVNET_DEBUG", raising=False)
    python(
        "import logging, uvnet.net\n"
        "assert not [name for name in logging.root.manager.loggerDict if name.startswith('uvnet')]"
    )


def without_identities(text: str) -> list[str]:
    """Return the messages without times, process id, objects and ports."""
    lines = []
    for line in text.splitlines():
        match = re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3} \d+ uvnet\.net (.*)", line)
        assert match, line
        lines.append(re.sub(r" 0x[0-9a-f]+", "", PORT.sub("P", match[1])))
    return lines


@pytest.mark.parametrize("value", ["net", "*"])
def test_what_happens_is_seen(python: Python, value: str) -> None:
    lines = without_identities(python(PROGRAM, UVNET_DEBUG=value).stderr)
    server = [line for line in lines if line.startswith("Server: ")]
    assert server == [
        "Server: listens on 127.0.0.1:P",
        "Server: cannot listen: listen EADDRINUSE: address already in use 127.0.0.1:P",
        "Server: accepted Socket, 127.0.0.1:P -> 127.0.0.1:P",
        "Server: drop 127.0.0.1:P -> 127.0.0.1:P: too many connections",
        "Server: close, with 1 connections",
    ] or server == [*server[:4], "Server: close, with 0 connections"]
    sockets = {line.removeprefix("Socket: ") for line in lines if line.startswith("Socket: ")}
    assert sockets == {
        "connect to localhost port P",
        "lookup of localhost: 127.0.0.1",
        "attempt to connect to 127.0.0.1 port P",
        "connected, 127.0.0.1:P -> 127.0.0.1:P",
        "connect to 127.0.0.1 port P",
        "connect to 127.0.0.1 port 1",
        "attempt to connect to 127.0.0.1 port 1",
        "attempt failed: connect ECONNREFUSED 127.0.0.1:1",
        "destroyed, error ECONNREFUSED('connect ECONNREFUSED 127.0.0.1:1')",
        "idle for 1 ms",
        "ends, 3 bytes written",
        "the peer has ended",
        "ends, 0 bytes written",
        "destroyed, error None",
        "closed, 3 read, 0 written",
        "closed, 0 read, 3 written",
        "closed, 0 read, 0 written",
    }


def test_a_configured_root_gets_it_alone(python: Python) -> None:
    code = """
import logging, sys
logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(name)s %(levelname)s")
"""
    process = python(code + PROGRAM, UVNET_DEBUG="net")
    assert process.stderr == ""
    assert "uvnet.net DEBUG" in process.stdout


def test_a_handler_of_its_own(python: Python) -> None:
    """A logger's own handler gets it; nobody else has to see it twice."""
    code = """
import logging, uvnet.net
records = []
class Keep(logging.Handler):
    def emit(self, record):
        records.append(record)
logging.getLogger("uvnet.net").addHandler(Keep())
logging.getLogger("uvnet").propagate = False
"""
    check = """
assert records and all(record.levelname == "DEBUG" for record in records)
assert all(record.name == "uvnet.net" for record in records)
"""
    assert python(code + PROGRAM + check, UVNET_DEBUG="net").stderr == ""


def test_without_stderr(python: Python) -> None:
    assert python("import sys\nsys.stderr = None\n" + PROGRAM, UVNET_DEBUG="net").stderr == ""


def test_paths_and_ipv6(python: Python, tmp_path: Path) -> None:
    code = """
import os, uvnet
from uvnet import net
path = os.path.join(os.getcwd(), "s")
server = net.create_server(lambda socket: (socket.end(), server.close())).listen(path)
net.connect(path).resume()
net.connect("/no/such/path").on("error", lambda error: None)
uvnet.run()
"""
    text = python(code, UVNET_DEBUG="net").stderr
    lines = without_identities(text)
    path = PORT.sub("P", str(tmp_path / "s"))  # whose folder may be numbered as a port is
    assert f"Server: listens on {path}" in lines
    assert f"Server: accepted Socket, {path} -> (no path)" in lines
    assert f"Socket: connect to '{path}'" in lines
    assert f"Socket: connected, (no path) -> {path}" in lines
    assert "Socket: attempt failed: connect ENOENT /no/such/path" in lines


def test_the_log_of_another_section_is_separate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UVNET_DEBUG", "dns")
    assert debug_log("net") is None


@pytest.mark.skipif(not (ROOT / "setup.py").exists(), reason="the source tree is not here")
@pytest.mark.parametrize(
    ("value", "on"), [("1", True), ("true", True), ("0", False), ("net", False), ("*", False)]
)
def test_the_build_takes_1_and_true_alone(python: Python, value: str, on: bool) -> None:
    """What names a log must not make another build."""
    pytest.importorskip("setuptools")
    code = """
import os, runpy, sys
os.chdir(sys.argv[1])
print("-UNDEBUG" in runpy.run_path("setup.py")["COMPILE"])
"""
    # Off are the switches that turn assertions on as well.
    printed = python(code, ROOT, UVNET_DEBUG=value, UVNET_SANITIZE="", UVNET_CFLAGS="").stdout
    assert printed.split()[-1] == str(on)


def test_the_log_keeps_no_socket(python: Python) -> None:
    """Not even where a handler keeps the records."""
    code = """
import gc, logging, weakref, uvnet
from uvnet import net
records = []
class Keep(logging.Handler):
    def emit(self, record):
        records.append(record)
logging.getLogger().addHandler(Keep())
sockets = []
def on_connection(socket):
    sockets.append(weakref.ref(socket))
    socket.destroy(ValueError("given up"))
    server.close()
def on_listening():
    client = net.connect(server.address().port)
    client.on("error", print)
    sockets.append(weakref.ref(client.resume()))
server = net.create_server(on_connection).listen(0, on_listening)
server.on("connection", lambda socket: socket.on("error", print))
uvnet.run()
gc.collect()
assert len(sockets) == 2 and not any(socket() for socket in sockets)
assert "given up" in " ".join(record.getMessage() for record in records)
assert {record.filename for record in records} > {"_server.py", "_socket.py"}
"""
    python(code, UVNET_DEBUG="net")

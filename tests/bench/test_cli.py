"""The command line, run as its user runs it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pty
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet.bench import _load
from uvnet.bench.load import answer
from uvnet.bench.scenarios import registry
from uvnet.bench.subjects import SUBJECTS

Start = Callable[..., subprocess.Popen[str]]
TIMEOUT = 120

MODES = ("pipe", "onread", "data", "async", "handles", "buffer", "splice")
STREAMS = ("aio-buffered", "aio-split", "aio-streams", "aio-native", "aio-sock")
OURS = ("net-pipe", "net-onread", "net-data", "net-async", "handles", "handles-buffer", "splice")


@pytest.fixture
def start() -> Iterator[Start]:
    """A function that starts `python -m MODULE ...`; what is left of it is killed at the end."""
    processes: list[subprocess.Popen[str]] = []

    def start_one(*command: str, **options: Any) -> subprocess.Popen[str]:
        streams = {name: subprocess.PIPE for name in ("stdin", "stdout", "stderr")}
        process = subprocess.Popen(
            [sys.executable, "-m", *command], text=True, **{**streams, **options}
        )
        processes.append(process)
        return process

    yield start_one
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        env={**os.environ, **environment},
    )


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + TIMEOUT
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)
    return result


def is_gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def terminal_output(*command: str, **environment: str) -> str:
    """Return what `python -m command` writes to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", **environment},
    )
    os.close(theirs)
    output = b""
    with contextlib.suppress(OSError):  # EIO: the other end is closed
        while data := os.read(ours, 65536):
            output += data
    os.close(ours)
    assert process.wait(TIMEOUT) == 0, output
    return output.decode()


# ---------------------------------------------------------------------------- info


def test_info() -> None:
    done = run("uvnet", "info", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["versions"]["uvnet"] == uvnet.__version__
    assert found["versions"]["python"] == sys.version.split()[0]
    assert found["versions"]["libuv"].startswith("1.")
    assert found["build"]["cython"].startswith("3.")
    text = run("uvnet", "info").stdout
    assert uvnet.__version__ in text
    assert "\x1b" not in text


def test_colours_only_on_a_terminal_and_not_against_no_color() -> None:
    environment = {"NO_COLOR": ""}  # empty is as good as not set
    assert "\x1b[1m" in terminal_output("uvnet", "info", **environment)
    assert "\x1b[" not in terminal_output("uvnet", "info", NO_COLOR="1")


def test_output_that_nobody_reads_on() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer) as stdout:
        done = subprocess.run(
            [sys.executable, "-m", "uvnet", "info"],
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=TIMEOUT,
        )
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ((), "required: command"),
        (("bench", "--subjects", "nonesuch"), "no subject 'nonesuch'; there are ceiling"),
        (("bench", "--scenarios", "echo-2k"), "no scenario 'echo-2k'; there are echo-64"),
        (("bench", "--base", "nobody"), "no subject 'nobody'"),
        (("bench", "--base", "ceiling,uvloop"), "one subject is asked for, got 2"),
        (("bench", "--rounds", "0"), "must be above 0, got 0"),
        (("bench", "--threshold", "-1"), "must be above 0, got -1"),
        (("bench", "--face", "js"), "invalid choice: 'js'"),
        (("bench", "--output", "/dev/null/x"), "Not a directory: '/dev/null/x'"),
        (("bench", "--compare", "/dev/null"), "/dev/null: "),
        (("bench", "--compare", "/nonexistent"), "/nonexistent: "),
        (("bench", "--seconds", "x"), "invalid float value: 'x'"),
        (("echo", "--mode", "x"), "invalid choice: 'x'"),
    ],
)
def test_misuse(command: tuple[str, ...], message: str) -> None:
    done = run("uvnet", *command)
    assert done.returncode == 2
    assert message in done.stderr


# ---------------------------------------------------------------------------- echo


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("unix", [False, True])
def test_echo_serves_until_ctrl_c(start: Start, tmp_path: Path, mode: str, unix: bool) -> None:
    where = ["--path", str(tmp_path / "echo.sock")] if unix else []
    server = start("uvnet", "echo", "--json", "--mode", mode, *where)
    assert server.stdout is not None
    said = json.loads(server.stdout.readline())
    assert said["mode"] == mode
    address = said["address"] if unix else tuple(said["address"])

    assert _load.run(address, messages=200)["messages_total"] == 200
    # More than the socket's buffers hold, so that writes are left over.
    assert _load.run(address, connections=3, size=8_000_000, messages=6)["messages_total"] == 6

    server.send_signal(signal.SIGINT)
    _, errors = server.communicate(timeout=TIMEOUT)
    assert (server.returncode, errors) == (130, "")
    assert not unix or not Path(address).exists()


@pytest.mark.parametrize("mode", MODES)
def test_echo_waits_for_a_client_that_does_not_read(start: Start, mode: str) -> None:
    server = start("uvnet", "echo", "--json", "--mode", mode)
    assert server.stdout is not None
    address = tuple(json.loads(server.stdout.readline())["address"])
    sent = os.urandom(20_000_000)
    received = bytearray()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        client.connect(address)
        client.settimeout(0.3)
        unsent = memoryview(sent)
        with pytest.raises(TimeoutError):  # nobody reads, so that the server takes no more
            while unsent:
                unsent = unsent[client.send(unsent) :]
        assert unsent
        client.settimeout(TIMEOUT)

        def send_rest() -> None:
            client.sendall(unsent)
            client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send_rest)
        sender.start()
        while data := client.recv(1 << 20):
            received += data
        sender.join()
    assert received == sent


@pytest.mark.parametrize("mode", MODES)
def test_echo_ends_with_clients_connected(start: Start, mode: str) -> None:
    server = start("uvnet", "echo", "--json", "--mode", mode)
    assert server.stdout is not None
    address = tuple(json.loads(server.stdout.readline())["address"])
    with contextlib.ExitStack() as stack:
        for _ in range(3):
            client = stack.enter_context(socket.create_connection(address, TIMEOUT))
            client.sendall(b"?")
            assert client.recv(1) == b"?"
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=TIMEOUT)
    assert (server.returncode, errors) == (130, "")


@pytest.mark.parametrize("mode", MODES)
def test_echo_survives_a_reset(start: Start, mode: str) -> None:
    server = start("uvnet", "echo", "--json", "--mode", mode)
    assert server.stdout is not None
    address = tuple(json.loads(server.stdout.readline())["address"])
    for _ in range(3):
        with socket.create_connection(address) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.sendall(b"x" * 100_000)
    assert _load.run(address, messages=50)["messages"] == 50


def test_echo_tells_where_it_listens(start: Start) -> None:
    server = start("uvnet", "echo")
    assert server.stdout is not None
    line = server.stdout.readline()
    host, port = line.removeprefix("listening on ").rsplit(":", 1)
    assert _load.run((host, int(port)), messages=5)["messages"] == 5


@pytest.mark.parametrize("mode", ["pipe", "handles"])
def test_echo_says_what_it_cannot_listen_on(mode: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("uvnet", "echo", "--port", str(port), "--mode", mode)
    assert done.returncode == 1
    said = done.stderr.lower()
    assert said.startswith("uvnet echo: ") and said.count("\n") == 1
    assert "address already in use" in said and f"127.0.0.1:{port}" in said


# --------------------------------------------------------------------------- bench

TINY = ("--rounds", "2", "--seconds", "0.05")


def bench(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run("uvnet", "bench", *TINY, *options, **environment)


def test_bench_json() -> None:
    options = ("--scenarios", "echo-64,echo-unix", "--subjects", "ceiling,handles")
    done = bench(*options, "--base", "handles", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr.startswith("2 scenarios, ") and "about" in done.stderr
    document = json.loads(done.stdout)
    assert document["format"] == 2
    assert document["command"] == shlex.join(
        ["python", "-m", "uvnet", "bench", *TINY, *options, "--base", "handles", "--json"]
    )
    assert document["versions"]["uvnet"] == uvnet.__version__
    assert document["plan"]["rounds"] == 2
    assert [scenario["name"] for scenario in document["scenarios"]] == ["echo-64", "echo-unix"]
    for scenario in document["scenarios"]:
        assert scenario["base"] == "handles"
        assert [result["subject"] for result in scenario["results"]] == ["ceiling", "handles"]
        assert all(len(result["rounds"]) == 2 for result in scenario["results"])


def test_bench_leaves_a_report_and_compares(tmp_path: Path) -> None:
    options = ("--scenarios", "echo-1k", "--subjects", "ceiling,handles")
    folder = tmp_path / "new" / "report"
    done = bench(*options, "--output", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "echo-1k" in done.stdout and "handles" in done.stdout
    document = json.loads((folder / "results.json").read_text())
    assert "echo-1k" in (folder / "report.md").read_text()
    assert "echo-1k" in (folder / "report.html").read_text()
    if importlib.util.find_spec("matplotlib") is not None:
        assert all(p.read_text().count("</svg>") == 1 for p in (folder / "plots").iterdir())
        assert any((folder / "plots").iterdir())

    # As if handles had been a hundred times as good: now it is worse.
    [_, result] = document["scenarios"][0]["results"]
    result["ratio"] = {key: 100.0 for key in ("median", "low", "high")}
    (tmp_path / "old.json").write_text(json.dumps(document))
    compared = ("--compare", str(tmp_path / "old.json"))
    done = bench(*options, *compared, "--threshold", "0.5")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "worse" in done.stdout and "ratio to ceiling" in done.stdout
    # Half of what is there is beyond no threshold.
    result["ratio"] = {key: 0.001 for key in ("median", "low", "high")}
    (tmp_path / "old.json").write_text(json.dumps(document))
    done = bench(*options, *compared, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["format"] == 2
    assert "better" in done.stderr


def test_node_that_is_not_there(tmp_path: Path) -> None:
    options = ("--scenarios", "echo-1k", "--subjects", "node-pipe", "--json")
    done = bench(*options, UVNET_NODE=str(tmp_path / "node"))
    assert done.returncode == 0, done.stderr
    [result] = json.loads(done.stdout)["scenarios"][0]["results"]
    assert result["missing"] == f"UVNET_NODE is '{tmp_path}/node', which is not a program"


def test_bench_table_with_a_missing_and_a_failing_subject(tmp_path: Path) -> None:
    (tmp_path / "uvloop.py").write_text("raise ImportError('not on this machine')")
    (tmp_path / "rloop.py").write_text("def new_event_loop(): raise RuntimeError('it is broken')")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    options = ("--scenarios", "echo-unix", "--subjects", "asyncio,uvloop,rloop")
    done = bench(*options, PYTHONPATH=path)
    assert done.returncode == 0, done.stderr  # they are rivals
    assert "missing: not on this machine" in done.stdout
    assert "failed: " in done.stdout and "RuntimeError: it is broken" in done.stdout
    assert "broken" not in done.stderr


def test_bench_of_uvnet_that_fails(tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise RuntimeError('it is broken')")
    (tmp_path / "httptools.py").write_text("")
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    options = ("--scenarios", "http-uvicorn", "--subjects")
    ours = bench(*options, "aio-uvicorn", PYTHONPATH=path)
    theirs = bench(*options, "asyncio-uvicorn", PYTHONPATH=path)
    assert (ours.returncode, theirs.returncode) == (1, 0), ours.stderr + theirs.stderr
    for done in (ours, theirs):
        assert "failed: " in done.stdout and "RuntimeError: it is broken" in done.stdout
    assert "uvnet bench: http-uvicorn, aio-uvicorn: failed: " in ours.stderr


def test_bench_checks_goals_where_it_is_asked_to() -> None:
    """Nobody misses a goal on purpose here: what is checked is that the two say the same."""
    done = bench("--scenarios", "echo-1k", "--subjects", "ceiling,net-pipe", "--check", "--json")
    [_, result] = json.loads(done.stdout)["scenarios"][0]["results"]
    assert done.returncode == (0 if result["goal"]["passed"] else 1), done.stderr
    assert ("net-pipe: reached " in done.stderr) is not result["goal"]["passed"]


def test_bench_list() -> None:
    done = run("uvnet", "bench", "--list")
    assert (done.returncode, done.stderr) == (0, "")
    for name, scenario in registry().items():
        assert f"{name}  {scenario.about}" in done.stdout
        assert scenario.tells in done.stdout and scenario.cannot_tell in done.stdout
    assert all(f"  {name} " in done.stdout for name in SUBJECTS)


def test_bench_of_nobody() -> None:
    done = bench("--face", "asyncio", "--scenarios", "net_c2s")
    assert (done.returncode, done.stdout) == (2, "")
    assert "none of these subjects takes part" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_bench_leaves_no_child(start: Start, how: signal.Signals) -> None:
    options = ("--scenarios", "echo-1k", "--subjects", "handles,asyncio", "--seconds", "20")
    process = start("uvnet", "bench", *options)
    pids = until(lambda: len(found := children(process.pid)) == 3 and found)
    # Not before the servers listen: the load has begun when one of them has a connection.
    until(lambda: any("socket" in link for pid in pids for link in links(pid)))
    process.send_signal(how)
    output, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == (130 if how == signal.SIGINT else -9)
    assert "Traceback" not in errors
    for pid in pids:
        until(lambda pid=pid: is_gone(pid))


def test_ctrl_c_prints_what_there_is(start: Start) -> None:
    """All of the first scenario, while the second is measured."""
    options = ("--scenarios", "echo-1k,scaling", "--subjects", "ceiling", "--json", "--rounds", "3")
    process = start("uvnet", "bench", *options, "--seconds", "0.15")
    # The first scenario's server is gone, and a new one is there.
    first = until(lambda: len(found := children(process.pid)) == 2 and found)
    until(lambda: set(children(process.pid)) - set(first))
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 130, errors
    document = json.loads(output)
    assert document["interrupted"] is True
    [result] = document["scenarios"][0]["results"]
    assert len(result["rounds"]) == 3


def links(pid: int) -> list[str]:
    """Return what the descriptors of a process are."""
    try:
        return [os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:
        return []


# ------------------------------------------------------------------ its processes


def test_load_process(start: Start) -> None:
    server = start("uvnet.bench.serve", "asyncio", "--tcp")
    assert server.stdout is not None
    said = json.loads(server.stdout.readline())
    assert said["pid"] == server.pid
    address = "{}:{}".format(*said["address"])
    result = json.loads(run("uvnet.bench.load", address, "--messages", "100").stdout)
    assert result["messages"] == 100

    load = start("uvnet.bench.load", "--requests")
    assert load.stdin is not None and load.stdout is not None
    for messages in (10, 20):
        request = {"address": said["address"], "messages": messages}
        load.stdin.write(json.dumps(request) + "\n")
        load.stdin.flush()
        assert json.loads(load.stdout.readline())["messages"] == messages
    load.stdin.close()
    assert load.wait(TIMEOUT) == 0


def test_load_process_reports_faults() -> None:
    done = run("uvnet.bench.load", "127.0.0.1:1", "--messages", "1")
    assert done.returncode == 1
    assert json.loads(done.stdout)["kind"] == "connect"
    assert run("uvnet.bench.load", "nonsense", "--messages", "1").returncode == 2
    assert run("uvnet.bench.load", "127.0.0.1:1").returncode == 2


@pytest.mark.parametrize("subject", ["ceiling", "net-data", "node-data", "handles", "asyncio"])
def test_server_ends_with_its_stdin(start: Start, subject: str) -> None:
    server = start("uvnet.bench.serve", subject, "--tcp")
    assert server.stdin is not None and server.stdout is not None
    said = json.loads(server.stdout.readline())
    if "missing" in said:
        pytest.skip(said["missing"])
    server.stdin.close()
    assert server.wait(TIMEOUT) != 0


@pytest.mark.parametrize("subject", ["ceiling", *OURS, "asyncio", *STREAMS])
@pytest.mark.parametrize("unix", [False, True])
def test_server_ends_after_one_run(start: Start, tmp_path: Path, subject: str, unix: bool) -> None:
    where = ["--unix", str(tmp_path / "echo.sock")] if unix else ["--tcp"]
    server = start("uvnet.bench.serve", subject, *where, "--once", str(300 * 1024))
    assert server.stdout is not None
    address = json.loads(server.stdout.readline())["address"]
    _load.run(address if unix else tuple(address), messages=300)
    assert server.wait(TIMEOUT) == 0
    assert server.stderr is not None
    assert server.stderr.read() == ""


@pytest.mark.parametrize("subject", ["aio-udp", "aio-tls", "asyncio-udp", "asyncio-tls"])
def test_server_of_another_carrier(start: Start, tmp_path: Path, subject: str) -> None:
    server = start("uvnet.bench.serve", subject, "--tcp", "--once", str(300 * 1024))
    assert server.stdout is not None
    said = json.loads(server.stdout.readline())
    if "missing" in said:
        pytest.skip(said["missing"])
    carrier = subject.rpartition("-")[2]
    assert said["transport"] == carrier
    result = answer({"address": said["address"], "carrier": carrier, "messages": 300})
    assert result["messages"] == 300
    assert server.wait(TIMEOUT) == 0
    done = run("uvnet.bench.serve", subject, "--unix", str(tmp_path / "echo.sock"))
    assert done.returncode == 3
    assert json.loads(done.stdout)["missing"] == "on 127.0.0.1 only"

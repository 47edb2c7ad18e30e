"""The command line, run as its user runs it."""

from __future__ import annotations

import contextlib
import json
import os
import pty
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
from uvnet.bench import _load, report
from uvnet.bench.load import answer
from uvnet.bench.shapes import SHAPES

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
        (("bench", "--transports", "udp"), "no transport 'udp'"),
        (("bench", "--rounds", "0"), "must be above 0, got 0"),
        (("bench", "--face", "asyncio", "--shapes", "round"), "no shape 'round'"),
        (("bench", "--face", "asyncio", "--loops", "trio"), "no loop 'trio'; there are uvnet"),
        (("bench", "--shapes", "protocol"), "--shapes and --loops are of --face asyncio"),
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

TINY = ("--rounds", "2", "--seconds", "0.05", "--connections", "4")


def test_bench() -> None:
    subjects = ("ceiling", "net-data", "node-data", "handles-buffer")
    done = run("uvnet", "bench", "--json", *TINY, "--subjects", ",".join(subjects))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert document["format"] == 1
    assert document["versions"]["uvnet"] == uvnet.__version__
    assert document["parameters"]["connections"] == 4
    results = {(r["subject"], r["transport"]): r for r in document["results"]}
    assert len(results) == 2 * len(subjects)
    no_node = document["versions"]["node"] is None
    for (subject, _), result in results.items():
        if subject == "node-data" and no_node:
            assert "UVNET_NODE" in result["missing"]
            continue
        assert len(result["rounds"]) == 2
        assert all(each["messages"] > 0 for each in result["rounds"])
        assert result["rate"] > 0
        assert 0 < result["p50_us"] <= result["p99_us"]
        assert result["ratio"] == 1 if subject == "ceiling" else result["ratio"] > 0
        assert (result["node_ratio"] is None) == (subject != "net-data" or no_node)


def test_node_that_is_not_there(tmp_path: Path) -> None:
    command = ("bench", *TINY, "--json", "--subjects", "node-pipe", "--transports", "tcp")
    done = run("uvnet", *command, UVNET_NODE=str(tmp_path / "node"))
    assert done.returncode == 0, done.stderr
    [result] = json.loads(done.stdout)["results"]
    assert result["missing"] == f"UVNET_NODE is '{tmp_path}/node', which is not a program"


def test_bench_table_with_a_missing_and_a_failing_subject(tmp_path: Path) -> None:
    (tmp_path / "uvloop.py").write_text("raise ImportError('not on this machine')")
    (tmp_path / "rloop.py").write_text("def new_event_loop(): raise RuntimeError('it is broken')")
    command = ("bench", *TINY, "--subjects", "asyncio,uvloop,rloop", "--transports", "unix")
    done = run("uvnet", *command, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1, done.stderr
    rows = [line.split(maxsplit=2) for line in done.stdout.splitlines()]
    found = {row[0]: row[2] for row in rows if len(row) == 3 and row[1] == "unix"}
    assert found["uvloop"] == "missing: not on this machine"
    assert found["rloop"].startswith("failed: ")
    assert found["rloop"].endswith("RuntimeError: it is broken")
    assert found["asyncio"].split()[0].replace(",", "").isdecimal()


def test_bench_of_the_asyncio_face(tmp_path: Path) -> None:
    """Every shape; what stands for uvloop is asyncio's loop, so that it is there."""
    (tmp_path / "uvloop.py").write_text("from asyncio import SelectorEventLoop as new_event_loop")
    command = ("bench", "--face", "asyncio", "--loops", "uvnet,uvloop", *TINY, "--json")
    done = run("uvnet", *command, PYTHONPATH=os.pathsep.join([str(tmp_path), *sys.path]))
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(done.stdout)
    results = {result["subject"]: result for result in document["results"]}
    ours = {f"aio-{shape}" for shape in SHAPES}
    assert ours <= set(results)
    assert {"uvloop", "uvloop-split", "uvloop-udp"} <= set(results) - ours
    assert "uvloop-native" not in results
    for subject, result in results.items():
        if subject.endswith("-tls") and "missing" in result:
            assert "openssl" in result["missing"]
            continue
        assert result["rate"] > 0
        assert result["uvloop_ratio"] == 1 if subject not in ours else result["uvloop_ratio"] > 0
        low, high = result["uvloop_ratio_range"]
        assert low <= result["uvloop_ratio"] <= high
        assert result["cpu_user_us"] + result["cpu_system_us"] >= 0
        assert (result["goal"] is None) == (
            subject not in ours or SHAPES[subject.removeprefix("aio-")].goal is None
        )
        assert result["transport"] == {"aio-udp": "udp", "aio-tls": "tls"}.get(
            subject, subject.removeprefix("uvloop-") if subject[-3:] in ("udp", "tls") else "tcp"
        )
    text = report.render(document)
    assert "x uvloop" in text and "goal" in text and "x Node" not in text


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_bench_leaves_no_child(start: Start, how: signal.Signals) -> None:
    command = ("--subjects", "handles,asyncio", "--transports", "tcp", "--seconds", "20")
    bench = start("uvnet", "bench", *command)
    pids = until(lambda: len(found := children(bench.pid)) == 3 and found)
    # Not before the servers listen: the load has begun when one of them has a connection.
    until(lambda: any("socket" in link for pid in pids for link in links(pid)))
    bench.send_signal(how)
    output, errors = bench.communicate(timeout=TIMEOUT)
    assert bench.returncode == (130 if how == signal.SIGINT else -9)
    assert (output, errors) == ("", "")
    for pid in pids:
        until(lambda pid=pid: is_gone(pid))


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

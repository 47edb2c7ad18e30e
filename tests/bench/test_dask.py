"""The load of a dask cluster: divided, made by its workers, and merged again."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from uvnet._version import __version__
from uvnet.bench import dask_load
from uvnet.bench.dask_load import DaskError, DaskLoad, divide, merge, shares
from uvnet.bench.process import Child

Serve = Callable[..., Any]
PATIENCE = 60


@pytest.fixture
def program() -> list[str]:
    pytest.importorskip("distributed")
    return [sys.executable, str(Path(__file__).with_name("dask_program.py"))]


class Cluster:
    """Two worker processes, and a DaskLoad on them in a process of its own."""

    def __init__(self, program: list[str]) -> None:
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen([*program, "serve"], text=True, **streams)  # type: ignore[call-overload]
        self.about = self.answer()

    def answer(self) -> dict[str, Any]:
        line = self.process.stdout.readline()
        assert line, self.process.communicate(timeout=PATIENCE)[1]
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self, address: Any, **request: Any) -> dict[str, Any]:
        self.process.stdin.write(json.dumps({"address": address, **request}) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self) -> dict[str, Any]:
        self.process.stdin.close()
        said = self.answer()
        assert self.process.wait(PATIENCE) == 0
        return said


@pytest.fixture
def cluster(program: list[str]) -> Iterator[Cluster]:
    made = Cluster(program)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.wait()
    for stream in (made.process.stdin, made.process.stdout, made.process.stderr):
        stream.close()


def test_a_cluster_makes_load(cluster: Cluster, serve: Serve, deaf: Any) -> None:
    """In one test, since the cluster takes seconds to start."""
    workers = cluster.about["workers"]
    assert len(workers) == 2
    assert cluster.about["host"] == "127.0.0.1"

    # What was counted is whole, on a server that is pinned and real.
    with Child("uvnet.bench.serve", ["net-pipe", "--tcp"]) as server:
        address = server.receive(PATIENCE)["address"]
        answer = cluster.ask(address, connections=5, messages=301, warmup=11, size=100)
        timed = cluster.ask(address, connections=2, seconds=0.1)
    assert (answer["messages"], answer["messages_total"]) == (301, 312)
    assert answer["bytes"] == 30100
    assert sum(count for _, count in answer["histogram"]) == 301
    assert 0 < answer["latency"]["p50"] <= answer["latency"]["max"]
    assert answer["cpu_seconds"] > 0
    assert timed["seconds"] >= 0.1

    # It has all that one generator answers.
    seen: set[int] = set()
    address = serve(lambda offset, data: seen.add(offset) or data)
    with Child("uvnet.bench.load", ["--requests"]) as child:
        child.send({"address": address, "connections": 2, "messages": 20})
        alone = child.receive(PATIENCE)
    spread = cluster.ask(address, connections=2, messages=20)
    assert set(spread) == set(alone)
    assert set(spread["latency"]) == set(alone["latency"])

    # An error of one is the answer, and the next request is as good as the first.
    answer = cluster.ask(serve(lambda offset, data: None), connections=2, messages=20)
    assert answer["kind"] == "closed", answer
    assert answer["error"].startswith("the dask worker tcp://127.0.0.1:")
    assert cluster.ask(address, connections=2, messages=20)["messages"] == 20

    # The command line makes a document with it.
    said = bench(cluster.about["scheduler"])
    assert said.returncode == 0, said.stdout + said.stderr
    [scenario] = json.loads(said.stdout)["scenarios"]
    assert [result["subject"] for result in scenario["results"]] == ["ceiling", "net-data"]
    assert all(result["value"] > 0 for result in scenario["results"])

    # The last one is not answered in time; the generators go all the same.
    late = cluster.ask(deaf, connections=1, messages=1, deadline=1.0, timeout=0.1)
    assert late["raised"] == f"the dask worker {workers[0]}: no answer within 0.1 s"
    assert cluster.end() == {"before": 2, "after": 0}


def bench(scheduler: str) -> subprocess.CompletedProcess[str]:
    options = ("--scenarios", "echo-1k", "--subjects", "ceiling,net-data", "--rounds", "1")
    return subprocess.run(
        [sys.executable, "-m", "uvnet", "bench", *options, "--seconds", "0.1", "--json"]
        + ["--dask", scheduler],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_servers_listen_where_they_are_told_to() -> None:
    subjects = ["ceiling", "net-data", "handles", "node-data", "aio-protocol", "aio-native"]
    subjects += ["aio-sock", "aio-udp", "aio-uvicorn", "aio-aiohttp"]
    with contextlib.ExitStack() as stack:
        servers = [
            stack.enter_context(
                Child("uvnet.bench.serve", [subject, "--tcp", "--host", "127.0.0.2"])
            )
            for subject in subjects
        ]
        for subject, server in zip(subjects, servers, strict=True):
            said = server.receive(PATIENCE)
            assert "missing" in said or said["address"][0] == "127.0.0.2", subject
            assert "missing" not in said or subject.startswith(("node", "aio-uvi", "aio-aioh"))


def test_clusters_that_cannot_make_load(program: list[str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*program, "faults", str(tmp_path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    gone = said["gone"]
    assert said["unreachable"].startswith(f"no dask scheduler answers at {gone!r}: ")
    assert said["nonsense"].startswith("no dask scheduler answers at 'nonsense': ")
    assert said["empty"].endswith(" has no workers")
    for case, reason in {
        "older": "has uvnet 0.0.1",
        "none": "cannot import uvnet (no uvnet on this worker)",
    }.items():
        assert said[case].startswith("the dask worker tcp://127.0.0.1:"), said[case]
        assert said[case].endswith(f" {reason}; install {__version__} there, as it is here")


def test_without_distributed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(DaskError, match="`pip install distributed`"):
        DaskLoad("tcp://127.0.0.1:8786")


# ---------------------------------------------------------------- dividing and merging


def test_parts_differ_by_one_at_most() -> None:
    assert divide(10, 4) == [3, 3, 2, 2]
    assert divide(2, 4) == [1, 1, 0, 0]
    assert divide(0, 2) == [0, 0]


def test_a_request_is_divided_and_nothing_is_lost() -> None:
    request = {"address": ["192.0.2.7", 80], "connections": 7, "rate": 700.0, "messages": 100}
    parts = shares({**request, "warmup": 5, "seconds": 0.5, "size": 64}, 3)
    assert [part["connections"] for part in parts] == [3, 2, 2]
    assert [part["messages"] for part in parts] == [34, 33, 33]
    assert [part["warmup"] for part in parts] == [2, 2, 1]
    assert sum(part["rate"] for part in parts) == pytest.approx(700)
    assert parts[0]["rate"] == pytest.approx(300)  # as many of its connections as elsewhere
    assert all((part["seconds"], part["size"]) == (0.5, 64) for part in parts)


def test_no_worker_is_without_a_connection_or_a_message() -> None:
    assert len(shares({"address": "x", "connections": 2, "seconds": 1.0}, 5)) == 2
    assert len(shares({"address": "x", "connections": 9, "messages": 3}, 5)) == 3
    assert sum(part["connections"] for part in shares({"address": "x", "messages": 3}, 5)) == 16


def test_answers_are_merged() -> None:
    fast = {
        "messages": 300,
        "latency": {"max": 1.9},
        "bytes": 3000,
        "messages_total": 310,
        "rate_offered": 2.0,
    }
    slow = {
        "messages": 100,
        "latency": {"max": 8.9},
        "bytes": 1000,
        "messages_total": 101,
        "rate_offered": 1.0,
    }
    merged = merge(
        [
            {**fast, "seconds": 1.0, "cpu_seconds": 0.9, "histogram": [[1000, 200], [2000, 100]]},
            {**slow, "seconds": 2.0, "cpu_seconds": 1.0, "histogram": [[2000, 50], [9000, 50]]},
        ]
    )
    assert (merged["messages"], merged["bytes"], merged["messages_total"]) == (400, 4000, 411)
    assert merged["rate_offered"] == 3.0
    assert merged["seconds"] == 2.0
    assert merged["cpu_seconds"] == pytest.approx(1.8)  # busy 0.9 of its time, as the busier was
    assert [list(bin) for bin in merged["histogram"]] == [[1000, 200], [2000, 150], [9000, 50]]
    assert merged["latency"]["max"] == 8.9
    assert merged["latency"]["p50"] in (1.0, 2.0)


@pytest.mark.parametrize(
    ("addresses", "loopback"),
    [
        (["tcp://127.0.0.1:8786", "tcp://127.0.0.1:40001"], True),
        (["tcp://[::1]:8786"], True),
        (["127.0.0.1:8786", "tcp://192.0.2.7:40001"], False),
    ],
)
def test_servers_listen_where_the_workers_can_reach(addresses: list[str], loopback: bool) -> None:
    try:
        host = dask_load.reachable_host(addresses)
    except OSError as error:
        pytest.skip(f"no network but the loopback: {error}")
    assert (host == "127.0.0.1") == loopback
    if not loopback:
        with socket.create_server((host, 0)):  # an address of this machine
            pass

"""Node's net benchmarks: each runs, all bytes arrive, and what is no parameter is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from uvnet.bench import node, node_net, turns
from uvnet.bench.process import Child

SECONDS = 0.05
needs_node = pytest.mark.skipif(node.version() is None, reason="Node is not installed")
SUBJECTS = ["uvnet", pytest.param("node", marks=needs_node)]

# Beyond the usual ones: strings, and every way to read.
RUNS: list[tuple[str, dict[str, Any]]] = [
    ("tcp_raw_c2s", {"len": 100_001, "type": "utf"}),
    ("tcp_raw_pipe", {"len": 3_000_000, "type": "asc"}),
    ("net_s2c", {"sendchunklen": 256, "type": "asc", "recvbuflen": 0, "recvbufgenfn": "false"}),
    ("net_s2c", {"sendchunklen": 9999, "type": "buf", "recvbuflen": 777, "recvbufgenfn": "true"}),
    ("net_pipe", {"len": 5001, "type": "utf"}),
    ("net_c2s_cork", {"len": 1024, "type": "utf"}),
]


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize(("name", "config"), RUNS)
def test_all_that_is_sent_arrives(name: str, config: dict[str, Any], subject: str) -> None:
    arguments = [name, subject, json.dumps(node_net.checked(name, config))]
    with Child("uvnet.bench.transfer", arguments) as child:
        assert child.receive(30)["version"]
        child.send({"seconds": SECONDS})
        answer = child.receive(30)
        child.send({"seconds": 0.01})  # and again in the same process
        again = child.receive(30)
    size = config.get("len") or config["sendchunklen"]
    written = size // 2 * 2 if config["type"] == "utf" else size
    for each in (answer, again):
        assert 0 < each["received"] == each["sent"]
        assert each["sent"] % written == 0
        assert 0 <= each["bytes"] <= each["received"]
        assert each["messages"] == pytest.approx(each["bytes"] / written)
    assert SECONDS * 0.9 < answer["seconds"] < 10


@pytest.mark.parametrize("name", node_net.SCENARIOS)
def test_measure(name: str) -> None:
    said: list[str] = []
    entry = node_net.measure(name, None, 2, SECONDS, None, said.append)
    assert (entry["name"], entry["unit"], entry["better"]) == (name, "Gbit/s", "more")
    assert entry["parameters"] == {**node_net.BENCHMARKS[name].usual, "dur": SECONDS}
    assert entry["base"] == "node"
    uvnet, other = entry["results"]
    ways = 2 if name.endswith("pipe") else 1
    for result in (uvnet, other):
        if result is other and node.version() is None:
            assert "UVNET_NODE" in result["missing"]
            continue
        assert "failed" not in result, result
        assert len(result["rounds"]) == 2
        for each in result["rounds"]:
            assert each["sent"] == each["received"] >= each["bytes"]
            assert each["value"] == pytest.approx(
                each["bytes"] * 8 * ways / 2**30 / each["seconds"]
            )
    assert (uvnet["ratio"] is None) == (node.version() is None)
    assert f"{name}: round 2/2: uvnet" in said


class Liar:
    """A subject's process that has lost a byte."""

    def send(self, request: dict[str, Any]) -> None:
        assert request == {"seconds": 1}

    def receive(self, timeout: float) -> dict[str, Any]:
        return {"seconds": 1.0, "bytes": 8, "sent": 9, "received": 8}


def test_a_byte_that_does_not_arrive_is_a_failure() -> None:
    liar: Any = Liar()
    subject = turns.Subject("liar", lambda: liar, lambda answer: 1.0)
    assert subject.turn({"seconds": 1}, 1) is None
    assert subject.why == {"failed": "of 9 bytes 8 arrived"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["net_c2c"], "no benchmark 'net_c2c'; there are tcp_raw_c2s, "),
        (["size=5"], "no parameter 'size'; there are dur, len, recvbufgenfn"),
        (["net_c2s", "recvbuflen=0"], "net_c2s has no parameter 'recvbuflen'"),
        (["len=0"], "len must be a number of bytes from 1, got '0'"),
        (["len=many"], "len must be a number of bytes from 1, got 'many'"),
        (["len="], "len must be a number of bytes from 1, got ''"),
        (["net_s2c", "recvbuflen=-1"], "recvbuflen must be a number of bytes from 0, got '-1'"),
        (["type=ucs2"], "type must be one of utf, asc, buf, got 'ucs2'"),
        (["dur=0"], "dur must be a number of seconds from 0.01 to 3600, got '0'"),
        (["dur=nan"], "dur must be a number of seconds from 0.01 to 3600, got 'nan'"),
        (["net_s2c", "recvbufgenfn=yes"], "recvbufgenfn must be true or false, got 'yes'"),
    ],
)
def test_bad_words_are_refused(words: list[str], message: str) -> None:
    with pytest.raises(ValueError) as refusal:
        node_net.parse(words)
    assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"type": "buf"}, "net_c2s needs 'len'"),
        ({"len": 5, "type": "buf", "size": 5}, "net_c2s has no parameter 'size'"),
        ({"len": 1, "type": "utf"}, "type=utf needs a len of at least 2"),
    ],
)
def test_bad_configurations_are_refused(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        node_net.measure("net_c2s", ["uvnet"], 1, SECONDS, config=config)


def test_configurations() -> None:
    names, given = node_net.parse(["net-c2s", "type=utf", "type=buf", "len=64"])
    assert names == ["net_c2s"]
    assert node_net.configurations("net_c2s", given) == [
        {"len": 64, "type": "utf"},
        {"len": 64, "type": "buf"},
    ]
    assert node_net.parse([]) == (list(node_net.BENCHMARKS), {})
    for name, benchmark in node_net.BENCHMARKS.items():
        assert node_net.configurations(name, {}) == [benchmark.usual]
        assert node_net.checked(name, benchmark.usual) == benchmark.usual
    # Node's own lists: 4 lengths, 3 types, 3 buffers, each generated or not.
    assert len(node_net.configurations("net_s2c", {}, every=True)) == 4 * 3 * 3 * 2
    assert len(node_net.configurations("net_c2s_cork", {}, every=True)) == 8


def command(*words: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "uvnet.bench.node_net", *words]
    return subprocess.run(line, capture_output=True, text=True, timeout=60)


def test_command() -> None:
    words = ("net_c2s", "len=1024", "type=buf", "type=asc", "dur=0.05")
    done = command(*words, "--rounds", "1", "--subjects", "uvnet", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["format"] == 2
    assert [entry["name"] for entry in document["scenarios"]] == [
        "net_c2s len=1024 type=buf dur=0.05",
        "net_c2s len=1024 type=asc dur=0.05",
    ]
    assert "len=1024" in document["command"]
    done = command("net_c2s", "len=1k")
    assert done.returncode == 2
    assert "len must be a number of bytes from 1, got '1k'" in done.stderr

"""What is measured without a load: every scenario runs, and what it measures is really done."""

from __future__ import annotations

import importlib.util
import ipaddress
import json
import subprocess
import sys
from typing import Any

import pytest

import uvnet
from uvnet.bench import in_process, micro, node, stats, turns

SECONDS = 0.02
HAS_NODE = node.version() is not None


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def results(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {result["subject"]: result for result in entry["results"]}


def check_figure(entry: dict[str, Any], result: dict[str, Any], rounds: int) -> None:
    """A subject that was measured has all that the document promises of it."""
    assert result["version"]
    assert len(result["rounds"]) == rounds
    values = [each["value"] for each in result["rounds"]]
    assert min(values) <= result["value"] <= max(values)
    assert result["value"] > 0 and result["spread"] >= 0
    for each in result["rounds"]:
        assert each["messages"] > 0 and each["seconds"] > 0
        assert each["user"] + each["system"] >= 0
    if result["subject"] == entry["base"]:
        assert result["ratio"] == {"median": 1, "low": 1, "high": 1}


@pytest.mark.parametrize("name", [n for n in micro.SCENARIOS if n in in_process.ON_LOOPS])
def test_loops(name: str) -> None:
    said: list[str] = []
    entry = micro.measure(name, ["uvnet", "asyncio"], 2, SECONDS, "asyncio", said.append)
    assert entry["name"] == name and entry["unit"] == "ns" and entry["better"] == "less"
    assert entry["base"] == "asyncio"
    found = results(entry)
    assert set(found) == {"uvnet", "asyncio"}
    for result in found.values():
        check_figure(entry, result, 2)
    assert found["uvnet"]["version"] == uvnet.__version__
    assert found["uvnet"]["ratio"]["low"] <= found["uvnet"]["ratio"]["median"]
    assert found["uvnet"]["goal"] is None  # it is against uvloop, which did not take part
    assert f"{name}: round 2/2: asyncio" in said and said[-1] == ""


def test_a_goal_says_what_was_reached() -> None:
    """Against the goal's rival, which need not be the base."""
    pytest.importorskip("uvloop")
    entry = micro.measure("call_soon", ["uvnet", "uvloop", "asyncio"], 2, SECONDS, "asyncio")
    goal, ours = results(entry)["uvnet"]["goal"], results(entry)["uvnet"]["rounds"]
    pairs = zip(results(entry)["uvloop"]["rounds"], ours, strict=True)
    assert goal["against"] == "uvloop" and goal["passed"] is (goal["found"] >= goal["at_least"])
    assert goal["found"] == stats.median([them["value"] / us["value"] for them, us in pairs])


def test_a_ratio_above_1_is_better() -> None:
    """By an order of magnitude, so that no other work of the machine can turn it round."""
    entry = micro.measure("call_soon_threadsafe", ["uvnet", "asyncio"], 3, SECONDS, "asyncio")
    found = results(entry)
    assert found["uvnet"]["value"] < found["asyncio"]["value"]
    assert found["uvnet"]["ratio"]["median"] > 1


@pytest.mark.parametrize("name", [n for n in micro.SCENARIOS if n not in in_process.ON_LOOPS])
def test_beside_node(name: str) -> None:
    entry = micro.measure(name, None, 1, SECONDS)
    for subject, result in results(entry).items():
        if subject == "node" and not HAS_NODE:
            assert "UVNET_NODE" in result["missing"]
            continue
        assert "failed" not in result, result
        check_figure(entry, result, 1)


def test_loops_that_are_not_installed_are_missing() -> None:
    entry = micro.measure("call_soon", None, 1, SECONDS)
    assert set(results(entry)) == set(micro.LOOPS)
    for loop, result in results(entry).items():
        if importlib.util.find_spec(loop) is None:
            assert result["missing"] == f"No module named {loop!r}"
            assert "value" not in result
        else:
            check_figure(entry, result, 1)


@pytest.mark.parametrize("name", in_process.BLOCK_LISTS)
def test_block_list_answers_are_right(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What every subject must answer is what the standard library says."""
    monkeypatch.setattr(in_process, "RULES", 5000)
    family, prefix, _ = in_process.BLOCK_LISTS[name]
    rules, questions = in_process.addresses(family)
    assert len(set(rules)) == in_process.RULES and len(questions) == in_process.QUESTIONS
    bits = 128 if family == "ipv6" else 32

    def network(text: str) -> int:
        return int(ipaddress.ip_address(text)) >> (bits - (prefix or bits))

    blocked = {network(rule) for rule in rules}
    expected = [network(text) in blocked for text in questions]
    assert expected[::2] == [True] * (in_process.QUESTIONS // 2)
    assert False in expected
    said, run = in_process.block_list(name, "uvnet")
    assert said["proof"] == expected[: in_process.PROOF]
    assert run({"seconds": 0.001})["messages"] >= in_process.QUESTIONS


def test_a_subject_that_answers_otherwise_fails() -> None:
    process: Any = None
    subjects = [turns.Subject(f"number {n}", lambda: process, len) for n in (1, 1, 2)]
    for subject, proof in zip(subjects, (1, 1, 2), strict=True):
        subject.proof = proof
    turns.disagree(subjects)
    assert [subject.why for subject in subjects] == [
        {},
        {},
        {"failed": "it does 2 where number 1 does 1"},
    ]


def test_importing_uvnet_leaves_asyncio_alone() -> None:
    """asyncio is measured in a process that has uvnet imported, as its harness is in there."""
    script = (
        "import asyncio, asyncio.events, asyncio.base_events, asyncio.selector_events\n"
        "modules = [asyncio, asyncio.events, asyncio.base_events, asyncio.selector_events]\n"
        "classes = [asyncio.BaseEventLoop, asyncio.SelectorEventLoop, asyncio.Handle]\n"
        "before = [dict(vars(each)) for each in modules + classes]\n"
        "import uvnet.bench.in_process\n"
        "after = [dict(vars(each)) for each in modules + classes]\n"
        "for old, new in zip(before, after):\n"
        "    assert all(new[name] is value for name, value in old.items())\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_commands() -> None:
    options = ("--rounds", "1", "--seconds", "0.01", "--subjects", "uvnet")
    done = run("uvnet.bench.scheduling", *options, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    assert document["format"] == 2
    assert document["versions"]["uvnet"] == uvnet.__version__
    assert "uvnet.bench.scheduling --rounds 1" in document["command"]
    names = [entry["name"] for entry in document["scenarios"]]
    assert names[0] == "call_soon" and len(names) == 4
    done = run("uvnet.bench.micro", "emit", *options)
    assert done.returncode == 0, done.stderr
    assert "EventEmitter.emit" in done.stdout and "uvnet" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nonesuch",), "no scenario 'nonesuch'; there are call_soon, "),
        (("emit", "--subjects", "uvloop"), "no subject 'uvloop'; there are uvnet, call, node"),
        (("emit", "--rounds", "0"), "rounds and seconds must be above 0, got 0 and 0.2"),
        (("emit", "--seconds", "-1"), "rounds and seconds must be above 0, got 7 and -1"),
    ],
)
def test_misuse(arguments: tuple[str, ...], message: str) -> None:
    done = run("uvnet.bench.micro", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_a_base_that_is_no_subject() -> None:
    with pytest.raises(ValueError, match="emit has no subject 'uvloop'"):
        micro.measure("emit", ["uvnet"], 1, SECONDS, "uvloop")

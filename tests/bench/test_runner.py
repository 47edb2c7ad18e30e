"""Runs of the benchmark, tiny but real."""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from uvnet.bench import (
    contender,
    html,
    markdown,
    outcome,
    presets,
    report,
    runner,
    scaling,
    stats,
    syscalls,
)
from uvnet.bench.contender import Contender, Load, in_turn, load_process
from uvnet.bench.process import ChildError
from uvnet.bench.runner import Entry, Plan
from uvnet.bench.scenarios import Goal, Scenario, registry
from uvnet.bench.subjects import SUBJECTS

ROUNDS, SECONDS = 2, 0.05


def plan(name: str, *subjects: str, base: str | None = None, **fields: Any) -> Plan:
    scenario = replace(registry()[name], **fields)
    return Plan((Entry(scenario, subjects, base),), ROUNDS, SECONDS)


def results(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    [scenario] = document["scenarios"]
    return {result["subject"]: result for result in scenario["results"]}


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose modules the servers import first."""
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    monkeypatch.setenv("PYTHONPATH", path)
    return tmp_path


# ------------------------------------------------------------------------------ rounds


def test_a_run() -> None:
    goals = {"handles": Goal(0.001, "ceiling"), "asyncio": Goal(1000.0, "ceiling")}
    wanted = plan("echo-1k", "ceiling", "handles", "asyncio", base="ceiling", goals=goals)
    document = runner.run(wanted, command="python -m uvnet bench --rounds 2")
    assert document["format"] == 2
    assert document["command"] == "python -m uvnet bench --rounds 2"
    assert document["plan"]["rounds"] == ROUNDS
    assert "interrupted" not in document
    [scenario] = document["scenarios"]
    assert scenario["base"] == "ceiling"
    assert scenario["parameters"] == {
        "kind": "echo",
        "service": "echo",
        "transport": "tcp",
        "size": 1024,
        "connections": 16,
        "depth": 1,
        "rate": 0.0,
    }
    for subject, result in results(document).items():
        values = [each["value"] for each in result["rounds"]]
        assert len(values) == ROUNDS and min(values) > 0
        assert result["value"] == stats.median(values)
        assert result["spread"] == stats.spread(values)
        for each in result["rounds"]:
            assert each["value"] == pytest.approx(each["messages"] / each["seconds"])
        latency = [result["latency_us"][key] for key in ("p50", "p90", "p99", "p99_9", "max")]
        assert latency == sorted(latency) and latency[0] > 0
        assert sum(n for _, n in result["histogram"]) == sum(
            each["messages"] for each in result["rounds"]
        )
        assert result["memory"] > 1 << 20
        assert result["load_busy"] > 0 and result["server_busy"] >= 0
        assert result["version"] and result["label"]
        ratio = result["ratio"]
        if subject == "ceiling":
            assert ratio == {"median": 1, "low": 1, "high": 1}
        else:
            assert 0 < ratio["low"] <= ratio["median"] <= ratio["high"]
    found = results(document)
    assert found["ceiling"]["goal"] is None
    assert found["handles"]["goal"]["passed"] is True
    assert found["asyncio"]["goal"] == {
        "against": "ceiling",
        "at_least": 1000.0,
        "found": found["asyncio"]["ratio"]["median"],
        "passed": False,
    }
    assert not outcome.failed(document)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("echo-64-pipelined", "handles"),
        ("echo-unix", "ceiling"),
        ("line", "aio-streams"),
        ("udp", "asyncio-udp"),
        ("tls", "asyncio-tls"),
        ("bulk-send", "asyncio"),
        ("bulk-receive", "asyncio"),
        ("churn", "ceiling"),
        ("storm", "ceiling"),
        ("http-uvicorn", "asyncio-uvicorn"),
    ],
)
def test_each_kind(name: str, subject: str) -> None:
    [result] = results(runner.run(replace(plan(name, subject), rounds=1))).values()
    if subject in ("asyncio-tls", "asyncio-uvicorn") and "missing" in result:
        pytest.skip(result["missing"])
    assert result["value"] > 0, result
    assert (result["latency_us"] is None) == (name == "bulk-send")


def test_the_missing_and_the_failing_do_not_stop_the_others(modules: Path) -> None:
    (modules / "uvloop.py").write_text("raise ImportError('not on this machine')")
    (modules / "rloop.py").write_text(
        "import asyncio, os\n"
        "def new_event_loop():\n"
        "    loop = asyncio.SelectorEventLoop()\n"
        "    loop.call_later(0.02, os._exit, 7)\n"
        "    return loop\n"
    )
    goals = {"uvloop": Goal(2.0, "rloop"), "asyncio": Goal(0.5, "uvloop")}
    wanted = plan("echo-1k", "rloop", "uvloop", "asyncio", base="uvloop", goals=goals)
    document = runner.run(wanted)
    found = results(document)
    assert found["uvloop"]["missing"] == "not on this machine"
    assert found["uvloop"]["goal"]["passed"] is None
    assert "exit status 7" in found["rloop"]["failed"]
    assert found["asyncio"]["value"] > 0
    assert found["asyncio"]["ratio"] is None
    assert found["asyncio"]["goal"]["passed"] is None
    assert not outcome.failed(document)  # they are rivals


def test_a_rival_that_hangs_fails_and_no_more(
    modules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (modules / "rloop.py").write_text(
        "import asyncio, time\n"
        "def new_event_loop():\n"
        "    loop = asyncio.SelectorEventLoop()\n"
        "    loop.call_later(0.02, time.sleep, 600)\n"
        "    return loop\n"
    )
    monkeypatch.setattr(contender, "RUN_TIMEOUT", 0.5)
    document = runner.run(plan("churn", "rloop", "handles"))
    found = results(document)
    assert "deadline of " in found["rloop"]["failed"] and found["rloop"]["rounds"] == []
    assert found["handles"]["value"] > 0
    assert list(outcome.faults(document)) == []
    for text in (report.render(document), markdown.render(document), html.render(document, {})):
        assert "failed: " in text and "deadline of " in text


def test_a_failure_of_ours_counts(modules: Path) -> None:
    (modules / "uvicorn.py").write_text("raise RuntimeError('it is broken')")
    (modules / "httptools.py").write_text("")
    wanted = plan("http-uvicorn", "asyncio-uvicorn", "aio-uvicorn")
    document = runner.run(wanted)
    assert all("failed" in result for result in results(document).values())
    [fault] = outcome.faults(document)
    assert fault.startswith("http-uvicorn, aio-uvicorn: failed: ")


def test_a_goal_that_uvnet_misses_counts_where_it_is_asked_for() -> None:
    goals = {name: Goal(1000.0, "ceiling") for name in ("handles", "asyncio")}
    wanted = plan("echo-1k", "ceiling", "handles", "asyncio", base="ceiling", goals=goals)
    document = runner.run(wanted)
    assert list(outcome.faults(document)) == []
    [fault] = outcome.faults(document, missed=True)
    assert fault.startswith("echo-1k, handles: reached ") and "1000 x ceiling" in fault


def test_a_server_that_does_not_start(modules: Path) -> None:
    (modules / "rloop.py").write_text("def new_event_loop(): raise RuntimeError('it is broken')")
    found = results(runner.run(plan("echo-1k", "rloop", "ceiling")))
    assert found["rloop"]["failed"].endswith("RuntimeError: it is broken")
    assert found["ceiling"]["value"] > 0


def test_a_load_that_dies_is_replaced() -> None:
    made: list[Any] = []

    def make() -> Load:
        made.append(load_process())
        if len(made) == 1:
            os.kill(made[0].pid, signal.SIGKILL)
        return made[-1]

    found = results(runner.run(plan("echo-1k", "ceiling", "handles"), make_load=make))
    assert len(made) == 2
    states = Counter("failed" in result for result in found.values())
    assert states == {True: 1, False: 1}
    [failed] = [result["failed"] for result in found.values() if "failed" in result]
    assert failed.startswith("the load: ")


def test_a_load_that_dies_counts_whoever_was_loaded() -> None:
    def make() -> Load:
        load = load_process()
        os.kill(load.pid, signal.SIGKILL)
        return load

    document = runner.run(plan("echo-1k", "asyncio"), make_load=make)
    [result] = results(document).values()
    assert result["load_failed"] is True and result["failed"].startswith("the load: ")
    [fault] = outcome.faults(document)
    assert fault.startswith("echo-1k, asyncio: failed: the load: ")


def test_a_load_without_descriptors_counts() -> None:
    document = runner.run(plan("echo-1k", "asyncio", connections=10**6))
    [result] = results(document).values()
    assert result["load_failed"] is True, result


def test_a_load_that_cannot_be_replaced() -> None:
    """Such as a cluster that has ended: nobody waits for it again and again."""
    made: list[Any] = []

    def make() -> Load:
        if made:
            made.append(None)
            raise ChildError("no scheduler answers")
        made.append(load_process())
        os.kill(made[0].pid, signal.SIGKILL)
        return made[0]

    found = results(runner.run(plan("echo-1k", "ceiling", "handles", "splice"), make_load=make))
    reasons = sorted(result["failed"] for result in found.values())
    assert len(made) == 2
    assert reasons[0] == reasons[1] == "the load: no scheduler answers"
    assert "ended with exit status -9" in reasons[2]


class Interrupt(runner.Silent):
    """Presses Ctrl-C when it is told of something."""

    def __init__(self, when: str) -> None:
        self.when = when

    def step(self, done: float, total: float, text: str) -> None:
        assert 0 <= done <= total
        if self.when in text:
            raise KeyboardInterrupt


def test_ctrl_c_keeps_what_there_is() -> None:
    one, other = plan("echo-1k", "ceiling"), plan("echo-64", "ceiling", "handles", "asyncio")
    wanted = replace(one, entries=one.entries + other.entries)
    document = runner.run(wanted, Interrupt("echo-64, round 1/2: asyncio"))
    assert document["interrupted"] is True
    first, second = document["scenarios"]
    assert len(first["results"][0]["rounds"]) == ROUNDS
    states = {r["subject"]: len(r["rounds"]) for r in second["results"]}
    assert states == {"ceiling": 1, "handles": 1, "asyncio": 0}
    assert "was ended" in second["results"][2]["failed"]

    document = runner.run(wanted, Interrupt("echo-64: starting"))
    assert [scenario["name"] for scenario in document["scenarios"]] == ["echo-1k"]


def test_a_measurement_that_is_too_short_is_made_again() -> None:
    wanted = replace(plan("bulk-receive", "asyncio", size=8 << 20), rounds=1, seconds=0.002)
    [result] = results(runner.run(wanted)).values()
    assert result["value"] > 0, result


def test_subjects_take_turns() -> None:
    scenario = registry()["echo-1k"]
    contenders = [Contender(name, scenario) for name in ("a", "b", "c")]
    orders = ["".join(c.subject for c in in_turn(contenders, turn)) for turn in range(-1, 3)]
    assert orders == ["cab", "abc", "bca", "cab"]


# ------------------------------------------------------------------------- with points


def test_scaling() -> None:
    goals = {"ceiling": Goal(at_most=0.25, about="loss")}
    wanted = plan("scaling", "ceiling", "handles", base="handles", points=(1, 8, 40), goals=goals)
    document = runner.run(wanted)
    found = results(document)
    for subject, result in found.items():
        points = result["points"]
        assert [point["connections"] for point in points] == [1, 8, 40]
        assert result["value"] == max(point["value"] for point in points)
        for point in points:
            assert point["value"] > 0 and point["latency_us"]["p50"] > 0
            assert (point["ratio"]["median"] == 1) == (subject == "handles")
    goal, values = found["ceiling"]["goal"], [p["value"] for p in found["ceiling"]["points"]]
    assert goal["found"] == pytest.approx(1 - values[-1] / max(values))
    assert goal["passed"] is (goal["found"] <= 0.25)


def test_scaling_leaves_out_what_the_system_forbids() -> None:
    points, why = scaling.affordable((1, 10, 10**9))
    assert points == [1, 10]
    assert "1000000100 descriptors are needed" in why
    document = runner.run(plan("scaling", "ceiling", points=(1, 10**9)))
    [scenario] = document["scenarios"]
    [result] = scenario["results"]
    assert [point["connections"] for point in result["points"]] == [1]
    assert "descriptors are needed" in scenario["remark"]
    assert scenario["remark"] in report.render(document)


def test_latency_at_parts_of_the_peak() -> None:
    goals = {"ceiling": Goal(at_most=4.0, about="p99 over p50 at 80 % load")}
    document = runner.run(plan("load-latency", "ceiling", points=(0.2, 0.8), goals=goals))
    [result] = results(document).values()
    peak = result["value"]
    assert peak > 0
    assert [point["load"] for point in result["points"]] == [0.2, 0.8]
    low, high = result["points"]
    assert 0 < low["rate"] < high["rate"]
    assert low["value"] < peak
    assert result["goal"]["found"] >= 1
    assert result["goal"]["passed"] is (result["goal"]["found"] <= 4.0)


def test_idle() -> None:
    goals = {"ceiling": Goal(at_most=10**6), "asyncio": Goal(at_most=1)}
    wanted = plan("idle", "ceiling", "asyncio", base="asyncio", connections=200, goals=goals)
    document = runner.run(wanted)
    [scenario] = document["scenarios"]
    assert scenario["parameters"] == {"transport": "tcp", "connections": 200}
    found = results(document)
    assert 0 <= found["ceiling"]["value"] < found["asyncio"]["value"] < 100_000
    assert found["ceiling"]["goal"]["passed"] and not found["asyncio"]["goal"]["passed"]
    assert found["asyncio"]["ratio"]["median"] == 1
    assert found["asyncio"]["cpu_us"] is None and found["asyncio"]["latency_us"] is None


def test_idle_over_tls_has_fewer_rounds_and_says_so() -> None:
    wanted = plan("idle", "asyncio", "asyncio-tls", base="asyncio", connections=20)
    document = runner.run(replace(wanted, rounds=7))
    found = results(document)
    if "missing" in found["asyncio-tls"]:
        pytest.skip(found["asyncio-tls"]["missing"])
    counts = {subject: len(result["rounds"]) for subject, result in found.items()}
    assert counts == {"asyncio": 7, "asyncio-tls": 3}
    [scenario] = document["scenarios"]
    assert scenario["remark"] == "asyncio-tls has 3 rounds: 20 handshakes take long."
    assert scenario["remark"] in report.render(document)


# --------------------------------------------------------------------------- counting


def test_counts_of_system_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    short = functools.partial(syscalls.per_message, few=200, many=1200)
    monkeypatch.setattr(syscalls, "per_message", short)
    document = runner.run(replace(plan("echo-1k", "ceiling"), syscalls=True))
    [result] = results(document).values()
    if result["syscalls"] is None:
        pytest.skip("strace may not trace here")
    assert 2 <= result["syscalls"]["total"] < 3
    assert result["syscalls"]["total"] == sum(result["syscalls"]["calls"].values())


def test_a_tool_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(ChildError, match="valgrind is not installed"):
        runner.run(replace(plan("echo-1k", "ceiling"), instructions=True))


# --------------------------------------------------------------------------- the registry

NAMES = (
    "echo-64 echo-1k echo-10k echo-100k echo-1k-c1 echo-1k-c256 echo-1k-pipelined "
    "echo-64-pipelined echo-unix split line buffered streams sock udp tls bulk-send bulk-receive "
    "churn storm http-uvicorn http-aiohttp scaling load-latency idle call_soon call_later_cancel "
    "call_soon_threadsafe call_soon_threadsafe-other-thread task-ping-pong getaddrinfo block_list "
    "emit tcp_raw_c2s tcp_raw_s2c tcp_raw_pipe net_c2s net_s2c net_pipe net_c2s_cork"
)


def served() -> Iterator[Scenario]:
    for scenario in registry().values():
        if scenario.method not in ("micro", "node-net"):
            yield scenario


def test_registry() -> None:
    assert set(registry()) >= set(NAMES.split())
    for name, scenario in registry().items():
        assert scenario.name == name
        assert scenario.tells.endswith(".") and scenario.cannot_tell.endswith(".")
        assert scenario.base in scenario.subjects
        assert len(set(scenario.subjects)) == len(scenario.subjects)
        for subject, goal in scenario.goals.items():
            assert subject in scenario.subjects
            assert goal.against is None or goal.against in scenario.subjects
            assert (goal.at_least is None) == (goal.against is None) != (goal.at_most is None)


@pytest.mark.parametrize("name", [scenario.name for scenario in served()])
def test_subjects_of_a_scenario(name: str) -> None:
    scenario = registry()[name]
    for subject in scenario.subjects:
        assert scenario.service in SUBJECTS[subject].services, subject
        if scenario.method != "idle":
            assert SUBJECTS[subject].carrier == scenario.carrier, subject


def test_time() -> None:
    everything = Plan(presets.choose(registry()))
    assert everything.rounds >= 7
    assert everything.estimate() < 20 * 60
    quick = presets.choose(registry(), quick=True)
    assert {entry.scenario.name for entry in quick} == set(presets.QUICK)
    assert Plan(quick, presets.QUICK_ROUNDS, presets.QUICK_SECONDS).estimate() < 60


def test_choosing() -> None:
    def chosen(*scenarios: str, **options: Any) -> dict[str, tuple[str | None, tuple[str, ...]]]:
        entries = presets.choose(registry(), scenarios, **options)
        return {entry.scenario.name: (entry.base, entry.subjects) for entry in entries}

    assert set(chosen()) == set(registry())
    base, subjects = chosen("echo-1k", face="asyncio")["echo-1k"]
    assert base == "uvloop" and {"aio-protocol", "asyncio"} <= set(subjects)
    assert not {"ceiling", "net-data", "node-data"} & set(subjects)
    base, subjects = chosen("echo-1k", face="net")["echo-1k"]
    assert base == "ceiling" and {"net-data", "node-data"} <= set(subjects)
    assert "aio-protocol" not in subjects
    assert "split" not in chosen(face="net") and "net_c2s" not in chosen(face="asyncio")
    # Whoever takes part by itself, or is asked for by name.
    found = chosen(subjects=("aio-protocol", "uvloop"), base="uvloop")
    assert "split" not in found and found["echo-64"] == ("uvloop", ("aio-protocol", "uvloop"))
    assert chosen("echo-64", subjects=("net-async",)) == {"echo-64": (None, ("net-async",))}
    assert chosen("call_soon", subjects=("net-async",)) == {}
    assert chosen("echo-1k", base="node-data")["echo-1k"][0] == "node-data"
    assert chosen("split", base="node-data")["split"][0] == "uvloop-split"

"""Node is the oracle of random programs of two sockets, too."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from uvnet._core import current_loop, fast_paths

from .generate import generate
from .play import play
from .playing import (
    HERE,
    Program,
    Trace,
    comparable,
    describe,
    difference,
    node_player,
    our_player,
    play_all,
    shrink,
    stable,
)

RECORDED = [json.loads(line) for line in (HERE / "recorded.jsonl").read_text().splitlines()]
MODES = {"fast": "", "plain": ",".join(f"-{path}" for path in fast_paths())}
NODE = os.environ.get("UVNET_NODE")
SEEDS = range(2000) if os.environ.get("UVNET_CONFORMANCE") == "all" else range(100)
BATCH = 100  # programs


def differences(expected: list[tuple[Program, Trace]], switches: str = "") -> list[str]:
    """Return what differs, of each program that does so every time, be the machine busy or not."""
    ours = our_player(switches)
    found = []
    for (program, theirs), mine in zip(expected, ours([p for p, _ in expected]), strict=True):
        text = difference(mine, theirs)
        if text and all(difference(again, theirs) for again in ours([program] * 3)):
            found.append(f"seed {program['seed']}\n{describe(program)}\n{text}")
    return found


@pytest.mark.parametrize("switches", MODES.values(), ids=MODES.keys())
def test_recorded_programs(switches: str) -> None:
    found = differences(RECORDED, switches)
    assert not found, f"{len(found)} of {len(RECORDED)} differ, such as:\n{found[0]}"


@pytest.mark.skipif(bool(os.environ.get("UVNET_FAST")), reason="fast paths are switched off")
def test_the_fast_paths_are_taken() -> None:
    before = current_loop().counters()
    traces: list[Trace] = []
    play([program for program, _ in RECORDED[:50]], traces.append)
    after = current_loop().counters()
    assert len(traces) == 50
    for name in ("flow_reads", "direct_writes", "splice_reads", "chunks_recycled"):
        assert after[name] > before[name], name


def test_the_recorded_programs_are_these() -> None:
    for program, _ in RECORDED:
        assert program == generate(program["seed"])


def test_a_difference_is_found() -> None:
    program, trace = RECORDED[0]
    changed: dict[str, Any] = {**trace, "C": [*trace["C"][:-1], "@ more"]}
    assert not difference(trace, trace)
    assert "more" in difference(changed, trace)
    assert difference({**trace, "S9": ["end"]}, trace)
    [found] = differences([(program, changed)])
    assert "more" in found


def test_ticks_behind_an_uncaught_exception_may_be_late() -> None:
    trace = {"C": ["a", "b", "@", "c", "d", "@"]}
    late = {"C": ["b", "a", "@", "c", "d", "@"]}
    assert difference(late, trace)
    assert comparable({**late, "-": ["uncaught"]}) == comparable({**trace, "-": ["uncaught"]})


def test_shrinking() -> None:
    def differ(programs: list[Program]) -> list[bool]:
        calls = [[call for step in program["steps"] for call in step] for program in programs]
        return [["C", "end"] in some and ["C", "pause"] in some for some in calls]

    steps = [[["C", "x"], ["C", "end"]], [["S", "y"]], [["C", "pause"], ["C", "z"]], [["S", "z"]]]
    program = generate(1) | {"steps": steps}
    found = shrink(program, differ)
    assert found["steps"] == [[["C", "end"]], [["C", "pause"]]]
    assert found["hooks"] == [] and found["client"] == found["server"] == {"watch": []}


if NODE is not None:

    @pytest.mark.parametrize("start", range(SEEDS.start, SEEDS.stop, BATCH))
    def test_node(start: int) -> None:
        assert NODE is not None
        programs = [generate(seed) for seed in range(start, start + BATCH)]
        node = node_player(NODE)
        runs = play_all([node, node, node_player(NODE, jitter=True)], programs)
        pairs = zip(programs, map(stable, zip(*runs, strict=True)), strict=True)
        expected = [(program, theirs) for program, theirs in pairs if theirs is not None]
        assert len(expected) >= 0.95 * BATCH, "Node differs from itself too often"
        found = differences(expected)
        assert not found, f"{len(found)} of {len(expected)} differ, such as:\n{found[0]}"

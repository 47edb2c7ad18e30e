"""Node is the oracle of random programs, too."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .generate import generate
from .play import play

HERE = Path(__file__).resolve().parent
NODE = os.environ.get("UVNET_NODE")
FRESH = 1000  # programs that are played in Node and here, each time


def differences(programs: list[Any], ours: list[Any], nodes: list[Any]) -> Iterator[str]:
    """Yield each program with what we did and what Node did, where that is not the same."""
    for program, our, node in zip(programs, ours, nodes, strict=True):
        if our != node:
            calls = "\n".join(map(str, program["streams"] + program["steps"]))
            pairs = zip([*our, None], [*node, None], strict=False)
            first = next(i for i, pair in enumerate(pairs) if pair[0] != pair[1])
            yield (
                f"{calls}\nthe same:\n  "
                + "\n  ".join(our[:first])
                + "\nours:\n  "
                + "\n  ".join(our[first : first + 8])
                + "\nNode's:\n  "
                + "\n  ".join(node[first : first + 8])
            )


def test_recorded_programs() -> None:
    programs = json.loads((HERE / "programs.json").read_text())
    nodes = json.loads((HERE / "traces.json").read_text())
    found = list(differences(programs, play(programs), nodes))
    assert not found, f"{len(found)} of {len(programs)} differ, such as:\n{found[0]}"


def test_the_recorded_programs_are_these() -> None:
    assert json.loads((HERE / "programs.json").read_text()) == generate(150)


def test_a_difference_is_found() -> None:
    programs = generate(1)
    [trace] = play(programs)
    assert not list(differences(programs, [trace], [trace]))
    assert list(differences(programs, [trace], [[*trace, "more"]]))
    assert list(differences(programs, [trace[:-1]], [trace]))


if NODE is not None:

    def test_fresh_programs(tmp_path: Path) -> None:
        assert NODE is not None
        seed = random.randrange(10**9)
        programs = generate(FRESH, seed)
        (tmp_path / "programs.json").write_text(json.dumps(programs))
        command = [NODE, HERE / "play.js", tmp_path / "programs.json", tmp_path / "traces.json"]
        subprocess.run(command, check=True, timeout=60)
        nodes = json.loads((tmp_path / "traces.json").read_text())
        found = list(differences(programs, play(programs), nodes))
        assert not found, f"seed {seed}: {len(found)} differ, such as:\n{found[0]}"

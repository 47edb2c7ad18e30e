"""Compare random programs with Node itself: python differ.py --seeds 0:2000 --node PATH.

Each program runs in Node three times, once with other timing; where Node differs from itself it is
skipped. What differs here is played again, and if it still does it is printed, shrunk.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable

from generate import generate
from playing import (
    HERE,
    Play,
    Program,
    Trace,
    describe,
    difference,
    node_player,
    our_player,
    play_all,
    shrink,
    stable,
)

BATCH = 100  # programs

Both = Callable[[list[Program]], list[tuple[Trace | None, Trace]]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="0:2000", help="FIRST:END")
    parser.add_argument("--node", default=os.environ.get("UVNET_NODE", "node"))
    parser.add_argument("--fast", default="", help="fast paths to switch off, as UVNET_FAST")
    parser.add_argument("--stop", type=int, default=10, help="after so many differences")
    parser.add_argument("--no-shrink", action="store_true")
    parser.add_argument("--record", action="store_true", help="write recorded.jsonl; no comparison")
    options = parser.parse_args()
    first, end = map(int, options.seeds.split(":"))
    node = node_player(options.node)
    nodes = [node, node, node_player(options.node, jitter=True)]
    if options.record:
        return record(nodes, range(first, end))
    ours = our_player(options.fast)

    def both(programs: list[Program]) -> list[tuple[Trace | None, Trace]]:
        """Return what Node did, None if it did not do it every time, and what we did."""
        *runs, our = play_all([*nodes, ours], programs)
        return [(stable(theirs), mine) for *theirs, mine in zip(*runs, our, strict=True)]

    def differ(programs: list[Program]) -> list[bool]:
        return [
            theirs is not None and difference(mine, theirs) != "" for theirs, mine in both(programs)
        ]

    played = skipped = unstable = 0
    differing: list[int] = []
    for start in range(first, end, BATCH):
        seeds = range(start, min(start + BATCH, end))
        programs = [generate(seed) for seed in seeds]
        suspects = []
        for program, (theirs, mine) in zip(programs, both(programs), strict=True):
            played += 1
            skipped += theirs is None
            if theirs is not None and difference(mine, theirs):
                suspects.append(program)
        for program in suspects:  # alone, and with less going on
            [(theirs, mine)] = both([program])
            if theirs is None:
                skipped += 1
            elif not difference(mine, theirs):
                unstable += 1
                print(f"seed {program['seed']} differed once")
            else:
                differing.append(program["seed"])
                report(program if options.no_shrink else shrink(program, differ), both)
        print(
            f"{played} played, {skipped} skipped,",
            f"{len(differing)} differ, {unstable} differed once",
            flush=True,
        )
        if len(differing) >= options.stop:
            break
    if differing:
        print("differ:", *differing)
    return bool(differing or unstable or skipped > 0.05 * played)


def report(program: Program, both: Both) -> None:
    [(theirs, mine)] = both([program])
    print(f"--- seed {program['seed']}\n{describe(program)}")
    print(difference(mine, theirs) if theirs is not None else "(Node differs from itself)")
    print("---", flush=True)


def record(nodes: list[Play], seeds: range) -> int:
    """Write programs, and what Node did if it did so every time."""
    programs = [generate(seed) for seed in seeds]
    with open(HERE / "recorded.jsonl", "w") as file:
        for program, *traces in zip(programs, *play_all(nodes, programs), strict=True):
            trace = stable(traces)
            if trace is None:
                print(f"seed {program['seed']} is not stable")
            else:
                file.write(json.dumps([program, trace], separators=(",", ":")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

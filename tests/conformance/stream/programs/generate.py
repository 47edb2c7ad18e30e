"""Make programs at random: python generate.py COUNT FILE [SEED]."""

from __future__ import annotations

import json
import random
import sys
from typing import Any

KINDS = ["r", "w", "rw", "rww", "rtw", "t", "d", "rdw", "dw", "tww", "rtt"]
Spec = dict[str, Any]


class Program:
    """Streams, and steps of calls that are valid for them.

    A stream is written to either by calls or by one pipe, and pushed to either by calls or by its
    own read().
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        objects = self.random.random() < 0.15
        kinds = self.random.choice(KINDS)
        self.streams = [self.stream(kind, index, objects) for index, kind in enumerate(kinds)]
        self.objects = objects
        self.ended: set[int] = set()  # by end(), or by push(None)
        self.fed: set[int] = set()  # by a pipe
        self.written: set[int] = set()  # by calls
        self.piped: set[int] = set()
        self.steps = [
            [self.call() for _ in range(self.random.randint(1, 5))]
            for _ in range(self.random.randint(2, 6))
        ]

    def stream(self, kind: str, index: int, objects: bool) -> Spec:
        choice = self.random.choice
        spec: Spec = {
            "kind": kind,
            "name": f"{kind}{index}",
            "mark": choice([0, 1, 2, 3, 4, 8, 64]),
            "objects": objects,
            "construct": choice([None] * 6 + ["immediate", "tick"]),
            "auto_destroy": self.random.random() < 0.9,
        }
        if kind in "rd":
            spec["read"] = choice(["none", "sync", "immediate", "tick", "many"])
            spec["total"] = self.random.randint(0, 5)
        if kind in "wd":
            spec["write"] = choice(["sync", "immediate", "tick"])
            spec["writev"] = self.random.random() < 0.3
            spec["final"] = choice([None, "sync", "immediate", "tick"])
        if kind == "t":
            spec["write"] = choice(["sync", "immediate", "tick", "double"])
            spec["flush"] = self.random.random() < 0.4
        if kind == "d":
            spec["half_open"] = self.random.random() < 0.7
        return spec

    def call(self) -> list[Any]:
        index = self.random.randrange(len(self.streams))
        spec = self.streams[index]
        calls: list[list[Any]] = [["state", index]]
        if spec["kind"] in "rtd":
            calls += self.reads(index, spec)
        if spec["kind"] in "wtd" and spec.get("half_open", True):
            calls += self.writes(index)
        call = self.random.choice(calls)
        if call[0] == "pipe":
            self.fed.add(call[2])
            self.piped.add(index)
        elif call[0] in ("write", "end"):
            self.written.add(index)
        if call[0] == "end" or call[0] == "push" and call[2] is None:
            self.ended.add(index)
        return call

    def reads(self, index: int, spec: Spec) -> list[list[Any]]:
        choice = self.random.choice
        calls: list[list[Any]] = [["data", index]] * 3 + [["readable", index]] * 2
        calls += [["off_data", index], ["off_readable", index]]
        calls += [["pause", index], ["resume", index]] * 2
        calls += [["read", index, choice([None, None, 0, 1, 2, 3, 5])]] * 2
        if spec.get("read") == "none" and index not in self.ended:
            calls += [["push", index, choice(["a", "bc", "def", "", "ghijk"])]] * 4
            calls += [["push", index, None], ["unshift", index, choice(["U", "UVW"])]]
        if not self.objects and self.random.random() < 0.2:
            calls.append(["encoding", index, choice(["utf8", "hex", "base64"])])
        for other in range(index + 1, len(self.streams)):
            there = self.streams[other]
            calls.append(["unpipe", index, other])
            # Once. When one of several destinations is detached, Node resumes a paused source.
            if (
                index not in self.piped
                and there["kind"] in "wtd"
                and there.get("half_open", True)
                and other not in self.fed | self.written | self.ended
            ):
                calls += [["pipe", index, other, self.random.random() < 0.8]] * 3
        return calls

    def writes(self, index: int) -> list[list[Any]]:
        calls: list[list[Any]] = [["cork", index], ["uncork", index], ["uncork", index]]
        if index not in self.fed | self.ended:
            text = self.random.choice(["A", "BC", "DEF", "", "GHIJK"])
            calls += [["write", index, text, self.random.random() < 0.6]] * 4
            last = self.random.choice([None, "Z"])
            calls.append(["end", index, last, self.random.random() < 0.5])
        return calls

    def plain(self) -> dict[str, Any]:
        return {"seed": self.seed, "streams": self.streams, "steps": self.steps}


def generate(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Return so many programs; the same for the same seed."""
    return [Program(seed + i).plain() for i in range(count)]


if __name__ == "__main__":
    programs = generate(int(sys.argv[1]), *map(int, sys.argv[3:]))
    with open(sys.argv[2], "w") as file:
        file.write("[\n" + ",\n".join(map(json.dumps, programs)) + "\n]\n")

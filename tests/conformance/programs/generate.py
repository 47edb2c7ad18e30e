"""Two-ended programs at random: generate(seed) is the same program for the same seed.

A program is a transport, options of the server and of the client, hooks and steps. A call is
[end, name, argument...]; C is the client, S the socket that was accepted last, srv the server. The
calls of a step are made in one turn of the loop, and then everything settles. A hook,
[end, event, n, calls], makes its calls inside the nth such event. What is avoided, and why, is said
here where it is known beforehand, and else in the guards of the players; README.md lists it all.
"""

from __future__ import annotations

import json
import random
import sys
from typing import Any

Call = list[Any]
Program = dict[str, Any]

SIZES = [0, 1, 2, 10, 100, 1000, 5000, 16383, 16384, 16385, 40000, 65536, 65537, 100000, 300000]
SMALL = [0, 1, 2, 3, 10, 100, 1000, 5000]
MARKS = [0, 1, 100, 1000, 16384, 65536, 200000]
KINDS = ["bytes"] * 8 + ["bytearray", "ascii", "latin1", "utf8", "wide", "hex", "base64", "utf16le"]
ENCODINGS = ["utf8", "latin1", "hex", "base64", "ascii", "utf16le"]
TIMES = [30, 45, 60]  # milliseconds; what settles takes less, unless a timeout is waited for
BUDGET = 700_000  # bytes that a program writes at most
EVENTS = ["connect", "ready", "end", "prefinish", "finish", "timeout", "error", "pipe"]
REMOVABLE = ["data", "data", "readable", "reads", "reads", "error", "pause", "drain", "end"]


class Generator:
    """What a program is made of, chosen with one source of randomness."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.seed = seed
        self.left = BUDGET
        self.tcp = self.chance(0.55)
        self.timeouts = self.chance(0.15)
        self.piped: str | None = None  # the end that pipes to itself: two would never stop
        self.bulk = self.chance(0.4)
        self.callbacks = 0

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def program(self) -> Program:
        choice = self.random.choice
        server: dict[str, Any] = {"watch": self.watched()}
        client: dict[str, Any] = {"watch": self.watched()}
        for options in (server, client):
            if self.chance(0.35):
                options["allow_half_open"] = True
            if self.chance(0.3):
                options["high_water_mark"] = choice(MARKS)
            if self.timeouts or self.chance(0.5):
                options["no_delay"] = True  # Nagle's algorithm waits, and a timeout would be near
            if self.chance(0.55):
                options["data"] = True
            elif self.chance(0.5):
                options[choice(["readable", "reads", "reads"])] = True
        if self.chance(0.15):
            server["pause_on_connect"] = True
        if self.chance(0.1):
            sizes, stops = [1, 10, 1000, 65536], [0, 0, 1, 3]  # when it answers false; 0: never
            client["onread"] = [choice(sizes), self.chance(0.5), choice(stops)]
        if self.chance(0.1):
            client["signal"] = True
        self.client, self.server = client, server
        steps = [[["C", "connect"], *self.calls(self.random.choice([0, 0, 0, 1, 2, 3]), "C")]]
        if self.chance(0.25):
            steps += self.echo()
        steps += [
            self.calls(choice([1, 1, 1, 2, 2, 3, 4])) for _ in range(self.random.randint(2, 8))
        ]
        if self.chance(0.35):
            steps.append([["C", "end"]] if self.chance(0.5) else [["S", "end"]])
            steps.append([["C", "connect"]])
            steps += [self.calls(choice([1, 1, 2, 3])) for _ in range(self.random.randint(1, 5))]
        return {
            "seed": self.seed,
            "transport": "tcp" if self.tcp else "unix",
            "server": server,
            "client": client,
            "hooks": [self.hook() for _ in range(choice([0, 1, 1, 2, 3, 4]))],
            "steps": steps,
        }

    def watched(self) -> list[str]:
        """The events that an end listens to from the start."""
        if self.chance(0.6):
            return [*EVENTS, "drain", "pause", "resume"]
        return list(EVENTS)  # whoever listens to those three can tell a splice from a pipe

    def echo(self) -> list[list[Call]]:
        """Have one end pipe to itself, with nobody who could tell a splice from that."""
        end = self.piped = self.piped or self.random.choice("CS")
        other = "S" if end == "C" else "C"
        options = self.client if end == "C" else self.server
        for name in ("data", "readable", "reads", "onread", "pause_on_connect"):
            options.pop(name, None)
        options["watch"] = list(EVENTS)
        writes = [[self._write(other)] for _ in range(self.random.randint(2, 3))]
        return [[[end, "pipe", self.chance(0.7)]], *writes]

    def hook(self) -> list[Any]:
        end = self.random.choice("CS")
        events = ["data"] * 4 + ["end", "end", "drain", "finish", "close", "written", "written"]
        events += ["error", "prefinish", "readable", "reads", "reads", "pause", "resume"]
        if "onread" in self.client and end == "C":
            events += ["onread"] * 4
        events += ["connect", "ready"] if end == "C" else ["connection"] * 2
        if self.timeouts:
            events += ["timeout", "timeout"]
        event = self.random.choice(events)
        n = self.random.choice([1, 1, 1, 1, 2, 3])
        count = self.random.choice([1, 1, 2, 3])
        # The other end's calls would fall between any two of the chunks that are under way.
        either = self.chance(0.25) and not self.bulk
        return [end, event, n, self.calls(count, None if either else end)]

    def calls(self, count: int, end: str | None = None) -> list[Call]:
        return [self.call(end or self.random.choice("CS")) for _ in range(count)]

    def call(self, end: str) -> Call:
        if self.chance(0.03):
            return ["srv", self.random.choice(["close", "listen", "get_connections"])]
        names = ["write"] * 14 + ["end"] * 3 + ["pause"] * 3 + ["resume"] * 4 + ["read"] * 3
        names += ["cork", "uncork", "uncork", "destroy", "destroy_soon", "reset_and_destroy"]
        names += ["on"] * 4 + ["off"] * 3 + ["once", "unshift", "set_keep_alive", "set_no_delay"]
        names += ["ref", "unref", "pipe", "unpipe"]
        if self.chance(0.3):
            names += ["set_encoding"]
        if end == "C":
            names += ["connect"] * 3 + ["abort"] * ("signal" in self.client)
        if self.timeouts:
            names += ["set_timeout"] * 5
        name = self.random.choice(names)
        with_arguments = getattr(self, f"_{name}", None)
        return [end, name] if with_arguments is None else with_arguments(end)

    def payload(self) -> list[Any]:
        size = self.random.choice(SIZES if self.bulk else SMALL)
        size = min(size, self.left)
        self.left -= size
        return [self.random.choice(KINDS), size]

    def callback(self) -> int | None:
        """The number of a callback, or None for none."""
        if self.chance(0.6):
            return None
        self.callbacks += 1
        return self.callbacks

    def _write(self, end: str) -> Call:
        return [end, "write", *self.payload(), self.callback()]

    def _end(self, end: str) -> Call:
        payload = self.payload() if self.chance(0.4) else [None, 0]
        return [end, "end", *payload, self.callback()]

    def _read(self, end: str) -> Call:
        return [end, "read", self.random.choice([None, None, 0, 1, 3, 100, 5000, 100000])]

    def _destroy(self, end: str) -> Call:
        return [end, "destroy", self.chance(0.4)]

    def _on(self, end: str) -> Call:
        return [end, "on", self.random.choice(REMOVABLE)]

    def _off(self, end: str) -> Call:
        return [end, "off", self.random.choice(REMOVABLE)]

    def _once(self, end: str) -> Call:
        return [end, "once", self.random.choice(["data", "readable", "end", "close", "drain"])]

    def _unshift(self, end: str) -> Call:
        return [end, "unshift", self.random.choice([1, 10, 100])]

    def _set_keep_alive(self, end: str) -> Call:
        return [end, "set_keep_alive", self.chance(0.5), self.random.choice([0, 1000, 5000])]

    def _set_no_delay(self, end: str) -> Call:
        return [end, "set_no_delay", True if self.timeouts else self.chance(0.5)]

    def _set_timeout(self, end: str) -> Call:
        return [end, "set_timeout", self.random.choice([*TIMES, 0]), self.chance(0.2)]

    def _set_encoding(self, end: str) -> Call:
        return [end, "set_encoding", self.random.choice(ENCODINGS)]

    def _pipe(self, end: str) -> Call:
        if self.piped not in (None, end):
            return self._write(end)
        self.piped = end
        return [end, "pipe", self.chance(0.7)]

    def _unpipe(self, end: str) -> Call:
        return [end, "unpipe"] if self.piped == end else self._pipe(end)


def generate(seed: int) -> Program:
    """Return the program of a seed."""
    return Generator(seed).program()


if __name__ == "__main__":
    print(json.dumps(generate(int(sys.argv[1])), indent=1))

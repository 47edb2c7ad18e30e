"""Play programs here: python play.py PROGRAMS TRACES. play.js does the same in Node."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import uvnet
from uvnet import stream

EVENTS = ("end", "prefinish", "finish", "drain", "pause", "resume", "pipe", "unpipe", "close")
READS = (
    "readable_length",
    "readable_flowing",
    "readable",
    "readable_ended",
    "readable_high_water_mark",
    "readable_did_read",
    "readable_aborted",
    "readable_encoding",
)
WRITES = (
    "writable_length",
    "writable",
    "writable_need_drain",
    "writable_ended",
    "writable_finished",
    "writable_corked",
)
CLASSES: dict[str, Any] = {
    "r": stream.Readable,
    "w": stream.Writable,
    "t": stream.Transform,
    "d": stream.Duplex,
}

Trace = Callable[..., None]


def _format(value: object) -> str:
    if isinstance(value, BaseException):
        return getattr(value, "code", None) or str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("latin1")
    return str(value)


def later(when: str, callback: Callable[[], object]) -> None:
    if when == "sync":
        callback()
    elif when == "tick":
        uvnet.next_tick(callback)
    else:
        uvnet.set_immediate(callback)


def make(spec: dict[str, Any], t: Trace) -> Any:
    name, left = spec["name"], spec.get("total", 0)

    def give(s: Any) -> None:
        nonlocal left
        left -= 1
        if left >= 0:
            t(f"{name}._push", s.push(f"r{left}"))
        elif left == -1:
            s.push(None)

    def construct(s: Any, callback: Any) -> None:
        later(spec["construct"], lambda: (t(f"{name}._construct"), callback()))

    def read(s: Any, size: int) -> None:
        t(f"{name}._read", size)
        if spec["read"] == "many":
            give(s)
            if left > 0:
                give(s)
        elif spec["read"] != "none":
            later(spec["read"], lambda: give(s))

    def write(s: Any, chunk: Any, encoding: str, callback: Any) -> None:
        t(f"{name}._write", chunk)
        later(spec["write"], callback)

    def writev(s: Any, chunks: Any, callback: Any) -> None:
        t(f"{name}._writev", "|".join(_format(each.chunk) for each in chunks))
        later(spec["write"], callback)

    def final(s: Any, callback: Any) -> None:
        t(f"{name}._final")
        later(spec["final"], callback)

    def transform(s: Any, chunk: Any, encoding: str, callback: Any) -> None:
        t(f"{name}._transform", chunk)
        if spec["write"] == "double":
            s.push(chunk)
        when = "sync" if spec["write"] == "double" else spec["write"]
        later(when, lambda: callback(None, chunk))

    def flush(s: Any, callback: Any) -> None:
        t(f"{name}._flush")
        callback(None, "F")

    options: dict[str, Any] = {
        "high_water_mark": spec["mark"],
        "object_mode": spec["objects"],
        "auto_destroy": spec["auto_destroy"],
    }
    if spec["construct"]:
        options["construct"] = construct
    if "read" in spec:
        options["read"] = read
    if spec["kind"] in "wd":
        options["write"] = write
        if spec["writev"]:
            options["writev"] = writev
        if spec["final"]:
            options["final"] = final
    if spec["kind"] == "t":
        options["transform"] = transform
        if spec["flush"]:
            options["flush"] = flush
    if spec["kind"] == "d":
        options["allow_half_open"] = spec["half_open"]
    s = CLASSES[spec["kind"]](**options).set_max_listeners(0)
    for event in EVENTS:
        s.on(event, lambda *args, event=event: t(f"{name}.{event}"))
    s.on("error", lambda error: t(f"{name}.error", error))
    s.on_data = lambda chunk: t(f"{name}.data", chunk)
    s.on_readable = lambda: t(f"{name}.readable", s.readable_length)
    return s


class Player:
    """One program."""

    def __init__(self, program: dict[str, Any], done: Callable[[list[str]], object]) -> None:
        self.lines: list[str] = []
        self.steps = program["steps"]
        self.specs = program["streams"]
        self.streams = [make(spec, self.t) for spec in self.specs]
        self.done = done
        uvnet.set_immediate(self.step, 0)

    def t(self, line: str, *values: object) -> None:
        self.lines.append(" ".join([line, *map(_format, values)]))

    def step(self, index: int) -> None:
        if index == len(self.steps):
            self.wait(12, self.finish)
            return
        for call, target, *args in self.steps[index]:
            name = self.specs[target]["name"]
            answer = getattr(self, call)(self.streams[target], name, *args)
            self.t(f"-{call} {name}", answer)
        self.wait(index % 3 * 2 + 1, lambda: self.step(index + 1))

    def wait(self, turns: int, callback: Callable[[], object]) -> None:
        if turns == 0:
            callback()
        else:
            uvnet.set_immediate(self.wait, turns - 1, callback)

    def finish(self) -> None:
        for s, spec in zip(self.streams, self.specs, strict=True):
            self.state(s, spec["name"])
        self.done(self.lines)

    def data(self, s: Any, name: str) -> None:
        s.on("data", s.on_data)

    def off_data(self, s: Any, name: str) -> None:
        s.off("data", s.on_data)

    def readable(self, s: Any, name: str) -> None:
        s.on("readable", s.on_readable)

    def off_readable(self, s: Any, name: str) -> None:
        s.off("readable", s.on_readable)

    def pause(self, s: Any, name: str) -> None:
        s.pause()

    def resume(self, s: Any, name: str) -> None:
        s.resume()

    def read(self, s: Any, name: str, size: int | None) -> Any:
        return s.read(size)

    def push(self, s: Any, name: str, chunk: Any) -> Any:
        return s.push(chunk)

    def unshift(self, s: Any, name: str, chunk: Any) -> Any:
        return s.unshift(chunk)

    def encoding(self, s: Any, name: str, encoding: str) -> None:
        s.set_encoding(encoding)

    def pipe(self, s: Any, name: str, other: int, end: bool) -> None:
        s.pipe(self.streams[other], end=end)

    def unpipe(self, s: Any, name: str, other: int) -> None:
        s.unpipe(self.streams[other])

    def cork(self, s: Any, name: str) -> None:
        s.cork()

    def uncork(self, s: Any, name: str) -> None:
        s.uncork()

    def write(self, s: Any, name: str, chunk: Any, called: bool) -> Any:
        callback = (lambda error: self.t(f"{name}.written", error)) if called else None
        return s.write(chunk, callback=callback)

    def end(self, s: Any, name: str, chunk: Any, called: bool) -> None:
        callback = (lambda error: self.t(f"{name}.ended", error)) if called else None
        s.end(chunk, callback=callback)

    def state(self, s: Any, name: str) -> None:
        kind = name[0]
        names = (READS if kind != "w" else ()) + (WRITES if kind != "r" else ())
        values = [getattr(s, attribute) for attribute in names]
        self.t(f"{name}.state", *values, s.destroyed, s.closed)


def play(programs: list[dict[str, Any]]) -> list[list[str]]:
    """Return the trace of each program, played on the default loop."""
    traces: list[list[str]] = []

    def on_done(lines: list[str]) -> None:
        traces.append(lines)
        start()

    def start() -> None:
        if len(traces) < len(programs):
            Player(programs[len(traces)], on_done)

    uvnet.set_immediate(start)
    uvnet.run()
    return traces


if __name__ == "__main__":
    with open(sys.argv[1]) as programs_file:
        result = play(json.load(programs_file))
    with open(sys.argv[2], "w") as traces_file:
        traces_file.write("[\n" + ",\n".join(map(json.dumps, result)) + "\n]\n")

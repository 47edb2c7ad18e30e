"""What every stream must do, whoever implements it: the machinery.

A *subject* is a kind of stream. It makes *rigs*: a fresh stream, and a grip on its other end, where
what is read comes from and where what is written goes to. A *check* takes a rig and puts its stream
through one promise of the contract. Checks are in checks_*.py, by what they are about, and subjects
in subjects.py; test_contract.py runs each check on each subject.

To add a kind of stream, derive from Rig and call subject().
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

import uvnet

GIVES_UP_AFTER = 20.0  # seconds; only a hang takes so long

EVENTS = ("end", "finish", "close", "drain", "pause", "resume", "pipe", "unpipe")


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait for something that a later turn of the loop must bring about."""
    for _ in range(20):
        if condition():
            return
        await asyncio.sleep(0)
    limit = time.monotonic() + GIVES_UP_AFTER
    while not condition():
        assert time.monotonic() < limit, f"never came: {what or condition}"
        await asyncio.sleep(0.001)


async def turns(count: int = 12) -> None:
    """Let the loop turn, for what has not happened by then to count as not happening."""
    for _ in range(count):
        await asyncio.sleep(0)


class Record:
    """The events of a stream in order, but for 'data' and 'readable', whose listeners matter."""

    def __init__(self, stream: Any) -> None:
        self.events: list[str] = []
        self.errors: list[Exception] = []
        for event in EVENTS:
            stream.on(event, lambda *args, event=event: self.events.append(event))
        stream.on("error", self.on_error)

    def on_error(self, error: Exception) -> None:
        self.events.append("error")
        self.errors.append(error)

    def __contains__(self, event: str) -> bool:
        return event in self.events

    def count(self, event: str) -> int:
        return self.events.count(event)

    def order(self, *events: str) -> list[str]:
        """Return the events of these names, in order."""
        return [event for event in self.events if event in events]

    def check(self) -> None:
        """Assert what holds for the events of any stream, whatever was done with it."""
        for event in ("end", "finish", "error", "close"):
            assert self.count(event) <= 1, f"{event!r} more than once: {self.events}"
        last = [event for event in self.events if event not in ("pipe", "unpipe")]
        if "close" in last:
            assert last[-1] == "close", f"something came after 'close': {self.events}"


class Rig:
    """A fresh stream and its other end.

    Attributes:
        stream: What is put to the test.
        record: Its events.
        sent: What has come out at the other end.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.record = Record(stream)
        self.sent = bytearray()

    # The readable side's other end.

    def feed(self, data: bytes) -> None:
        """Let data arrive to be read."""
        raise NotImplementedError

    def feed_end(self) -> None:
        """Let the data come to its end."""
        raise NotImplementedError

    # The writable side's other end.

    def hold(self) -> None:
        """Take nothing until release()."""
        raise NotImplementedError

    def release(self) -> None:
        """Take what was held back, and from now on everything."""
        raise NotImplementedError

    # Both.

    async def quiet(self) -> None:
        """Wait until nothing is under way between the two ends."""
        await turns()

    async def close(self) -> None:
        """Destroy what is left."""
        self.stream.destroy()
        await until(lambda: "close" in self.record, "'close' after destroy()")


@dataclass
class Subject:
    """A kind of stream.

    Attributes:
        name: For the ids of tests.
        make: make(**options): a new rig, or a coroutine that returns one.
        sides: What checks apply: "readable", "writable", "duplex" (both sides, independent).
        exact: Each chunk that is fed or written arrives as one chunk, within some ticks.
    """

    name: str
    make: Callable[..., Any]
    sides: frozenset[str]
    exact: bool = True


@dataclass
class Check:
    """One promise of the contract.

    Attributes:
        side: Of which side: "readable", "writable" or "duplex".
        options: That the stream must be made with.
        exact: Makes sense for exact subjects only.
    """

    function: Callable[[Rig], Awaitable[None]]
    side: str
    exact: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.function.__name__


SUBJECTS: list[Subject] = []
CHECKS: list[Check] = []


def subject(name: str, *sides: str, exact: bool = True) -> Callable[[Any], Any]:
    """Register what makes rigs of a kind of stream."""

    def register(make: Any) -> Any:
        SUBJECTS.append(Subject(name, make, frozenset(sides), exact))
        return make

    return register


def check(side: str, *, exact: bool = False, **options: Any) -> Callable[[Any], Any]:
    """Register a check of this side."""

    def register(function: Any) -> Any:
        CHECKS.append(Check(function, side, exact, options))
        return function

    return register


def cases(subjects: list[Subject]) -> list[Any]:
    """Return each check with each of these subjects that it applies to, as pytest parameters."""
    return [
        pytest.param(promise, kind, id=f"{promise.name}-{kind.name}")
        for kind in subjects
        for promise in CHECKS
        if promise.side in kind.sides and (kind.exact or not promise.exact)
    ]


def run_check(promise: Check, kind: Subject) -> None:
    """Run a check on a fresh stream of this kind."""

    async def main() -> None:
        rig = kind.make(**promise.options)
        if isinstance(rig, Awaitable):
            rig = await rig
        try:
            await promise.function(rig)
        finally:
            await rig.close()
        await turns()
        rig.record.check()

    uvnet.run(main())

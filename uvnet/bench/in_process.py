"""What the scenarios of `micro` do: the process of one subject in one scenario.

    python -m uvnet.bench.in_process SCENARIO SUBJECT

It is talked to in lines of JSON, see `turns`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import platform
import socket
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from . import answers, node

BATCH = 1000  # calls between two looks at the clock
BURST = 10_000  # calls from another thread before it waits for the loop
RULES = 100_000  # of a block list
QUESTIONS = 1000  # that a block list is asked again and again
PROOF = 64  # questions whose answers must be the same for every subject

SCRIPT = Path(__file__).with_name("in_process.js")

Loop = asyncio.AbstractEventLoop
Measured = dict[str, Any]


def nothing() -> None:
    """The callback."""


# ------------------------------------------------------------------------------- scheduling
# Each of these runs until time.perf_counter() is `until` and returns how often it has done it.


async def schedule(call: Callable[..., object], until: float) -> int:
    """Schedule BATCH callbacks and let them run, again and again; return how many there were."""
    count = 0
    while not count or time.perf_counter() < until:
        for _ in range(BATCH):
            call(nothing)
        await asyncio.sleep(0)
        count += BATCH
    return count


async def call_soon(loop: Loop, until: float) -> int:
    return await schedule(loop.call_soon, until)


async def call_later_cancel(loop: Loop, until: float) -> int:
    call = loop.call_later
    count = 0
    while not count or time.perf_counter() < until:
        for _ in range(BATCH):
            call(10.0, nothing).cancel()
        await asyncio.sleep(0)
        count += BATCH
    return count


async def call_soon_threadsafe(loop: Loop, until: float) -> int:
    """From the loop's own thread."""
    return await schedule(loop.call_soon_threadsafe, until)


async def call_soon_threadsafe_other(loop: Loop, until: float) -> int:
    """From another thread, while the loop waits in its poll whenever it has nothing to do.

    That thread lets the loop catch up after each burst, or what is scheduled would pile up.
    """
    over: asyncio.Future[int] = loop.create_future()

    def schedule_bursts() -> None:
        call = loop.call_soon_threadsafe
        caught_up = threading.Event()
        count = 0
        while not count or time.perf_counter() < until:
            for _ in range(BURST - 1):
                call(nothing)
            call(caught_up.set)
            caught_up.wait()
            caught_up.clear()
            count += BURST
        call(over.set_result, count)

    thread = threading.Thread(target=schedule_bursts)
    thread.start()
    try:
        return await over
    finally:
        thread.join()


# ------------------------------------------------------------------------------------ tasks


async def repeat(until: float, *players: Callable[[], Coroutine[Any, Any, None]]) -> int:
    """Let both players have BATCH turns, again and again; return how many they had."""
    count = 0
    while not count or time.perf_counter() < until:
        await asyncio.gather(*(player() for player in players))
        count += BATCH * len(players)
    return count


async def ping_pong(loop: Loop, until: float) -> int:
    """Each waits for the future that the other one sets."""
    futures: list[asyncio.Future[None]] = [loop.create_future(), loop.create_future()]

    async def play(ours: int) -> None:
        for _ in range(BATCH):
            await futures[ours]
            futures[ours] = loop.create_future()
            futures[1 - ours].set_result(None)

    futures[0].set_result(None)
    return await repeat(until, lambda: play(0), lambda: play(1))


async def ping_pong_queue(loop: Loop, until: float) -> int:
    queues: list[asyncio.Queue[int]] = [asyncio.Queue(), asyncio.Queue()]

    async def play(ours: int) -> None:
        get, put = queues[ours].get, queues[1 - ours].put_nowait
        for _ in range(BATCH):
            put(await get())

    queues[0].put_nowait(0)
    return await repeat(until, lambda: play(0), lambda: play(1))


async def sleep_0(loop: Loop, until: float) -> int:
    async def play() -> None:
        for _ in range(BATCH):
            await asyncio.sleep(0)

    return await repeat(until, play, play)


# -------------------------------------------------------------------------------- addresses


async def look_up(loop: Loop, host: str) -> bool:
    """Look a name up once; return whether the answer is right."""
    found = await loop.getaddrinfo(host, 80, family=socket.AF_INET, type=socket.SOCK_STREAM)
    return [each[4] for each in found] == [("127.0.0.1", 80)]


def getaddrinfo(host: str, at_once: int) -> Callable[[Loop, float], Coroutine[Any, Any, int]]:
    """Return the scenario that has `at_once` lookups of a name in flight."""

    async def scenario(loop: Loop, until: float) -> int:
        async def one_after_the_other() -> int:
            count = 0
            while not count or time.perf_counter() < until:
                if not await look_up(loop, host):
                    raise RuntimeError(f"getaddrinfo({host!r}) did not answer 127.0.0.1 alone")
                count += 1
            return count

        return sum(await asyncio.gather(*(one_after_the_other() for _ in range(at_once))))

    return scenario


ON_LOOPS: dict[str, Callable[[Loop, float], Coroutine[Any, Any, int]]] = {
    "call_soon": call_soon,
    "call_later_cancel": call_later_cancel,
    "call_soon_threadsafe": call_soon_threadsafe,
    "call_soon_threadsafe-other-thread": call_soon_threadsafe_other,
    "task-ping-pong": ping_pong,
    "task-ping-pong-queue": ping_pong_queue,
    "task-sleep-0": sleep_0,
    "getaddrinfo": getaddrinfo("127.0.0.1", 1),
    "getaddrinfo-16": getaddrinfo("127.0.0.1", 16),
    "getaddrinfo-localhost": getaddrinfo("localhost", 1),
    "getaddrinfo-localhost-16": getaddrinfo("localhost", 16),
}


def version_of(package: str) -> str:
    """Return the version of an event loop's package; asyncio's is Python's.

    Raises:
        ImportError: It is not installed.
    """
    if package == "asyncio":
        return platform.python_version()
    module = importlib.import_module(package)
    if version := getattr(module, "__version__", None):
        return str(version)
    from importlib import metadata  # slow to import

    return metadata.version(package)


def on_loop(scenario: str, package: str) -> tuple[dict[str, Any], answers.Run]:
    """Measure a scenario on the loop that `package.new_event_loop` makes."""
    version = version_of(package)
    new_event_loop = importlib.import_module(package).new_event_loop

    def run(request: dict[str, Any]) -> Measured:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            loop = runner.get_loop()
            start = time.perf_counter()
            count = runner.run(ON_LOOPS[scenario](loop, start + request["seconds"]))
            return {"messages": count, "seconds": time.perf_counter() - start}

    return {"version": version}, run


# ------------------------------------------------------------------------------- block lists


def words() -> Iterator[int]:
    """Yield every 32-bit number once, in an order without an order: in_process.js has the same."""
    x = 1
    while True:
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        yield x


def ipv4(word: int) -> str:
    return f"{word >> 24}.{word >> 16 & 255}.{word >> 8 & 255}.{word & 255}"


def ipv6(word: int) -> str:
    return f"2001:db8:{word >> 16:x}:{word & 0xFFFF:x}:{word & 0xFFFF:x}:{word >> 16:x}:0:1"


def addresses(family: str) -> tuple[list[str], list[str]]:
    """Return the rules, and the questions: every other one of them is about a rule's address."""
    numbers = words()
    make = ipv4 if family == "ipv4" else ipv6
    rules = [make(word) for word in islice(numbers, RULES)]
    step = 2 * RULES // QUESTIONS
    hits = rules[: RULES - 1 : step]
    misses = [make(word) for word in islice(numbers, QUESTIONS - len(hits))]
    return rules, [question for pair in zip(hits, misses, strict=True) for question in pair]


# How each scenario makes its list: (family, prefix or None, whether strings are checked).
BLOCK_LISTS: dict[str, tuple[str, int | None, bool]] = {
    "block_list": ("ipv4", None, False),
    "block_list-text": ("ipv4", None, True),
    "block_list-subnets": ("ipv4", 28, False),
    "block_list-ipv6": ("ipv6", None, False),
}


def block_list(scenario: str, subject: str) -> tuple[dict[str, Any], answers.Run]:
    """Measure checks against uvnet.net.BlockList."""
    import uvnet
    from uvnet.net import BlockList, SocketAddress

    family, prefix, as_text = BLOCK_LISTS[scenario]
    rules, texts = addresses(family)
    block_list = BlockList()
    for rule in rules:
        if prefix is None:
            block_list.add_address(rule, family)
        else:
            block_list.add_subnet(rule, prefix, family)
    check = block_list.check
    parsed = [SocketAddress(address=text, family=family) for text in texts]

    def run(request: dict[str, Any]) -> Measured:
        count = 0
        until = time.perf_counter() + request["seconds"]
        while not count or time.perf_counter() < until:
            if as_text:
                for text in texts:
                    check(text, family)
            else:
                for address in parsed:
                    check(address)
            count += QUESTIONS
        return {"messages": count}

    proof = [check(text, family) for text in texts[:PROOF]]
    return {"version": uvnet.__version__, "proof": proof}, run


# ------------------------------------------------------------------------------------ emit


def emit(scenario: str, subject: str) -> tuple[dict[str, Any], answers.Run]:
    """Measure EventEmitter.emit with one listener and one argument, or the call without it."""
    import uvnet
    from uvnet.events import EventEmitter

    heard: list[bytes] = []
    chunk = b"x"
    emitter = EventEmitter()
    emitter.on("data", heard.append)
    emitter.emit("data", chunk)
    emitter.remove_listener("data", heard.append)

    def listener(chunk: bytes) -> None:
        pass

    emitter.on("data", listener)

    def run_emit(request: dict[str, Any]) -> Measured:
        send = emitter.emit
        count = 0
        until = time.perf_counter() + request["seconds"]
        while not count or time.perf_counter() < until:
            for _ in range(BATCH):
                send("data", chunk)
            count += BATCH
        return {"messages": count}

    def run_call(request: dict[str, Any]) -> Measured:
        send = listener
        count = 0
        until = time.perf_counter() + request["seconds"]
        while not count or time.perf_counter() < until:
            for _ in range(BATCH):
                send(chunk)
            count += BATCH
        return {"messages": count}

    if subject == "call":
        return {"version": platform.python_version(), "proof": 1}, run_call
    return {"version": uvnet.__version__, "proof": len(heard)}, run_emit


# ------------------------------------------------------------------------------------------


def become_node(script: Path, *arguments: str, flags: tuple[str, ...] = ()) -> None:
    """Go on as Node, running a script that talks as `answers.serve` does. Returns only by raising.

    Raises:
        ImportError: Node is not installed.
    """
    program = node.find()
    os.execv(program, [program, *flags, str(script), *arguments])


def prepare(scenario: str, subject: str) -> tuple[dict[str, Any], answers.Run]:
    """Return what `answers.serve` wants of a subject."""
    if subject == "node":
        become_node(SCRIPT, scenario)
    if scenario in ON_LOOPS:
        return on_loop(scenario, subject)
    return (block_list if scenario in BLOCK_LISTS else emit)(scenario, subject)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m uvnet.bench.in_process")
    parser.add_argument("scenario", choices=(*ON_LOOPS, *BLOCK_LISTS, "emit"))
    parser.add_argument("subject")
    options = parser.parse_args(arguments)
    return answers.serve(lambda: prepare(options.scenario, options.subject))


if __name__ == "__main__":
    sys.exit(main())

"""Measure what it costs to schedule a callback: call_soon, call_later with cancel, threadsafe.

    python -m uvnet.bench.scheduling [--rounds N] [--json]

The loops take turns in one process, round by round, so that what else the machine does falls on all
of them; the figure is the median. A call that is scheduled is also run, or cancelled, within the
figure. What it cannot tell is how a program behaves whose callbacks do something.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

from uvnet.aio import new_event_loop

from . import machine

FORMAT = 1
BATCH = 1000  # calls that wait at the same time
BATCHES = 100

Loop = asyncio.AbstractEventLoop


def nothing() -> None:
    """The callback."""


async def call_soon(loop: Loop) -> float:
    call = loop.call_soon
    start = time.perf_counter()
    for _ in range(BATCHES):
        for _ in range(BATCH):
            call(nothing)
        await asyncio.sleep(0)
    return time.perf_counter() - start


async def call_later_cancel(loop: Loop) -> float:
    call = loop.call_later
    start = time.perf_counter()
    for _ in range(BATCHES):
        for _ in range(BATCH):
            call(10.0, nothing).cancel()
        await asyncio.sleep(0)
    return time.perf_counter() - start


async def call_soon_threadsafe(loop: Loop) -> float:
    """From the loop's own thread."""
    call = loop.call_soon_threadsafe
    start = time.perf_counter()
    for _ in range(BATCHES):
        for _ in range(BATCH):
            call(nothing)
        await asyncio.sleep(0)
    return time.perf_counter() - start


async def call_soon_threadsafe_other(loop: Loop) -> float:
    """From another thread, while the loop waits in its poll whenever it has nothing to do."""
    done = loop.create_future()

    def schedule() -> None:
        call = loop.call_soon_threadsafe
        for _ in range(BATCH * BATCHES - 1):
            call(nothing)
        call(done.set_result, None)

    thread = threading.Thread(target=schedule)
    start = time.perf_counter()
    thread.start()
    await done
    elapsed = time.perf_counter() - start
    thread.join()
    return elapsed


SCENARIOS: dict[str, Callable[[Loop], Coroutine[Any, Any, float]]] = {
    "call_soon": call_soon,
    "call_later+cancel": call_later_cancel,
    "call_soon_threadsafe": call_soon_threadsafe,
    "call_soon_threadsafe, other thread": call_soon_threadsafe_other,
}


def factories() -> dict[str, Callable[[], Loop]]:
    """Return the loops that can be measured here, by name."""
    found: dict[str, Callable[[], Loop]] = {
        "uvnet": new_event_loop,
        "asyncio": asyncio.SelectorEventLoop,
    }
    for name in ("uvloop", "rloop"):
        try:
            found[name] = importlib.import_module(name).new_event_loop
        except ImportError:
            continue
    return found


def measure(rounds: int) -> dict[str, Any]:
    """Run every scenario on every loop, `rounds` times in turns.

    Returns:
        "format", "machine", "versions", "rounds" and "results": by scenario and loop, the
        nanoseconds per call of each round.
    """
    loops = factories()
    results: dict[str, dict[str, list[float]]] = {}
    for name, scenario in SCENARIOS.items():
        figures: dict[str, list[float]] = {loop: [] for loop in loops}
        for _ in range(rounds):
            for loop_name, factory in loops.items():
                loop = factory()
                try:
                    seconds = loop.run_until_complete(scenario(loop))
                finally:
                    loop.close()
                figures[loop_name].append(seconds / (BATCH * BATCHES) * 1e9)
        results[name] = figures
    return {
        "format": FORMAT,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "rounds": rounds,
        "results": results,
    }


def render(document: dict[str, Any]) -> str:
    """Return the medians in ns per call, and how many times uvnet is as fast as each loop."""
    lines = []
    for name, figures in document["results"].items():
        medians = {loop: statistics.median(values) for loop, values in figures.items()}
        lines.append(name)
        for loop, median in medians.items():
            spread = (max(figures[loop]) - min(figures[loop])) / median
            lines.append(
                f"  {loop:<8} {median:7.0f} ns  spread {spread:4.0%}"
                f"  uvnet is {median / medians['uvnet']:5.2f} x as fast"
            )
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m uvnet.bench.scheduling")
    parser.add_argument("--rounds", type=int, default=9, help="default: 9")
    parser.add_argument("--json", action="store_true", help="print the document as JSON")
    options = parser.parse_args(arguments)
    document = measure(options.rounds)
    print(json.dumps(document, indent=2) if options.json else render(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Measurements without a load generator: scheduling, tasks, lookups, block lists and events.

    python -m uvnet.bench.micro
    python -m uvnet.bench.micro call_soon block_list --rounds 9 --json

Each subject is a process of its own, on one CPU; they take turns, round by round. The figure is
nanoseconds for one of what a scenario repeats, the loop that repeats it included.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from . import in_process, turns
from .outcome import failed
from .process import Child, ChildError
from .progress import Progress as LiveProgress
from .report import render
from .shell import exit_status
from .turns import MicroScenario, Progress

ROUNDS = 7
SECONDS = 0.2

LOOPS = {
    "uvnet": "uvnet's loop",
    "uvloop": "uvloop's loop",
    "rloop": "rloop's loop",
    "asyncio": "asyncio's selector loop",
    "zuvloop": "zuvloop's loop",
}
NODE = {"uvnet": "uvnet", "node": "Node"}


def against_uvloop(ratio: float) -> dict[str, dict[str, Any]]:
    """Return the goal of being so many times as fast as uvloop."""
    return {"uvnet": {"against": "uvloop", "at_least": ratio}}


def scheduling(name: str, about: str, goal: float | None = None) -> MicroScenario:
    """Return a scenario of callbacks that do nothing."""
    return MicroScenario(
        name,
        about,
        "What a loop adds to every callback that a program schedules.",
        "How a program behaves whose callbacks do something: there the loop's part is smaller.",
        LOOPS,
        goals={} if goal is None else against_uvloop(goal),
        parameters={"callback": "does nothing"},
    )


def tasks(name: str, about: str) -> MicroScenario:
    """Return a scenario of two tasks."""
    return MicroScenario(
        name,
        about,
        "What it costs until a task goes on: the loop's part is the call_soon of the step.",
        "Much about the loop: asyncio's tasks and futures, the same for all, are most of it.",
        LOOPS,
        parameters={"tasks": 2},
    )


def lookups(name: str, host: str, at_once: int) -> MicroScenario:
    """Return a scenario of name lookups."""
    numeric = host != "localhost"
    return MicroScenario(
        name,
        f"loop.getaddrinfo({host!r}), {at_once} at a time",
        "Whether a loop answers for a numeric address without a thread."
        if numeric
        else "What the way to a thread and back adds to the C library's lookup in the hosts file.",
        "What a lookup takes that asks a name server.",
        LOOPS,
        parameters={"host": host, "at_once": at_once},
    )


def block_lists(name: str, about: str, goal: bool = True) -> MicroScenario:
    """Return a scenario of checks against a block list."""
    family, prefix, as_text = in_process.BLOCK_LISTS[name]
    return MicroScenario(
        name,
        about,
        "What a check costs beside Node's, with the same rules and the same addresses.",
        "What a server pays for each connection that it accepts: there no Python is called.",
        NODE,
        base="node",
        goals={"uvnet": {"at_most": 200.0}} if goal else {},
        parameters={
            "rules": in_process.RULES,
            "family": family,
            "prefix": prefix,
            "checked": "strings" if as_text else "SocketAddress objects",
            "blocked": 0.5,
        },
    )


SCENARIOS: dict[str, MicroScenario] = {
    scenario.name: scenario
    for scenario in (
        scheduling("call_soon", "loop.call_soon, and the callback run", 1.5),
        scheduling("call_later_cancel", "loop.call_later, and cancelled at once", 4.0),
        scheduling(
            "call_soon_threadsafe", "loop.call_soon_threadsafe in the loop's own thread", 2.0
        ),
        scheduling("call_soon_threadsafe-other-thread", "the same out of another thread"),
        tasks("task-ping-pong", "Two tasks wake each other through futures; for one wake-up"),
        tasks("task-ping-pong-queue", "The same through two asyncio.Queue"),
        tasks("task-sleep-0", "Two tasks that asyncio.sleep(0); for one of them"),
        lookups("getaddrinfo", "127.0.0.1", 1),
        lookups("getaddrinfo-16", "127.0.0.1", 16),
        lookups("getaddrinfo-localhost", "localhost", 1),
        lookups("getaddrinfo-localhost-16", "localhost", 16),
        block_lists("block_list", "BlockList.check(address), the rules being IPv4 addresses"),
        block_lists("block_list-text", "The same, asked with strings", goal=False),
        block_lists("block_list-subnets", "The same, the rules being IPv4 subnets"),
        block_lists("block_list-ipv6", "The same, the rules being IPv6 addresses"),
        MicroScenario(
            "emit",
            "EventEmitter.emit with one argument to one listener, which does nothing",
            "What emit() adds to the call of a Python function, and beside Node's, which is JIT-"
            "compiled as its listener is.",
            "What uvnet's own events cost: its sockets emit from C, which is cheaper.",
            {
                "uvnet": "uvnet.events",
                "call": "the listener called without an emitter",
                "node": "Node's EventEmitter",
            },
            base="call",
        ),
    )
}


def nanoseconds(answer: dict[str, Any]) -> float:
    """Return what one of them took."""
    return float(answer["seconds"] / answer["messages"] * 1e9)


def measure(
    name: str,
    subjects: Sequence[str] | None = None,
    rounds: int = ROUNDS,
    seconds: float = SECONDS,
    base: str | None = None,
    progress: Progress = lambda text: None,
) -> dict[str, Any]:
    """Measure one of SCENARIOS; see `turns.measure`."""

    def child(subject: str) -> Child:
        return Child("uvnet.bench.in_process", [name, subject])

    scenario = SCENARIOS[name]
    return turns.measure(scenario, subjects, child, nanoseconds, rounds, seconds, base, progress)


def command_line(prog: str, description: str) -> argparse.ArgumentParser:
    """Return a parser with the options that the commands of this kind have."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--subjects", metavar="A,B", help="by default all of a scenario")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help="%(default)s")
    parser.add_argument("--json", action="store_true", help="print the document as JSON")
    return parser


def chosen(scenario: MicroScenario, subjects: str | None) -> list[str]:
    """Return which subjects of a scenario to measure: those asked for that it has."""
    asked = list(scenario.subjects) if subjects is None else subjects.split(",")
    return [name for name in scenario.subjects if name in asked]


def known(scenarios: Sequence[MicroScenario], subjects: str | None) -> None:
    """Raise ValueError if a subject that is asked for is one of no scenario."""
    there = {name: None for scenario in scenarios for name in scenario.subjects}
    for name in [] if subjects is None else subjects.split(","):
        if name not in there:
            raise ValueError(f"no subject {name!r}; there are {', '.join(there)}")


def run(prog: str, names: Sequence[str], arguments: Sequence[str] | None) -> int:
    """Run the command line of these scenarios and return the exit status: 1 if uvnet failed."""
    parser = command_line(prog, f"Measure without a load: {', '.join(names)}.")
    parser.add_argument("name", nargs="*", help="scenarios; all by default")
    parser.add_argument("--seconds", type=float, default=SECONDS, metavar="S", help="%(default)s")
    options = parser.parse_args(arguments)
    for name in options.name:
        if name not in names:
            parser.error(f"no scenario {name!r}; there are {', '.join(names)}")
    asked = [SCENARIOS[name] for name in options.name or names]
    rounds, seconds = options.rounds, options.seconds
    measured = []
    try:
        known(asked, options.subjects)
        with LiveProgress() as progress:
            for scenario in asked:
                subjects = chosen(scenario, options.subjects)
                measured.append(
                    measure(scenario.name, subjects, rounds, seconds, progress=progress)
                )
    except ValueError as error:
        parser.error(str(error))
    except ChildError as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    document = turns.document(measured, rounds, seconds)
    print(json.dumps(document, indent=2) if options.json else render(document))
    return 1 if failed(document) else 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    return run("python -m uvnet.bench.micro", list(SCENARIOS), arguments)


if __name__ == "__main__":
    sys.exit(exit_status(main))

"""Prints how many of CPython's asyncio tests pass, class by class and loop by loop.

    python tests/conformance/cpython/run.py
    python tests/conformance/cpython/run.py --loop uvnet --loop uvloop --module test_ssl -v

A loop is "asyncio", "uvnet", "uvloop" or "module:function", of a function that makes one.
"""

from __future__ import annotations

import argparse
import collections
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from playing import Listing, Outcome, Player, listing

Table = dict[str, dict[str, list[Outcome]]]  # row, loop


def rows(tests: Listing, brief: bool) -> dict[str, str]:
    """Return the row of each test: its class; if `brief`, the module of what is played by class."""
    whole = {name for names in tests.whole.values() for name in names}
    return {
        name: name.partition(".")[0] if brief and name in whole else name.rpartition(".")[0]
        for name in tests.names()
    }


def wanted(tests: Listing, modules: list[str]) -> Listing:
    """Return the tests of these modules, or all."""
    if not modules:
        return tests

    def of_module(name: str) -> bool:
        return name.partition(".")[0] in modules

    return Listing(
        [name for name in tests.alone if of_module(name)],
        {name: names for name, names in tests.whole.items() if of_module(name)},
    )


def play(loop: str, tests: Listing, workers: int) -> list[Outcome]:
    """Play the tests on this loop, the classes that are one process first."""
    players = [Player(loop) for _ in range(workers)]
    idle: SimpleQueue[Player] = SimpleQueue()
    for player in players:
        idle.put(player)

    def play_one(names: list[str]) -> list[Outcome]:
        player = idle.get()
        try:
            return list(player.play_class(names).values())
        finally:
            idle.put(player)

    jobs = [*tests.whole.values(), *([name] for name in tests.alone)]
    try:
        with ThreadPoolExecutor(workers) as pool:
            return [outcome for outcomes in pool.map(play_one, jobs) for outcome in outcomes]
    finally:
        for player in players:
            player.__exit__()


def print_table(table: Table, loops: list[str]) -> None:
    """Print a line for each row, and one for all."""
    total: dict[str, list[Outcome]] = collections.defaultdict(list)
    print(f"{'passed / failed / skipped':<44}" + "".join(f"{loop:>18}" for loop in loops))
    for name, by_loop in table.items():
        print(f"{name:<44}" + "".join(f"{counts(by_loop.get(loop, [])):>18}" for loop in loops))
        for loop in loops:
            total[loop] += by_loop.get(loop, [])
    print(f"{'total':<44}" + "".join(f"{counts(total[loop]):>18}" for loop in loops))


def counts(outcomes: list[Outcome]) -> str:
    passed = sum(each.result == "passed" for each in outcomes)
    skipped = sum(each.result == "skipped" for each in outcomes)
    return f"{passed} / {len(outcomes) - passed - skipped} / {skipped}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--loop", action="append", help="which loops; asyncio and uvnet by default")
    parser.add_argument("--module", action="append", help="which modules, as test_ssl; else all")
    parser.add_argument("--test", action="append", help="which tests, or classes played as a whole")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--brief", action="store_true", help="a line for each module, if it is played by class"
    )
    parser.add_argument("-v", action="store_true", dest="verbose", help="show what failed, and why")
    options = parser.parse_args()
    loops = options.loop or ["asyncio", "uvnet"]
    tests = wanted(listing(), options.module or [])
    if options.test:
        alone = [name for name in tests.alone if name in options.test]
        whole = {name: tests.whole[name] for name in tests.whole if name in options.test}
        tests = Listing(alone, whole)
    table: Table = collections.defaultdict(lambda: collections.defaultdict(list))
    row_of = rows(tests, options.brief)
    for row in row_of.values():  # in their order
        table[row]
    bad = []
    for loop in loops:
        start = time.monotonic()
        for outcome in play(loop, tests, options.workers):
            row = row_of.get(outcome.name, outcome.name)  # else something to set up has failed
            table[row][loop].append(outcome)
            if outcome.bad:
                bad.append((loop, outcome))
        print(f"{loop}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    print_table(table, loops)
    for loop, outcome in bad:
        print(f"{loop}: {outcome.result}: {outcome.name}")
        if options.verbose:
            print(outcome.text)


if __name__ == "__main__":
    main()

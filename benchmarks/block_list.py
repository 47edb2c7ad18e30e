"""Measure what a check of a block list costs, beside Node's on the same rules and addresses.

    python benchmarks/block_list.py [--rules N] [--checks N]

The figures are microseconds for one call: adding a rule that is given as a string and, the best of
several rounds, checking a SocketAddress and checking a string. Node takes part if UVNET_NODE is
set.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from uvnet.bench import node, table
from uvnet.net import BlockList, SocketAddress

ROUNDS = 7
CLUSTER = 24  # bits in which the addresses of a cluster differ


class Subject(NamedTuple):
    """Rules and questions of one kind."""

    name: str
    family: str
    prefix: int | None  # None: addresses, no subnets
    rules: list[str]
    asked: list[str]


def subjects(rules: int, checks: int) -> Iterable[Subject]:
    """Yield every kind: IPv4 and IPv6, all over the space and in a cluster."""
    chance = random.Random(1)
    for family, size, address in (
        ("ipv4", 32, ipaddress.IPv4Address),
        ("ipv6", 128, ipaddress.IPv6Address),
    ):
        for where, bits in (("random", size), ("clustered", CLUSTER)):
            base = chance.getrandbits(size) >> bits << bits
            for prefix in (None, size - 4):

                def draw(base: int = base, bits: int = bits, make: Any = address) -> str:
                    return str(make(base | chance.getrandbits(bits)))

                what = "addresses" if prefix is None else f"subnets /{prefix}"
                yield Subject(
                    f"{family} {what}, {where}",
                    family,
                    prefix,
                    [draw() for _ in range(rules)],
                    [draw() for _ in range(checks)],
                )


def best(function: Callable[[Any], object], values: list[Any]) -> float:
    """Return the microseconds that a call of the function takes, less what the loop does."""
    empty, full = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _value in values:
            pass
        between = time.perf_counter()
        for value in values:
            function(value)
        full.append(time.perf_counter() - between)
        empty.append(between - start)
    return (min(full) - min(empty)) / len(values) * 1e6


def measure(subject: Subject) -> list[float]:
    """Return what adding, checking an address and checking a string take."""
    family, prefix = subject.family, subject.prefix
    block_list = BlockList()
    start = time.perf_counter()
    for text in subject.rules:
        if prefix is None:
            block_list.add_address(text, family)
        else:
            block_list.add_subnet(text, prefix, family)
    adding = (time.perf_counter() - start) / len(subject.rules) * 1e6
    parsed = [SocketAddress(address=text, family=family) for text in subject.asked]
    check = block_list.check
    return [adding, best(check, parsed), best(lambda text: check(text, family), subject.asked)]


def measure_in_node(subject: Subject) -> list[float]:
    """Return the same of Node's BlockList."""
    script = Path(__file__).with_suffix(".js")
    done = subprocess.run(
        [node.find(), str(script)],
        input=json.dumps(subject._asdict()),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: list[float] = json.loads(done.stdout)
    return found


def main() -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(description="Measure checks of block lists.")
    parser.add_argument("--rules", type=int, default=100_000, help="default: %(default)s")
    parser.add_argument("--checks", type=int, default=20_000, help="default: %(default)s")
    options = parser.parse_args()
    header = ["rules, microseconds a call", "add", "check", "check a string"]
    with_node = bool(os.environ.get("UVNET_NODE"))
    if with_node:
        header += [f"Node {node.version()}: add", "check", "check a string"]
    rows = []
    for subject in subjects(options.rules, options.checks):
        figures = measure(subject) + (measure_in_node(subject) if with_node else [])
        rows.append([subject.name, *(f"{figure:.3f}" for figure in figures)])
    print(table.table(header, rows, "l" + "r" * (len(header) - 1)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

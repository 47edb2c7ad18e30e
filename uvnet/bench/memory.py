"""Measure how much memory an idle connection costs an echo server.

    python -m uvnet.bench.memory
    python -m uvnet.bench.memory net-data node-data --connections 2000

The server is a process of its own. Its resident memory is read when it has served and closed some
connections, and once more when it holds thousands, each of which has been served once; the growth
is divided by their number. What the kernel keeps for a connection is not in it.
"""

from __future__ import annotations

import argparse
import json
import resource
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from . import machine, table
from .contender import Contender, Measured, in_turn
from .process import Child, ChildError, resident
from .progress import Progress
from .shell import exit_status
from .subjects import SUBJECTS

if TYPE_CHECKING:
    from .runner import Session

FORMAT = 1

CONNECTIONS = 9_000
WARM_UP = 100  # connections
SPARE = 100  # descriptors that a process has besides its connections
TIMEOUT = 30.0  # seconds for one answer of a server
PEERS = 100  # addresses of 127/8 that clients connect from, so that ports suffice

# Of the scenario, over TLS, at most: each is some twenty seconds of handshakes, which is as long as
# a round of all the others, and the figure moves by less than a thousandth.
TLS_ROUNDS = 3

# Seconds for a connection, for the estimate; over TLS this process computes a handshake.
CONNECTING, HANDSHAKE = 220e-6, 2.2e-3

# Bytes per connection. None: nothing to reach, it is what the others are held against.
GOALS: dict[str, int | None] = {
    "net-data": 2000,
    "net-pipe": None,
    "net-async": None,
    "node-data": None,
    "node-pipe": None,
    "handles": None,
    "asyncio": None,
    "uvloop": None,
    "aio-protocol": 800,
    "aio-tls": 40 * 1024,
}


def allow(descriptors: int) -> None:
    """Allow this process, and those that it starts, so many descriptors.

    Raises:
        OSError: The system's limit is lower.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if descriptors > soft:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, max(descriptors, hard)))
        except ValueError:
            raise OSError(f"{descriptors} descriptors are needed, {hard} allowed") from None


def hold(stack: ExitStack, address: Any, count: int, tls: bool = False) -> None:
    """Open connections that have one byte echoed each, and keep them until the stack is left."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for number in range(count):
        source = (f"127.0.0.{1 + number % PEERS}", 0)
        client = socket.create_connection(tuple(address), TIMEOUT, source)
        if tls:
            client = context.wrap_socket(client)
        stack.enter_context(client)
        client.sendall(b"?")
        if client.recv(1) != b"?":
            raise ConnectionError(f"connection {number} was closed instead of served")


def per_connection(subject: str, connections: int) -> float:
    """Return the bytes of resident memory that each of so many idle connections costs.

    Raises:
        ImportError: The subject is not installed.
        ChildError: Its server did not start.
        OSError: Too few descriptors are allowed, or a connection was not served.
    """
    allow(connections + SPARE)
    tls = over_tls(subject)
    with Child("uvnet.bench.serve", [subject, "--tcp"]) as server:
        answer = server.receive(TIMEOUT)
        if "missing" in answer:
            raise ImportError(answer["missing"])
        with ExitStack() as stack:
            hold(stack, answer["address"], WARM_UP, tls)
        time.sleep(0.2)  # it closes its ends
        before = resident(server.pid)
        with ExitStack() as stack:
            hold(stack, answer["address"], connections, tls)
            return (resident(server.pid) - before) / connections


def over_tls(subject: str) -> bool:
    """Return whether a subject's clients speak TLS."""
    return subject.endswith("-tls")


def rounds(subject: str, wanted: int) -> int:
    """Return how many rounds a subject has in the scenario where so many are asked for."""
    return min(wanted, TLS_ROUNDS) if over_tls(subject) else wanted


def cost(subject: str, connections: int) -> float:
    """Return about how many seconds `per_connection` takes."""
    return 0.7 + connections * (HANDSHAKE if over_tls(subject) else CONNECTING)


def race(session: Session, contenders: Sequence[Contender]) -> str:
    """Measure the scenario `idle`: a new server each round, and the subjects take turns.

    Returns:
        A remark on who has fewer rounds than were asked for; "" if nobody has.
    """
    wanted = session.plan.rounds
    for turn in range(wanted):
        for contender in in_turn(contenders, turn):
            subject, scenario = contender.subject, contender.scenario
            turns = rounds(subject, wanted)
            if not contender.able or turn >= turns:
                continue
            text = f"{scenario.name}, round {turn + 1}/{turns}: {subject}"
            session.say(text, cost(subject, scenario.connections))
            try:
                each = per_connection(subject, scenario.connections)
            except ImportError as error:
                contender.missing = str(error)
            except (ChildError, OSError) as error:
                contender.failed = str(error)
            else:
                contender.at.setdefault(0, []).append(Measured(each))
    fewer = [
        f"{contender.subject} has {len(contender.rounds)} rounds: "
        f"{contender.scenario.connections:,} handshakes take long."
        for contender in contenders
        if contender.able and len(contender.rounds) < wanted
    ]
    return " ".join(fewer)


def measure(subjects: Sequence[str], connections: int, progress: Progress) -> dict[str, Any]:
    """Measure each subject and return a document for JSON.

    Returns:
        "format", "machine", "versions", "parameters" and "results". A result has "subject" and
        either "missing" with the reason or "bytes" (per connection), "goal" and "passed".
    """
    results: list[dict[str, Any]] = []
    for subject in subjects:
        progress(f"{connections} connections to {subject}")
        try:
            each = round(per_connection(subject, connections))
        except ImportError as error:
            results.append({"subject": subject, "missing": str(error)})
            continue
        goal = GOALS.get(subject)
        passed = None if goal is None else each <= goal
        results.append({"subject": subject, "bytes": each, "goal": goal, "passed": passed})
    return {
        "format": FORMAT,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "parameters": {"connections": connections},
        "results": results,
    }


def render(document: dict[str, Any]) -> str:
    """Return the document as a table."""
    rows: list[list[str]] = []
    for result in document["results"]:
        if "missing" in result:
            rows.append(table.missing(result))
            continue
        goal = str(result["goal"] or "-")
        rows.append(
            [result["subject"], str(result["bytes"]), goal, table.verdict(result["passed"])]
        )
    title = f"resident bytes per idle connection, {document['parameters']['connections']} of them"
    return f"{title}\n\n{table.table(['subject', 'bytes', 'goal', 'verdict'], rows, align='lrrl')}"


def failed(document: dict[str, Any]) -> bool:
    """Return whether a goal is missed, or a subject that has one could not be measured."""
    return any(
        result.get("passed") is False
        or ("missing" in result and GOALS.get(result["subject"]) is not None)
        for result in document["results"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 1 with --check and a goal missed."""
    parser = argparse.ArgumentParser(
        prog="python -m uvnet.bench.memory",
        description="Measure the resident memory that an idle connection costs an echo server.",
    )
    parser.add_argument(
        "subject", nargs="*", help=f"out of {', '.join(SUBJECTS)}; {', '.join(GOALS)} by default"
    )
    parser.add_argument("--connections", type=int, default=CONNECTIONS, metavar="N")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.subject if name not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {unknown[0]!r}; there are {', '.join(SUBJECTS)}")
    if options.connections < 1:
        parser.error(f"connections must be above 0, got {options.connections}")

    try:
        with Progress() as progress:
            document = measure(options.subject or list(GOALS), options.connections, progress)
    except (ChildError, OSError) as error:
        print(f"uvnet.bench.memory: {error}", file=sys.stderr)
        return 2
    print(json.dumps(document, indent=2) if options.json else render(document))
    return 1 if options.check and failed(document) else 0


if __name__ == "__main__":
    sys.exit(exit_status(main))

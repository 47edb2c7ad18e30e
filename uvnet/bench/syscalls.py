"""Count the system calls that one echoed message costs the server.

    python -m uvnet.bench.syscalls
    python -m uvnet.bench.syscalls aio-split uvloop-split

The server runs under strace, the load outside it, twice: with few messages and with many. The slope
between the two is the cost of a message. Under strace a server is slow, so that whatever it does
once for all that is ready, such as epoll_wait, is shared by many messages.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import machine, table
from .contender import RunError
from .once import CONNECTIONS, FEW, MANY, SIZE, serve_once
from .process import ChildError
from .progress import Progress
from .scenarios import Scenario
from .shapes import pairs, subject_name
from .shell import exit_status
from .subjects import SUBJECTS

FORMAT = 1

DEFAULT = tuple(subject_name(*pair) for pair in pairs(loops=("uvnet", "uvloop")))

# Calls per message: one to receive, one to send, and a share of the poll.
GOAL = 2 + 2 / CONNECTIONS
GOALS = {f"aio-{shape}": GOAL for shape in ("protocol", "buffered", "split", "sock", "native")}

LEAST = 0.005  # calls per message: fewer are not named


class StraceError(RuntimeError):
    """strace is not there, or did not write what it should have written."""


def count(
    subject: str, messages: int, output: Path, scenario: Scenario | None = None
) -> Counter[str]:
    """Run a server under strace for one load and return how often it made each system call.

    Args:
        subject: Which of SUBJECTS.
        messages: How many messages the load sends.
        output: Where strace writes its table.
        scenario: Whose messages the load sends; see `once.serve_once`.

    Raises:
        StraceError: strace is not installed, or may not trace.
        ImportError, ChildError, RunError: As for `once.serve_once`.
    """
    if shutil.which("strace") is None:
        raise StraceError("strace is not installed, and it is what counts")
    serve_once(subject, messages, ["strace", "-f", "-c", "-o", str(output)], scenario)
    return read(output)


def read(output: Path) -> Counter[str]:
    """Return how often each call was made, by the table that strace has written.

    Raises:
        StraceError: There is none.
    """
    calls: Counter[str] = Counter()
    for line in output.read_text().splitlines():
        # "% time  seconds  usecs/call  calls  [errors]  syscall"
        words = line.split()
        if len(words) in (5, 6) and words[3].isdecimal() and words[-1] != "total":
            calls[words[-1]] += int(words[3])
    if not calls:
        raise StraceError(f"no calls in {output}, which strace has written")
    return calls


def per_message(
    subject: str,
    folder: Path,
    few: int = FEW,
    many: int = MANY,
    scenario: Scenario | None = None,
) -> dict[str, float]:
    """Return how often each call is made for one message, the most frequent first.

    Args:
        subject: Which of SUBJECTS.
        folder: Where to leave the two tables, SUBJECT.few and SUBJECT.many.
        few: The messages of the run that is taken away.
        many: The messages of the run that it is taken away from.
        scenario: Whose messages the load sends; see `once.serve_once`.

    Raises:
        As `count`.
    """
    calls = count(subject, many, folder / f"{subject}.many", scenario)
    calls.subtract(count(subject, few, folder / f"{subject}.few", scenario))
    each = {name: n / (many - few) for name, n in calls.most_common()}
    return {name: n for name, n in each.items() if n >= LEAST}


def measure(subjects: Sequence[str], folder: Path, progress: Progress) -> dict[str, Any]:
    """Count for each subject and return a document for JSON.

    Returns:
        "format", "machine", "versions", "parameters" and "results". A result has "subject" and
        either "missing" with the reason or "calls" (by name, per message), "total", "goal" and
        "passed".
    """
    results: list[dict[str, Any]] = []
    for subject in subjects:
        progress(f"{subject} under strace")
        try:
            calls = per_message(subject, folder)
        except ImportError as error:
            results.append({"subject": subject, "missing": str(error)})
            continue
        total = sum(calls.values())
        goal = GOALS.get(subject)
        passed = None if goal is None else total <= goal
        results.append(
            {"subject": subject, "calls": calls, "total": total, "goal": goal, "passed": passed}
        )
    return {
        "format": FORMAT,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "parameters": {"connections": CONNECTIONS, "size": SIZE, "messages": [FEW, MANY]},
        "results": results,
    }


def render(document: dict[str, Any]) -> str:
    """Return the document as a table."""
    rows: list[list[str]] = []
    for result in document["results"]:
        if "missing" in result:
            rows.append(table.missing(result))
            continue
        goal = "-" if result["goal"] is None else f"{result['goal']:.2f}"
        calls = ", ".join(f"{name} {n:.2f}" for name, n in result["calls"].items())
        rows.append(
            [
                result["subject"],
                f"{result['total']:.2f}",
                goal,
                table.verdict(result["passed"]),
                calls,
            ]
        )
    title = f"system calls per message, {CONNECTIONS} connections, {SIZE} bytes"
    header = ["subject", "calls", "goal", "verdict", "which"]
    return f"{title}\n\n{table.table(header, rows, align='lrrll')}"


def failed(document: dict[str, Any]) -> bool:
    """Return whether a goal is missed, or a subject that has one could not be counted."""
    return any(
        result.get("passed") is False or ("missing" in result and result["subject"] in GOALS)
        for result in document["results"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 1 with --check and a goal missed."""
    parser = argparse.ArgumentParser(
        prog="python -m uvnet.bench.syscalls",
        description="Count the system calls that one echoed message costs the server.",
    )
    parser.add_argument(
        "subject",
        nargs="*",
        help=f"out of {', '.join(SUBJECTS)}; by default asyncio's shapes on uvnet and uvloop",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.subject if name not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {unknown[0]!r}; there are {', '.join(SUBJECTS)}")

    with tempfile.TemporaryDirectory(prefix="uvnet-strace-") as name, Progress() as say:
        try:
            document = measure(options.subject or DEFAULT, Path(name), say)
        except (StraceError, ChildError, RunError) as error:
            say("")
            print(f"uvnet.bench.syscalls: {error}", file=sys.stderr)
            return 2
    print(json.dumps(document, indent=2) if options.json else render(document))
    return 1 if options.check and failed(document) else 0


if __name__ == "__main__":
    sys.exit(exit_status(main))

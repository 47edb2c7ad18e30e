"""Count the user-space instructions that one echoed message costs the server.

    python -m uvnet.bench.instructions
    python -m uvnet.bench.instructions --profile handles-buffer

Throughput on a loopback is the kernel's more than ours, and moves with the machine; an instruction
count is ours alone and moves hardly at all. The server runs under callgrind, the load outside it,
twice: with few messages and with many. The slope between the two is the cost of a message, in which
starting up, importing and accepting have cancelled out.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
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
from .shell import exit_status
from .subjects import SUBJECTS

FORMAT = 1

# Instructions per message. None: nothing to reach, it is what the others are held against.
GOALS: dict[str, int | None] = {
    "ceiling": None,
    "splice": 330,
    "handles-buffer": 1100,
    "handles": None,
    "net-pipe": 400,
    "net-onread": 1300,
    "net-data": 1700,
    "net-async": 5000,
    "aio-protocol": 1500,
    "aio-buffered": 2300,
    "aio-streams": 14000,
    "aio-native": 7000,
    "aio-split": None,
    "aio-sock": None,
    "aio-tls": None,
    "aio-udp": None,
}

# Another interpreter, compiler or libc counts somewhat differently: so much above the goal still
# passes.
FACTOR = 1.15


class CallgrindError(RuntimeError):
    """Callgrind is not there or did not write what it should have written."""


def count(subject: str, messages: int, output: Path, scenario: Scenario | None = None) -> int:
    """Run a server under callgrind for one load and return all instructions it executed.

    Args:
        subject: Which of SUBJECTS.
        messages: How many messages the load sends.
        output: Where callgrind writes its profile.
        scenario: Whose messages the load sends; see `once.serve_once`.

    Raises:
        CallgrindError: Valgrind is not installed, or the profile has no total.
        ImportError, ChildError, RunError: As for `once.serve_once`.
    """
    if shutil.which("valgrind") is None:
        raise CallgrindError("valgrind is not installed, and callgrind is what counts")
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"]
    serve_once(subject, messages, tool, scenario)
    return total(output)


def total(output: Path) -> int:
    """Return all instructions of a profile that callgrind has written.

    Raises:
        CallgrindError: It tells no total.
    """
    found = re.search(r"^(?:totals|summary): (\d+)$", output.read_text(), re.MULTILINE)
    if found is None:
        raise CallgrindError(f"no total in {output}, which callgrind has written")
    return int(found[1])


def per_message(
    subject: str,
    folder: Path,
    few: int = FEW,
    many: int = MANY,
    scenario: Scenario | None = None,
) -> float:
    """Return the subject's instructions per message.

    Args:
        subject: Which of SUBJECTS.
        folder: Where to leave the two profiles, SUBJECT.few and SUBJECT.many.
        few: The messages of the run that is taken away.
        many: The messages of the run that it is taken away from.
        scenario: Whose messages the load sends; see `once.serve_once`.

    Raises:
        As `count`.
    """
    less = count(subject, few, folder / f"{subject}.few", scenario)
    more = count(subject, many, folder / f"{subject}.many", scenario)
    return (more - less) / (many - few)


def functions(output: Path) -> Counter[str]:
    """Return the instructions of each function itself, without those of what it calls."""
    annotated = subprocess.run(
        ["callgrind_annotate", "--threshold=100", "--auto=no", "--show-percs=no", str(output)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    counts: Counter[str] = Counter()
    homes: dict[str, str] = {}
    for line in annotated.splitlines():
        # "  12,345  file.c:function'2 [/path/of/object]": a line for each file that code was
        # inlined from and each level of recursion, and the object not always told.
        found = re.fullmatch(r"\s*([\d,]+)\s+\S*?:(.+?)(?:'\d+)?(?:\s+\[(.*)\])?", line)
        if found is None:
            continue
        counts[found[2]] += int(found[1].replace(",", ""))
        if found[3]:
            homes[found[2]] = Path(found[3]).name
    return Counter({f"{name}  ({homes.get(name, '?')})": n for name, n in counts.items()})


def profile(
    subject: str, folder: Path, few: int = FEW, many: int = MANY
) -> list[tuple[str, float]]:
    """Return each function with the instructions that a message spends in it, most first.

    Arguments and exceptions are those of `per_message`.
    """
    per_message(subject, folder, few, many)
    spent = functions(folder / f"{subject}.many")
    spent.subtract(functions(folder / f"{subject}.few"))
    return [(name, n / (many - few)) for name, n in spent.most_common()]


def verdict(instructions: float, goal: int | None) -> str:
    """Return "" without a goal; "pass", "pass within FACTOR" or "FAIL" with one."""
    if goal is None:
        return ""
    if instructions <= goal:
        return "pass"
    return f"pass (within x{FACTOR})" if instructions <= goal * FACTOR else "FAIL"


def measure(subjects: Sequence[str], folder: Path, progress: Progress) -> dict[str, Any]:
    """Count for each subject and return a document for JSON.

    Returns:
        "format", "machine", "versions", "parameters" and "results". A result has "subject" and
        either "missing" with the reason or "instructions" (per message), "goal" and "verdict".
    """
    results: list[dict[str, Any]] = []
    for subject in subjects:
        progress(f"{subject} under callgrind")
        try:
            instructions = per_message(subject, folder)
        except ImportError as error:
            results.append({"subject": subject, "missing": str(error)})
            continue
        goal = GOALS.get(subject)
        results.append(
            {
                "subject": subject,
                "instructions": round(instructions, 1),
                "goal": goal,
                "verdict": verdict(instructions, goal),
            }
        )
    return {
        "format": FORMAT,
        "machine": machine.machine(),
        "versions": machine.versions(),
        "parameters": {
            "connections": CONNECTIONS,
            "size": SIZE,
            "messages": [FEW, MANY],
            "factor": FACTOR,
        },
        "results": results,
    }


def render(document: dict[str, Any]) -> str:
    """Return the document as a table."""
    results = document["results"]
    ceiling = next((r.get("instructions") for r in results if r["subject"] == "ceiling"), None)
    rows: list[list[str]] = []
    for result in results:
        if "missing" in result:
            rows.append(table.missing(result))
            continue
        said = result["verdict"]
        rows.append(
            [
                result["subject"],
                f"{result['instructions']:.0f}",
                f"{result['instructions'] / ceiling:.2f}" if ceiling else "-",
                str(result["goal"] or "-"),
                table.paint(said, table.RED if said == "FAIL" else table.GREEN) if said else "-",
            ]
        )
    title = f"user-space instructions per message, {CONNECTIONS} connections, {SIZE} bytes"
    header = ["subject", "instructions", "ratio", "goal", "verdict"]
    return f"{title}\n\n{table.table(header, rows, align='lrrrl')}"


def failed(document: dict[str, Any]) -> bool:
    """Return whether a goal is missed, or a subject that has one could not be counted."""
    return any(
        result.get("verdict") == "FAIL"
        or ("missing" in result and GOALS.get(result["subject"]) is not None)
        for result in document["results"]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m uvnet.bench.instructions",
        description="Count the user-space instructions that one echoed message costs the server.",
    )
    parser.add_argument(
        "subject", nargs="*", help=f"out of {', '.join(SUBJECTS)}; {', '.join(GOALS)} by default"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a goal is missed")
    parser.add_argument(
        "--profile", choices=SUBJECTS, help="show the functions that a subject spends them in"
    )
    parser.add_argument("--top", type=int, default=40, metavar="N", help="how many functions")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.subject if name not in SUBJECTS]
    if unknown:
        parser.error(f"no subject {unknown[0]!r}; there are {', '.join(SUBJECTS)}")

    with tempfile.TemporaryDirectory(prefix="uvnet-callgrind-") as name, Progress() as say:
        folder = Path(name)
        try:
            if options.profile:
                spent = profile(options.profile, folder)[: options.top]
                say("")
                rows = [[f"{n:.1f}", function] for function, n in spent]
                print(table.table(["per message", "function"], rows, align="rl"))
                return 0
            document = measure(options.subject or list(GOALS), folder, say)
        except (CallgrindError, ChildError, ImportError, RunError) as error:
            say("")
            print(f"uvnet.bench.instructions: {error}", file=sys.stderr)
            return 2
    print(json.dumps(document, indent=2) if options.json else render(document))
    return 1 if options.check and failed(document) else 0


if __name__ == "__main__":
    sys.exit(exit_status(main))

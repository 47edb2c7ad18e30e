"""Hold the load generator against an independent one: wrk, on the same HTTP server.

    python benchmarks/agreement.py
    python benchmarks/agreement.py --rounds 15 --output benchmarks/results/agreement.json

One server, uvicorn with httptools on our loop, is loaded by the two in turn: as many connections,
one thread, the same CPU. Both are closed loops that ask for the same page and keep connections
alive. The time of wrk has its start and its connecting in it, ours begins after a warm-up: so a
round takes seconds. Exit status 1 if their rates differ by more than a tenth: then one of them does
not measure what it says, or the machine had other work to do.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from uvnet.bench import process, stats
from uvnet.bench.contender import Contender, Loader, RunError
from uvnet.bench.document import frame, ratio, scenario_entry
from uvnet.bench.process import ChildError
from uvnet.bench.scenarios import registry

SCENARIO, SUBJECT = "http-uvicorn", "aio-uvicorn"
APART = 0.1  # of the rate of wrk: so far may the two be apart
MISSING = 2

RATE = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
REQUESTS = re.compile(r"^\s+(\d+) requests in ", re.MULTILINE)
# What wrk goes on after, and a comparison must not.
FAULTS = re.compile(r"^\s+(Socket errors: .*|Non-2xx or 3xx responses: \d+)$", re.MULTILINE)


class WrkError(RuntimeError):
    """wrk did not measure what it was asked to."""


def parse(output: str) -> tuple[int, float]:
    """Read what wrk prints.

    Returns:
        (requests, requests per second).

    Raises:
        WrkError: Some requests failed, or there is no rate in it.
    """
    if fault := FAULTS.search(output):
        raise WrkError(f"wrk: {fault[1]}")
    requests, rate = REQUESTS.search(output), RATE.search(output)
    if requests is None or rate is None:
        said = output.strip().splitlines()
        raise WrkError(f"wrk printed no rate, but {said[-1] if said else 'nothing'!r}")
    if not int(requests[1]):
        raise WrkError("wrk had no answer at all")
    return int(requests[1]), float(rate[1])


def wrk(address: tuple[str, int], connections: int, seconds: int) -> tuple[int, float]:
    """Run wrk on the load's CPU and return what `parse` does."""
    host, port = address
    done = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", f"http://{host}:{port}/"],
        capture_output=True,
        text=True,
        timeout=seconds + 30,
        preexec_fn=lambda: process.pin(process.LOAD_CPU),
    )
    if done.returncode:
        raise WrkError(f"wrk ended with exit status {done.returncode}: {done.stderr.strip()}")
    return parse(done.stdout)


def version() -> str:
    """Return the version of wrk."""
    done = subprocess.run(["wrk", "-v"], capture_output=True, text=True)
    found = re.search(r"wrk \S*?(\d+(?:\.\d+)+)", done.stdout + done.stderr)
    return found[1] if found else "unknown"


def result(
    subject: str, label: str, version: str | None, values: list[float], others: list[float]
) -> dict[str, Any]:
    """Return one of the document's results."""
    return {
        "subject": subject,
        "label": label,
        "version": version,
        "value": stats.median(values),
        "spread": stats.spread(values),
        "ratio": ratio(values, others),
        "goal": None,
        **dict.fromkeys(("cpu_us", "memory", "latency_us", "histogram", "load_busy")),
        **dict.fromkeys(("server_busy", "instructions", "syscalls")),
        "rounds": [{"value": value} for value in values],
    }


def measure(rounds: int, seconds: int, connections: int) -> tuple[list[float], list[float]]:
    """Load the server by the two in turn.

    Returns:
        (requests per second of ours, those of wrk), one for each round.
    """
    scenario = replace(registry()[SCENARIO], connections=connections)
    contender = Contender(SUBJECT, scenario)
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory(prefix="uvnet-bench-") as folder, Loader() as loader:
        try:
            contender.start(folder)
            if not contender.able:
                raise RunError(f"{SUBJECT}: {contender.missing or contender.failed}")
            for turn in range(-1, rounds):  # the first turn warms the server up
                took = {}
                for who in ("uvnet", "wrk") if turn % 2 else ("wrk", "uvnet"):
                    if who == "wrk":
                        took[who] = wrk(contender.address, connections, seconds)[1]
                    else:
                        took[who] = contender.measure(loader, float(seconds)).value
                if turn >= 0:
                    ours.append(took["uvnet"])
                    theirs.append(took["wrk"])
                    print(f"round {turn + 1}/{rounds}", file=sys.stderr, flush=True)
        finally:
            contender.close()
    return ours, theirs


def document(
    ours: list[float], theirs: list[float], seconds: int, connections: int
) -> dict[str, Any]:
    """Return a document of the same format as `python -m uvnet bench` makes."""
    command = shlex.join(["python", *sys.argv])
    made = frame(command, len(ours), seconds, pinned=process.pinned())
    versions = made["versions"]
    wrks = versions["wrk"] = version()
    measured = replace(
        registry()[SCENARIO],
        name="agreement",
        about=f"{SCENARIO} by two load generators, {connections} connections",
        tells="Whether the load generator counts what an independent one counts.",
        cannot_tell="Whether both leave the same thing out.",
        connections=connections,
    )
    return {
        **made,
        "scenarios": [
            scenario_entry(
                measured,
                measured.parameters(),
                "wrk",
                [
                    result("wrk", "wrk", wrks, theirs, theirs),
                    result("uvnet", "uvnet.bench.load", versions["uvnet"], ours, theirs),
                ],
            )
        ],
    }


def positive(text: str) -> int:
    """Return a whole number above 0, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
    return number


def main() -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        description="Hold the load generator against wrk, on the same HTTP server."
    )
    parser.add_argument("--rounds", type=positive, default=7, metavar="N")
    parser.add_argument("--seconds", type=positive, default=3, metavar="S", help="whole ones")
    parser.add_argument("--connections", type=positive, default=16, metavar="N")
    parser.add_argument("--output", type=Path, metavar="FILE", help="keep the document there")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is not installed: apt-get install wrk, or brew install wrk", file=sys.stderr)
        return MISSING
    try:
        ours, theirs = measure(options.rounds, options.seconds, options.connections)
    except (WrkError, RunError, ChildError) as error:
        print(f"agreement: {error}", file=sys.stderr)
        return MISSING
    found = document(ours, theirs, options.seconds, options.connections)
    if options.output is not None:
        options.output.write_text(json.dumps(found, indent=1) + "\n")
    for each in found["scenarios"][0]["results"]:
        print(f"{each['label']:<18}{each['value']:>10,.0f} requests/s, spread {each['spread']:.0%}")
    ratio = found["scenarios"][0]["results"][1]["ratio"]
    apart = abs(ratio["median"] - 1) > APART
    print(
        f"ratio to wrk      {ratio['median']:>10.3f} ({ratio['low']:.3f} to {ratio['high']:.3f}): "
        + (f"more than {APART:.0%} apart" if apart else f"within {APART:.0%}")
    )
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())

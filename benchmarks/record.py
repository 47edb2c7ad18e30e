"""Run the measurements of uvnet.bench and keep what they find in results/, one document each.

    python benchmarks/record.py
    python benchmarks/record.py instructions memory

Take them on a machine that has nothing else to do. A document says which machine, which versions
and which command it was taken with; two of them are compared by their ratios and counts. Of `bench`
the report is kept too, in results/bench: report.md, report.html and plots.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"

MEASUREMENTS = {
    "bench": ("uvnet", "bench"),
    "instructions": ("uvnet.bench.instructions", "--json"),
    "syscalls": ("uvnet.bench.syscalls", "--json"),
    "memory": ("uvnet.bench.memory", "--json"),
    "scheduling": ("uvnet.bench.scheduling", "--json"),
}


def record(name: str) -> int:
    """Run one measurement, keep its document and return its exit status.

    Raises:
        OSError, ValueError: It left no document.
    """
    command = [*MEASUREMENTS[name]]
    folder = RESULTS / name
    if name == "bench":
        command += ["--output", os.path.relpath(folder)]
    done = subprocess.run([sys.executable, "-m", *command], stdout=subprocess.PIPE, text=True)
    path = RESULTS / f"{name}.json"
    if name == "bench":
        print(done.stdout)
        (folder / "results.json").replace(path)
    else:
        document = json.loads(done.stdout)
        document.setdefault("command", shlex.join(["python", "-m", *command]))
        path.write_text(json.dumps(document, indent=1) + "\n")
    print(path)
    return done.returncode


def main() -> int:
    """Run the command line and return the exit status: 1 if a measurement failed."""
    parser = argparse.ArgumentParser(description="Run measurements and keep their results.")
    parser.add_argument("name", nargs="*", help=f"out of {', '.join(MEASUREMENTS)}; all by default")
    names = parser.parse_args().name or list(MEASUREMENTS)
    for name in names:
        if name not in MEASUREMENTS:
            parser.error(f"no measurement {name!r}; there are {', '.join(MEASUREMENTS)}")

    RESULTS.mkdir(exist_ok=True)
    failed = False
    for name in names:
        try:
            status = record(name)
        except (OSError, ValueError) as error:
            print(f"{name}: no document: {error}", file=sys.stderr)
            failed = True
            continue
        if status:
            print(f"{name}: exit status {status}", file=sys.stderr)
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

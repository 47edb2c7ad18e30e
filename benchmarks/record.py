"""Run the measurements of uvnet.bench and keep what they find in results/, one document each.

    python benchmarks/record.py
    python benchmarks/record.py echo memory

Take them on a machine that has nothing else to do. A document says which machine, which versions
and which parameters it was taken with; two of them are compared by their ratios and counts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).parent / "results"

MEASUREMENTS = {
    "echo": ("uvnet", "bench"),
    "asyncio": ("uvnet", "bench", "--face", "asyncio"),
    "instructions": ("uvnet.bench.instructions",),
    "syscalls": ("uvnet.bench.syscalls",),
    "memory": ("uvnet.bench.memory",),
    "scheduling": ("uvnet.bench.scheduling",),
}


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
        command = [sys.executable, "-m", *MEASUREMENTS[name], "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        if done.returncode:
            print(f"{name}: failed with exit status {done.returncode}", file=sys.stderr)
            failed = True
            continue
        path = RESULTS / f"{name}.json"
        path.write_text(json.dumps(json.loads(done.stdout), indent=1) + "\n")
        print(path)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

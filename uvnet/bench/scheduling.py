"""Measure what it costs to schedule a callback: call_soon, call_later with cancel, threadsafe.

    python -m uvnet.bench.scheduling [--rounds N] [--json]

These are some of the scenarios of `micro`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from . import micro
from .shell import exit_status

NAMES = (
    "call_soon",
    "call_later_cancel",
    "call_soon_threadsafe",
    "call_soon_threadsafe-other-thread",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    return micro.run("python -m uvnet.bench.scheduling", NAMES, arguments)


if __name__ == "__main__":
    sys.exit(exit_status(main))

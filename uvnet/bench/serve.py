"""Run one subject as a server process of its own.

    python -m uvnet.bench.serve SUBJECT --tcp
    python -m uvnet.bench.serve SUBJECT --unix /tmp/echo.sock

Prints one line of JSON when it listens: its subject, transport, address, pid and CPU; or, with
exit status 3, {"missing": reason} if the subject is not installed or has no such transport. Ends on
SIGTERM, and when its standard input is a pipe whose other end is closed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from . import process
from .subjects import SUBJECTS, Address

MISSING = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m uvnet.bench.serve", description="Run one echo server."
    )
    parser.add_argument("subject", choices=SUBJECTS)
    transport = parser.add_mutually_exclusive_group(required=True)
    transport.add_argument("--tcp", action="store_true", help="listen on 127.0.0.1")
    transport.add_argument("--unix", metavar="PATH", help="listen on a Unix socket")
    parser.add_argument(
        "--once", type=int, default=0, metavar="BYTES", help="end after one run of so many bytes"
    )
    options = parser.parse_args(arguments)

    process.die_with_stdin()
    cpu = process.pin(process.SERVER_CPU)

    def announce(address: Address) -> None:
        carrier = SUBJECTS[options.subject].carrier
        on_ip = "tcp" if carrier == "stream" else carrier
        where = {"transport": "unix" if options.unix else on_ip, "address": address}
        print(json.dumps({"subject": options.subject, **where, "pid": os.getpid(), "cpu": cpu}))
        sys.stdout.flush()

    try:
        SUBJECTS[options.subject].serve(options.unix, announce, options.once)
    except (ImportError, NotImplementedError) as error:
        print(json.dumps({"missing": str(error) or type(error).__name__}), flush=True)
        return MISSING
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Run one subject as a server process of its own.

    python -m uvnet.bench.serve SUBJECT --tcp
    python -m uvnet.bench.serve SUBJECT --service line --unix /tmp/line.sock
    python -m uvnet.bench.serve SUBJECT --service http --size 10240 --tcp

Prints one line of JSON when it listens: its subject, service, transport, address, pid and CPU; or,
with exit status 3, its subject, service and "missing", the reason, if the subject is not installed
or has no such service or transport. Ends on SIGTERM, and when its standard input is a pipe whose
other end is closed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import sys
from collections.abc import Sequence

from . import process
from .job import BODY, LOOPBACK, SERVICES, Address, Job, Service
from .subjects import SUBJECTS

MISSING = 3
DESCRIPTORS = 65536  # thousands may connect


def allow_descriptors() -> None:
    """Allow this process DESCRIPTORS, or as many as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a lower limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m uvnet.bench.serve", description="Run one server."
    )
    parser.add_argument("subject", choices=SUBJECTS)
    parser.add_argument(
        "--service", choices=SERVICES, help="echo, or http if the subject has nothing else"
    )
    transport = parser.add_mutually_exclusive_group(required=True)
    transport.add_argument("--tcp", action="store_true", help="listen on an IP address")
    transport.add_argument("--unix", metavar="PATH", help="listen on a Unix socket")
    parser.add_argument("--host", default=LOOPBACK, help=f"the IP address; {LOOPBACK} by default")
    parser.add_argument(
        "--once", type=int, default=0, metavar="BYTES", help="end after one run of so many bytes"
    )
    parser.add_argument(
        "--size", type=int, default=BODY, metavar="BYTES", help=f"of an HTTP body; {BODY}"
    )
    options = parser.parse_args(arguments)
    if options.once < 0 or options.size < 0:
        parser.error("numbers of bytes must not be negative")
    subject = SUBJECTS[options.subject]
    service: Service = options.service or ("echo" if "echo" in subject.services else "http")

    process.die_with_stdin()
    allow_descriptors()
    cpu = process.pin(process.SERVER_CPU)

    what = {"subject": subject.name, "service": service}

    def announce(address: Address) -> None:
        on_ip = "tcp" if subject.carrier == "stream" else subject.carrier
        where = {"transport": "unix" if options.unix else on_ip, "address": address}
        print(json.dumps({**what, **where, "pid": os.getpid(), "cpu": cpu}), flush=True)

    try:
        job = Job(service, options.unix, options.once, options.size, options.host)
        subject.serve(job, announce)
    except (ImportError, NotImplementedError) as error:
        print(json.dumps({**what, "missing": str(error) or type(error).__name__}), flush=True)
        return MISSING
    return 0


if __name__ == "__main__":
    sys.exit(main())

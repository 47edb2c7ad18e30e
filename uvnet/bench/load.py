"""Run the load generator as a process of its own and print what it found as JSON.

    python -m uvnet.bench.load 127.0.0.1:7 --messages 100000
    python -m uvnet.bench.load /tmp/echo.sock --seconds 2 --depth 16
    python -m uvnet.bench.load 127.0.0.1:8000 --kind http --rate 20000 --seconds 5
    python -m uvnet.bench.load --requests < requests.jsonl

With --requests, each line of standard input is one run: a JSON object of the arguments of
`uvnet.bench._load.run`, and what the messages travel in as "carrier". Each is answered by one line.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Sequence
from typing import Any, Literal, get_args

from . import _load, process
from .shapes import Carrier
from .shell import exit_status

Address = tuple[str, int] | str
Kind = Literal["echo", "sink", "source", "churn", "storm", "http"]


def parse_address(text: str) -> Address:
    """Read HOST:PORT, [HOST]:PORT or the path of a Unix socket, which has a slash in it.

    Raises:
        ValueError: It is neither.
    """
    if "/" in text:
        return text
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal():
        raise ValueError(f"an address is HOST:PORT or a path with a slash, got {text!r}")
    return host.removeprefix("[").removesuffix("]"), int(port)


def allow_descriptors() -> None:
    """Let this process open as many connections as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Do one run and return its result, or {"error": text, "kind": kind} if it failed."""
    address = request.pop("address")
    carrier = request.pop("carrier", "stream")
    if isinstance(address, list):  # JSON has no tuple
        address = tuple(address)
    try:
        datagrams, tls = carrier == "udp", carrier == "tls"
        return {**_load.run(address, datagrams=datagrams, tls=tls, **request)}
    except _load.LoadError as error:
        return {"error": str(error), "kind": error.kind, "messages": error.messages}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 1 if a run failed."""
    parser = argparse.ArgumentParser(
        prog="python -m uvnet.bench.load",
        description="Load a server in a closed or an open loop, and check every byte.",
    )
    parser.add_argument("address", nargs="?", help="HOST:PORT or the path of a Unix socket")
    parser.add_argument("--requests", action="store_true", help="read runs from standard input")
    parser.add_argument(
        "--carrier", choices=get_args(Carrier), default="stream", help="stream, udp or tls"
    )
    parser.add_argument(
        "--kind", choices=get_args(Kind), default="echo", help="what the load does: %(choices)s"
    )
    parser.add_argument("--connections", type=int, default=16, metavar="N")
    parser.add_argument("--size", type=int, default=1024, metavar="BYTES", help="of a message")
    parser.add_argument(
        "--depth", type=int, default=1, metavar="N", help="messages in flight per connection"
    )
    parser.add_argument(
        "--rate", type=float, default=0.0, metavar="R", help="open loop: messages a second"
    )
    parser.add_argument("--lines", action="store_true", help="messages are lines")
    parser.add_argument("--messages", type=int, default=0, metavar="N")
    parser.add_argument("--seconds", type=float, default=0.0, metavar="S")
    parser.add_argument("--warmup", type=int, default=0, metavar="N", help="messages")
    parser.add_argument("--deadline", type=float, default=30.0, metavar="S")
    options = vars(parser.parse_args(arguments))
    requests = options.pop("requests")
    if requests == (options["address"] is not None):
        parser.error("give either an address or --requests")

    process.pin(process.LOAD_CPU)
    allow_descriptors()
    if requests:
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))), flush=True)
        return 0
    try:
        options["address"] = parse_address(options["address"])
        result = answer(options)
    except ValueError as error:
        parser.error(str(error))
    print(json.dumps(result))
    return 1 if "error" in result else 0


if __name__ == "__main__":
    sys.exit(exit_status(main))

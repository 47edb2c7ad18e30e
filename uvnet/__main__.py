"""The command line: `python -m uvnet info | echo | bench`."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any


def info(options: argparse.Namespace) -> int:
    """Print versions, build and platform."""
    from uvnet.bench import machine

    found = machine.info()
    print(json.dumps(found, indent=2) if options.json else machine.render(found))
    return 0


def echo(options: argparse.Namespace) -> int:
    """Serve echo until Ctrl-C."""
    from uvnet.bench.echo import Echo
    from uvnet.bench.sockets import MODES, SocketEcho

    server = SocketEcho(options.mode) if options.mode in MODES else Echo(options.mode)
    try:
        address = server.listen(options.host, options.port, options.path)
    except OSError as error:
        print(f"uvnet echo: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"address": address, "mode": options.mode}), flush=True)
    else:
        where = address if isinstance(address, str) else "{}:{}".format(*address)
        print(f"listening on {where}", flush=True)
    server.run()
    return 0


def bench(options: argparse.Namespace) -> int:
    """Measure the echo servers against each other. 1 if one of them failed."""
    from uvnet.bench import report, runner, table

    given = {name: value for name, value in vars(options).items() if value is not None}
    if given.pop("face") == "asyncio":
        chosen = {name: given.pop(name) for name in ("shapes", "loops") if name in given}
        base = runner.asyncio_plan(**chosen)
    else:
        base = runner.Plan()
    if given.pop("quick"):
        base = dataclasses.replace(base, **runner.QUICK)
    as_json = given.pop("json")
    plan = dataclasses.replace(base, **{k: v for k, v in given.items() if hasattr(base, k)})
    with table.Progress() as progress:
        document = runner.run(plan, progress)
    print(json.dumps(document, indent=2) if as_json else report.render(document))
    return 1 if any("failed" in result for result in document["results"]) else 0


def among(what: str, known: Iterable[str]) -> Callable[[str], tuple[str, ...]]:
    """Return an argument type: a list of known names with commas between."""
    allowed = tuple(known)

    def convert(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(","))
        for name in names:
            if name not in allowed:
                raise argparse.ArgumentTypeError(
                    f"no {what} {name!r}; there are {', '.join(allowed)}"
                )
        return names

    return convert


def positive(kind: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return an argument type: a number above 0."""

    def convert(text: str) -> Any:
        number = kind(text)
        if not 0 < number < float("inf"):
            raise argparse.ArgumentTypeError(f"must be above 0, got {text}")
        return number

    convert.__name__ = kind.__name__  # which argparse puts into "invalid int value"
    return convert


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    from uvnet.bench import echo as handles
    from uvnet.bench import sockets
    from uvnet.bench.runner import TRANSPORTS
    from uvnet.bench.shapes import LOOPS, SHAPES
    from uvnet.bench.subjects import SUBJECTS

    top = argparse.ArgumentParser(prog="python -m uvnet", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)

    def command(name: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=run.__doc__, description=run.__doc__)
        added.add_argument("--json", action="store_true", help="print JSON")
        added.set_defaults(run=run)
        return added

    command("info", info)

    server = command("echo", echo)
    server.add_argument("--host", default="127.0.0.1", help="an IP address; 127.0.0.1 by default")
    server.add_argument("--port", type=int, default=0, help="a free one by default")
    server.add_argument("--path", help="listen on a Unix socket instead")
    server.add_argument(
        "--mode",
        choices=(*sockets.MODES, *handles.MODES),
        default="pipe",
        help="how the bytes travel: on a net.Socket (pipe, the default, data, onread, async) "
        "or on a bare handle (handles, buffer, splice)",
    )

    run = command("bench", bench)
    defaults = ", ".join(s.name for s in SUBJECTS.values() if s.default)
    run.add_argument("--quick", action="store_true", help="few short rounds: a rough look")
    run.add_argument(
        "--face",
        choices=("net", "asyncio"),
        default="net",
        help="net, the default, beside C and Node; or asyncio: event loops beside each other",
    )
    run.add_argument(
        "--shapes",
        type=among("shape", SHAPES),
        metavar="A,B,...",
        help=f"of --face asyncio: out of {', '.join(SHAPES)}; by default all",
    )
    run.add_argument(
        "--loops",
        type=among("loop", LOOPS),
        metavar="A,B,...",
        help=f"of --face asyncio: out of {', '.join(LOOPS)}; by default all",
    )
    run.add_argument(
        "--subjects",
        type=among("subject", SUBJECTS),
        metavar="A,B,...",
        help=f"out of {', '.join(SUBJECTS)}; by default {defaults}",
    )
    run.add_argument(
        "--transports",
        type=among("transport", TRANSPORTS),
        metavar="A,B",
        help=f"out of {', '.join(TRANSPORTS)}; by default both",
    )
    run.add_argument("--rounds", type=positive(int), metavar="N")
    run.add_argument("--seconds", type=positive(float), metavar="S", help="of each measurement")
    run.add_argument("--connections", type=positive(int), metavar="N")
    run.add_argument("--size", type=positive(int), metavar="BYTES", help="of a message")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 130 after Ctrl-C."""
    from uvnet.bench.shell import exit_status

    described = parser()
    options = described.parse_args(arguments)
    if options.run is bench and options.face == "net" and (options.shapes or options.loops):
        described.error("--shapes and --loops are of --face asyncio")
    return exit_status(lambda: options.run(options))


if __name__ == "__main__":
    sys.exit(main())

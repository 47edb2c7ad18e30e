"""The command line: `python -m uvnet info | echo | bench`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence


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
    """Measure servers and event loops against each other: throughput, latency, CPU time, memory."""
    from uvnet.bench import command

    return command.run(options)


def parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """Describe the command line, as far as the arguments given need it."""
    from uvnet.bench import echo as handles
    from uvnet.bench import sockets

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

    measuring = command("bench", bench)
    if "bench" in given:  # the benchmark is much to import for those who want something else
        from uvnet.bench.command import describe

        describe(measuring)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 130 after Ctrl-C."""
    from uvnet.bench.shell import exit_status

    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser(given).parse_args(given, argparse.Namespace(arguments=given))
    return exit_status(lambda: options.run(options))


if __name__ == "__main__":
    sys.exit(main())

"""The command `python -m uvnet bench`."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from . import compare, outcome, presets, runner, scenarios, table
from .contender import Load, load_process
from .document import check
from .output import write
from .process import ChildError
from .subjects import SUBJECTS

INTERRUPTED = 130


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


def one(what: str, known: Iterable[str]) -> Callable[[str], str]:
    """Return an argument type: one known name."""
    some = among(what, known)

    def convert(text: str) -> str:
        names = some(text)
        if len(names) != 1:
            raise argparse.ArgumentTypeError(f"one {what} is asked for, got {len(names)}")
        return names[0]

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


def old_document(text: str) -> dict[str, Any]:
    """Read an earlier document: an argument type."""
    try:
        document = json.loads(Path(text).read_text())
        check(document)
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None
    found: dict[str, Any] = document
    return found


def describe(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    known = scenarios.registry()
    names = dict.fromkeys([*SUBJECTS, *(s for each in known.values() for s in each.subjects)])
    add = parser.add_argument
    add("--list", action="store_true", help="print scenarios and subjects, and measure nothing")
    add("--quick", action="store_true", help="a rough look of less than a minute")
    add(
        "--scenarios",
        type=among("scenario", known),
        default=(),
        metavar="A,B",
        help="out of those that --list prints; all by default",
    )
    add(
        "--subjects",
        type=among("subject", names),
        default=(),
        metavar="A,B",
        help="out of those that --list prints; by default those of each scenario",
    )
    add(
        "--base",
        type=one("subject", names),
        metavar="NAME",
        help="hold the others against this subject where it takes part",
    )
    add(
        "--face",
        choices=("net", "asyncio"),
        help="net beside C and Node, or event loops beside each other; both by default",
    )
    add("--rounds", type=positive(int), metavar="N", help="of each scenario; 7 by default")
    add("--seconds", type=positive(float), metavar="S", help="of each measurement; 0.35 by default")
    add("--instructions", action="store_true", help="count instructions per message by callgrind")
    add("--syscalls", action="store_true", help="count system calls per message by strace")
    add(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="leave results.json, report.md, report.html and plots/*.svg there",
    )
    add(
        "--compare",
        type=old_document,
        metavar="OLD.json",
        help="compare with an earlier run; exit with 1 if something got worse",
    )
    add(
        "--threshold",
        type=positive(float),
        default=0.1,
        metavar="PART",
        help="by how much it may get worse for --compare; 0.1 by default",
    )
    add("--check", action="store_true", help="exit with 1 if uvnet misses a goal, too")
    add("--dask", metavar="ADDRESS", help="spread the load over the dask cluster at this address")


def listing() -> str:
    """Return all scenarios with what they tell, and all subjects."""
    lines = []
    for scenario in scenarios.registry().values():
        lines += [
            f"{table.paint(scenario.name, table.BOLD)}  {scenario.about}",
            f"  tells: {scenario.tells}",
            f"  cannot tell: {scenario.cannot_tell}",
            f"  subjects: {', '.join(scenario.subjects)}",
        ]
    lines += ["", table.paint("subjects", table.BOLD)]
    width = max(map(len, SUBJECTS))
    lines += [f"  {name:<{width}}  {subject.about}" for name, subject in SUBJECTS.items()]
    return "\n".join(lines)


def planned(options: argparse.Namespace) -> runner.Plan:
    """Return the plan that the options ask for."""
    entries = presets.choose(
        scenarios.registry(),
        options.scenarios,
        options.subjects,
        options.base,
        options.face,
        options.quick,
    )
    quick = options.quick
    usual = runner.Plan(())
    return runner.Plan(
        entries,
        options.rounds or (presets.QUICK_ROUNDS if quick else usual.rounds),
        options.seconds or (presets.QUICK_SECONDS if quick else usual.seconds),
        quick,
        options.instructions,
        options.syscalls,
    )


def duration(seconds: float) -> str:
    """Return a duration for people."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def load_maker(address: str | None) -> Callable[[], Load]:
    """Return what starts the load: here, or on a dask cluster."""
    if address is None:
        return load_process

    def make() -> Load:
        from .dask_load import DaskLoad

        return DaskLoad(address)

    return make


def run(options: argparse.Namespace) -> int:
    """Do what the options ask for and return the exit status.

    Returns:
        0; 1 if a subject of uvnet's, the ceiling or the load failed, if --check found a goal
        missed, or --compare something worse; 2 if it could not be measured at all; 130 after
        Ctrl-C.
    """
    from . import report
    from .progress import Progress

    if options.list:
        print(listing())
        return 0
    plan = planned(options)
    if not plan.entries:
        print("uvnet bench: none of these subjects takes part in a scenario", file=sys.stderr)
        return 2
    measurements = sum(len(entry.subjects) for entry in plan.entries)
    print(
        f"{len(plan.entries)} scenarios, {measurements} servers and loops in them, {plan.rounds} "
        f"rounds: about {duration(plan.estimate())}",
        file=sys.stderr,
    )
    if options.output is not None:  # before the measurements, which would be lost
        try:
            options.output.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            print(f"uvnet bench: {error}", file=sys.stderr)
            return 2
    try:
        with Progress() as progress:
            document = runner.run(
                plan, progress, load_maker(options.dask), command_line(options.arguments)
            )
    except ChildError as error:
        print(f"uvnet bench: {error}", file=sys.stderr)
        return 2
    if options.output is not None:
        write(document, options.output)
    print(json.dumps(document, indent=2) if options.json else report.render(document))
    worse = False
    if options.compare is not None:
        changes = compare.compare(options.compare, document, options.threshold)
        said = compare.render(changes, options.compare, options.threshold, document)
        print("", said, sep="\n", file=sys.stderr if options.json else sys.stdout)
        worse = compare.worse(changes)
    faults = list(outcome.faults(document, missed=options.check))
    for fault in faults:
        print(f"uvnet bench: {fault}", file=sys.stderr)
    if document.get("interrupted"):
        return INTERRUPTED
    return 1 if worse or faults else 0


def command_line(arguments: Iterable[str]) -> str:
    """Return the command as it can be given again."""
    return shlex.join(["python", "-m", "uvnet", *arguments])

"""Measure scenarios: their subjects take turns in rounds, and all goes into one document."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from . import instructions, machine, memory, micro, node_net, process, scaling, summary, syscalls
from .contender import Contender, Load, Loader, RunError, in_turn, load_process
from .document import frame
from .once import countable
from .process import ChildError
from .scenarios import Scenario
from .subjects import SUBJECTS

# For the estimate, in seconds.
STARTING = 0.45  # a server, from its process to its listening
AROUND = 0.06  # a measurement: connecting, the warm-up, reading /proc
UNDER_CALLGRIND, UNDER_STRACE = 16.0, 5.0
WARM_UP = 0.5  # of a round, before the first one


class Progress(Protocol):
    """What is told how far the run has come; `progress.Progress` is one."""

    def __call__(self, text: str, /) -> None:
        """Show what happens now."""

    def step(self, done: float, total: float, text: str) -> None:
        """Show how much is done of how much, and what happens now."""


class Silent:
    """Shows nothing."""

    def __call__(self, text: str, /) -> None:
        """Say nothing."""

    def step(self, done: float, total: float, text: str) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Entry:
    """A scenario as it is measured: with whom, and against whom."""

    scenario: Scenario
    subjects: tuple[str, ...]
    base: str | None = None

    def present(self) -> list[str]:
        """Return the subjects whose package has a version here, as far as is known."""
        known, found = machine.versions(), []
        for name in self.subjects:
            package = SUBJECTS[name].package if name in SUBJECTS else name
            if known.get(package, "?") is not None:
                found.append(name)
        return found


@dataclass(frozen=True)
class Plan:
    """What to measure, and for how long.

    Attributes:
        entries: The scenarios, in this order.
        rounds: How often every subject of a scenario is measured.
        seconds: How long each measurement takes.
        quick: Whether it is a rough look, which the document says.
        instructions: Whether to count instructions per message, too.
        syscalls: Likewise system calls.
    """

    entries: tuple[Entry, ...]
    rounds: int = 7
    seconds: float = 0.35
    quick: bool = False
    instructions: bool = False
    syscalls: bool = False

    def cost(self, entry: Entry) -> float:
        """Return about how many seconds a scenario takes."""
        scenario, each = entry.scenario, self.seconds + AROUND
        if scenario.method == "idle":
            return sum(
                memory.rounds(name, self.rounds) * memory.cost(name, scenario.connections)
                for name in entry.present()
            )
        if scenario.method == "scaling":
            each = scaling.cost(scenario.points, self.seconds)
        elif scenario.method == "load-latency":
            each *= len(scenario.points) + 1
        turns = self.rounds + WARM_UP
        there = len(entry.present())
        found = STARTING * len(entry.subjects) + there * turns * each
        if countable(scenario):
            counted = there
            found += counted * UNDER_CALLGRIND if self.instructions else 0.0
            found += counted * UNDER_STRACE if self.syscalls else 0.0
        return found

    def estimate(self) -> float:
        """Return about how many seconds the whole takes, if nobody is missing."""
        return sum(map(self.cost, self.entries))


class Session:
    """A run on its way: the plan, the load, and how far it has come.

    Args:
        plan: What to measure.
        loader: What makes the load.
        progress: Who is told how far it has come.
    """

    def __init__(self, plan: Plan, loader: Loader, progress: Progress) -> None:
        self.plan = plan
        self.loader = loader
        self._progress = progress
        self._total = plan.estimate()
        self._done = 0.0
        self._before = 0.0

    def begin(self) -> None:
        """Take note that a scenario begins."""
        self._before = self._done

    def end(self, entry: Entry) -> None:
        """Take note that it has ended, whoever was missing from it."""
        self._done = self._before + self.plan.cost(entry)

    def say(self, text: str, seconds: float = 0.0) -> None:
        """Show what happens now, which takes so long."""
        self._progress.step(self._done, self._total, text)
        self._done = min(self._done + seconds, self._total)

    def part(self, entry: Entry) -> Part:
        """Return a progress for a module that measures a scenario by itself."""
        return Part(self, self.plan.cost(entry))


class Part:
    """The progress of one scenario within the whole."""

    def __init__(self, session: Session, seconds: float) -> None:
        self._session = session
        self._left = seconds

    def __call__(self, text: str, /) -> None:
        """Show what happens now. Each time a tenth of what is left is thought to be done."""
        self._session.say(text, self._left / 10)
        self._left -= self._left / 10

    def step(self, done: float, total: float, text: str) -> None:
        """Show what happens now."""
        self(text)


def race(session: Session, contenders: Sequence[Contender]) -> None:
    """Measure a scenario in rounds, in which its subjects take turns."""
    plan = session.plan
    for turn in range(-1, plan.rounds):  # the first turn warms the servers up
        seconds = plan.seconds * (WARM_UP if turn < 0 else 1.0)
        label = "warm-up" if turn < 0 else f"round {turn + 1}/{plan.rounds}"
        for contender in in_turn(contenders, turn):
            if not contender.able:
                continue
            scenario = contender.scenario
            session.say(f"{scenario.name}, {label}: {contender.subject}", seconds + AROUND)
            try:
                measured = contender.measure(session.loader, seconds)
            except RunError as error:
                contender.fail(error)
                continue
            if turn >= 0:
                contender.at.setdefault(0, []).append(measured)


def count(session: Session, contenders: Sequence[Contender]) -> None:
    """Count instructions and system calls per message, where that is asked for and can be done."""
    plan = session.plan
    with tempfile.TemporaryDirectory(prefix="uvnet-bench-") as name:
        for contender in contenders:
            subject, scenario = contender.subject, contender.scenario
            if not contender.able or not countable(scenario):
                continue
            try:
                if plan.instructions:
                    session.say(f"{scenario.name}: {subject} under callgrind", UNDER_CALLGRIND)
                    found = instructions.per_message(subject, Path(name), scenario=scenario)
                    contender.instructions = round(found, 1)
                if plan.syscalls:
                    session.say(f"{scenario.name}: {subject} under strace", UNDER_STRACE)
                    calls = syscalls.per_message(subject, Path(name), scenario=scenario)
                    contender.syscalls = {"total": sum(calls.values()), "calls": calls}
            except (ImportError, ChildError, RunError) as error:
                # Such as Node's, which cannot be counted: what was measured remains.
                session.say(f"{subject}: not counted: {error}")


METHODS: dict[str, Callable[[Session, Sequence[Contender]], None]] = {
    "rounds": race,
    "scaling": scaling.race,
    "load-latency": scaling.race_at_rates,
}


def compete(session: Session, entry: Entry, contenders: list[Contender]) -> str:
    """Measure a scenario, leave what was measured in the contenders, and return a remark."""
    scenario = entry.scenario
    remark = ""
    if scenario.method == "idle":
        return memory.race(session, contenders)
    if scenario.method == "scaling":  # before anybody starts, who would not have it
        _, remark = scaling.affordable(scenario.points)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="uvnet-bench-"))
        for contender in contenders:
            session.say(f"{scenario.name}: starting {contender.subject}", STARTING)
            stack.callback(contender.close)
            contender.start(folder, session.loader.host)
        METHODS[scenario.method](session, contenders)
        for contender in contenders:
            contender.weigh()
    count(session, contenders)
    return remark


def measure(session: Session, entry: Entry, versions: dict[str, str | None]) -> dict[str, Any]:
    """Measure a scenario and return its entry in the document.

    Raises:
        Stopped: Ctrl-C came; it has what was measured before.
    """
    scenario, plan = entry.scenario, session.plan
    if scenario.method in ("micro", "node-net"):
        own = micro.measure if scenario.method == "micro" else node_net.measure
        return own(
            scenario.name,
            entry.subjects,
            plan.rounds,
            plan.seconds,
            entry.base,
            session.part(entry),
        )
    contenders = [Contender(subject, scenario) for subject in entry.subjects]
    try:
        remark = compete(session, entry, contenders)
    except KeyboardInterrupt:
        begun = any(contender.at for contender in contenders)
        raise Stopped(
            summary.entry(scenario, contenders, entry.base, versions) if begun else None
        ) from None
    found = summary.entry(scenario, contenders, entry.base, versions)
    return {**found, "remark": remark} if remark else found


class Stopped(Exception):
    """Ctrl-C came in the middle of a scenario.

    Attributes:
        entry: Its entry in the document, if something was measured.
    """

    def __init__(self, entry: dict[str, Any] | None) -> None:
        super().__init__()
        self.entry = entry


def run(
    plan: Plan,
    progress: Progress | None = None,
    make_load: Callable[[], Load] = load_process,
    command: str = "python -m uvnet bench",
) -> dict[str, Any]:
    """Carry the plan out.

    Args:
        plan: What to measure.
        progress: Who is told how far it has come.
        make_load: Starts the load generator.
        command: What the document calls the command that made it.

    Returns:
        The document, of format 2: see docs/guide/benchmarks.md. After Ctrl-C it has "interrupted",
        true, and the scenarios so far.

    Raises:
        ChildError: The load generator could not be started, or a tool that counts is missing.
    """
    check_tools(plan)
    document = frame(command, plan.rounds, plan.seconds, quick=plan.quick, pinned=process.pinned())
    try:
        with Loader(make_load) as loader:
            session = Session(plan, loader, progress or Silent())
            for entry in plan.entries:
                session.begin()
                document["scenarios"].append(measure(session, entry, document["versions"]))
                session.end(entry)
    except (KeyboardInterrupt, Stopped) as error:
        document["interrupted"] = True
        if isinstance(error, Stopped) and error.entry is not None:
            document["scenarios"].append(error.entry)
    return document


def check_tools(plan: Plan) -> None:
    """Raise ChildError if a tool that the plan needs is not installed."""
    for wanted, tool in ((plan.instructions, "valgrind"), (plan.syscalls, "strace")):
        if wanted and shutil.which(tool) is None:
            raise ChildError(f"{tool} is not installed, and it is what counts")

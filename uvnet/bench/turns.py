"""Subjects that measure themselves, each in a process of its own, taking turns round by round.

What else the machine does then falls on all of them, and what one of them has imported on none of
the others. Such a process says first what it is or why it is missing, then answers each request
with what it has measured; `answers` has that end of the talk.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from . import stats
from .document import frame, ratio, scenario_entry
from .process import Child, ChildError

START_TIMEOUT = 30.0  # seconds for a process to import what it needs
ROUND_TIMEOUT = 30.0  # seconds that a round may take beyond the time it was given
WARM_UP = 0.5  # of a round, before the first one

Progress = Callable[[str], object]


@dataclass(frozen=True)
class MicroScenario:
    """What is measured without a load generator.

    Attributes:
        name: What the command line and the document call it.
        about: What is measured, in a few words.
        tells: What its figure can tell.
        cannot_tell: What it cannot.
        subjects: Who is measured, and how it is called in a table.
        unit: What the figure is in.
        better: "more" or "less", whichever is the better figure.
        base: The subject that the others are held against unless another is asked for.
        goals: Of subjects: {"against": subject, "at_least": ratio}, or {"at_most": figure}.
        parameters: What else the figure depends on.
    """

    name: str
    about: str
    tells: str
    cannot_tell: str
    subjects: Mapping[str, str]
    unit: str = "ns"
    better: str = "less"
    base: str = "uvloop"
    goals: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)


class Subject:
    """One subject of a scenario: its process and what it has measured.

    Args:
        name: Which of the scenario's subjects it is.
        child: Starts its process.
        value: Turns an answer, which has "seconds" and "messages", into the figure.
    """

    def __init__(
        self, name: str, child: Callable[[], Child], value: Callable[[dict[str, Any]], float]
    ) -> None:
        self.name = name
        self.child = child()
        self.version: str | None = None
        self.proof: Any = None
        self.why: dict[str, str] = {}  # it could not be measured: "missing" or "failed"
        self.rounds: list[dict[str, Any]] = []
        self._value = value

    def start(self) -> None:
        """Learn what it is, or that it is missing or failed."""
        try:
            said = self.child.receive(START_TIMEOUT)
        except ChildError as error:
            self.why = {"failed": str(error)}
            return
        if "missing" in said:
            self.why = {"missing": said["missing"]}
        self.version = said.get("version")
        self.proof = said.get("proof")

    def turn(self, request: dict[str, Any], timeout: float) -> dict[str, Any] | None:
        """Have it measure once. None if it failed, and then it is not to be asked again."""
        try:
            self.child.send(request)
            answer = self.child.receive(timeout)
        except ChildError as error:
            self.why = {"failed": str(error)}
            return None
        if answer.get("sent") != answer.get("received"):
            self.why = {"failed": f"of {answer['sent']} bytes {answer['received']} arrived"}
            return None
        return {"value": self._value(answer), **answer}


def take_turns(
    scenario: MicroScenario,
    subjects: Sequence[str],
    child: Callable[[str], Child],
    value: Callable[[dict[str, Any]], float],
    rounds: int,
    seconds: float,
    progress: Progress,
) -> list[Subject]:
    """Measure every subject `rounds` times, each round beginning with another one."""
    found: list[Subject] = []
    with ExitStack() as stack:
        for name in subjects:
            progress(f"{scenario.name}: starting {name}")
            subject = Subject(name, lambda name=name: child(name), value)  # type: ignore[misc]
            stack.callback(subject.child.close)
            found.append(subject)
        for subject in found:  # all at once, they start the sooner
            subject.start()
        disagree(found)
        for turn in range(-1, rounds):  # the first turn warms up
            place = turn % len(found)
            for subject in found[place:] + found[:place]:
                if subject.why:
                    continue
                label = "warm-up" if turn < 0 else f"round {turn + 1}/{rounds}"
                progress(f"{scenario.name}: {label}: {subject.name}")
                asked = seconds * WARM_UP if turn < 0 else seconds
                measured = subject.turn({"seconds": asked}, asked + ROUND_TIMEOUT)
                if measured is not None and turn >= 0:
                    subject.rounds.append(measured)
    progress("")
    return found


def disagree(subjects: Sequence[Subject]) -> None:
    """Let fail whoever's answers to the same questions are not the first one's."""
    proven = [subject for subject in subjects if not subject.why]
    for subject in proven[1:]:
        if subject.proof != proven[0].proof:
            subject.why = {
                "failed": f"it does {subject.proof!r} where {proven[0].name} "
                f"does {proven[0].proof!r}"
            }


def measure(
    scenario: MicroScenario,
    subjects: Sequence[str] | None,
    child: Callable[[str], Child],
    value: Callable[[dict[str, Any]], float],
    rounds: int,
    seconds: float,
    base: str | None = None,
    progress: Progress = lambda text: None,
) -> dict[str, Any]:
    """Measure a scenario.

    Args:
        scenario: Which.
        subjects: Names out of its subjects; None for all.
        child: Starts the process of a subject.
        value: Turns the answer of a process into the figure.
        rounds: How often each is measured.
        seconds: How long each of these measurements takes.
        base: The subject that the others are held against; None for the scenario's own.
        progress: Called with a line of text on what happens now, and with "" at the end.

    Returns:
        One entry of "scenarios" in the document.

    Raises:
        ValueError: The scenario has no such subject, or a number is not above 0.
    """
    names = list(scenario.subjects if subjects is None else subjects)
    for name in names if base is None else [*names, base]:
        if name not in scenario.subjects:
            known = ", ".join(scenario.subjects)
            raise ValueError(f"{scenario.name} has no subject {name!r}; there are {known}")
    if rounds < 1 or not 0 < seconds < float("inf"):
        raise ValueError(f"rounds and seconds must be above 0, got {rounds} and {seconds:g}")
    base = base or scenario.base
    found = take_turns(scenario, names, child, value, rounds, seconds, progress) if names else []
    results = [summarise(subject, found, scenario, base) for subject in found]
    return scenario_entry(scenario, scenario.parameters, base, results)


def held_against(
    subject: Subject, other: str, found: Sequence[Subject], better: str
) -> dict[str, float] | None:
    """Return the subject's ratio to another one, if that was measured; above 1 is better."""
    against = next((each for each in found if each.name == other and not each.why), None)
    if against is None:
        return None
    ours, theirs = ([r["value"] for r in each.rounds] for each in (subject, against))
    return ratio(ours, theirs, better)


def judged(
    subject: Subject, value: float, scenario: MicroScenario, found: Sequence[Subject]
) -> dict[str, Any] | None:
    """Return the subject's goal with the verdict; None without a goal or what decides it."""
    goal = scenario.goals.get(subject.name)
    if goal is None:
        return None
    if "at_most" in goal:
        return {**goal, "found": value, "passed": value <= goal["at_most"]}
    reached = held_against(subject, goal["against"], found, scenario.better)
    if reached is None:
        return None
    median = reached["median"]
    return {**goal, "found": median, "passed": median >= goal["at_least"]}


def summarise(
    subject: Subject, found: Sequence[Subject], scenario: MicroScenario, base: str
) -> dict[str, Any]:
    """Return one of the "results"."""
    row: dict[str, Any] = {
        "subject": subject.name,
        "label": scenario.subjects[subject.name],
        "version": subject.version,
    }
    if subject.why:
        return {**row, **subject.why}
    values = [each["value"] for each in subject.rounds]
    value = stats.median(values)
    messages = sum(each["messages"] for each in subject.rounds)
    cpu_us = {
        kind: 1e6 * sum(each[kind] for each in subject.rounds) / max(messages, 1e-9)
        for kind in ("user", "system")
    }
    return {
        **row,
        "value": value,
        "spread": stats.spread(values),
        "ratio": held_against(subject, base, found, scenario.better),
        "goal": judged(subject, value, scenario, found),
        "cpu_us": cpu_us if messages else None,
        **dict.fromkeys(("memory", "latency_us", "histogram", "load_busy")),
        "server_busy": stats.median(
            [(each["user"] + each["system"]) / each["seconds"] for each in subject.rounds]
        ),
        **dict.fromkeys(("instructions", "syscalls")),
        "rounds": subject.rounds,
    }


def document(scenarios: list[dict[str, Any]], rounds: int, seconds: float) -> dict[str, Any]:
    """Return a document of these scenarios, for JSON."""
    command = shlex.join(["python", *sys.orig_argv[1:]])
    return {**frame(command, rounds, seconds), "scenarios": scenarios}

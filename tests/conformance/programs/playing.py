"""Playing programs, in Node and here, and telling what differs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
STALLS_AFTER = 30.0  # seconds in which not one program is done; most take some milliseconds
AT_ONCE = 2  # processes
SHRINK_BATCH = 30  # programs
FAILED = "!"  # the end of a trace that says how the player died or stalled

Program = dict[str, Any]
Trace = dict[str, list[str]]
Play = Callable[[list[Program]], list[Trace]]


def _play(command: list[str], programs: list[Program], env: dict[str, str]) -> list[Trace]:
    """Return the trace of each program; where the player dies or stalls, how that was."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = Path(folder, "programs"), Path(folder, "traces")
        asked.write_text("".join(json.dumps(program) + "\n" for program in programs))
        answered.touch()
        process = subprocess.Popen(
            [*command, str(asked), str(answered)],
            cwd=HERE,
            env={**os.environ, "TMPDIR": folder, **env},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        size = -1
        while True:
            try:
                _, err = process.communicate(timeout=STALLS_AFTER)
                end = f"ended with {process.returncode}: {err[-2000:]}"
                break
            except subprocess.TimeoutExpired:
                if size == answered.stat().st_size:
                    process.kill()
                    process.communicate()
                    end = "stalls"
                    break
                size = answered.stat().st_size
        traces = [json.loads(line) for line in answered.read_text().splitlines()]
    if len(traces) == len(programs):
        if process.returncode or err:
            traces[-1] = {FAILED: [end]}
        return traces
    rest = programs[len(traces) + 1 :]
    return [*traces, {FAILED: [end]}, *(_play(command, rest, env) if rest else [])]


def node_player(node: str, jitter: bool = False) -> Play:
    """Return a function that plays programs in this Node."""
    program = os.path.abspath(shutil.which(node) or node)
    env = {"PLAY_JITTER": "1"} if jitter else {}
    return lambda programs: _play([program, "play.js"], programs, env)


def our_player(switches: str = "") -> Play:
    """Return a function that plays programs here, with UVNET_FAST=switches."""
    import uvnet

    path = [str(Path(uvnet.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    env = {
        "PYTHONFAULTHANDLER": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "UVNET_FAST": switches,
    }
    return lambda programs: _play([sys.executable, "-Werror", "play.py"], programs, env)


def play_all(players: list[Play], programs: list[Program]) -> list[list[Trace]]:
    """Return what each player made of the programs."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda player: player(programs), players))


def stable(traces: Iterable[Trace]) -> Trace | None:
    """Return the trace, if several runs agree on it, and none failed."""
    first, *others = traces
    if FAILED in first:
        return None
    return first if all(comparable(other) == comparable(first) for other in others) else None


def comparable(trace: Trace) -> Trace:
    """Leave out what may differ: behind an exception that nobody caught, Node's ticks wait."""
    if "-" not in trace:
        return trace
    return {end: _sorted_steps(lines) for end, lines in trace.items()}


def _sorted_steps(lines: list[str]) -> list[str]:
    """Sort what happened in each step."""
    steps: list[list[str]] = [[]]
    for line in lines:
        steps[-1].append(line)
        if line[0] == "@":
            steps.append([])
    return [line for step in steps for line in sorted(step)]


def difference(ours: Trace, nodes: Trace) -> str:
    """Return where two traces part, end by end; '' if they are the same."""
    ours, nodes = comparable(ours), comparable(nodes)
    parts = []
    for end in sorted(ours.keys() | nodes.keys()):
        our, node = ours.get(end, []), nodes.get(end, [])
        if our == node:
            continue
        pairs = zip([*our, None], [*node, None], strict=False)
        first = next(i for i, (a, b) in enumerate(pairs) if a != b)
        parts.append(f"{end}, the same:")
        parts += [f"    {line}" for line in our[max(0, first - 8) : first]]
        parts += [f"  ours: {line}" for line in _changes(our[first : first + 4], node[first:])]
        parts += [f"  node: {line}" for line in _changes(node[first : first + 4], our[first:])]
    return "\n".join(parts)


def _changes(lines: list[str], others: list[str]) -> list[str]:
    """Leave out of the first line, if it is a state in both, what is the same."""
    if lines and others and lines[0][0] == others[0][0] == "@":
        words = [word for word in lines[0].split() if word not in others[0].split()[1:]]
        return [" ".join(words), *lines[1:]]
    return lines or ["(nothing)"]


def describe(program: Program) -> str:
    """Return a program as text, a step a line."""
    lines = [f"{name}: {json.dumps(program[name])}" for name in ("transport", "server", "client")]
    lines += [f"hook: {json.dumps(hook)}" for hook in program["hooks"]]
    return "\n".join(lines + [f"step: {json.dumps(step)}" for step in program["steps"]])


# ---------------------------------------------------------------------- shrinking


def smaller(program: Program) -> Iterator[Program]:
    """Yield programs that lack a part of this one, the large parts first."""
    steps, hooks = program["steps"], program["hooks"]
    size = len(steps) // 2
    while size >= 1:
        for i in range(0, len(steps), size):
            yield {**program, "steps": steps[:i] + steps[i + size :]}
        size //= 2
    for i in range(len(hooks)):
        yield {**program, "hooks": hooks[:i] + hooks[i + 1 :]}
    for i, step in enumerate(steps):
        for j in range(len(step) if len(step) > 1 else 0):
            yield {**program, "steps": [*steps[:i], step[:j] + step[j + 1 :], *steps[i + 1 :]]}
    for i, (*when, calls) in enumerate(hooks):
        for j in range(len(calls) if len(calls) > 1 else 0):
            hook = [*when, calls[:j] + calls[j + 1 :]]
            yield {**program, "hooks": [*hooks[:i], hook, *hooks[i + 1 :]]}
    for end in ("server", "client"):
        options = program[end]
        watch = options["watch"]
        if len(watch) > 1:
            yield {**program, end: {**options, "watch": []}}
        for name in sorted(options.keys() - {"watch"}):
            yield {**program, end: {key: value for key, value in options.items() if key != name}}
        for i in range(len(watch)):
            yield {**program, end: {**options, "watch": watch[:i] + watch[i + 1 :]}}


def shrink(program: Program, differ: Callable[[list[Program]], list[bool]]) -> Program:
    """Return a program that still differs, but none of which a part can be left out."""
    start, kept = 0, 0  # where to go on, and how many in a row could not be left out
    while True:
        candidates = list(smaller(program))
        if kept >= len(candidates):
            return program
        batch = [candidates[(start + i) % len(candidates)] for i in range(SHRINK_BATCH)]
        found = [i for i, yes in enumerate(differ(batch)) if yes]
        if found:
            program = batch[found[0]]
            start, kept = start + found[0], 0
        else:
            start, kept = start + SHRINK_BATCH, kept + SHRINK_BATCH

"""Running scenarios, in Node and here, and what of two traces is compared."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENDS_WITHIN = 30.0  # seconds; a scenario takes less than one
SCENARIOS = sorted(path.stem for path in HERE.glob("*.js") if path.stem != "tracer")


def source(name: str) -> str:
    return (HERE / f"{name}.py").read_text()


def comparable(name: str, trace: str) -> object:
    """Return what must be equal: all lines in order, or those of each end."""
    lines = trace.splitlines()
    if not re.search(r"^APART = True$", source(name), re.M):
        return lines
    ends: dict[str, list[str]] = {}
    for line in lines:
        ends.setdefault(re.split(r"[. ]", line)[0], []).append(line)
    return ends


def differs(name: str) -> bool:
    """Return whether our trace is not meant to be Node's."""
    return re.search(r"^DIFFERS = ", source(name), re.M) is not None


def node_trace(name: str) -> Path:
    return HERE / f"{name}.trace"


def our_trace(name: str) -> Path:
    """Return the file with the trace that is expected of us."""
    return HERE / f"{name}.ours.trace" if differs(name) else node_trace(name)


def run_node(node: str, name: str) -> str:
    """Return the trace of a scenario in Node."""
    return _run([node, f"{name}.js"], dict(os.environ))


def run_ours(name: str) -> str:
    """Return the trace of a scenario here."""
    import uvnet

    path = [str(Path(uvnet.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))}
    env["PYTHONFAULTHANDLER"] = "1"
    if "LD_PRELOAD" not in os.environ:  # sanitizers bring allocators of their own
        env["PYTHONMALLOC"] = "debug"
    return _run([sys.executable, "-Werror", "run.py", name], env)


def run_many(run: Callable[[str], str], names: Iterable[str]) -> dict[str, str | AssertionError]:
    """Run scenarios side by side; failures are kept."""

    def attempt(name: str) -> str | AssertionError:
        try:
            return run(name)
        except AssertionError as exc:
            return exc

    names = list(names)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(names, pool.map(attempt, names), strict=True))


def _run(command: list[str], env: dict[str, str]) -> str:
    """Return what a program printed that ended by itself, in peace."""
    try:
        done = subprocess.run(
            command, cwd=HERE, env=env, capture_output=True, text=True, timeout=ENDS_WITHIN
        )
    except subprocess.TimeoutExpired as exc:
        printed = (exc.stdout or b"").decode()
        raise AssertionError(f"not done after {ENDS_WITHIN:g} s; traced:\n{printed}") from None
    assert not done.returncode and not done.stderr, (
        f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout

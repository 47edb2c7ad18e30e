"""Running scenarios, in Node and here, and what of two traces is compared."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCENARIOS = sorted(path.stem for path in HERE.glob("*.js") if path.stem != "tracer")
NODE_ENDS_WITHIN = 20.0  # seconds

# What scenarios printed, by name; what failed is kept as the failure.
Traces = dict[str, str | AssertionError]


def by_end(trace: str) -> dict[str, list[str]]:
    """Return the lines of each end in order: how the ends interleave is up to scheduling."""
    ends: dict[str, list[str]] = {}
    for line in trace.splitlines():
        [end] = re.findall(r"^[^. ]+", line)
        ends.setdefault(end, []).append(line)
    return dict(sorted(ends.items()))


def _declared(name: str, constant: str) -> str | None:
    source = (HERE / f"{name}.py").read_text()
    found = re.search(rf"^{constant} = ([\"'])(.+)\1", source, re.MULTILINE)
    return found and found[2]


def differs(name: str) -> str | None:
    """Return why our trace is not Node's, where it is not meant to be."""
    return _declared(name, "DIFFERS")


def runs_here(name: str) -> bool:
    """Return whether the scenario is for this platform, and this machine has what it needs."""
    if _declared(name, "NEEDS") == "ipv6" and not _has_ipv6():
        return False
    return (_declared(name, "PLATFORM") or sys.platform) == sys.platform


@cache
def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def node_trace(name: str) -> Path:
    return HERE / f"{name}.trace"


def our_trace(name: str) -> Path:
    """Return the file with the trace that is expected of us."""
    return HERE / f"{name}.ours.trace" if differs(name) else node_trace(name)


def _result(code: int | str, out: str, err: str) -> str | AssertionError:
    """Return what was printed by a program that ended by itself, in peace."""
    if int(code) == 0 and not err:
        return out
    return AssertionError(f"ended with {code}; traced:\n{out}{err}")


def run_node(node: str, names: Iterable[str]) -> Traces:
    """Return the traces of scenarios in Node."""
    program = os.path.abspath(shutil.which(node) or node)

    def run(name: str) -> str | AssertionError:
        command = [program, f"{name}.js"]
        start = partial(subprocess.run, cwd=HERE, capture_output=True, text=True)
        try:
            done = start(command, timeout=NODE_ENDS_WITHIN)
        except subprocess.TimeoutExpired as exc:
            return AssertionError(f"not done in time; traced: {exc.stdout!r}")
        return _result(done.returncode, done.stdout, done.stderr)

    names = list(names)
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        return dict(zip(names, pool.map(run, names), strict=True))


def run_ours(names: Iterable[str], switches: str = "") -> Traces:
    """Return the traces of scenarios here, with UVNET_FAST=switches."""
    import uvnet

    path = [str(Path(uvnet.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    env = {
        **os.environ,
        "PYTHONFAULTHANDLER": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "UVNET_FAST": switches,
    }
    if "LD_PRELOAD" not in os.environ:  # sanitizers bring allocators of their own
        env["PYTHONMALLOC"] = "debug"
    names = list(names)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-Werror", "run.py", folder, *names]
        done = subprocess.run(command, cwd=HERE, env=env, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0 and not done.stderr, done.stderr

        def result(name: str) -> str | AssertionError:
            ends = (Path(folder, f"{name}.{ending}") for ending in ("code", "out", "err"))
            return _result(*(path.read_text() for path in ends))

        return {name: result(name) for name in names}

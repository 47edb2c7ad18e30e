"""The types hold: mypy over the package and over samples of its use, stubtest over the stubs."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import uvnet

from .tree import ROOT, needs_tree

SAMPLES = ROOT / "tests" / "typing"
PACKAGE = Path(uvnet.__file__).parent
STUBS = sorted(PACKAGE.rglob("*.pyi"))

needs_mypy = pytest.mark.skipif(
    find_spec("mypy") is None, reason="mypy is not installed: it is in the group `typing`"
)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run this Python where it finds the package that is being tested."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent), "MYPYPATH": ""},
        capture_output=True,
        text=True,
        timeout=300,
    )


def mypy(*targets: str | Path) -> subprocess.CompletedProcess[str]:
    cache = ROOT / "build" / "mypy"
    config = ROOT / "pyproject.toml"
    return run("-m", "mypy", "--config-file", config, "--cache-dir", cache, *targets)


def modules() -> list[str]:
    """Return the compiled modules that have a stub; some are not built on every platform."""
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in STUBS]
    return [name for name in names if find_spec(name)]


@needs_mypy
@needs_tree
def test_the_package_passes_strict_checks() -> None:
    result = mypy(PACKAGE)
    assert result.returncode == 0, result.stdout + result.stderr


@needs_mypy
def test_samples_mean_what_they_assert() -> None:
    result = mypy(SAMPLES)
    assert result.returncode == 0, result.stdout + result.stderr


@needs_mypy
def test_a_wrong_sample_is_found(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text(
        "from typing import assert_type\n"
        "from uvnet import _core\n"
        "assert_type(_core.version(), int)\n"
        "_core.version()  # type: ignore[arg-type]\n"
        "_core.no_such_name\n"
    )
    result = mypy(wrong)
    assert result.returncode == 1, result.stdout + result.stderr
    found = [line.rpartition("[")[2] for line in result.stdout.splitlines() if ": error:" in line]
    assert found == ["assert-type]", "unused-ignore]", "attr-defined]"], result.stdout


@needs_mypy
def test_stubs_match_the_compiled_modules() -> None:
    names = modules()
    assert {"uvnet._core.loop", "uvnet._core.tcp", "uvnet._core.constants"} <= set(names)
    assert {"uvnet.stream.readable", "uvnet.net._stream_base"} <= set(names)
    allowed = SAMPLES / "stubtest_allow.txt"
    config = ROOT / "pyproject.toml"
    options = ("--concise", "--mypy-config-file", config, "--allowlist", allowed)
    result = run("-m", "mypy.stubtest", *options, *names)
    assert result.returncode == 0, result.stdout + result.stderr


RUNNING = ["low_level.py", "event_loop.py", "events.py", "streams.py", "net_sockets.py"]
RUNNING += ["diagnosing.py"]


@pytest.mark.parametrize("name", RUNNING)
def test_sample_runs(name: str) -> None:
    """So that what the samples assert about types is true of the values, too."""
    result = run("-X", "dev", "-W", "error", SAMPLES / name)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr

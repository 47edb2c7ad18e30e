"""Everything public is called with everything: no crash, no hang, nothing left over.

Only documented exceptions leave a call. See argument_fuzz.py, which runs in processes of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = "tests.reliability.argument_fuzz"


def fuzz(folder: Path, seed: int | str, calls: int, patience: float) -> None:
    log = folder / f"last.{seed}"
    try:
        process = subprocess.run(
            [sys.executable, "-Wignore", "-m", PROGRAM, str(seed), str(calls)],
            cwd=ROOT,
            env={**os.environ, "FUZZ_LOG": str(log)},
            capture_output=True,
            text=True,
            timeout=patience,
        )
    except subprocess.TimeoutExpired:
        pytest.fail(f"seed {seed} hangs:\n{log.read_text()}", pytrace=False)
    if process.returncode == 0:
        assert int(process.stdout.split()[0]) >= calls
        return
    said = f"{process.stdout}{process.stderr}"
    if "FAULT" not in said:  # a signal, or what hangs
        said += (
            f"\nstatus {process.returncode}; the last call is the last line of:\n{log.read_text()}"
        )
    pytest.fail(f"seed {seed}, {calls} calls:\n{said}", pytrace=False)


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_passed(tmp_path: Path, seed: int) -> None:
    fuzz(tmp_path, seed, 10_000, 300)


def test_whatever_hypothesis_draws(tmp_path: Path) -> None:
    fuzz(tmp_path, "shrink", 2000, 300)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 110))
def test_whatever_is_passed_for_long(tmp_path: Path, seed: int) -> None:
    fuzz(tmp_path, seed, 100_000, 3000)

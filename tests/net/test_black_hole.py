"""Happy eyeballs where the first address is a black hole: SYNs that nobody answers or refuses.

Each test runs a program of black_hole.py in a network namespace of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet import net

from .black_hole import CANNOT, MOMENTS, SILENT

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs network namespaces")
PROGRAMS = Path(__file__).with_name("black_hole.py")


def run_in_black_hole(program: str, family: str) -> Any:
    """Run a program; skip where a network cannot be made, in a user namespace if not as root."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare (util-linux) is not installed")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    if subprocess.run([unshare, *user, "--net", "true"], capture_output=True).returncode:
        pytest.skip("no network namespace can be made")
    path = [str(Path(uvnet.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [unshare, *user, "--net", sys.executable, "-Werror", str(PROGRAMS), program, family],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
    )
    if done.returncode == CANNOT:
        pytest.skip(f"the network cannot be made: {done.stdout}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


families = pytest.mark.parametrize("family", ["4", "6"])


@families
def test_connected_after_the_attempt_timeout(family: str) -> None:
    """The next address is tried after 250 ms, the default; nothing is left of the first attempt."""
    runs = run_in_black_hole("timed", family)["runs"]
    for run in runs:
        assert run["trace"] == [
            f"connection_attempt {SILENT[family]}",
            f"connection_attempt_timeout {SILENT[family]}",
            "connection_attempt 127.0.0.1",
            "connect",
        ]
        assert run["left"] == {"handles": 2, "descriptors": 2, "unanswered": 0}  # both ends
        assert run["handles"] == 0
        assert run["gave_up"] >= 0.25
    assert net.get_default_auto_select_family_attempt_timeout() == 250
    # The time is what is specified. A machine that is busy may be late, but not five times.
    assert min(run["connected"] for run in runs) <= 0.4


@families
def test_the_last_one_is_waited_for(family: str) -> None:
    """Until the user has enough: the idle timeout tells."""
    found = run_in_black_hole("all_silent", family)
    assert found["trace"] == [
        *["connection_attempt", "connection_attempt_timeout"] * 2,
        "connection_attempt",
        "timeout",
        "close",
    ]
    assert found["waiting"] == [1]  # the attempts before it are over
    assert found["unanswered"] == 0


@families
@pytest.mark.parametrize("program", ["destroyed", "aborted"])
def test_cancelled_at_any_moment(program: str, family: str) -> None:
    assert run_in_black_hole(program, family) == {
        "closed": {"pending=True connecting=False": len(MOMENTS)},
        "moments": len(MOMENTS),
        "handles": 0,
        "descriptors": 0,
        "unanswered": 0,
    }


@families
def test_the_loop_is_closed_at_any_moment(family: str) -> None:
    assert run_in_black_hole("loop_closed", family) == {"descriptors": 0, "unanswered": 0}

"""Progress on a terminal, with rich and without it; nothing anywhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from contextlib import suppress

import pytest

from uvnet.bench.progress import clock

PROGRAM = """
import sys
if "no-rich" in sys.argv:
    sys.modules["rich"] = None
from uvnet.bench.progress import Progress
with Progress() as progress:
    progress("starting [aio-protocol]")
    for done in range(4):
        progress.step(done, 4, f"echo-1k: aio-protocol, round {done + 1}/4 [bold]" + "x" * 200)
    progress("")
"""


@pytest.fixture(params=["rich", "no-rich"])
def how(request: pytest.FixtureRequest) -> str:
    if request.param == "rich":
        pytest.importorskip("rich", reason="rich is in the groups `test` and `bench`")
    return str(request.param)


def on_terminal(how: str, **environment: str) -> str:
    """Return what the program writes to a terminal."""
    ours, theirs = pty.openpty()
    inherited = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=inherited | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"} | environment,
    )
    os.close(theirs)
    output = b""
    with suppress(OSError):  # EIO: the other end is closed
        while data := os.read(ours, 65536):
            output += data
    os.close(ours)
    assert process.wait(60) == 0, output
    return output.decode()


def test_a_terminal_is_shown_what_happens(how: str) -> None:
    output = on_terminal(how)
    assert "starting [aio-protocol]" in output
    assert "echo-1k: aio-protocol" in output
    for done in range(4):
        assert f"{25 * done:3}%" in output
    assert "0:00 left" in output


def test_at_the_end_nothing_is_left(how: str) -> None:
    assert re.search(r"\r\x1b\[2?K[^\w]*$|\x1b\[2K[^\w]*$", on_terminal(how))


def test_nothing_wraps(how: str) -> None:
    """Or what is rewritten would stay."""
    output = on_terminal(how)
    lines = re.split(r"[\r\n]", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output))
    assert 60 < max(map(len, lines)) <= 80
    assert output.count("\x1b[1A") == (how == "rich")  # up by a line: only at the end


def test_colours_are_not_forced(how: str) -> None:
    colour = re.compile(r"\x1b\[(?:\d+;)*(?:3|9)\d(?:;\d+)*m")
    assert not colour.search(on_terminal(how, NO_COLOR="1"))
    assert bool(colour.search(on_terminal(how))) == (how == "rich")


def test_a_dumb_terminal_is_left_alone(how: str) -> None:
    assert on_terminal(how, TERM="dumb") == ""


def test_no_terminal_is_left_alone(how: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (59.9, "0:59"), (185, "3:05"), (3600 * 2 + 61, "2:01:01")]
)
def test_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown

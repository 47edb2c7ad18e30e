"""Whatever is called on a socket and its handle, in whatever order: the process survives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).with_name("random_abuse.py").read_text()


def test_nothing_crashes(python: Callable[..., Any]) -> None:
    process = python(PROGRAM, 1, 150, flags=("-Wignore",), timeout=600)
    assert process.stderr.split()[-1] == "150"


@pytest.mark.slow
def test_nothing_crashes_for_long(python: Callable[..., Any]) -> None:
    python(PROGRAM, 1000, 3000, flags=("-Wignore",), timeout=6000)

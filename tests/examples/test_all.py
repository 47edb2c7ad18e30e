"""What holds for every example: it is listed and tested, and mypy finds nothing in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from .programs import EXAMPLES, package_folder

NAMES = sorted(
    path.relative_to(EXAMPLES).as_posix()
    for path in [*EXAMPLES.glob("*.py"), *EXAMPLES.glob("*/*.py"), *EXAMPLES.glob("*/*.js")]
)


def test_every_example_is_listed() -> None:
    listed = set(re.findall(r"\]\(([\w./]+)\)", (EXAMPLES / "README.md").read_text()))
    assert listed == {name.partition("/")[0] for name in NAMES}


def test_every_example_is_tested() -> None:
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    folders = {name.partition("/")[0] for name in NAMES}
    assert len(folders) > 8
    assert not [name for name in folders if f'"{name}' not in tests]


@pytest.mark.skipif(find_spec("mypy") is None, reason="mypy is not installed")
def test_types() -> None:
    """One run for each folder: they have modules of the same name."""
    root = EXAMPLES.parent
    options = ["--config-file", root / "pyproject.toml", "--cache-dir", root / "build" / "mypy"]
    for folder in sorted({(EXAMPLES / name).parent for name in NAMES}):
        if folder.name == "cython_protocol":  # whose module has no types
            continue
        done = subprocess.run(
            [sys.executable, "-m", "mypy", *options, *sorted(folder.glob("*.py"))],
            cwd=root,
            env={**os.environ, "PYTHONPATH": package_folder(), "MYPYPATH": ""},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

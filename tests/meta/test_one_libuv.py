"""Exactly one extension module contains libuv, and none exports more than its init function."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import uvnet

PACKAGE = Path(uvnet.__file__).parent
MODULES = sorted(PACKAGE.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}"))

# An error message of libuv's. Unlike a symbol it is still there in a stripped module.
MARK = b"resource busy or locked\0"


def exported(path: Path) -> list[str]:
    """Return the names of the symbols that this module offers to others."""
    command = ["nm", "-gU"] if sys.platform == "darwin" else ["nm", "-D", "--defined-only"]
    output = subprocess.run([*command, str(path)], check=True, capture_output=True, text=True)
    names = [line.split()[-1] for line in output.stdout.splitlines()]
    return [name.removeprefix("_") if sys.platform == "darwin" else name for name in names]


def test_there_are_modules() -> None:
    assert [path.name.partition(".")[0] for path in MODULES].count("loop") == 1


def test_one_module_contains_libuv() -> None:
    owners = [path.relative_to(PACKAGE) for path in MODULES if MARK in path.read_bytes()]
    assert [str(path).partition(".")[0] for path in owners] == ["_core/loop"]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name.partition(".")[0])
def test_only_the_init_function_is_exported(path: Path) -> None:
    try:
        names = exported(path)
    except FileNotFoundError:
        pytest.skip("nm is not installed")
    # A sanitizer exports what it calls its own.
    names = [name for name in names if not re.match(r"__(asan|ubsan|tsan|odr_asan)", name)]
    assert names == [f"PyInit_{path.name.partition('.')[0]}"]

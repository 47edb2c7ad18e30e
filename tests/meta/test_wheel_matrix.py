"""The wheels that cibuildwheel would build are the ones that we mean to build."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib

import pytest

from .tree import ROOT, needs_tree

pytestmark = [
    needs_tree,
    pytest.mark.skipif(
        importlib.util.find_spec("cibuildwheel") is None, reason="cibuildwheel is not installed"
    ),
]

PYTHONS = ["cp311", "cp312", "cp313", "cp314"]


def identifiers(platform: str, archs: str) -> set[str]:
    """Ask cibuildwheel what it would build."""
    command = [sys.executable, "-m", "cibuildwheel", "--print-build-identifiers"]
    command += ["--platform", platform, "--archs", archs, str(ROOT)]
    # A CIBW_ variable of the caller's would be answered instead of our table.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CIBW_")}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_linux(arch: str) -> None:
    expected = {f"{py}-{libc}_{arch}" for py in PYTHONS for libc in ("manylinux", "musllinux")}
    assert identifiers("linux", arch) == expected


def test_macos() -> None:
    expected = {f"{py}-macosx_{arch}" for py in PYTHONS for arch in ("x86_64", "arm64")}
    assert identifiers("macos", "x86_64,arm64") == expected


def test_table() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    table = project["tool"]["cibuildwheel"]
    assert sorted(table["linux"]["archs"]) == ["aarch64", "x86_64"]
    assert sorted(table["macos"]["archs"]) == ["arm64", "x86_64"]
    for key, image in table["linux"].items():
        if key.endswith("-image"):
            assert image == ("manylinux_2_28" if key.startswith("many") else "musllinux_1_2")
    for part in (table, table["macos"]):
        assert part["environment"]["UVNET_LTO"] == "1"
    claimed = {c.rpartition(" ")[2] for c in project["project"]["classifiers"] if "3." in c}
    assert claimed == {f"3.{py.removeprefix('cp3')}" for py in PYTHONS}

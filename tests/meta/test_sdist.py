"""The sdist can be built from without a network, and contains nothing generated."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path, PurePosixPath

import pytest

from .tree import ROOT, needs_tree, sources

LIBUV = ROOT / "vendor" / "libuv"

pytestmark = [
    needs_tree,
    pytest.mark.skipif(
        not (LIBUV / "src").exists(), reason="libuv's sources have not been fetched"
    ),
    pytest.mark.skipif(
        importlib.util.find_spec("setuptools") is None, reason="setuptools is not installed"
    ),
]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The paths in an sdist of this tree, without the leading folder."""
    folder = tmp_path_factory.mktemp("sdist")
    tree = folder / "tree"
    # From a copy, because setuptools writes its own files beside the sources.
    leave_out = shutil.ignore_patterns(
        "build", "dist", ".git", ".venv*", "__pycache__", "*.egg-info", ".*_cache", ".hypothesis"
    )
    shutil.copytree(ROOT, tree, ignore=leave_out)
    command = [sys.executable, "setup.py", "--quiet", "sdist", "--dist-dir", str(folder)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [archive] = folder.glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = [PurePosixPath(member.name) for member in tar if member.isfile()]
    return {str(PurePosixPath(*name.parts[1:])) for name in names}


def test_libuv_is_complete(members: set[str]) -> None:
    config = tomllib.loads((LIBUV / "sources.toml").read_text())
    compiled = {
        f"vendor/libuv/{source}"
        for platform in ("common", "linux", "darwin")
        for source in config[platform]["sources"]
    }
    headers = {str(p.relative_to(ROOT)) for p in sources("vendor/libuv", suffixes=(".h",))}
    beside = {"LICENSE", "LICENSE-extra", "CMakeLists.txt", "fetch.py", "source.txt"}
    assert compiled | headers | {f"vendor/libuv/{name}" for name in beside} <= members


def test_our_sources_are_complete(members: set[str]) -> None:
    suffixes = (".py", ".pyx", ".pxd", ".pyi", ".h", ".typed", ".html")
    ours = sources("uvnet", suffixes=suffixes)
    ours = [*ours, *sources("csrc", suffixes=(".c", ".h", ".txt"))]
    ours += [*sources("tests", suffixes=(".py", ".c", ".h", ".js", ".md", ".trace"))]
    ours += [*sources("examples", suffixes=(".py", ".pyx", ".js", ".md"))]
    missing = {str(Path(path).relative_to(ROOT)) for path in ours} - members
    assert not missing
    assert {"setup.py", "pyproject.toml", "Makefile", "LICENSE", "NOTICE"} <= members


def test_a_wheel_has_the_data_of_the_packages(tmp_path: Path) -> None:
    """What Cython code and type checkers read, and the programs that benchmarks start."""
    command = [sys.executable, "setup.py", "--quiet", "build_py", "--build-lib", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    suffixes = (".py", ".pxd", ".pyi", ".typed", ".html", ".js")
    wanted = {str(path.relative_to(ROOT)) for path in sources("uvnet", suffixes=suffixes)}
    copied = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert wanted <= copied, wanted - copied
    headers = {str(path.relative_to(ROOT)) for path in sources("uvnet/_core", suffixes=(".h",))}
    assert headers <= copied, headers - copied


def test_nothing_generated(members: set[str]) -> None:
    suffixes = {PurePosixPath(name).suffix for name in members}
    assert not suffixes & {".so", ".o", ".pyc", ".whl"}
    c_files = {n for n in members if n.startswith("uvnet/") and n.endswith((".c", ".cpp"))}
    written = {str(p.relative_to(ROOT)) for p in (ROOT / "uvnet/bench").glob("_load*.c")}
    assert c_files == written
    assert not {name for name in members if name.startswith(("build/", ".venv"))}

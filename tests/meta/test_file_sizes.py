"""Files stay small: 800 lines is the wall, 1000 for C."""

from __future__ import annotations

from .tree import ROOT, needs_tree, sources

pytestmark = needs_tree

WALLS = {".py": 800, ".pyx": 800, ".pxd": 800, ".pyi": 800, ".h": 800, ".c": 1000, ".js": 800}
OURS = ("uvnet", "csrc", "tests", "benchmarks", "examples", "docs")


def test_no_file_is_too_long() -> None:
    files = [ROOT / "setup.py", ROOT / "vendor" / "libuv" / "fetch.py"]
    files += sources(*OURS, suffixes=tuple(WALLS))
    lengths = {path: len(path.read_text().splitlines()) for path in files}
    assert len(lengths) > 20, "this test does not see the tree"
    long = {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n > WALLS[p.suffix]}
    assert not long, f"split by concept, not by length: {long}"


def test_setup_stays_readable() -> None:
    assert len((ROOT / "setup.py").read_text().splitlines()) <= 150

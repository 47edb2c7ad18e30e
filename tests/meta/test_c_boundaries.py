"""uv.h is seen by csrc and uvnet/_core only; Python.h never by csrc."""

from __future__ import annotations

import re

from .tree import ROOT, needs_tree, sources

pytestmark = needs_tree

# An include in C, and Cython's `cdef extern from`.
INCLUDE = re.compile(
    r'^\s*(?:#\s*include\s*|cdef\s+extern\s+from\s+)[<"]([^>"]+)[>"]', re.MULTILINE
)
LIBUV_HEADERS = re.compile(r"^(uv\.h|uv/.*|uvn.*\.h)$")


def includes(*folders: str) -> dict[str, list[str]]:
    """Return the headers that each C or Cython file under these folders includes."""
    suffixes = (".c", ".h", ".pyx", ".pxd")
    return {
        str(path.relative_to(ROOT)): INCLUDE.findall(path.read_text())
        for path in sources(*folders, suffixes=suffixes)
    }


def test_libuv_is_seen_by_csrc_and_core_only() -> None:
    found = includes("uvnet")
    users = {path for path, names in found.items() if any(map(LIBUV_HEADERS.match, names))}
    assert users, "no file includes uv.h or uvn.h: this test does not see what it should"
    assert {path for path in users if not path.startswith("uvnet/_core/")} == set()


def test_csrc_knows_nothing_of_python() -> None:
    found = includes("csrc")
    assert any("uv.h" in names for names in found.values())
    assert {path for path, names in found.items() if "Python.h" in names} == set()
    words = {
        str(path.relative_to(ROOT))
        for path in sources("csrc", suffixes=(".c", ".h"))
        if re.search(r"\bPy[A-Z]\w*\(|\bPyObject\b", path.read_text())
    }
    assert words == set()

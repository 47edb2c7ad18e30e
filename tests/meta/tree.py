"""Where the source tree is, for the tests that look at sources."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The tests of an installed wheel run without the tree.
needs_tree = pytest.mark.skipif(
    not (ROOT / "setup.py").exists() or not (ROOT / "uvnet").exists(),
    reason="the source tree is not here: only the tests were copied",
)


def sources(*folders: str, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files under these folders of the tree that have one of these suffixes."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                yield path

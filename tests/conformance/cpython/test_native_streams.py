"""CPython is the oracle of the native streams as well: all its tests of streams pass on them.

Nothing is left out: what the tests know of the insides of asyncio's classes, the native ones have.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import uvnet

from .playing import Player, listing

TESTS = [name for name in listing().alone if name.startswith("test_streams.")]


@pytest.fixture(scope="module")
def native() -> Iterator[Player]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(uvnet.__file__).parents[1]))
        player = Player("native_streams:new_event_loop")
    with player:
        yield player


@pytest.mark.skipif(not TESTS, reason="this Python comes without its own tests")
@pytest.mark.parametrize("name", TESTS)
def test_on_native_streams(native: Player, name: str) -> None:
    outcome = native.play_alone(name)
    assert not outcome.bad, outcome.text
    if outcome.result == "skipped":
        pytest.skip(outcome.text)

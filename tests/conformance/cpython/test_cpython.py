"""CPython is the oracle: its own asyncio tests pass on our loop, as they do on asyncio's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .known import KNOWN
from .playing import Outcome, Player, listing

TESTS = listing()
# The longest first, so that no process of pytest-xdist is left alone with them.
CLASSES = sorted(TESTS.whole, key=lambda name: (-len(TESTS.whole[name]), name))

needs_tests = pytest.mark.skipif(not TESTS.alone, reason="this Python comes without its own tests")


@pytest.fixture(scope="session")
def ours() -> Iterator[Player]:
    with Player("uvnet") as player:
        yield player


def surprises(outcomes: dict[str, Outcome]) -> list[str]:
    """Return what is neither as on asyncio's own loop, on this machine, nor as in KNOWN."""
    passes = [name for name in outcomes if name in KNOWN and outcomes[name].result == "passed"]
    found = [f"{name} passes: take it out of KNOWN" for name in passes]
    other = [name for name in outcomes if outcomes[name].result != "passed" and name not in KNOWN]
    theirs = on_asyncio([name for name in other if name in TESTS.names()])
    for name in other:
        their, our = theirs.get(name), outcomes[name]
        if their is None or not (their.bad or their.result == our.result):
            found.append(f"{name} {our.result}\n{our.text}")
    return found


def on_asyncio(names: list[str]) -> dict[str, Outcome]:
    if not names:
        return {}
    with Player("asyncio") as player:
        return player.play_class(names)


@needs_tests
@pytest.mark.parametrize("name", CLASSES)
def test_class(ours: Player, name: str) -> None:
    outcomes = ours.play_class(TESTS.whole[name])
    assert not (found := surprises(outcomes)), "\n\n".join(found)
    if all(each.result == "skipped" for each in outcomes.values()):
        pytest.skip(next(iter(outcomes.values())).text)


@needs_tests
@pytest.mark.parametrize("name", TESTS.alone)
def test_alone(ours: Player, name: str) -> None:
    outcome = ours.play_alone(name)
    assert not (found := surprises({name: outcome})), "\n\n".join(found)
    if name in KNOWN:
        pytest.xfail(KNOWN[name])
    if outcome.result == "skipped":
        pytest.skip(outcome.text)
    if outcome.bad:
        pytest.xfail("does not pass on asyncio's own loop, either, on this machine")


def test_few_are_known_to_fail() -> None:
    assert len(KNOWN) <= 5
    assert all(KNOWN.values())


@needs_tests
def test_known_ones_exist() -> None:
    assert set(KNOWN) <= set(TESTS.names())

"""Node is the oracle: each scenario prints here what Node has printed."""

from __future__ import annotations

import os

import pytest

from .traces import (
    HERE,
    SCENARIOS,
    comparable,
    differs,
    node_trace,
    our_trace,
    run_many,
    run_node,
    run_ours,
)

NODE = os.environ.get("UVNET_NODE")


# Of the module, so that its threads have ended when a test looks for what is left over.
@pytest.fixture(scope="module")
def ours(request: pytest.FixtureRequest) -> dict[str, str | AssertionError]:
    """What each scenario that is tested in this run prints here."""
    items = [item for item in request.session.items if item.path == request.path]
    names = {item.callspec.params.get("name") for item in items if hasattr(item, "callspec")}
    return run_many(run_ours, sorted(names - {None}))


@pytest.mark.parametrize("name", SCENARIOS)
def test_trace(ours: dict[str, str | AssertionError], name: str) -> None:
    trace = ours[name]
    if isinstance(trace, AssertionError):
        raise trace
    assert comparable(name, trace) == comparable(name, our_trace(name).read_text())


if NODE is not None:

    @pytest.mark.parametrize("name", SCENARIOS)
    def test_node(name: str) -> None:
        assert NODE is not None
        expected = node_trace(name).read_text()
        assert comparable(name, run_node(NODE, name)) == comparable(name, expected)


def test_pairs_are_complete() -> None:
    helpers = {"record", "run", "test_traces", "tracer", "traces"}
    assert {path.stem for path in HERE.glob("*.py")} - helpers == set(SCENARIOS)
    names = {path.name for path in HERE.glob("*.trace")}
    assert names == {node_trace(n).name for n in SCENARIOS} | {our_trace(n).name for n in SCENARIOS}


@pytest.mark.parametrize("name", [name for name in SCENARIOS if differs(name)])
def test_differs(name: str) -> None:
    """What is said to differ from Node does."""
    ours, nodes = our_trace(name).read_text(), node_trace(name).read_text()
    assert comparable(name, ours) != comparable(name, nodes)

"""Node is the oracle: each scenario prints here what Node has printed, end by end."""

from __future__ import annotations

import os
import sys

import pytest

from uvnet._core import fast_paths

from .traces import (
    HERE,
    SCENARIOS,
    Traces,
    by_end,
    differs,
    node_trace,
    our_trace,
    run_node,
    run_ours,
    runs_here,
)

NAMES = [name for name in SCENARIOS if runs_here(name)]
NODE = os.environ.get("UVNET_NODE")
OFF = {path: f"-{path}" for path in fast_paths()}
MODES = {"fast": "", "plain": ",".join(OFF.values())}
if os.environ.get("UVNET_CONFORMANCE") == "all":  # each of the fast paths off, alone
    MODES |= {f"without-{path}": switch for path, switch in OFF.items()}


def wanted(request: pytest.FixtureRequest) -> list[str]:
    """The scenarios that are tested in this run."""
    items = [item for item in request.session.items if item.path == request.path]
    names = {item.callspec.params.get("name") for item in items if hasattr(item, "callspec")}
    return sorted(names - {None})


@pytest.fixture(scope="module", params=MODES.values(), ids=MODES.keys())
def ours(request: pytest.FixtureRequest) -> Traces:
    """What each scenario prints here, in a process of its own."""
    return run_ours(wanted(request), request.param)


@pytest.fixture(scope="module")
def node(request: pytest.FixtureRequest) -> Traces:
    """What each scenario prints in the Node that UVNET_NODE names."""
    assert NODE is not None
    return run_node(NODE, wanted(request))


def check(trace: str | AssertionError, expected: str) -> None:
    if isinstance(trace, AssertionError):
        raise trace
    assert by_end(trace) == by_end(expected)


@pytest.mark.parametrize("name", NAMES)
def test_trace(ours: Traces, name: str) -> None:
    check(ours[name], our_trace(name).read_text())


if NODE is not None:

    @pytest.mark.parametrize("name", NAMES)
    def test_node(node: Traces, name: str) -> None:
        check(node[name], node_trace(name).read_text())


def test_pairs_are_complete() -> None:
    tests = {"test_event_order", "test_traces"}
    helpers = {"event_order", "record", "run", "tracer", "traces", *tests}
    assert {path.stem for path in HERE.glob("*.py")} - helpers == set(SCENARIOS)
    assert not sys.stdlib_module_names & set(SCENARIOS), "a scenario is imported by its name"
    names = {path.name for path in HERE.glob("*.trace")}
    assert names == {node_trace(n).name for n in SCENARIOS} | {our_trace(n).name for n in SCENARIOS}


@pytest.mark.parametrize("name", [name for name in SCENARIOS if differs(name)])
def test_differs(name: str) -> None:
    """What is said to differ from Node does."""
    assert by_end(our_trace(name).read_text()) != by_end(node_trace(name).read_text())

"""Node is the oracle: each scenario prints here what Node has printed, end by end."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

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
    traces = run_ours(wanted(request), request.param)
    again = [name for name in traces if port_was_taken(traces[name], our_trace(name))]
    return traces | run_ours(again, request.param) if again else traces


@pytest.fixture(scope="module")
def node(request: pytest.FixtureRequest) -> Traces:
    """What each scenario prints in the Node that UVNET_NODE names."""
    assert NODE is not None
    traces = run_node(NODE, wanted(request))
    again = [name for name in traces if port_was_taken(traces[name], node_trace(name))]
    return traces | run_node(NODE, again)


def port_was_taken(trace: str | AssertionError, expected: Path) -> bool:
    """Return whether something else on this machine has just taken a port that was free."""
    taken = re.compile("EADDRINUSE|Address already in use")
    return bool(taken.search(str(trace))) and not taken.search(expected.read_text())


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

"""Record what Node prints: python record.py NODE [NAME...]."""

from __future__ import annotations

import sys

from traces import SCENARIOS, comparable, node_trace, run_node

TIMES = 3


def record(node: str, name: str) -> None:
    """Write the trace of a scenario that prints the same every time."""
    traces = [run_node(node, name) for _ in range(TIMES)]
    assert all(trace == traces[0] for trace in traces), f"{name} is not stable"
    path = node_trace(name)
    if not path.exists() or comparable(name, path.read_text()) != comparable(name, traces[0]):
        print(f"{name} recorded")
        path.write_text(traces[0])


if __name__ == "__main__":
    for scenario in sys.argv[2:] or SCENARIOS:
        record(sys.argv[1], scenario)

"""Record what Node prints: python record.py NODE [NAME...].

Each scenario runs five times. A trace is written when every run agrees, end by end, and when the
one that is there does not agree.
"""

from __future__ import annotations

import sys

from traces import SCENARIOS, by_end, node_trace, run_node

TIMES = 5


def record(node: str, names: list[str]) -> int:
    """Record these scenarios; return how many could not be."""
    rounds = [run_node(node, names) for _ in range(TIMES)]
    failed = 0
    for name in names:
        traces = [traces[name] for traces in rounds]
        texts = [trace for trace in traces if isinstance(trace, str)]
        if len(texts) < TIMES:
            print(f"{name} fails: {next(t for t in traces if not isinstance(t, str))}")
            failed += 1
        elif any(by_end(text) != by_end(texts[0]) for text in texts):
            print(f"{name} is not stable:", *texts, sep="\n")
            failed += 1
        else:
            path = node_trace(name)
            if not path.exists() or by_end(path.read_text()) != by_end(texts[0]):
                print(f"{name} recorded")
                path.write_text(texts[0])
    return failed


if __name__ == "__main__":
    sys.exit(bool(record(sys.argv[1], sys.argv[2:] or SCENARIOS)))

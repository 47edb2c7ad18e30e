"""CPython's tests that pass on asyncio's loop and not on ours: five at most, each for a reason.

One that is here and passes fails the suite.
"""

from __future__ import annotations

import sys

KNOWN = {
    "test_events.EventLoopTests.test_timeout_rounding": (
        "counts calls of loop._run_once() and names loop._selector, which are asyncio's own; "
        "tests/aio/test_turns.py counts ours"
    ),
    "test_events.EventLoopTests.test_internal_fds": (
        "skips itself on every loop but asyncio's: it looks at loop._csock and loop._ssock"
    ),
}
if sys.version_info < (3, 14):
    _WATCHER = "test_create_subprocess_fails_with_inactive_watcher"
    KNOWN[f"test_subprocess.GenericWatcherTests.{_WATCHER}"] = (
        "wants to be asked for a child watcher, which asyncio gave up in 3.14: we never use one"
    )

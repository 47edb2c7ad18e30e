"""The policy and install(): for code that gets its loops from asyncio's policy.

asyncio deprecates policies from Python 3.14 on and drops them in 3.16. A loop factory needs none:
uvnet.new_event_loop. Nothing imports this module before uvnet.install or uvnet.EventLoopPolicy is
asked for.
"""

from __future__ import annotations

import asyncio
import sys
import warnings
from asyncio import events, unix_events

from uvnet.aio.loop import Loop

__all__ = ["EventLoopPolicy", "install"]

if not hasattr(unix_events, "_UnixDefaultEventLoopPolicy"):
    raise ImportError(
        "asyncio of this Python has no policies: use uvnet.run(), or uvnet.new_event_loop as a "
        "loop factory"
    )


class EventLoopPolicy(unix_events._UnixDefaultEventLoopPolicy):
    """asyncio's own policy, but that its loops are of uvnet.

    What else a policy keeps is as asyncio has it: one current loop for each thread, which
    get_event_loop() makes in the main thread, and the watchers of child processes that asyncio's
    own loops need before Python 3.14.
    """

    def new_event_loop(self) -> Loop:
        """Return a new loop of uvnet, which is not made the current one."""
        return Loop()


def install() -> None:
    """Make asyncio's policy one of ours: what asks it for a new loop gets one of uvnet.

    asyncio.run(), asyncio.Runner(), asyncio.new_event_loop() and asyncio.get_event_loop() ask it
    where they are not given a loop or a factory. asyncio.set_event_loop_policy(None) takes it back.

    Warns with DeprecationWarning from Python 3.12 on, where asyncio.run() takes a loop factory.
    """
    if sys.version_info >= (3, 12):
        warnings.warn(
            "uvnet.install() is deprecated, as asyncio's policies are: use uvnet.run(), or give "
            "uvnet.new_event_loop as the loop factory",
            DeprecationWarning,
            stacklevel=2,
        )
    # The public one warns, too, from 3.14 on.
    set_policy = getattr(events, "_set_event_loop_policy", asyncio.set_event_loop_policy)
    set_policy(EventLoopPolicy())

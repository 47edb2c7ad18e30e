"""The loop that a suite runs on: ECOSYSTEM_LOOP is "uvnet" or "asyncio".

A suite is aimed at ours where asyncio itself makes a loop for it: the default policy's factory. So
asyncio.run, asyncio.Runner, asyncio.new_event_loop and policies that derive from the default one
all make ours; what names asyncio.SelectorEventLoop gets that.
"""

from __future__ import annotations

import asyncio
import os

OURS = os.environ.get("ECOSYSTEM_LOOP") == "uvnet"

made = 0  # loops of ours


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Return a loop of ours, and count it: a run that made none has tested nothing."""
    global made
    import uvnet

    made += 1
    return uvnet.new_event_loop()


def aim() -> None:
    """Have asyncio make loops of ours in this process, if this is such a run."""
    if OURS:
        # The policy system warns of its own end from 3.14 on, but for this.
        events = asyncio.events
        policy = getattr(events, "_get_event_loop_policy", None) or events.get_event_loop_policy
        type(policy())._loop_factory = staticmethod(new_event_loop)

"""The asyncio face: an event loop for asyncio on the native one."""

import asyncio
from asyncio import format_helpers

from uvnet._core.call import call_types
from uvnet._core.current import register
from uvnet.aio.loop import Loop

__all__ = ["Loop", "new_event_loop"]


def new_event_loop() -> Loop:
    """Return a new event loop: a factory for asyncio.Runner, servers and frameworks."""
    return Loop()


register(factory=new_event_loop, running=asyncio._get_running_loop)
call_types(format_helpers._format_callback_source, (asyncio.Handle, asyncio.TimerHandle))

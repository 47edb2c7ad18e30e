"""The asyncio face: an event loop for asyncio on the native one."""

import asyncio
import sys
from asyncio import format_helpers
from collections.abc import Callable
from typing import Any

from uvnet._core.call import call_types
from uvnet._core.current import register
from uvnet.aio.loop import Loop

__all__ = ["Loop", "new_event_loop"]


def new_event_loop() -> Loop:
    """Return a new event loop: a factory for asyncio.Runner, servers and frameworks."""
    return Loop()


def _describe(callback: Callable[..., object], args: tuple[Any, ...], debug: bool) -> str:
    # From 3.13 on asyncio shows arguments in debug mode alone: there may be secrets among them.
    if sys.version_info >= (3, 13):
        return format_helpers._format_callback_source(callback, args, debug=debug)
    return format_helpers._format_callback_source(callback, args)


register(factory=new_event_loop, running=asyncio._get_running_loop)
call_types(_describe, (asyncio.Handle, asyncio.TimerHandle))

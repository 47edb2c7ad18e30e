"""Awaiting what an emitter is about to become: a socket connected, a server listening."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from uvnet.events import EventEmitter


async def wait_for(
    emitter: EventEmitter, event: str, closed: Callable[[], Exception] | None = None
) -> None:
    """Wait until `event` is emitted.

    Args:
        emitter: Whose event it is.
        event: Its name.
        closed: Makes what is raised when 'close' comes first; None, the default, if 'close' is
            nothing to wait in vain for.

    Raises:
        Exception: The 'error' that comes first, which counts as listened for.
    """
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_event(*args: Any) -> None:
        if not future.done():
            future.set_result(None)

    def on_error(error: Exception) -> None:
        if not future.done():
            future.set_exception(error)

    def on_close(*args: Any) -> None:
        if not future.done() and closed is not None:
            future.set_exception(closed())

    emitter.on(event, on_event)
    emitter.on("error", on_error)
    if closed is not None:
        emitter.on("close", on_close)
    try:
        await future
    finally:
        emitter.off(event, on_event)
        emitter.off("error", on_error)
        if closed is not None:
            emitter.off("close", on_close)


async def pass_tick(emitter: EventEmitter) -> None:
    """Let an 'error' that is about to be emitted pass: it counts as listened for."""

    def ignore(error: Exception) -> None:
        pass

    emitter.on("error", ignore)
    try:
        await asyncio.sleep(0)
    finally:
        emitter.off("error", ignore)

"""uvnet: Node's net for Python, and a drop-in asyncio event loop, on one libuv engine.

Start:
    uvnet.run(main())  # a coroutine, as asyncio.run does
    uvnet.run()  # the default loop, until nothing is left to do, as Node does
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, overload

from uvnet import _core
from uvnet._version import __version__
from uvnet.aio import Loop, new_event_loop
from uvnet.aio.streams import (
    open_connection,
    open_unix_connection,
    start_server,
    start_unix_server,
)

__all__ = [
    "Loop",
    "__version__",
    "get_include",
    "new_event_loop",
    "next_tick",
    "open_connection",
    "open_unix_connection",
    "run",
    "set_immediate",
    "start_server",
    "start_unix_server",
]

_T = TypeVar("_T")
_Ts = TypeVarTuple("_Ts")

if TYPE_CHECKING:
    from uvnet.aio.policy import EventLoopPolicy as EventLoopPolicy
    from uvnet.aio.policy import install as install
else:

    def __getattr__(name: str) -> Any:
        """Import what has to do with asyncio's policies, where it has some, once asked for."""
        if name not in ("EventLoopPolicy", "install"):
            raise AttributeError(f"module 'uvnet' has no attribute {name!r}")
        if not hasattr(asyncio, "set_event_loop_policy"):
            raise AttributeError(
                f"module 'uvnet' has no attribute {name!r} on this Python, whose asyncio has no "
                "policies: use uvnet.run(), or uvnet.new_event_loop as a loop factory"
            )
        from uvnet.aio import policy

        return getattr(policy, name)


@overload
def run(main: Coroutine[Any, Any, _T], *, debug: bool | None = None) -> _T: ...
@overload
def run(main: None = None, *, debug: bool | None = None) -> None: ...


def run(main: Coroutine[Any, Any, _T] | None = None, *, debug: bool | None = None) -> _T | None:
    """Run a coroutine on a new loop; or, without one, the default loop until it has nothing to do.

    Args:
        main: Run by asyncio.Runner, which cancels what is left, and closes the loop. Without it,
            this thread's default loop runs while a referenced handle, timer, immediate or request
            is left.
        debug: asyncio's debug mode; None leaves it to PYTHONASYNCIODEBUG and -X dev.

    Returns:
        What the coroutine returned, or None.

    Raises:
        RuntimeError: A loop is running in this thread.
        Exception: What the coroutine raised; without one, what no callback caught: it stops the
            loop, which may be run again.
    """
    if main is not None:
        if asyncio._get_running_loop() is not None:
            raise RuntimeError("uvnet.run() cannot be called from a running event loop")
        with asyncio.Runner(debug=debug, loop_factory=new_event_loop) as runner:
            return runner.run(main)
    loop = _core.current_loop()
    if debug is not None:
        loop.set_debug(debug)
    loop.run()
    return None


def next_tick(callback: Callable[[*_Ts], object], *args: *_Ts) -> None:
    """Call callback(*args) as soon as the running callback has returned, before anything else.

    Node: process.nextTick.
    """
    _core.current_loop().next_tick(callback, *args)


def set_immediate(callback: Callable[[*_Ts], object], *args: *_Ts) -> _core.Call:
    """Call callback(*args) once the poll of this turn is over. Node: setImmediate.

    Returns:
        A handle with cancel().
    """
    return _core.current_loop().set_immediate(callback, *args)


def get_include() -> list[str]:
    """Return the folders to give a C compiler for Cython code that cimports uvnet._core."""
    core = Path(_core.__file__).parent
    installed = core / "include"
    if installed.is_dir():
        return [str(core), str(installed)]
    source = core.parent.parent
    return [str(core), str(source / "csrc"), str(source / "vendor" / "libuv" / "include")]

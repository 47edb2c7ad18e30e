"""Our loop under the name of uvloop, for programs whose list of loops cannot be added to.

hypercorn, granian, dask.distributed and sanic take the module `uvloop` or no other. After

    from uvnet.contrib import uvloop_alias

    uvloop_alias.install()

`import uvloop` finds a module with uvloop's functions and classes, which are ours. That holds for
this process, and for those that it forks. A command, and every process that it starts by
multiprocessing:

    python -m uvnet.contrib.uvloop_alias hypercorn --worker-class uvloop app:app

Nothing is aliased unless it is asked for.
"""

from __future__ import annotations

import asyncio
import runpy
import sys
from collections.abc import Callable, Coroutine
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, TypeVar

import uvnet

__all__ = ["install", "main", "uninstall"]

_T = TypeVar("_T")

# The uvloop that the facade has the functions of, and who stands behind it.
VERSION = f"0.23.0+uvnet.{uvnet.__version__}"
NAMES = ("uvloop", "uvloop.loop")

# What sys.modules had under these names, while ours are there.
_replaced: dict[str, ModuleType] | None = None


def install(*, force: bool = False) -> None:
    """Let `import uvloop` find our loop from now on; a second call does nothing.

    Args:
        force: Also where the real uvloop is imported already. What took names from it keeps them.

    Raises:
        RuntimeError: The real one is imported, and `force` is not set.
    """
    global _replaced
    if _replaced is not None:
        return
    found = {
        name: module
        for name, module in sys.modules.items()
        if name == "uvloop" or name.startswith("uvloop.")
    }
    if found and not force:
        raise RuntimeError(
            "uvloop is imported already, and what uses it would not be ours: call "
            "uvnet.contrib.uvloop_alias.install() first, or with force=True"
        )
    for name in found:
        del sys.modules[name]
    sys.modules.update(_facade())
    _replaced = found


def uninstall() -> None:
    """Undo install(): the real uvloop is as imported as it was. Without install(), do nothing."""
    global _replaced
    if _replaced is not None:
        for name in NAMES:
            sys.modules.pop(name, None)
        sys.modules.update(_replaced)
        _replaced = None


def _run(
    main: Coroutine[Any, Any, _T],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = uvnet.new_event_loop,
    debug: bool | None = None,
) -> _T:
    """Run a coroutine as uvloop.run() does."""
    if asyncio._get_running_loop() is not None:
        raise RuntimeError("uvloop.run() cannot be called from a running event loop")
    with asyncio.Runner(debug=debug, loop_factory=loop_factory) as runner:
        return runner.run(main)


def _policies(name: str) -> Any:
    if name in ("EventLoopPolicy", "install"):
        return getattr(uvnet, name)
    raise AttributeError(f"module 'uvloop', which is an alias of uvnet, has no {name!r}")


def _facade() -> dict[str, ModuleType]:
    """Return the modules, by name."""
    top, loop = modules = [ModuleType(name, "uvnet under the name of uvloop.") for name in NAMES]
    for module in modules:
        # For importlib.util.find_spec(), by which programs ask whether there is a uvloop.
        module.__spec__ = ModuleSpec(module.__name__, None, origin="uvnet.contrib.uvloop_alias")
        module.__dict__["Loop"] = uvnet.Loop
    top.__path__ = []
    top.__dict__.update(
        __all__=["new_event_loop", "run"],
        __getattr__=_policies,
        __version__=VERSION,
        loop=loop,
        new_event_loop=uvnet.new_event_loop,
        run=_run,
    )
    return dict(zip(NAMES, modules, strict=True))


def main() -> None:
    """Run a module as `python -m` does, under the alias. Its name and arguments are in sys.argv."""
    if len(sys.argv) < 2:
        sys.exit("usage: python -m uvnet.contrib.uvloop_alias MODULE [ARGUMENT]...")
    del sys.argv[0]
    # This module stays __main__, so that multiprocessing imports it in the processes it starts.
    runpy.run_module(sys.argv[0], run_name="__main__")


if __name__ in ("__main__", "__mp_main__"):
    from uvnet.contrib import uvloop_alias

    uvloop_alias.install()
    if __name__ == "__main__":
        uvloop_alias.main()

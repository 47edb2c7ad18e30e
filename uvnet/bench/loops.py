"""The event loops that are measured, and why one of them cannot be used here."""

from __future__ import annotations

import asyncio
import importlib
import platform
import sys
from collections.abc import Callable

LOOPS = ("uvnet", "uvloop", "rloop", "zuvloop", "asyncio")  # each has a new_event_loop()

# The oldest Python that a package is made for, where that is newer than ours.
OLDEST = {"zuvloop": (3, 14)}


def factory(package: str) -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes a loop of a package.

    Raises:
        ImportError: It is not installed, or not made for this Python; the message says which.
    """
    oldest = OLDEST.get(package, (0, 0))
    if sys.version_info < oldest:
        wants = ".".join(map(str, oldest))
        raise ImportError(
            f"{package} needs Python {wants} or newer, this is {platform.python_version()}"
        )
    make: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module(package).new_event_loop
    return make

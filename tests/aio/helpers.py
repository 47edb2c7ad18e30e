"""What several tests of the asyncio loop need."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

PATIENCE = 30.0  # seconds: only what hangs gets there


def turns(loop: Any, count: int = 1) -> None:
    """Run that many turns of the loop."""
    for _ in range(count):
        loop.stop()
        loop.run_forever()


@contextmanager
def in_thread(function: Callable[..., Any], *args: Any) -> Iterator[threading.Thread]:
    """Run the function in a thread meanwhile; join it at the end, and raise what it raised."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            function(*args)
        except BaseException as exc:
            errors.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(PATIENCE)
        assert not thread.is_alive(), f"{function} hangs"
    if errors:
        raise errors[0]


@contextmanager
def signal_soon(number: int, delay: float = 0.05) -> Iterator[None]:
    """Send this process a signal after a delay, when a loop probably waits in its poll."""
    timer = threading.Timer(delay, os.kill, (os.getpid(), number))
    timer.start()
    try:
        yield
    finally:
        timer.join()


@contextmanager
def signal_handler(number: int, handler: Any) -> Iterator[None]:
    """Set Python's handler of a signal meanwhile."""
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


def wakeup_fd() -> int:
    """Return the descriptor that signals are written to, or -1."""
    fd = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(fd, warn_on_full_buffer=False)
    return fd

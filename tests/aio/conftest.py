"""Every test that takes any_loop or new_loop runs on asyncio's own loop, too: the oracle."""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import selectors
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import uvnet

from .helpers import PATIENCE


class Selector(selectors.DefaultSelector):  # type: ignore[valid-type, misc]
    """Wakes ten times a second: the stock loop misses a signal that comes just before its poll."""

    def select(self, timeout: float | None = None) -> list[Any]:
        return super().select(0.1 if timeout is None else min(timeout, 0.1))


def stock_loop() -> asyncio.AbstractEventLoop:
    return asyncio.SelectorEventLoop(Selector())


FACTORIES = {"stock": stock_loop, "uvnet": uvnet.new_event_loop}

PRELUDE = f"""\
import asyncio, os, selectors, signal, sys, threading
from typing import Any
import uvnet

{inspect.getsource(Selector)}
{inspect.getsource(stock_loop)}
new_loop = uvnet.new_event_loop if sys.argv[1] == "uvnet" else stock_loop
"""


@pytest.fixture(params=FACTORIES)
def loop_name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def new_loop(loop_name: str) -> Callable[[], Any]:
    """The factory of asyncio's loop, and then of ours."""
    return FACTORIES[loop_name]


@pytest.fixture
def any_loop(new_loop: Callable[[], Any]) -> Iterator[Any]:
    """A loop of asyncio, and then one of ours; closed at the end."""
    loop = new_loop()
    yield loop
    loop.close()


@pytest.fixture
def run(new_loop: Callable[[], Any]) -> Callable[..., Any]:
    """run(coroutine, debug=None): as asyncio.run, on either loop."""

    def run(coroutine: Any, *, debug: bool | None = None) -> Any:
        with asyncio.Runner(debug=debug, loop_factory=new_loop) as runner:
            return runner.run(coroutine)

    return run


@pytest.fixture
def program(
    python: Callable[..., subprocess.CompletedProcess[str]], loop_name: str
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """program(code, returncode=0): a program of its own, in which new_loop() makes the loop."""

    def run(code: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return python(PRELUDE + textwrap.dedent(code), loop_name, **options)

    return run


@pytest.fixture
def peer() -> Iterator[socket.socket]:
    """A blocking socket of UDP, bound, for a datagram transport to talk to."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(PATIENCE)
        yield peer


@pytest.fixture
def no_child_is_left() -> Iterator[None]:
    """Every child was reaped; and the stock loop of Python 3.11 makes no thread for one."""
    if sys.version_info < (3, 12) and hasattr(os, "pidfd_open"):
        asyncio.get_event_loop_policy().set_child_watcher(stock_watcher())
    handler = signal.getsignal(signal.SIGCHLD)
    yield
    if sys.version_info < (3, 12):
        asyncio.set_event_loop_policy(None)
    assert signal.getsignal(signal.SIGCHLD) is handler
    gc.collect()
    subprocess._cleanup()
    with pytest.raises(ChildProcessError):
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def stock_watcher() -> Any:
    class Watcher(asyncio.PidfdChildWatcher):
        """For whichever loop runs."""

        def is_active(self):
            return True

        def add_child_handler(self, *args):
            self._loop = asyncio.get_running_loop()
            super().add_child_handler(*args)

    return Watcher()

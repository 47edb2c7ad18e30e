"""Every test that takes any_loop or new_loop runs on asyncio's own loop, too: the oracle."""

from __future__ import annotations

import asyncio
import inspect
import selectors
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import uvnet


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

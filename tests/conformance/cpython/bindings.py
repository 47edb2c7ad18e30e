"""Which of CPython's test classes are bound to a loop, and how. Imported in the workers only."""

from __future__ import annotations

import asyncio
import importlib
import sys
import types
import unittest
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from test.test_asyncio import utils

PACKAGE = "test.test_asyncio."

Factory = Callable[[], asyncio.AbstractEventLoop]


class Bound(NamedTuple):
    """A class of the interpreter's own tests, or a mixin, and the method that makes its loop."""

    module: str
    original: str  # one class, or more with "+" between
    name: str = ""  # of the class that is made of a mixin; else the original is taken as it is
    hook: str = "create_event_loop"


# Each of these tests has a process of its own. What has no name of its own gets its loop from
# asyncio.new_event_loop().
ALONE = [
    Bound("test_events", "EventLoopTestsMixin+SubprocessTestsMixin", "EventLoopTests"),
    Bound("test_events", "PolicyTests"),
    Bound("test_events", "TestPyGetEventLoop"),
    Bound("test_events", "TestCGetEventLoop"),
    Bound("test_sock_lowlevel", "BaseSockTestsMixin", "SockTests"),
    Bound("test_sendfile", "SendfileTestsBase", "SendfileTests"),
    Bound("test_server", "SelectorStartServerTests", "StartServerTests", "new_loop"),
    Bound("test_server", "TestServer2"),
    Bound("test_server", "UnixServerCleanupTests"),
    Bound("test_buffered_proto", "BaseTestBufferedProtocol", "BufferedProtocolTests", "new_loop"),
    Bound("test_sslproto", "BaseStartTLS", "StartTLSTests", "new_loop"),
    Bound("test_ssl", "TestSSL"),
    Bound("test_streams", "StreamTests"),
    Bound("test_subprocess", "SubprocessMixin", "SubprocessTests", "setUp"),
    Bound("test_subprocess", "GenericWatcherTests"),
    Bound("test_unix_events", "PolicyTests"),
    Bound("test_unix_events", "TestFunctional"),
    Bound("test_unix_events", "TestFork"),
]

# Whole modules, a process for each class: what they test is above the loop, and stays in it.
WHOLE = [
    "test_tasks",
    "test_eager_task_factory",
    "test_futures",
    "test_futures2",
    "test_taskgroups",
    "test_timeouts",
    "test_waitfor",
    "test_locks",
    "test_queues",
    "test_runners",
    "test_context",
    "test_pep492",
    "test_threads",
    "test_staggered",
    "test_transports",
    "test_protocols",
]


def loop_factory(name: str) -> Factory:
    """Return what makes a loop: of "asyncio", "uvnet", "uvloop" or "module:function"."""
    if name == "asyncio":
        return asyncio.SelectorEventLoop
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function or "new_event_loop")


def make_default(factory: Factory) -> None:
    """Have asyncio.new_event_loop() call this, whichever policy the tests go back to."""
    policy = getattr(asyncio.events, "_DefaultEventLoopPolicy", None)  # from 3.14 on
    policy = policy or asyncio.DefaultEventLoopPolicy
    policy._loop_factory = staticmethod(factory)
    if sys.version_info >= (3, 14):  # whose tests name it as their factory
        asyncio.EventLoop = staticmethod(factory)


def be_fair_to_other_loops() -> None:
    """Have a test not fail, as it ends, for want of an attribute that is asyncio's own."""
    original = utils.TestCase.close_loop

    def close_loop(loop: Any) -> None:
        if hasattr(loop, "_default_executor"):
            original(loop)
        else:
            loop.close()

    utils.TestCase.close_loop = staticmethod(close_loop)


def bind(bound: Bound, module: types.ModuleType, factory: Factory) -> type[unittest.TestCase]:
    """Return the class of this binding, whose loops come from the factory."""
    originals = tuple(getattr(module, name) for name in bound.original.split("+"))
    if not bound.name:
        return originals[0]
    if not issubclass(originals[0], unittest.TestCase):
        base = utils.TestCase if bound.hook != "new_loop" else unittest.TestCase
        originals = (*originals, base)

    def make(self: Any) -> Any:
        return factory()

    def set_up(self: Any) -> None:
        super(made, self).setUp()
        self.loop = factory()
        self.set_event_loop(self.loop)

    hook = set_up if bound.hook == "setUp" else make
    # In the module of the originals, whose tearDownModule is run.
    made = type(bound.name, originals, {bound.hook: hook, "__module__": module.__name__})
    return made


def load(name: str) -> types.ModuleType | None:
    """Import a module of tests, or return None where this version has none of the name."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as exc:
        if exc.name != name:
            raise
        return None


class Catalogue:
    """The tests by name: `alone`, "module.Class.test", and `whole`, "module.Class" to its tests.

    `tables` is a module with PACKAGE, ALONE and WHOLE: this one, but for the harness's own tests.
    """

    def __init__(self, loop: str, tables: Any) -> None:
        factory = loop_factory(loop)
        make_default(factory)
        be_fair_to_other_loops()
        self.alone: list[str] = []
        self.whole: dict[str, list[str]] = {}
        self._tests: dict[str, unittest.TestCase] = {}
        for bound in tables.ALONE:
            module = load(tables.PACKAGE + bound.module)
            if module is not None and hasattr(module, bound.original.partition("+")[0]):
                made = bind(bound, module, factory)
                self.alone += self._add(f"{bound.module}.{made.__name__}", made)
        for name in tables.WHOLE:
            module = load(tables.PACKAGE + name)
            if module is not None:
                for made in test_classes(module):
                    whole = f"{name}.{made.__name__}"
                    self.whole[whole] = self._add(whole, made)

    def _add(self, prefix: str, made: type[unittest.TestCase]) -> list[str]:
        names = unittest.defaultTestLoader.getTestCaseNames(made)
        found = {f"{prefix}.{name}": made(name) for name in names}
        self._tests |= found
        return list(found)

    def suite(self, names: list[str]) -> unittest.TestSuite:
        """Return these tests, with what their modules set up and tear down."""
        return unittest.TestSuite(self._tests[name] for name in names)

    def names(self) -> dict[int, str]:
        """Return the name of each test object, by its id()."""
        return {id(test): name for name, test in self._tests.items()}


def test_classes(module: types.ModuleType) -> Iterator[type[unittest.TestCase]]:
    """Yield the test classes of a module that have tests, in their order there."""
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, unittest.TestCase)
            and value.__module__ == module.__name__
            and unittest.defaultTestLoader.getTestCaseNames(value)
        ):
            yield value

"""Types made in the wrong way: errors, never a crash. uvloop #760: Server(None).close() was one."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

import uvnet.aio
from uvnet import _core

MODULES = [
    *(
        f"uvnet.aio.{each.name}"
        for each in pkgutil.iter_modules(uvnet.aio.__path__)
        if each.name != "_base"
    ),  # which is for type checkers
    *(f"uvnet._core.{each.name}" for each in pkgutil.iter_modules(_core.__path__)),
]

PRELUDE = """
import asyncio, gc, importlib, inspect, sys, types, warnings
warnings.simplefilter("ignore")
import uvnet

sys.unraisablehook = lambda args: None
loop = uvnet.new_event_loop()
loop.set_exception_handler(lambda loop, context: None)
victim = uvnet.new_event_loop()  # some call may close it
module = importlib.import_module(sys.argv[1])
classes = [
    member for member in vars(module).values()
    if isinstance(member, type) and member.__module__ == module.__name__
]
LEFT_OUT = {"__class__", "__new__", "__init_subclass__", "__subclasshook__", "__getstate__",
            "run_forever", "run", "run_until_complete", "__del__"}
VALUES = [None, 1, -1, "x", b"x", [], victim, object(), asyncio.Protocol(), lambda *args: None]
ARGUMENTS = [[value] * count for count in range(4) for value in (VALUES if count else [None])]
ARGUMENTS += [[victim, asyncio.Protocol(), value] for value in VALUES]
calls = 0

def attempt(function, *args, **options):
    global calls
    calls += 1
    try:
        result = function(*args, **options)
    except Exception:
        return None
    if inspect.iscoroutine(result):
        result.close()
    return result

def use(make):
    target = make()
    if target is None:
        return
    for name in sorted(set(dir(target)) - LEFT_OUT):
        for args in ARGUMENTS:
            target = make()
            try:
                member = getattr(target, name)
            except Exception:
                break
            if not callable(member):
                break
            attempt(member, *args)

def turn():
    loop.call_soon(loop.stop)
    loop.run_forever()
"""

WITHOUT_INIT = """
for cls in classes:
    use(lambda: attempt(cls.__new__, cls))
    for name in sorted(set(dir(cls)) - LEFT_OUT):
        for value in VALUES:
            target = attempt(cls.__new__, cls)
            attempt(setattr, target, name, value)
            attempt(delattr, target, name)
            attempt(repr, target)
            del target
    for attribute in ("__init__", "close", "abort", "__repr__", "__del__"):
        attempt(getattr, attempt(cls.__new__, cls), attribute)
    turn()
gc.collect()
print(len(classes), calls)
"""

WRONG_ARGUMENTS = """
for cls in classes:
    if issubclass(cls, (uvnet._core.Loop, BaseException)):
        continue
    for args in ARGUMENTS:
        made = attempt(cls, *args)
        if made is None:
            continue
        for name in sorted(set(dir(made)) - LEFT_OUT):
            if name.startswith("__"):
                continue
            try:
                member = getattr(made, name)
            except Exception:
                continue
            if callable(member):
                attempt(member)
                attempt(member, None)
                attempt(member, b"x")
        attempt(made.__init__, *args)
        attempt(repr, made)
        del made
    turn()
gc.collect()
print(len(classes), calls)
"""

FUNCTIONS = """
for name, member in list(vars(module).items()):
    if isinstance(member, types.ModuleType | type) or not callable(member) or name[:2] == "__":
        continue
    if getattr(member, "__module__", None) not in (module.__name__, None):
        continue
    for args in ARGUMENTS:
        attempt(member, *args)
gc.collect()
print(0, calls)
"""


@pytest.mark.parametrize("name", MODULES)
def test_types_whose_init_never_ran(name: str, python: Callable[..., Any]) -> None:
    """uvloop #760, #706: every method, property and attribute of what __new__ alone has made."""
    python(PRELUDE + WITHOUT_INIT, name)


@pytest.mark.parametrize("name", MODULES)
def test_wrong_arguments(name: str, python: Callable[..., Any]) -> None:
    """uvloop #760: constructors get anything, and then the methods of what they made are called."""
    python(PRELUDE + WRONG_ARGUMENTS, name)


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("uvnet.aio")])
def test_functions(name: str, python: Callable[..., Any]) -> None:
    """They are internal, and yet None and wrong objects are errors and not crashes."""
    python(PRELUDE + FUNCTIONS, name)


def test_the_server_of_the_fault() -> None:
    """uvloop #760, as it was reported: loop.Server(None).close()."""
    from uvnet.aio.servers import Server

    with pytest.raises(TypeError):
        Server(None)  # type: ignore[call-arg]
    server = Server.__new__(Server)
    with pytest.raises(AttributeError):
        server.close()
    with pytest.raises(AttributeError):
        server.get_loop()

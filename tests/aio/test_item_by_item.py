"""Everything that asyncio's loops, servers and transports have, ours have: names and keywords.

The table "asyncio, item by item" of docs/porting.md is held against the running asyncio, too.
rows() gives its rows.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
from asyncio import selector_events
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet.aio.servers import Server
from uvnet.aio.transport import StreamTransport

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "porting.md"
HEADING = "### asyncio, item by item"

PUBLIC = re.compile(r"^(?!_)\w+$")
# What says on which loop it is meant to work, and what that is of ours.
CLASSES: dict[str, tuple[type, type]] = {
    "loop": (asyncio.SelectorEventLoop, uvnet.Loop),
    "server": (asyncio.Server, Server),
    "transport": (selector_events._SelectorSocketTransport, StreamTransport),  # type: ignore[attr-defined]
}


def methods(cls: type) -> list[str]:
    return sorted(
        name for name in dir(cls) if PUBLIC.match(name) and callable(getattr(cls, name, None))
    )


def keywords(function: Any) -> list[str] | None:
    """Return the names of a function's parameters; None if a compiled one does not tell."""
    try:
        signature = inspect.signature(function)
    except ValueError:
        return None
    return [name for name in signature.parameters if name not in ("self", "cls")]


def in_stub(cls: type, method: str) -> list[str]:
    """Return the names of the parameters of a compiled method, which its stub has."""
    for base in cls.__mro__:
        if method not in vars(base):
            continue
        path = Path(inspect.getfile(base)) if not _is_compiled(base) else _stub_of(base)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and node.name == base.__name__:
                for item in node.body:
                    if isinstance(item, ast.FunctionDef) and item.name == method:
                        args = item.args
                        found = [each.arg for each in args.posonlyargs + args.args][1:]
                        found += [args.vararg.arg] if args.vararg else []
                        return found + [each.arg for each in args.kwonlyargs]
    return []


def _is_compiled(cls: type) -> bool:
    return not hasattr(cls, "__module__") or cls.__module__ in _compiled()


def _compiled() -> set[str]:
    return {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in _stubs()}


def _stubs() -> Iterator[Path]:
    return (ROOT / "uvnet").rglob("*.pyi")


def _stub_of(cls: type) -> Path:
    return ROOT.joinpath(*cls.__module__.split(".")).with_suffix(".pyi")


def whose(cls: type, method: str) -> str:
    """Return who implements it: 'native', 'uvnet' or 'asyncio'."""
    for base in cls.__mro__:
        if method in vars(base):
            if base.__module__.startswith("asyncio"):
                return "asyncio"
            return "native" if _is_compiled(base) else "uvnet"
    raise AttributeError(method)


ITEMS = [(kind, name) for kind, (theirs, _) in CLASSES.items() for name in methods(theirs)]
ITEMS = [item for item in ITEMS if item[1] not in ("register", "mro")]


@pytest.mark.parametrize(("kind", "name"), ITEMS, ids="-".join)
def test_it_is_there_with_every_keyword(kind: str, name: str) -> None:
    theirs, ours = CLASSES[kind]
    method = getattr(ours, name)
    implementation = next(base for base in ours.__mro__ if name in vars(base))
    assert implementation is not asyncio.AbstractEventLoop, "only the one that raises"
    wanted = keywords(getattr(theirs, name))
    assert wanted is not None
    found = keywords(method)
    if found is None or found == ["args", "kwargs"]:
        found = in_stub(ours, name)
    assert not set(wanted) - set(found) - {"args", "kwargs"}, f"{found} has not all of {wanted}"


@pytest.mark.parametrize(("kind", "name"), ITEMS, ids="-".join)
def test_defaults_are_the_same(kind: str, name: str) -> None:
    theirs, ours = CLASSES[kind]
    stock = inspect.signature(getattr(theirs, name)).parameters
    try:
        found = inspect.signature(getattr(ours, name)).parameters
    except ValueError:
        return  # of a compiled one stubtest knows
    for parameter in stock.values():
        if parameter.name in found:
            assert found[parameter.name].default == parameter.default, parameter.name


def test_attributes_of_the_loop(aio_loop: Any) -> None:
    """What is no method, and what frameworks and CPython's own tests read of a loop."""
    stock = asyncio.SelectorEventLoop()
    left_out = {
        # of the selector and of what asyncio's own loop keeps in Python
        "_selector", "_ready", "_scheduled", "_csock", "_ssock", "_internal_fds", "_stopping",
        "_timer_cancelled_count", "_clock_resolution", "_current_handle", "_signal_handlers",
        "_unix_server_sockets", "_watcher",
    }  # fmt: skip
    missing = {name for name in vars(stock) if not hasattr(aio_loop, name)} - left_out
    stock.close()
    assert not missing


def rows() -> Iterator[str]:
    """Yield the rows of the table for the running Python."""
    for kind, name in ITEMS:
        theirs, ours = CLASSES[kind]
        found = keywords(getattr(ours, name))
        if found is None or found == ["args", "kwargs"]:
            found = in_stub(ours, name)
        yield f"| `{kind}.{name}` | {', '.join(found)} | {whose(ours, name)} |"


@pytest.mark.skipif(not PAGE.exists(), reason="needs the tree")
def test_the_page_has_everything() -> None:
    text = PAGE.read_text()
    table = text.partition(HEADING)[2].partition("\n## ")[0].partition("\n### ")[0]
    written = {}
    for line in table.splitlines():
        if match := re.match(r"\| `(\w+)\.(\w+)` \| (.*) \| (\w+) \|$", line):
            kind, name, names, owner = match.groups()
            written[kind, name] = ({each.split(" ")[0] for each in names.split(", ")} - {""}, owner)
    for kind, name in ITEMS:
        theirs, ours = CLASSES[kind]
        assert (kind, name) in written, f"{kind}.{name} is missing in {PAGE}"
        names, owner = written[kind, name]
        wanted = set(keywords(getattr(theirs, name)) or ()) - {"args", "kwargs", "kwds"}
        assert not wanted - names, f"{kind}.{name} has {wanted - names}, too"
        assert owner == whose(ours, name), f"{kind}.{name}"
    for kind, name in written:
        assert hasattr(CLASSES[kind][1], name), f"{kind}.{name} is not there"

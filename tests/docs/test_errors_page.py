"""docs/errors.md has every error there is, with its bases and its message."""

from __future__ import annotations

import builtins
import re
import socket
from pathlib import Path

import pytest

import uvnet
from uvnet import _core, errors
from uvnet.errors import _system

from .snippets import ROOT

PAGE = ROOT / "docs" / "errors.md"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="no pages beside the tests")

PACKAGE = Path(uvnet.__file__).parent

# Those that are named by another word than their code, or have one for each instance.
OTHERS = {"AbortError", "AbortTimeoutError", "AggregateError", "DNSError", "SocketEnded", "UVError"}
MISUSE = {name for name in errors.__all__ if name.startswith("ERR_")}
SYSTEM = {cls.__name__: cls for cls in _system.classes.values()}


def rows() -> list[list[str]]:
    """Return the cells of the rows of all tables whose first cell is code."""
    found = []
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" |")]
        if line.startswith("| `"):
            found.append(cells)
    return found


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def table() -> dict[str, list[str]]:
    found = rows()
    names = [code(row[0])[0] for row in found]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice
    return dict(zip(names, found, strict=True))


def builtins_of(cls: type) -> list[str]:
    """Return which exceptions of Python's a class is, the closest alone."""
    theirs = [b for b in cls.__mro__ if b.__module__ in ("builtins", "socket")]
    closest = [b for b in theirs if not any(b is not o and issubclass(o, b) for o in theirs)]
    return [b.__name__ for b in closest]


def test_every_error_is_there(table: dict[str, list[str]]) -> None:
    classes = {
        name
        for name in errors.__all__
        if isinstance(getattr(errors, name), type) and name != "Error"
    }
    assert classes == MISUSE | OTHERS, "a class of a new kind needs a table"
    assert classes | set(SYSTEM) <= set(table)


def test_nothing_else_is_there(table: dict[str, list[str]]) -> None:
    plain = set(table) - MISUSE - OTHERS - set(SYSTEM)
    known = {name.removeprefix("UV_") for name in _core.constants.error_numbers()}
    assert plain <= known
    for name in plain:
        number = getattr(_core, f"UV_{name}")
        assert type(errors.uv_error(number, "x")) is errors.UVError, f"{name} has a class"


@pytest.mark.parametrize("name", sorted(MISUSE))
def test_misuse(table: dict[str, list[str]], name: str) -> None:
    cls = getattr(errors, name)
    _, bases, message, when, arrives, what_to_do = table[name]
    assert code(bases) == builtins_of(cls)
    assert code(message) == [cls.template.replace("{}", "…")]
    assert when and arrives and what_to_do
    assert cls.code == name


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_codes_of_other_names(table: dict[str, list[str]], name: str) -> None:
    cls = getattr(errors, name)
    _, codes, bases, when, arrives, what_to_do = table[name]
    if isinstance(getattr(cls, "code", None), str):
        assert code(codes) == [cls.code]
    pythons = {**vars(builtins), "socket.gaierror": socket.gaierror}
    assert code(bases) and all(issubclass(cls, pythons[base]) for base in code(bases))
    assert when and arrives and what_to_do


@pytest.mark.parametrize("name", sorted(SYSTEM))
def test_system_calls(table: dict[str, list[str]], name: str) -> None:
    _, bases, when, what_to_do = table[name]
    assert code(bases) == builtins_of(SYSTEM[name])
    assert getattr(errors, name) is SYSTEM[name]
    assert when and what_to_do


def test_what_is_not_raised_is_said(table: dict[str, list[str]]) -> None:
    """And nothing that is raised is said not to be."""
    modules = [p for p in PACKAGE.rglob("*.py") if p.parent.name != "errors"]
    assert len(modules) > 20, "this test does not see the package"
    source = "\n".join(path.read_text() for path in modules)
    for name in sorted(MISUSE):
        raised = re.search(rf"\b{name}\b", source) is not None
        assert raised is not table[name][3].startswith("Not raised"), name

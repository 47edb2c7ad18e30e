"""What programs use of the Node face is documented: each class, function, method and property.

The asyncio face and the core are test_public_api.py's, which asks for more.
"""

from __future__ import annotations

import builtins
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

from uvnet import errors

SECTIONS = ("Attributes", "Args", "Events", "Yields", "Returns", "Raises", "Start", "Forms")
MODULES = ["net", "dns", "dns.promises", "stream", "stream.promises", "events", "abort"]
MODULES += ["diagnostics", "encodings"]

# `Node: net.Socket` may end the first line, or its parenthesis.
SOURCE = re.compile(r"\s*\(?Node: [^)]*\)?\.?$")


def sections(text: str) -> dict[str, str]:
    """Return the sections of a docstring: their text, by their name."""
    found: dict[str, str] = {}
    name = ""
    for line in inspect.cleandoc(text).splitlines()[1:]:
        header = re.fullmatch(r"([A-Z]\w+):", line)
        if header:
            name = header[1]
            found[name] = ""
        elif name and (line.startswith("    ") or not line):
            found[name] += line[4:] + "\n"
        else:
            name = ""
    return found


def entries(section: str) -> list[str]:
    """Return what a section explains: `host, port: Where to.` has two names."""
    heads = re.findall(r"^([*\w][^:]*?(?:,\n {0,4}[^:]*?)*): ", section, re.MULTILINE)
    names = [re.sub(r"\(.*?\)", "", head) for head in heads]
    return [part.strip(" *'\n") for name in names for part in name.split(",")]


def text_faults(text: str | None) -> Iterator[str]:
    if not text:
        yield "no docstring"
        return
    summary, _, rest = inspect.cleandoc(text).partition("\n")
    if not re.search(r"[.:?!)]$", SOURCE.sub("", summary)) or (rest and rest[0] != "\n"):
        yield "the first line must be a summary: one line with a full stop"
    found = sections(text)
    if unknown := set(found) - set(SECTIONS):
        yield f"unknown sections {unknown}; there are {SECTIONS}"
    for name in (name for name, body in found.items() if not body.strip()):
        yield f"the section {name} is empty"
    for name in entries(found.get("Raises", "")):
        if not is_exception(name):
            yield f"Raises names {name!r}, which is no exception"


def is_exception(name: str) -> bool:
    """Return whether it is one of Python, of uvnet.errors, or, with its module, of the library."""
    if "." in name:
        return isinstance(pkgutil.resolve_name(name), type)
    return isinstance(getattr(builtins, name, getattr(errors, name, None)), type)


def function_faults(function: Any) -> Iterator[str]:
    yield from text_faults(function.__doc__)
    explained = entries(sections(function.__doc__ or "").get("Args", ""))
    parameters = inspect.signature(function).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    unknown = set(explained) - set(parameters)
    if unknown and not takes_any:
        yield f"Args explains {unknown}, which it does not take"


def class_faults(cls: type) -> Iterator[str]:
    """Yield what is wrong with a class and with what it inherits inside uvnet."""
    yield from text_faults(cls.__doc__)
    ours = [base for base in cls.__mro__ if base.__module__.startswith("uvnet.")]
    explained = {
        name
        for base in ours
        for section in ("Attributes", "Args")
        for name in entries(sections(base.__doc__ or "").get(section, ""))
    }
    fields = getattr(cls, "_fields", ())
    for base in ours:
        for name, member in vars(base).items():
            if name.startswith("_") or name in fields:
                continue
            member = getattr(member, "__func__", member)
            if callable(member):
                found = function_faults(member)
            elif name in explained:
                continue
            else:
                found = text_faults(member.__doc__ if inspect.isdatadescriptor(member) else None)
            yield from (f"{base.__name__}.{name}: {fault}" for fault in found)


def faults(module: Any) -> Iterator[str]:
    yield from text_faults(module.__doc__)
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value):
            yield from (f"{name}: {fault}" for fault in class_faults(value))
        elif callable(value):
            yield from (f"{name}: {fault}" for fault in function_faults(value))


@pytest.mark.parametrize("name", MODULES)
def test_module_is_documented(name: str) -> None:
    found = dict.fromkeys(faults(importlib.import_module(f"uvnet.{name}")))
    assert not found, "\n".join(found)


class Base:
    """What a module of uvnet would have."""

    __module__ = "uvnet.sample"
    explained = 1
    forgotten = 2

    def silent(self) -> None: ...

    def wrong(self, host: str) -> None:
        """Do something. Node: sample.wrong

        Args:
            hots: Where.

        Raises:
            ERR_OUT_OF_RANGE, ERR_NONSENSE: It is wrong.
            ValueError: It is not right.
        """

    def sloppy(self) -> None:
        """do something"""

    @property
    def good(self) -> int:
        """What is good. (Node: sample.good)"""
        return 1


class Sample(Base):
    """A sample.

    Attributes:
        explained: It is.
    """

    __module__ = "uvnet.sample"


def test_faults_are_found() -> None:
    assert list(class_faults(Sample)) == [
        "Base.forgotten: no docstring",
        "Base.silent: no docstring",
        "Base.wrong: Raises names 'ERR_NONSENSE', which is no exception",
        "Base.wrong: Args explains {'hots'}, which it does not take",
        "Base.sloppy: the first line must be a summary: one line with a full stop",
    ]

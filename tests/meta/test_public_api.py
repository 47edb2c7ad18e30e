"""Every public name is in its stub and is documented, in Google's style.

What the types are is stubtest's to say, in test_typing.py; here it is names and docstrings.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import uvnet
from uvnet import _core

FOLDER = Path(_core.__file__).parent
COMPILED = sorted(
    path.name.removesuffix(EXTENSION_SUFFIXES[0])
    for path in FOLDER.glob(f"*{EXTENSION_SUFFIXES[0]}")
)
SECTIONS = ("Attributes", "Args", "Yields", "Returns", "Raises")

# What Handle's docstring says once for the methods of all handles.
STATUS = "Methods return 0 or a negative errno"


# ------------------------------------------------------------------------- names


def is_public(name: str) -> bool:
    return not name.startswith("_")


def public_names(module: ModuleType) -> dict[str, Any]:
    """Return what a module defines, without what it imports."""
    return {
        name: value
        for name, value in vars(module).items()
        if is_public(name)
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", module.__name__) == module.__name__
    }


def public_members(cls: type) -> dict[str, Any]:
    return {name: value for name, value in vars(cls).items() if is_public(name)}


def declared(body: list[ast.stmt]) -> dict[str, ast.stmt]:
    """Return the public names that the statements of a stub declare."""
    found: dict[str, ast.stmt] = {}
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = node
    return {name: node for name, node in found.items() if is_public(name)}


@cache
def stub(module: str) -> dict[str, ast.stmt]:
    return declared(ast.parse((FOLDER / f"{module}.pyi").read_text()).body)


def test_each_compiled_module_has_a_stub() -> None:
    assert {"loop", "stream", "tcp"} <= set(COMPILED), "this test does not see the modules"
    typed = {path.stem for path in FOLDER.glob("*.pyi")}
    in_python = {path.stem for path in FOLDER.glob("*.py")}  # compiled, with its types inside
    assert typed == set(COMPILED) - in_python
    assert (FOLDER.parent / "py.typed").exists()


def test_above_the_core_a_compiled_module_has_a_stub_or_types_inside() -> None:
    package = FOLDER.parent
    compiled = {
        path.relative_to(package).as_posix().removesuffix(EXTENSION_SUFFIXES[0])
        for path in package.rglob(f"*{EXTENSION_SUFFIXES[0]}")
        if path.parent != FOLDER
    }
    assert {"events", "stream/readable", "net/_stream_base"} <= compiled
    stubs = package.rglob("*.pyi")
    typed = {path.relative_to(package).with_suffix("").as_posix() for path in stubs}
    assert compiled - typed == {"events", "stream/utils"}  # which mypy sees


@pytest.mark.parametrize("name", COMPILED)
def test_stub_has_the_names_of_its_module(name: str) -> None:
    module = importlib.import_module(f"uvnet._core.{name}")
    names = public_names(module)
    assert set(names) == set(stub(name))
    for cls in (value for value in names.values() if isinstance(value, type)):
        node = stub(name)[cls.__name__]
        assert isinstance(node, ast.ClassDef)
        members = set(declared(node.body))
        assert set(public_members(cls)) <= members, cls
        assert not {member for member in members if not hasattr(cls, member)}, cls


def test_constants_are_all_exported() -> None:
    constants = _core.constants
    numbers = {name for name in stub("constants") if name.startswith("UV_")}
    assert set(constants.__all__) == numbers
    assert set(constants.error_numbers()) <= numbers
    assert numbers <= set(_core.__all__)
    assert all(type(getattr(constants, name)) is int for name in numbers)
    assert all(number < 0 for number in constants.error_numbers().values())
    source = ast.parse((FOLDER / "constants.pyi").read_text())
    [exported] = (
        ast.literal_eval(node.value)
        for node in source.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    )
    assert exported == constants.__all__


# -------------------------------------------------------------------- docstrings


class Docstring(NamedTuple):
    text: str
    sections: dict[str, list[str]]  # the lines of each, indentation removed

    def entries(self, section: str) -> list[str]:
        """Return the names that a section explains, as in `host, port: Where to.`"""
        lines = self.sections.get(section, [])
        matches = (re.match(r"(\*{0,2}\w[\w., ]*): \S", line) for line in lines)
        return [name for match in matches if match for name in match[1].split(", ")]


def parse(text: str) -> Docstring:
    """Take a docstring apart.

    Raises:
        ValueError: It is not in Google's style.
    """
    text = inspect.cleandoc(text)
    summary, _, rest = text.partition("\n")
    if not re.search(r"[.:)]$", summary) or rest and not rest.startswith("\n"):
        raise ValueError("the first line must be a summary: one line with a full stop")
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in rest.splitlines():
        header = re.fullmatch(r"(\w+):", line)
        if header:
            lines = sections[header[1]] = []
        elif line.startswith("    "):
            lines.append(line[4:])
        elif line:
            lines = []  # a paragraph
    if unknown := set(sections) - set(SECTIONS) - {"Start"}:
        raise ValueError(f"unknown sections {unknown}; there are {SECTIONS}")
    if not all(sections.values()):
        raise ValueError(f"an empty section among {list(sections)}")
    order = [SECTIONS.index(name) for name in sections if name in SECTIONS]
    if order != sorted(order):
        raise ValueError(f"sections must come in the order {SECTIONS}")
    return Docstring(text, sections)


def resolves(reference: str, owners: tuple[Any, ...]) -> bool:
    """Whether a dotted name leads to something documented, from one of the owners."""
    for owner in owners:
        found = owner
        for part in reference.split("."):
            found = getattr(found, part, None)
        if getattr(found, "__doc__", None):
            return True
    return False


def faults(function: Callable[..., object], owners: tuple[Any, ...], returns: str) -> Iterator[str]:
    """Yield what is wrong with the docstring of a function.

    Args:
        function: It.
        owners: Where the names that the docstring refers to may be: class and module.
        returns: The annotation of its result.
    """
    if not function.__doc__:
        yield "no docstring"
        return
    try:
        doc = parse(function.__doc__)
    except ValueError as error:
        yield str(error)
        return
    references = re.findall(r"\b(?:[Ss]ee|As|as for|[Ll]ike) ([\w.]*\w)", doc.text)
    refers = any(resolves(reference, owners) for reference in references)
    parameters = [name for name in inspect.signature(function).parameters if name != "self"]
    if "Args" in doc.sections:
        explained = doc.entries("Args")
        if unknown := set(explained) - set(parameters):
            yield f"Args explains {unknown}, which it does not take"
        if missing := set(parameters) - set(explained) - {"args"}:
            yield f"Args leaves out {missing}"
    elif not refers:
        words = set(re.findall(r"\w+", doc.text))
        if missing := set(parameters) - words:
            yield f"nothing is said about {missing}"
    for name in doc.entries("Raises"):
        if not isinstance(getattr(builtins, name, None), type):
            yield f"Raises names {name!r}, which is no builtin exception"
    if returns != "None" and "Returns" not in doc.sections and not refers:
        status = returns == "int" and isinstance(owners[0], type)
        status = status and issubclass(owners[0], _core.Handle)
        if not status and not re.search(r"\b[Rr]eturn\b", doc.text):
            yield f"nothing is said about the result, {returns}"


def attribute_faults(cls: type, name: str, value: object) -> Iterator[str]:
    """Yield what is wrong with a property, or with an attribute that the class explains."""
    if value.__doc__:
        try:
            parse(value.__doc__)
        except ValueError as error:
            yield str(error)
        return
    doc = parse(cls.__doc__ or "")
    if name not in doc.entries("Attributes") + doc.entries("Args"):  # "An attribute too."
        yield f"neither has a docstring nor is explained in that of {cls.__name__}"


def module_faults(name: str) -> Iterator[str]:
    module = importlib.import_module(f"uvnet._core.{name}")
    yield from (f"{name}: {fault}" for fault in doc_faults(module.__doc__))
    for label, value in public_names(module).items():
        node = stub(name)[label]
        if isinstance(node, ast.FunctionDef):
            assert node.returns
            for fault in faults(value, (module,), ast.unparse(node.returns)):
                yield f"{name}.{label}: {fault}"
        if not isinstance(node, ast.ClassDef):
            continue
        yield from (f"{name}.{label}: {fault}" for fault in doc_faults(value.__doc__))
        members = declared(node.body)
        for member, attribute in public_members(value).items():
            declaration = members[member]
            if callable(attribute):
                assert isinstance(declaration, ast.FunctionDef) and declaration.returns
                returns = ast.unparse(declaration.returns)
                found = faults(attribute, (value, module, _core), returns)
            else:
                found = attribute_faults(value, member, attribute)
            yield from (f"{name}.{label}.{member}: {fault}" for fault in found)


def doc_faults(text: str | None) -> Iterator[str]:
    try:
        if not text:
            yield "no docstring"
        else:
            parse(text)
    except ValueError as error:
        yield str(error)


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_module_is_documented(name: str) -> None:
    assert not (found := list(module_faults(name))), "\n".join(found)


def test_handles_say_what_methods_return() -> None:
    assert STATUS in inspect.cleandoc(_core.Handle.__doc__ or "")


def function_faults(owner: object, names: dict[str, Any]) -> Iterator[str]:
    for name, value in names.items():
        if inspect.isfunction(value) and value.__module__.startswith("uvnet"):
            returns = str(inspect.signature(value).return_annotation)
            yield from (f"{name}: {fault}" for fault in faults(value, (owner, uvnet), returns))


def test_the_package_is_documented() -> None:
    found = list(doc_faults(uvnet.__doc__))
    found += function_faults(uvnet, {name: getattr(uvnet, name) for name in uvnet.__all__})
    for cls in uvnet.Loop.__mro__:
        if cls.__module__.startswith("uvnet.aio"):
            found += [f"{cls.__qualname__}: {fault}" for fault in doc_faults(cls.__doc__)]
            found += [f"{cls.__qualname__}.{f}" for f in function_faults(cls, public_members(cls))]
    assert not found, "\n".join(found)


class Samples:
    def undocumented(self) -> None: ...

    def vague(self, host: str, port: int) -> None:
        """Do something with `host`."""

    def wrong(self, host: str) -> None:
        """Do something.

        Args:
            hots: Where.

        Raises:
            OsError: If it fails.
        """

    def sloppy(self, host: str) -> None:
        """do something with host
        on two lines"""

    def good(self, host: str, *args: object) -> None:
        """Return something.

        Args:
            host: Where.
        """

    def short(self) -> None:
        """See good."""


def test_faults_are_found() -> None:
    def found(function: Callable[..., object], returns: str = "None") -> str:
        return " ".join(faults(function, (Samples,), returns))

    assert "no docstring" in found(Samples.undocumented)
    assert "'port'" in found(Samples.vague) and "'host'" not in found(Samples.vague)
    assert "result" in found(Samples.vague, "int")
    assert "hots" in found(Samples.wrong) and "OsError" in found(Samples.wrong)
    assert "leaves out {'host'}" in found(Samples.wrong)
    assert "summary" in found(Samples.sloppy)
    assert not found(Samples.good, "int") and not found(Samples.short, "int")
    with pytest.raises(ValueError, match="unknown sections"):
        parse("Do.\n\nParams:\n    x: y\n")
    with pytest.raises(ValueError, match="order"):
        parse("Do.\n\nReturns:\n    x\n\nArgs:\n    x: y\n")

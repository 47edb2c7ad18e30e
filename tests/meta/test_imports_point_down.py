"""Imports go down only, and the two faces never meet above the core.

In .py files every import counts, wherever it stands, but for those under `if TYPE_CHECKING`. In
.pyx and .pxd files both `import` and `cimport` count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .tree import ROOT, needs_tree, sources

pytestmark = needs_tree

# The layer of each module or package directly under uvnet. A module may import from lower layers,
# and from its own.
LAYERS = {
    "_version": 0,
    "_debug": 0,
    "_core": 1,
    "errors": 3,
    "events": 3,
    "_events_async": 3,
    "_validators": 3,
    "encodings": 3,
    "abort": 3,
    "diagnostics": 3,
    "stream": 4,
    "net": 5,
    "dns": 5,
    "aio": 5,
    "": 6,  # uvnet/__init__.py puts the faces together
    "cluster": 6,
    "handover": 6,  # from one face to the other
    "contrib": 7,
    "bench": 7,
    "__main__": 7,
}
FACES = [{"net", "stream", "dns"}, {"aio"}]


def part(module: str) -> str:
    """Return the name directly under uvnet that a module belongs to: 'net' for uvnet.net._ip."""
    return module.split(".")[1] if "." in module else ""


def own_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def absolute(path: Path, level: int, name: str) -> str:
    """Turn a relative import's dots and name into the full name of a module."""
    if level == 0:
        return name
    package = path.relative_to(ROOT).parts[:-1]
    base = package[: len(package) - level + 1]
    return ".".join([*base, name] if name else base)


def targets(module: str, names: list[str]) -> Iterator[str]:
    """Yield what `from module import names` imports: a submodule, where a name is one."""
    for name in names:
        base = ROOT.joinpath(*module.split("."), name)
        is_module = base.is_dir() or any(base.with_suffix(s).exists() for s in (".py", ".pyx"))
        yield f"{module}.{name}" if is_module else module


class _Imports(ast.NodeVisitor):
    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[tuple[int, str]] = []

    def visit_If(self, node: ast.If) -> None:
        test = node.test
        name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", None)
        if name != "TYPE_CHECKING":
            for child in node.body:
                self.visit(child)
        for child in node.orelse:
            self.visit(child)

    def visit_Import(self, node: ast.Import) -> None:
        self.found += [(node.lineno, alias.name) for alias in node.names]

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = absolute(self.path, node.level, node.module or "")
        for target in targets(module, [alias.name for alias in node.names]):
            self.found.append((node.lineno, target))


def python_imports(path: Path) -> list[tuple[int, str]]:
    visitor = _Imports(path)
    visitor.visit(ast.parse(path.read_text(), str(path)))
    return visitor.found


def cython_imports(path: Path) -> list[tuple[int, str]]:
    """Return the same for Cython, whose grammar ast does not know."""
    blank = lambda match: "\n" * match[0].count("\n")  # noqa: E731
    text = re.sub(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'', blank, path.read_text())
    found = []
    from_form = r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+c?import[ \t]+(\([^)]*\)|[^\n#]*)"
    for match in re.finditer(from_form, text, re.MULTILINE):
        names = re.findall(r"(\w+)(?:\s+as\s+\w+)?", match[3]) or ["*"]
        module = absolute(path, len(match[1]), match[2])
        line = text.count("\n", 0, match.start(2)) + 1
        found += [(line, target) for target in targets(module, names)]
    for match in re.finditer(r"^[ \t]*c?import[ \t]+([\w., \t]+)", text, re.MULTILINE):
        line = text.count("\n", 0, match.start(1)) + 1
        found += [(line, name.split()[0]) for name in match[1].split(",") if name.strip()]
    return found


def complaint(importer: str, imported: str) -> str | None:
    """Return what is wrong with this import inside uvnet, or None."""
    low, high = part(imported), part(importer)
    for name in (low, high):
        if name not in LAYERS:
            return f"uvnet.{name} has no layer: give it one in this test and in CONTRIBUTING.md"
    if low == high:
        return None
    if LAYERS[low] > LAYERS[high]:
        return f"{importer} imports {imported}, which is above it"
    for face in FACES:
        if high in face and any(low in other for other in FACES if other is not face):
            return f"{importer} imports {imported}: net and aio meet only in the core"
    return None


MODULES = list(sources("uvnet", suffixes=(".py", ".pyx", ".pxd")))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    imports = python_imports(path) if path.suffix == ".py" else cython_imports(path)
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {fault}"
        for line, name in imports
        if name.split(".")[0] == "uvnet" and (fault := complaint(own_name(path), name))
    ]
    assert not faults, "\n".join(faults)


def test_rules() -> None:
    assert complaint("uvnet.net._socket", "uvnet._core.stream") is None
    assert complaint("uvnet.net._socket", "uvnet.stream.duplex") is None
    assert complaint("uvnet.net", "uvnet.dns") is None
    assert complaint("uvnet", "uvnet.aio") is None
    assert complaint("uvnet._core.loop", "uvnet.errors")
    assert complaint("uvnet.stream.duplex", "uvnet.net")
    assert complaint("uvnet.aio.loop", "uvnet.net")
    assert complaint("uvnet.aio.loop", "uvnet.stream.state")
    assert complaint("uvnet.net._server", "uvnet.aio.loop")
    assert complaint("uvnet.net._server", "uvnet")
    assert complaint("uvnet.novelty", "uvnet.errors")


def test_imports_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    package = tmp_path / "uvnet" / "net"
    package.mkdir(parents=True)
    (tmp_path / "uvnet" / "aio").mkdir()
    (package / "_ip.py").touch()
    python = package / "a.py"
    python.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from uvnet import aio\n"
        "from . import _ip, other\n"
        "def f():\n    from ..aio.loop import Loop\n    import uvnet.dns as d\n"
    )
    assert python_imports(python) == [
        (1, "typing"),
        (4, "uvnet.net._ip"),
        (4, "uvnet.net"),
        (6, "uvnet.aio.loop"),
        (7, "uvnet.dns"),
    ]
    cython = package / "b.pyx"
    cython.write_text(
        '"""Doc.\n\nfrom uvnet.wrong import this\n"""\n'
        "cimport cython\n"
        "from .._core.loop cimport (\n    Loop,\n    Handle as H,\n)\n"
        "cdef f():\n    from uvnet import aio\n"
    )
    assert cython_imports(cython) == [
        (6, "uvnet._core.loop"),
        (6, "uvnet._core.loop"),
        (11, "uvnet.aio"),
        (5, "cython"),
    ]

"""Makes the section "Every name" of docs/porting.md: Node's names and ours, from both as they are.

python page.py  # writes it into the page
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documented import ATTRIBUTES, EVENTS, OPTIONS

HERE = Path(__file__).parent
PAGE = HERE.parents[2] / "docs" / "porting.md"
START = "<!-- Made by tests/conformance/names/page.py: every name -->\n"
END = "<!-- The end of every name -->\n"

IRREGULAR = {
    "isIP": "is_ip",
    "isIPv4": "is_ipv4",
    "isIPv6": "is_ipv6",
    "addCIDR": "add_cidr",
    "addCIDRs": "add_cidrs",
    "removeCIDR": "remove_cidr",
    "toJSON": "to_json",
    "fromJSON": "from_json",
    "from": "from_",
    "tracePromise": "trace_async",
}


def ours(name: str) -> str:
    """Return our name for one of Node's: camelCase becomes snake_case, but for classes."""
    if name in IRREGULAR:
        return IRREGULAR[name]
    if name[0].isupper():
        return name
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", name).lower()


def recorded() -> dict[str, list[str]]:
    """Return the names that Node has, by the module or class that has them."""
    return json.loads((HERE / "names.json").read_text())


def find(path: str) -> Any:
    """Return the module or class of ours that 'net.Server' or 'dns.promises' stands for."""
    parts = path.removesuffix(" (static)").split(".")
    found: Any = importlib.import_module(f"uvnet.{parts[0]}")
    for part in parts[1:]:
        found = getattr(found, part)
    return found


def is_here(path: str, name: str) -> bool:
    """Return whether uvnet has a name of Node's; a module of ours is no function of Node's."""
    owner = find(path)
    if not hasattr(owner, ours(name)):
        return False
    return name == "promises" or not inspect.ismodule(getattr(owner, ours(name)))


class LeftOut:
    """What a page lists as left out: `wrap`, or of one class only `Duplex.from`."""

    def __init__(self, page: str) -> None:
        table = page.partition("\nLeft out:\n\n")[2].partition("\n\n")[0]
        first = "".join(line.split("|")[1] for line in table.splitlines())
        spans = re.findall(r"`([\w.]+)`", first)
        self.names = {tuple(span.rpartition(".")[::2]) for span in spans}

    def has(self, path: str, name: str) -> bool:
        """Return whether a name of a module or class is among it."""
        owner = path.removesuffix(" (static)").rpartition(".")[2]
        return ("", name) in self.names or (owner, name) in self.names


def in_python(cls: type) -> bool:
    return inspect.isfunction(cls.__init__)


def options_in_stub(cls: type) -> set[str]:
    """Return the options of a compiled class, which does not tell itself."""
    module = sys.modules[cls.__module__]
    stub = Path(inspect.getfile(module)).parent / (cls.__module__.rpartition(".")[2] + ".pyi")
    for node in ast.walk(ast.parse(stub.read_text()) if stub.exists() else ast.Module([], [])):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            for method in node.body:
                if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                    return {arg.arg for arg in method.args.args + method.args.kwonlyargs}
    return set()


def options_of(path: str) -> set[str]:
    """Return the options that a function or class takes by name, inherited ones too."""
    found = find(path)
    names: set[str] = set()
    for one in found.__mro__ if inspect.isclass(found) else [found]:
        function = one.__init__ if inspect.isclass(one) else one
        if inspect.isclass(one) and one.__module__.startswith("uvnet.") and not in_python(one):
            names |= options_in_stub(one)
            continue
        parameters = inspect.signature(function).parameters.values()
        names |= {parameter.name for parameter in parameters}
        for parameter in parameters:
            if match := re.fullmatch(r"Unpack\[(\w+)\]", str(parameter.annotation)):
                names |= set(getattr(inspect.getmodule(function), match[1]).__annotations__)
    return names


# -------------------------------------------------------------------------- the page


def signature(member: Any) -> str:
    """Return '(port, host=None)', without types; '' of what is not called."""
    if not callable(member):
        return ""
    try:
        found = inspect.signature(member)
    except (TypeError, ValueError):
        return "()"
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for name, parameter in found.parameters.items()
        if name not in ("self", "cls")
    ]
    return str(inspect.Signature(parameters)).replace(", /", "").replace("(/)", "()")


def summary(member: Any) -> str:
    """Return the first line of a docstring, without Node's name."""
    text = inspect.getdoc(member) or ""
    line = text.partition("\n")[0]
    line = re.sub(r"\s*\(?Node: [^)]*\)?\.?$", "", line)
    return line.replace("|", "\\|")


def explained(cls: type, name: str) -> str:
    """Return what the docstrings of a class say of an attribute: the first sentence."""
    entry = re.compile(rf"^    (?:\w+, )*{name}(?:, \w+)*: (.*(?:\n {{5,}}.*)*)", re.MULTILINE)
    for base in cls.__mro__:
        text = inspect.getdoc(base) or ""
        for part in (text.partition("\nAttributes:\n")[2], text):
            if match := entry.search(part):
                sentence = re.match(r".*?(?:\.(?= |$)|$)", " ".join(match[1].split()))
                return sentence[0].replace("|", "\\|") if sentence else ""
    return ""


def row(node: str, owner: Any, prefix: str) -> str:
    name = ours(node)
    if inspect.isclass(owner) and (what := explained(owner, name)):
        return f"| `{node}` | `{prefix}{name}` | {what} |"
    member = inspect.getattr_static(owner, name)
    value = getattr(owner, name)
    if isinstance(member, (property, type(inspect.getattr_static(type, "__dict__")))):
        value = member
    if inspect.isclass(value):
        shown = f"`{prefix}{name}`"
    elif inspect.ismodule(value):
        return f"| `{node}` | `{prefix}{name}` | {summary(value)} |"
    elif isinstance(value, (str, int, tuple, list, frozenset)):
        return f"| `{node}` | `{prefix}{name}` | {value if isinstance(value, int) else ''} |"
    else:
        shown = f"`{prefix}{name}{signature(value) if not isinstance(member, property) else ''}`"
    return f"| `{node}` | {shown} | {summary(value)} |"


def lines(missing: LeftOut) -> Iterator[str]:
    yield "## Every name\n"
    yield "Node 26's names and ours; a static one has its class before it."
    for path, names in recorded().items():
        owner = find(path)
        if path.endswith(" (static)"):
            prefix = path.removesuffix(" (static)").rpartition(".")[2] + "."
        else:
            yield f"\n### {path.removesuffix(' (static)')}\n\n| Node | here | what |\n|---|---|---|"
            prefix = ""
        for name in names:
            if not missing.has(path, name):
                yield row(name, owner, prefix)
        for name in ATTRIBUTES.get(path, []):
            yield f"| `{name}` | `{ours(name)}` | {explained(owner, ours(name))} |"
    yield "\n### Options\n\n| of | options |\n|---|---|"
    for path, names in OPTIONS.items():
        yield f"| `{path}` | {', '.join(f'`{ours(name)}`' for name in names)} |"
    yield "\n### Events\n\n| of | events |\n|---|---|"
    for path, names in EVENTS.items():
        yield f"| `{path}` | {', '.join(repr(ours(name)) for name in names)} |"


def section(text: str) -> str:
    return START + "\n" + "\n".join(lines(LeftOut(text))) + "\n\n" + END


def main() -> None:
    text = PAGE.read_text()
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    PAGE.write_text(before.rstrip("\n") + "\n\n" + section(before) + after)


if __name__ == "__main__":
    main()

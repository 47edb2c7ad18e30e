"""Every public name of Node's net and what belongs to it is here, or left out for a reason."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
NODE = os.environ.get("UVNET_NODE")


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, HERE / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


documented = load("documented")
page = load("page")

if not page.PAGE.exists():  # the tests of a wheel run without the tree
    pytest.skip("there is no docs/porting.md here", allow_module_level=True)

TEXT = page.PAGE.read_text()
LEFT_OUT = page.LeftOut(TEXT)
NAMES = [(path, name) for path, names in page.recorded().items() for name in names]
SET = [(path, name) for path, names in documented.ATTRIBUTES.items() for name in names]


@pytest.mark.skipif(NODE is None, reason="UVNET_NODE names no Node")
def test_node_has_the_names_that_are_recorded() -> None:
    done = subprocess.run([NODE, HERE / "names.js"], capture_output=True, check=True, text=True)
    assert json.loads(done.stdout) == page.recorded()


@pytest.mark.parametrize(("path", "name"), NAMES + SET)
def test_a_name_is_here_or_is_left_out(path: str, name: str) -> None:
    here = page.is_here(path, name)
    assert here != LEFT_OUT.has(path, name), f"{page.ours(name)}: both, or neither"


@pytest.mark.parametrize("path", documented.OPTIONS)
def test_options_are_taken(path: str) -> None:
    missing = {page.ours(name) for name in documented.OPTIONS[path]} - page.options_of(path)
    assert not missing


@pytest.mark.parametrize("path", documented.EVENTS)
def test_events_are_documented(path: str) -> None:
    found = page.find(path)
    texts = [inspect.getdoc(base) or "" for base in found.__mro__]
    missing = {
        name
        for name in map(page.ours, documented.EVENTS[path])
        if not any(f"'{name}'" in text for text in texts)
    }
    assert not missing
    table = TEXT.partition("| event | arguments |")[2].partition("\n\n")[0]
    assert not {name for name in map(page.ours, documented.EVENTS[path]) if name not in table}


def test_the_page_is_as_it_is_made() -> None:
    assert page.START in TEXT, "python tests/conformance/names/page.py makes it"
    now = page.START + TEXT.partition(page.START)[2].partition(page.END)[0] + page.END
    assert now == page.section(TEXT.partition(page.START)[0]), (
        "python tests/conformance/names/page.py makes it anew"
    )

"""The pages become a site without a warning, and the site is whole."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import uvnet

from .snippets import ROOT

pytestmark = [
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("mkdocs", "mkdocstrings")),
        reason="mkdocs is not installed: the group docs has it",
    ),
    pytest.mark.skipif(not (ROOT / "mkdocs.yml").exists(), reason="no pages beside the tests"),
]

# What a browser would fetch by itself.
FETCHED = re.compile(r'<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="((?:https?:)?//[^"]*)"')

MODULES = ["net", "stream", "dns", "events", "abort", "diagnostics", "errors", "encodings", "_core"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    paths = [str(Path(uvnet.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        },
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    return folder


def test_every_page_is_there(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs") for path in ROOT.glob("docs/**/*.md")}
    assert len(pages) > 20
    names = {page.with_suffix(".html") for page in pages}
    names = {name.with_name("index.html") if name.stem == "README" else name for name in names}
    assert {name for name in names if not (site / name).exists()} == set()
    assert not (site / "extensions").exists()


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    found = {
        (page.name, url)
        for page in site.rglob("*.html")
        for url in FETCHED.findall(page.read_text())
    }
    assert not found
    assert FETCHED.findall('<script async src="https://example.org/x.js"></script>')


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_is_in_the_reference(site: Path, module: str) -> None:
    page = (site / "api" / f"{module.lstrip('_')}.html").read_text()
    heads = re.findall(r"<h\d[^>]*>uvnet\.\w+\.(\w+)<", page)  # of submodules
    names = set(heads) | set(re.findall(rf'id="uvnet\.{module}\.([\w.]+)"', page))
    found = importlib.import_module(f"uvnet.{module}")
    for name in found.__all__:
        value = getattr(found, name)
        if getattr(value, "__name__", None) == name:
            # A function may be in a module of its name, which goes first.
            assert {name, f"{name}.{name}"} & names, name
        elif not name.startswith("UV_"):  # which have one paragraph
            assert f"<code>{name}</code>" in page or name in names, name


def test_docstrings_of_compiled_modules_are_there(site: Path) -> None:
    net, core = (site / f"api/{name}.html" for name in ("net", "core"))
    for text in (uvnet._core.TCP.bind.__doc__, uvnet._core.Stream.splice.__doc__):
        assert text.splitlines()[0].split("`")[0] in core.read_text()
    assert "What arrives is buffered, up to the high water mark." in net.read_text()

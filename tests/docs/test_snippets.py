"""The programs in the README and in docs/ do what the pages say they do."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from .snippets import ROOT, Block, blocks_of, program, run

PAGES = [
    page for page in [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))] if page.is_file()
]
# What is made from programs that a test runs shows parts of them.
MADE = "<!-- Made by tests/"
TEXTS = {page: page.read_text() for page in PAGES}
FOUND = {page: blocks_of(page, text) for page, text in TEXTS.items() if not text.startswith(MADE)}
BLOCKS = [block for blocks in FOUND.values() for block in blocks]

needs_pages = pytest.mark.skipif(not BLOCKS, reason="no pages beside the tests")


def name(block: Block) -> str:
    return f"{block.page.relative_to(ROOT)}:{block.line}"


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.runs], ids=name)
def test_it_does_what_the_page_says(block: Block, tmp_path: Path) -> None:
    if block.page.stem == "cython":
        for module in ("Cython", "setuptools"):
            if importlib.util.find_spec(module) is None:
                pytest.skip(f"{module} is not installed")
    run(FOUND[block.page], block, tmp_path)


@needs_pages
def test_nearly_every_program_is_run() -> None:
    left_out = [b for b in BLOCKS if b.mark == "not run"]
    assert all(block.detail for block in left_out), "each with its reason"
    assert len(left_out) <= 8


@needs_pages
def test_each_page_of_the_guide_has_programs() -> None:
    pages = [page for page in PAGES if page.parent.name == "guide"]
    assert len(pages) >= 14
    silent = [page.name for page in pages if not any(block.runs for block in FOUND[page])]
    assert not silent


# ------------------------------------------------------------------------ can they fail?

PAGE = """
# A page

```python
x = 1
print(x)
```

```text
1
```

<!-- continues -->

```python
print(x + 1)
```

```text
2
```

<!-- not run: there is no such module -->
```python
import missing
```

```python
print(3)
```
"""


@pytest.fixture
def page(tmp_path: Path) -> list[Block]:
    return blocks_of(tmp_path / "page.md", PAGE)


def test_blocks_are_found(page: list[Block]) -> None:
    assert [(b.line, b.language, b.mark, b.runs) for b in page] == [
        (5, "python", None, True),
        (10, "text", None, False),
        (16, "python", "continues", True),
        (20, "text", None, False),
        (25, "python", "not run", False),
        (29, "python", None, True),
    ]
    assert page[4].detail == "there is no such module"


def test_a_continued_program_has_the_lines_of_the_page(page: list[Block]) -> None:
    text, output = program(page, page[2])
    assert text.splitlines()[4:6] == ["x = 1", "print(x)"]
    assert text.splitlines()[15] == "print(x + 1)"
    assert output == "1\n2\n"


def test_the_right_output_is_accepted(page: list[Block], tmp_path: Path) -> None:
    run(page, page[0], tmp_path)
    run(page, page[2], tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("print(2)\n", "it prints"),
        ("1 / 0\n", "exit status 1"),
        ("import warnings\nwarnings.warn('old')\n", "exit status 1"),
        ("import sys\nprint(1)\nprint(file=sys.stderr)\n", "stderr"),
    ],
)
def test_a_fault_is_found(page: list[Block], tmp_path: Path, text: str, reason: str) -> None:
    page[0].text = text
    with pytest.raises(AssertionError, match=reason):
        run(page, page[0], tmp_path)


def test_output_that_the_page_does_not_show_is_a_fault(page: list[Block], tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="it prints"):
        run(page, page[5], tmp_path)


def test_an_indented_block_is_a_fault() -> None:
    with pytest.raises(ValueError, match=r"page\.md:2: a block must not be indented"):
        blocks_of(Path("page.md"), "- In a list:\n  ```python\n  x\n  ```\n")


def test_an_unknown_comment_is_a_fault() -> None:
    with pytest.raises(ValueError, match="unknown comment"):
        blocks_of(Path("page.md"), "<!-- contnues -->\n```python\nx\n```\n")

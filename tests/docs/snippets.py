"""The programs in the pages of the documentation.

A block of Python is a program that runs alone and ends by itself, and the block of `text` that
follows it is what it prints; without one it prints nothing. A comment above a block says what else
it is:

    <!-- continues -->         the blocks of Python before it on this page belong to it
    <!-- file: NAME -->        a file for the blocks below it, in the folder where they run
    <!-- run -->               of shell commands: run before the blocks below, `python` being this
    <!-- linux -->             it runs on Linux only
    <!-- needs: NAME, ... -->  it needs these packages or services: tests/servers runs it
    <!-- serves: NAME, ... --> the same, and it serves on port 8000 until it is stopped
    <!-- not run: REASON -->   it cannot run alone
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import uvnet

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 60  # seconds: only a hang takes so long

FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[a-z ]+)(?:: (?P<detail>[^\n]*))? -->\n+)?"
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MARKS = {"continues", "file", "run", "linux", "needs", "serves", "not run"}


@dataclass
class Block:
    """A block of a page.

    Attributes:
        page: Where it stands.
        line: The number of its first line there.
        language: Of what it is: python, text, sh, cython.
        text: The block.
        mark, detail: The comment above it, in two parts, or None.
        output: What it prints, by the block below it.
    """

    page: Path
    line: int
    language: str
    text: str
    mark: str | None = None
    detail: str | None = None
    output: str = ""

    @property
    def runs(self) -> bool:
        marks = {None, "continues"} | ({"linux"} if sys.platform == "linux" else set())
        return self.language == "python" and self.mark in marks


def blocks_of(page: Path, text: str) -> list[Block]:
    """Take the blocks out of a page.

    Raises:
        ValueError: A comment above a block is none of those that mean something; or a block is
            indented, as in a list, where it would not be found.
    """
    if indented := re.search(r"^[ \t]+```", text, re.MULTILINE):
        line = text.count("\n", 0, indented.start()) + 1
        raise ValueError(f"{page}:{line}: a block must not be indented")
    found: list[Block] = []
    end = 0
    for match in FENCE.finditer(text):
        mark, detail, language, body = match.group("mark", "detail", "language", "text")
        line = text.count("\n", 0, match.start("text")) + 1
        if mark is not None and mark not in MARKS:
            raise ValueError(f"{page}:{line}: unknown comment {mark!r}; there are {MARKS}")
        if language == "text" and found and not text[end : match.start()].strip():
            found[-1].output = body
        found.append(Block(page, line, language, body, mark, detail))
        end = match.end()
    return found


def program(blocks: list[Block], block: Block) -> tuple[str, str]:
    """Return the program that a block ends, and what it prints. Its lines are those of the page."""
    own = [block]
    if block.mark == "continues":
        before = [b for b in blocks if b.runs and b.language == "python" and b.line < block.line]
        own = [*before, block]
    lines: list[str] = []
    for each in own:
        lines += [""] * (each.line - 1 - len(lines)) + each.text.splitlines()
    return "\n".join(lines) + "\n", "".join(each.output for each in own)


def run(blocks: list[Block], block: Block, folder: Path) -> None:
    """Run a block in a folder of its own.

    Raises:
        AssertionError: It does not do what the page says.
    """
    for each in blocks:
        if each.line < block.line and each.mark == "file" and each.detail:
            (folder / each.detail).write_text(each.text)
    for each in blocks:
        if each.line < block.line and each.mark == "run":
            execute(["sh", "-e", "-c", each.text], folder)
    text, output = program(blocks, block)
    (folder / block.page.name).write_text(text)
    printed = execute([sys.executable, "-W", "error", block.page.name], folder)
    assert printed == output, f"it prints\n{printed}\nand not\n{output}"


def execute(command: list[str], folder: Path) -> str:
    """Run a command to its end, and return what it prints."""
    package = str(Path(uvnet.__file__).parents[1])
    paths = [package, os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "CFLAGS": "-O0",  # compiles quicker
    }
    for name in ("UVNET_DEBUG", "UVNET_FAST"):  # the pages tell of programs as they are run
        environment.pop(name, None)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=LIMIT
    )
    assert done.returncode == 0, f"exit status {done.returncode}\n{done.stdout}\n{done.stderr}"
    if command[0] == sys.executable:
        assert done.stderr == "", "it writes to stderr"
    return done.stdout

"""The programs and commands of docs/guide/frameworks.md, as they stand there."""

from __future__ import annotations

import http.client
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ..docs.snippets import ROOT, Block, blocks_of
from .processes import LIMIT, environment, free_port, require, running

PAGE = ROOT / "docs" / "guide" / "frameworks.md"
BLOCKS = blocks_of(PAGE, PAGE.read_text()) if PAGE.exists() else []
OURS = "uvnet.aio.loop.Loop"
PORTS = {"8000", "6379"}  # what the page is written with

# Each has a section of its own.
FRAMEWORKS = """
uvicorn gunicorn hypercorn aiohttp FastAPI Starlette websockets anyio httpx asyncpg redis-py gRPC
tornado dask.distributed pytest-asyncio
"""


def name(block: Block) -> str:
    headings = [line for line in PAGE.read_text().splitlines()[: block.line] if line[:2] == "##"]
    own = [b for b in BLOCKS if b.mark in ("needs", "serves") and b.line < block.line]
    return f"{headings[-1].strip('# ')}-{len(own)}"


def command(block: Block, folder: Path, ports: dict[str, str]) -> list[str]:
    """Lay out what the block needs on disk, and return how it is run."""

    def on_our_ports(text: str) -> str:
        for port, own in ports.items():
            text = text.replace(port, own)
        return text

    for each in BLOCKS:
        if each.mark == "file" and each.detail and each.line < block.line:
            (folder / each.detail).write_text(each.text)
    text = on_our_ports(block.text)
    if block.language == "sh":
        return ["sh", "-e", "-c", f"exec {text}"]
    (folder / "program.py").write_text(text)
    return [sys.executable, "program.py"]


def needs(block: Block) -> list[str]:
    assert block.detail
    return block.detail.split(", ")


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.mark == "needs"], ids=name)
def test_a_program_prints_what_the_page_says(
    block: Block, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    require(*needs(block))
    ports, variables = {"8000": str(free_port())}, {}
    if "PostgreSQL" in needs(block):
        variables = request.getfixturevalue("postgres")
    if "Redis" in needs(block):
        ports["6379"] = str(request.getfixturevalue("redis_port"))
    done = subprocess.run(
        command(block, tmp_path, ports),
        cwd=tmp_path,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if block.language == "python":
        assert (done.stdout, done.stderr) == (block.output, "")


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.mark == "serves"], ids=name)
def test_a_server_is_on_our_loop(block: Block, tmp_path: Path) -> None:
    require(*needs(block))
    port = free_port()
    # Of a program, SIGTERM would be the end; SIGINT is what the keyboard sends.
    ends = signal.SIGTERM if block.language == "sh" else signal.SIGINT
    with running(command(block, tmp_path, {"8000": str(port)}), tmp_path, ends=ends) as program:
        program.wait_for_port(port)
        for _ in range(3):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LIMIT)
            connection.request("GET", "/")
            assert json.loads(connection.getresponse().read()) == OURS
            connection.close()


@pytest.mark.skipif(not BLOCKS, reason="no pages beside the tests")
def test_every_framework_is_on_the_page() -> None:
    headings = [line for line in PAGE.read_text().splitlines() if line.startswith("##")]
    for framework in FRAMEWORKS.split():
        assert any(framework in heading for heading in headings), framework
    ours = [b for b in BLOCKS if b.mark in ("needs", "serves")]
    assert len(ours) >= 17
    assert all(b.text.count("uvnet") or b.language == "python" for b in ours)

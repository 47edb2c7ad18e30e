"""The plug-in for pytest-asyncio, in runs of pytest of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .processes import environment, require

TESTS = """
import asyncio

import pytest
import pytest_asyncio

import uvnet


@pytest_asyncio.fixture
async def server():
    async def echo(reader, writer):
        writer.write(await reader.read(100))
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        yield server


@pytest.mark.asyncio
async def test_a_fixture_is_on_the_same_loop(server):
    assert type(asyncio.get_running_loop()) is uvnet.Loop
    assert server.get_loop() is asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello")
    assert await reader.read() == b"hello"
    writer.close()
    await writer.wait_closed()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_loop_of_the_module():
    test_a_loop_of_the_module.loop = asyncio.get_running_loop()


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_loop():
    assert asyncio.get_running_loop() is test_a_loop_of_the_module.loop


def test_without_a_loop():
    pass
"""

BOTH = """
import asyncio

import uvnet


def pytest_asyncio_loop_factories(config, item):
    return {"asyncio": asyncio.new_event_loop, "uvnet": uvnet.new_event_loop}
"""

NAMES = """
import asyncio

import pytest

seen = []


@pytest.mark.asyncio
async def test_one():
    seen.append(type(asyncio.get_running_loop()).__module__.split(".")[0])


def test_all():
    assert seen == ["asyncio", "uvnet"]
"""


def run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    require("pytest_asyncio")
    command = [sys.executable, "-m", "pytest", "-p", "uvnet.contrib.pytest_asyncio", *options]
    command += ["-p", "no:cacheprovider", "-W", "error", "-o", "asyncio_mode=strict"]
    command += ["-o", "asyncio_default_fixture_loop_scope=function"]
    return subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60
    )


def test_tests_are_on_our_loop(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 4 passed" in done.stdout


def test_a_conftest_goes_first(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(BOTH)
    (tmp_path / "test_it.py").write_text(NAMES)
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 3 passed" in done.stdout


@pytest.mark.parametrize("option", ["no:asyncio", "no:pytest_asyncio"])
def test_without_pytest_asyncio_it_says_what_is_missing(tmp_path: Path, option: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "uvnet.contrib.pytest_asyncio", "-p", option],
        cwd=tmp_path,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "pip install 'pytest-asyncio>=1.4'" in done.stderr

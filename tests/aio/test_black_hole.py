"""create_connection() with happy eyeballs where the first address never answers.

Each test runs a program of its own in a network namespace of its own; see tests/net/black_hole.py.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import uvnet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs network namespaces")
CANNOT = 77
HOLES = Path(__file__).parents[1] / "net"


PROGRAM = """
import asyncio, json, os, socket, sys, time, warnings
sys.path.insert(0, sys.argv[1])
import black_hole
import uvnet

program, family = sys.argv[2:]
SILENT = black_hole.SILENT[family]

def infos(*addresses):
    found = []
    for address in addresses:
        six = ":" in address
        kind = socket.AF_INET6 if six else socket.AF_INET
        found.append((kind, socket.SOCK_STREAM, 6, "", (address, 0)))
    return found

class Loop(uvnet.Loop):
    async def getaddrinfo(self, host, port, **options):
        if host != "name.invalid":
            return await super().getaddrinfo(host, port, **options)
        return [(*info[:4], (info[4][0], port)) for info in infos(SILENT, "127.0.0.1")]

async def listen():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    return loop, server, server.sockets[0].getsockname()[1]

async def connected():
    loop, server, port = await listen()
    runs = []
    for _ in range(3):
        before = black_hole.descriptors()
        started = time.monotonic()
        transport, _ = await loop.create_connection(
            asyncio.Protocol, "name.invalid", port, happy_eyeballs_delay=0.25)
        took = time.monotonic() - started
        peer = transport.get_extra_info("peername")[0]
        await asyncio.sleep(0.01)
        waiting = black_hole.unanswered()
        transport.abort()
        await asyncio.sleep(0.02)
        server.abort_clients()
        await asyncio.sleep(0.02)
        runs.append([peer, took, waiting, black_hole.descriptors() - before])
    server.close()
    return runs

async def given_up():
    # A socket that connects as it is given up is dropped by asyncio's staggered_race(), not closed.
    warnings.filterwarnings("ignore", "unclosed <socket.socket", ResourceWarning)
    loop, server, port = await listen()
    before = black_hole.descriptors()
    for moment in black_hole.MOMENTS:
        task = loop.create_task(loop.create_connection(
            asyncio.Protocol, "name.invalid", port, happy_eyeballs_delay=0.03))
        await asyncio.sleep(moment / 1000)
        if task.cancel():
            try:
                await task
            except asyncio.CancelledError:
                continue
        task.result()[0].abort()
    await asyncio.sleep(0.02)
    server.abort_clients()
    await asyncio.sleep(0.02)
    found = [black_hole.unanswered(), black_hole.descriptors() - before]
    server.close()
    return found

async def all_silent():
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(0.3):
            await loop.create_connection(
                asyncio.Protocol, SILENT, 9, happy_eyeballs_delay=0.05)
    except TimeoutError:
        await asyncio.sleep(0.02)
        return [black_hole.unanswered()]

try:
    tun = black_hole.dig()
    if family == "6":
        black_hole.dig_ipv6()
except OSError as exc:
    print(exc)
    sys.exit(77)

async def warm():
    # What the loop keeps open once it has had a connection.
    loop, server, port = await listen()
    transport, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", port)
    transport.abort()
    await asyncio.sleep(0.01)
    server.close()
    server.abort_clients()
    await asyncio.sleep(0.01)
    return await globals()[program]()

with asyncio.Runner(loop_factory=Loop) as runner:
    print(json.dumps(runner.run(warm())))
"""


def run_in_black_hole(tmp_path: Path, program: str, family: str) -> Any:
    """Run a program; skip where a network cannot be made, in a user namespace if not as root."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare (util-linux) is not installed")
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    if subprocess.run([unshare, *user, "--net", "true"], capture_output=True).returncode:
        pytest.skip("no network namespace can be made")
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    path = [str(Path(uvnet.__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [
            unshare,
            *user,
            "--net",
            sys.executable,
            "-Werror",
            str(script),
            str(HOLES),
            program,
            family,
        ],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, path))},
    )
    if done.returncode == CANNOT:
        pytest.skip(f"the network cannot be made: {done.stdout}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert not done.stderr
    return json.loads(done.stdout)


families = pytest.mark.parametrize("family", ["4", "6"])


@families
def test_the_next_address_is_tried_after_the_delay(tmp_path, family):
    """uvloop #406: it knows no happy_eyeballs_delay. Nothing is left of the first attempt."""
    runs = run_in_black_hole(tmp_path, "connected", family)
    for peer, took, unanswered, left in runs:
        assert peer == "127.0.0.1"
        assert took >= 0.25
        assert (unanswered, left) == (0, 0)
    assert min(took for _, took, _, _ in runs) < 0.5  # a busy machine may be late, but not always


@families
def test_cancelled_at_any_moment(tmp_path, family):
    assert run_in_black_hole(tmp_path, "given_up", family) == [0, 0]


@families
def test_nobody_answers(tmp_path, family):
    assert run_in_black_hole(tmp_path, "all_silent", family) == [0]

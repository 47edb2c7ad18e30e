"""A Python that was built without OpenSSL has all of the loop but TLS."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import sys
sys.modules["_ssl"] = None  # importing it fails, as where it was not built

import asyncio
import warnings
import uvnet

async def echo(reader, writer):
    writer.write(await reader.read(100))
    writer.close()

async def main():
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        address = server.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"plain")
        print(await reader.read())
        # asyncio drops the socket that it has connected, and does not close it.
        warnings.filterwarnings("ignore", "unclosed <socket.socket", ResourceWarning)
        for attempt in (
            lambda: asyncio.open_connection(*address, ssl=True),
            lambda: writer.start_tls(object()),
        ):
            try:
                await attempt()
            except RuntimeError as exc:
                print(exc)
        writer.close()

uvnet.run(main())
"""


def test_plain_connections_work_and_tls_says_what_is_missing() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    plain, *refused = done.stdout.splitlines()
    assert plain == "b'plain'"
    assert len(refused) == 2
    assert all(line.startswith("TLS needs Python's ssl module") for line in refused)

"""An asyncio server of uvnet's, run as a process of its own by test_faults_servers.

The only argument is a JSON object: `mode` ("protocol" or "streams") and, optionally, `nofile`, the
limit of descriptors. The word "report" on standard input is answered by a line of JSON; the end of
standard input ends the server.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import gc
import json
import os
import resource
import sys
from typing import Any

import uvnet


class Server:
    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.accepted = self.closes = 0
        self.failures: collections.Counter[str] = collections.Counter()

    async def echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            while data := await reader.read(1000):
                writer.write(data)
            writer.close()
            await writer.wait_closed()
        except ConnectionError:
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        finally:
            self.closes += 1

    async def main(self) -> None:
        loop: Any = asyncio.get_running_loop()
        loop.set_exception_handler(self.on_error)
        if self.mode == "streams":
            server = await asyncio.start_server(self.echo, "0.0.0.0", 0, backlog=511)
        else:
            server = await loop.create_server(lambda: Echo(self), "0.0.0.0", 0, backlog=511)
        control = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(control), sys.stdin)
        self.say(pid=os.getpid(), address=server.sockets[0].getsockname()[1])
        while await control.readline():
            gc.collect()
            self.say(
                accepted=self.accepted,
                closes=self.closes,
                failures=dict(self.failures),
                open_handles=loop.open_handles,
                counters=loop.counters(),
            )
        server.close()
        server.abort_clients()  # type: ignore[attr-defined]
        await server.wait_closed()

    def on_error(self, loop: Any, context: dict[str, Any]) -> None:
        self.failures[f"{context['message']}: {context.get('exception')!r}"] += 1

    def say(self, **message: Any) -> None:
        os.write(1, json.dumps(message).encode() + b"\n")


class Echo(asyncio.Protocol):
    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, transport: Any) -> None:
        self.server.accepted += 1
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.closes += 1


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    limit = options.get("nofile")
    if limit is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    uvnet.run(Server(options["mode"]).main())

"""A small HTTP/1.1 client and a bounded load of its requests, on asyncio's streams."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .processes import LIMIT

OURS = "uvnet.aio.loop.Loop"


class Lost(Exception):
    """The connection ended before a response was whole.

    Attributes:
        fresh: Whether it was the first request of its connection.
        begun: Whether some of the response had come.
    """

    def __init__(self, text: str, fresh: bool, begun: bool) -> None:
        super().__init__(text)
        self.fresh = fresh
        self.begun = begun


@dataclass
class Connection:
    """A connection to a server on this machine; a client of one request at a time.

    Attributes:
        port: Of the server.
        tls: The context, or None.
        served: How many responses came whole.
    """

    port: int
    tls: ssl.SSLContext | None = None
    served: int = 0
    closing: bool = False
    _begun: bool = False
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(
        default=None, repr=False
    )

    async def __aenter__(self) -> Connection:
        host = "localhost" if self.tls else None
        self._streams = await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.tls, server_hostname=host, limit=1 << 20
        )
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._streams is not None
        self._streams[1].close()
        with contextlib.suppress(OSError):
            await self._streams[1].wait_closed()

    async def get(self, path: str = "/", *, close: bool = False) -> bytes:
        """Return the body of a response."""
        return await self.request(b"GET", path, close=close)

    async def request(
        self, method: bytes, path: str, body: bytes = b"", *, close: bool = False
    ) -> bytes:
        """Send a request and return the body of its response, whose status must be 200.

        Raises:
            Lost: The connection ended before that.
        """
        assert self._streams is not None
        reader, writer = self._streams
        self._begun = False
        try:
            head = b"%s %s HTTP/1.1\r\nHost: localhost\r\n" % (method, path.encode())
            head += b"Content-Length: %d\r\n" % len(body) if body else b""
            head += b"Connection: close\r\n" if close else b""
            writer.write(head + b"\r\n" + body)
            await writer.drain()
            found = await self._response(reader)
        except (OSError, EOFError) as error:
            begun = self._begun or bool(getattr(error, "partial", b""))
            raise Lost(repr(error), self.served == 0, begun) from error
        self.served += 1
        return found

    async def _response(self, reader: asyncio.StreamReader) -> bytes:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        self._begun = True
        assert head[0].split()[1] == "200", head
        headers = dict(line.split(": ", 1) for line in head[1:] if line)
        self.closing = headers.get("connection") == "close"
        if headers.get("transfer-encoding") == "chunked":
            chunks = []
            while size := int(await reader.readline(), 16):
                chunks.append(await reader.readexactly(size))
                await reader.readexactly(2)
            await reader.readexactly(2)
            return b"".join(chunks)
        return await reader.readexactly(int(headers["content-length"]))


async def check_who(port: int, path: str = "/", tls: ssl.SSLContext | None = None) -> int:
    """Ask who serves, on a connection of its own; return the number of that process."""
    async with Connection(port, tls) as connection:
        loop, pid = json.loads(await connection.get(path, close=True))
    assert loop == OURS
    return int(pid)


async def load(
    port: int, connections: int, requests: int, *, tls: ssl.SSLContext | None = None
) -> Counter[int]:
    """Send so many requests on each of so many connections at once.

    Returns:
        How many each process of the server has answered.
    """
    served: Counter[int] = Counter()

    async def client() -> None:
        async with Connection(port, tls) as connection:
            for _ in range(requests):
                loop, pid = json.loads(await connection.get())
                assert loop == OURS
                served[pid] += 1

    async with asyncio.timeout(LIMIT * 5), asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(client())
    return served


@dataclass
class Steady:
    """Clients that go on with their requests until they are told to stop.

    Attributes:
        served: How many requests each process of the server has answered.
        broken: What went wrong with connections that were refused, and with responses that ended
            before their end.
        closed: How many connections were closed before their first response.
        repeated: How many requests had to be sent again, on a new connection: a server may close
            one that has served and is idle at the moment that a request is on its way.
    """

    port: int
    keep_alive: bool
    served: Counter[int] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    closed: int = 0
    repeated: int = 0
    stopping: bool = False

    async def client(self) -> None:
        """Be one of the clients."""
        while not self.stopping:
            try:
                await self._connection()
            except Lost as error:
                if error.begun:
                    self.broken.append(str(error))
                elif error.fresh:
                    self.closed += 1
                else:
                    self.repeated += 1
            except OSError as error:
                self.broken.append(repr(error))

    async def _connection(self) -> None:
        async with Connection(self.port) as connection:
            while not self.stopping:
                answer: Any = json.loads(await connection.get(close=not self.keep_alive))
                assert answer[0] == OURS
                self.served[answer[1]] += 1
                if not self.keep_alive or connection.closing:
                    return

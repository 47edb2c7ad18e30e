"""What asyncio servers do besides echo: lines, a sink and a source, for each way to read."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from .job import CHUNK, NUMBER, PATTERN, Requests, Service, number
from .protocol import BufferedProtocol, Counted, Protocol, SplitProtocol, echo_stream

Factory = Callable[[], asyncio.BaseProtocol]
Serving = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class LineProtocol(Protocol):
    """Answers each line with the same line."""

    rest = b""

    def data_received(self, data: bytes) -> None:
        """Write every line that is complete, and keep what is left."""
        lines = (self.rest + data).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.transport.write(line + b"\n")


class Sinking(Counted):
    """Answers, at the end of input, how many bytes have arrived."""

    received = 0

    def eof_received(self) -> None:
        """Answer the count; the connection closes when it has been sent."""
        self.transport.write(number(self.received))


class Sink(Sinking, asyncio.Protocol):
    """Counts bytes objects."""

    def data_received(self, data: bytes) -> None:
        """Count."""
        self.received += len(data)


class BufferedSink(Sinking, BufferedProtocol):
    """Counts what is read into a buffer of its own."""

    def buffer_updated(self, nbytes: int) -> None:
        """Count."""
        self.received += nbytes


class Sourcing(Counted):
    """Sends what each request asks for, while the transport takes more."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = Requests()
        self.paused = False
        self.ended = False

    def pause_writing(self) -> None:
        """Send no more for now: the client is slower than we are."""
        self.paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self.paused = False
        self.send()

    def eof_received(self) -> bool:
        """Close when everything has been sent."""
        self.ended = True
        self.send()
        return True

    def send(self) -> None:
        """Write until the transport is full or every request is answered."""
        while not self.paused and not self.transport.is_closing():
            chunk = self.requests.chunk()
            if chunk is not None:
                self.transport.write(chunk)
            elif self.ended:
                self.transport.close()
            else:
                return


class Source(Sourcing, asyncio.Protocol):
    """Reads requests as bytes objects."""

    def data_received(self, data: bytes) -> None:
        """Answer."""
        self.requests.feed(data)
        self.send()


class BufferedSource(Sourcing, BufferedProtocol):
    """Reads requests into a buffer of its own."""

    def buffer_updated(self, nbytes: int) -> None:
        """Answer."""
        self.requests.feed(self.view[:nbytes])
        self.send()


@asynccontextmanager
async def counted(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the connection at the end, also if the client has gone, and count it."""
    Counted.opened()
    try:
        with contextlib.suppress(ConnectionError):
            yield
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
    finally:
        Counted.closed()


async def line_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer each line with the same line."""
    async with counted(writer):
        while (line := await reader.readline()).endswith(b"\n"):
            writer.write(line)
            await writer.drain()


async def sink_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer, at the end of input, how many bytes have arrived."""
    received = 0
    async with counted(writer):
        while data := await reader.read(CHUNK):
            received += len(data)
        writer.write(number(received))


async def source_stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send what each request asks for."""
    async with counted(writer):
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                left = int.from_bytes(await reader.readexactly(NUMBER))
                while left:
                    size = min(left, CHUNK)
                    writer.write(PATTERN[:size])
                    await writer.drain()
                    left -= size


def streams(service: Service) -> Factory:
    """Return what makes, for each connection, what asyncio.start_server() makes."""
    serving, limit = STREAMS[service], LIMITS.get(service, LIMIT)
    return lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader(limit), serving)


# What serves a stream of asyncio's or ours.
STREAMS: dict[Service, Serving] = {
    "echo": echo_stream,
    "line": line_stream,
    "sink": sink_stream,
    "source": source_stream,
}

LIMIT = 65536  # bytes that a stream buffers, asyncio's default
LIMITS: dict[Service, int] = {"line": 1 << 20}  # a longer line is an error

# What makes the protocol of a connection, by service and shape.
FACTORIES: dict[tuple[Service, str], Factory] = {
    ("echo", "protocol"): Protocol,
    ("echo", "split"): SplitProtocol,
    ("echo", "buffered"): BufferedProtocol,
    ("line", "protocol"): LineProtocol,
    ("sink", "protocol"): Sink,
    ("sink", "buffered"): BufferedSink,
    ("source", "protocol"): Source,
    ("source", "buffered"): BufferedSource,
    **{(service, "streams"): streams(service) for service in STREAMS},
}

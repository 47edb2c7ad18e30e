"""What a server process is asked to do, and what it sends where it makes up the bytes itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

# What a server does with a connection. echo: sends back what arrives. line: the same for each
# line that is complete. sink: counts what arrives and, at the end of input, answers the count.
# source: sends as many bytes as each request asks for. http: answers GET requests.
Service = Literal["echo", "line", "sink", "source", "http"]
SERVICES: tuple[Service, ...] = get_args(Service)

Address = tuple[str, int] | str
Announce = Callable[[Address], None]

NUMBER = 8  # bytes, big-endian: a sink's answer, and the request that a source is sent

CHUNK = 65536  # bytes that a source writes at once
PATTERN = bytes(range(256)) * (CHUNK // 256)  # byte i of an answer is i & 0xff

LOOPBACK = "127.0.0.1"
BODY = 1024  # bytes of an HTTP answer's body, unless asked otherwise


@dataclass(frozen=True)
class Job:
    """One server's orders.

    Attributes:
        service: What it does with a connection.
        path: Of the Unix socket to listen on; None for an IP address.
        once: 0 to serve for ever, else to return after one run. An echo server in C counts so many
            bytes; all others end when the run's last connection has closed, because counting would
            add to what each message costs.
        size: Bytes in the body of an HTTP answer.
        host: The IP address to listen on, if not on a path.
    """

    service: Service = "echo"
    path: str | None = None
    once: int = 0
    size: int = BODY
    host: str = LOOPBACK


def refuse_path(job: Job) -> None:
    """Raise NotImplementedError for a Unix socket."""
    if job.path is not None:
        raise NotImplementedError("on 127.0.0.1 only")


def body(size: int) -> bytes:
    """Return the body of an HTTP answer: a to z again and again, as the load expects it."""
    alphabet = bytes(range(97, 123))
    return (alphabet * (size // len(alphabet) + 1))[:size]


class Requests:
    """What one client of a source has asked for and not been sent yet."""

    __slots__ = ("_left", "_unread")

    def __init__(self) -> None:
        self._unread = bytearray()
        self._left = 0

    def feed(self, data: bytes | bytearray | memoryview) -> None:
        """Take in what the client has sent."""
        self._unread += data

    def chunk(self) -> bytes | None:
        """Return the next bytes to send, or None when every complete request has been answered."""
        while not self._left:
            if len(self._unread) < NUMBER:
                return None
            self._left = int.from_bytes(self._unread[:NUMBER])
            del self._unread[:NUMBER]
        if self._left >= CHUNK:
            self._left -= CHUNK
            return PATTERN
        rest, self._left = PATTERN[: self._left], 0
        return rest


def number(value: int) -> bytes:
    """Return a number as a sink answers it."""
    return value.to_bytes(NUMBER)

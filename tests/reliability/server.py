"""A server on bare handles, run as a process of its own: the subject of most tests here.

The only argument is a JSON object: `listen` ("tcp", or the path of a Unix socket) and, optionally,
`mode`, `nofile` (the limit of descriptors), `set_up` (a method to call on every connection, and its
arguments) and `upstream` (the port that mode "relay" connects to). The word "report" on standard
input is answered by a line of JSON; the end of standard input ends the server.
"""

from __future__ import annotations

import collections
import json
import os
import resource
import sys
import warnings
from collections.abc import Callable, Sequence
from types import MethodType
from typing import Any

from uvnet import _core


class Connection:
    """Echoes, and reads no more while something of the last answer is still queued."""

    __slots__ = ("closed", "request", "server", "stream")

    def __init__(self, server: Server, stream: _core.Stream) -> None:
        self.server = server
        self.stream = stream
        self.request: _core.WriteReq | None = None
        self.closed = False
        stream.onread = self.on_read

    def start(self) -> None:
        self.check("read_start", self.stream.read_start())

    def check(self, what: str, status: int) -> None:
        if status < 0:
            self.server.failures[f"{what}: {_core.error_name(status)}"] += 1
            self.close()

    def on_read(self, nread: int, data: bytes | None) -> None:
        if data is None:
            if nread != _core.UV_EOF:
                self.server.failures[f"read: {_core.error_name(nread)}"] += 1
            self.close()
            return
        if self.request is None:
            self.request = _core.WriteReq(self.on_written)
        self.check("write", self.stream.write_buffer(self.request, data))
        if self.request.pending:
            self.stream.read_stop()

    def on_written(self, request: _core.WriteReq, status: int) -> None:
        if self.stream.closing:
            return
        self.check("write", status)
        if status == 0:
            self.start()

    def close(self) -> None:
        if not self.stream.closing:
            self.stream.close(self.on_close)

    def on_close(self) -> None:
        self.server.count_close(self.closed)
        self.closed = True


class Splice(Connection):
    """Echoes by a splice of the stream with itself."""

    __slots__ = ()

    def start(self) -> None:
        self.stream.onsplice = self.on_splice
        self.check("splice", self.stream.splice(self.stream))

    def on_splice(self, status: int, failed: _core.Stream | None) -> None:
        self.check("spliced", status)
        self.close()


class Relay(Connection):
    """Splices the stream with a connection of its own to the upstream server, both ways."""

    __slots__ = ("ended", "upstream")

    def start(self) -> None:
        self.ended = 0
        self.upstream = _core.TCP(self.server.loop)
        self.upstream.onsplice = self.on_upstream_end
        self.stream.onsplice = self.on_stream_end
        request = _core.ConnectReq(self.on_connect)
        self.check("connect", self.upstream.connect(request, "127.0.0.1", self.server.upstream))

    def on_connect(self, request: _core.ConnectReq, status: int) -> None:
        if self.stream.closing:
            return
        self.check("connect", status)
        if status == 0:
            self.check("splice", self.upstream.splice(self.stream))
        if not self.stream.closing:
            self.check("splice", self.stream.splice(self.upstream))

    def on_stream_end(self, status: int, failed: _core.Stream | None) -> None:
        self.pass_on(status, self.upstream)

    def on_upstream_end(self, status: int, failed: _core.Stream | None) -> None:
        self.pass_on(status, self.stream)

    def pass_on(self, status: int, other: _core.Stream) -> None:
        """One side has ended, the other is told; when both have, it is over."""
        self.ended += 1
        self.check("spliced", status)
        if not other.closing:
            self.check("shutdown", other.shutdown(_core.ShutdownReq(self.on_shutdown)))

    def on_shutdown(self, request: _core.ShutdownReq, status: int) -> None:
        if self.stream.closing:
            return
        self.check("shutdown", status)
        if self.ended == 2:
            self.close()

    def close(self) -> None:
        self.upstream.close()
        super().close()


def close_bare(stream: _core.Stream, nread: int, data: bytes | None) -> None:
    """onread of mode "bare": one echo, and as little memory per connection as can be."""
    if data is None or stream.write_buffer(None, data) < 0:
        stream.close()


class Server:
    """Listens, counts, and reports on standard output."""

    modes = {"echo": Connection, "splice": Splice, "relay": Relay}

    def __init__(
        self, listen: str, mode: str = "echo", set_up: Sequence[Any] = (), upstream: int = 0
    ) -> None:
        self.loop = _core.Loop()
        self.upstream = upstream
        self.set_up = set_up
        self.accepted = self.closes = self.repeated_closes = 0
        self.failures: collections.Counter[str] = collections.Counter()

        self.listener: Any
        if listen == "tcp":
            self.listener = _core.TCP(self.loop)
            status = self.listener.bind("0.0.0.0", 0)
        else:
            self.listener = _core.Pipe(self.loop)
            status = self.listener.bind(listen)
        self.listener.onconnection = {"bare": self.on_bare}.get(mode, self.on_connection)
        self.make: Callable[..., Any] = self.modes.get(mode, Connection)
        status = status or self.listener.listen(511)
        if status:
            raise OSError(-status, f"cannot listen: {_core.error_text(status)}")

        self.control = _core.Pipe(self.loop)
        self.control.onread = self.on_control
        status = self.control.open(0) or self.control.read_start()
        if status:
            raise OSError(-status, f"cannot read commands: {_core.error_text(status)}")

    def on_connection(self, status: int, stream: _core.Stream | None) -> None:
        if stream is None:
            self.failures[f"accept: {_core.error_name(status)}"] += 1
            self.listener.listen(511)  # the kernel may not watch it any more
            return
        self.accepted += 1
        connection = self.make(self, stream)
        if self.set_up:
            method, *arguments = self.set_up
            connection.check(method, getattr(stream, method)(*arguments))
        if not stream.closing:
            connection.start()

    def on_bare(self, status: int, stream: _core.Stream | None) -> None:
        if stream is not None:
            stream.onread = MethodType(close_bare, stream)
            stream.read_start()

    def count_close(self, repeated: bool) -> None:
        self.closes += 1
        self.repeated_closes += repeated

    def on_control(self, nread: int, data: bytes | None) -> None:
        if data is None:
            self.loop.stop()
            return
        for command in data.decode().split():
            assert command == "report"
            self.say(
                accepted=self.accepted,
                closes=self.closes,
                repeated_closes=self.repeated_closes,
                failures=dict(self.failures),
                open_handles=self.loop.open_handles,
                counters=self.loop.counters(),
            )

    def say(self, **message: Any) -> None:
        os.write(1, json.dumps(message).encode() + b"\n")

    def run(self) -> None:
        name = self.listener.getsockname()
        self.say(pid=os.getpid(), address=name if isinstance(name, str) else name[2])
        self.loop.run()
        warnings.simplefilter("ignore", ResourceWarning)
        self.loop.close()


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    soft = options.pop("nofile", hard)
    server = Server(**options)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    server.run()

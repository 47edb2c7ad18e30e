"""A server on uvnet.net, run as a process of its own; spoken to as server.py is.

The only argument is a JSON object: `listen` ("tcp", or the path of a Unix socket), `mode` (a method
of Server), and what a mode needs: `upstream` (the port that "relay" connects to), `amount` (the
bytes that "offer" and "source" have to give) and `block` (how they give them: a size, made anew
each time, or 0 for one and the same MiB).
"""

from __future__ import annotations

import collections
import json
import os
import random
import resource
import sys
from collections.abc import Callable
from typing import Any

import uvnet
from uvnet import _core, net
from uvnet.stream import Readable

BLOCK = random.Random(1).randbytes(1 << 18) * 4  # so that the first quarter repeats to the same
RUNAWAY = 64 << 20  # bytes that wait in one socket: nobody has told the producer to stop


class Server:
    """Listens, counts, and reports on standard output."""

    def __init__(
        self, listen: str, mode: str, upstream: int = 0, amount: int = 0, block: int = 0
    ) -> None:
        self.mode: Callable[[net.Socket], object] = getattr(self, mode)
        self.upstream = upstream
        self.amount, self.block = amount, block
        self.offered = self.queued = self.accepted = self.closes = 0
        self.failures: collections.Counter[str] = collections.Counter()

        self.server = net.create_server(self.on_connection, allow_half_open=mode == "relay")
        where = [0, "0.0.0.0"] if listen == "tcp" else [listen]
        self.server.listen(*where, self.on_listening)
        self.control = _core.Pipe()
        self.control.onread = self.on_control
        status = self.control.open(0) or self.control.read_start()
        if status:
            raise OSError(-status, f"cannot read commands: {_core.error_text(status)}")

    def on_listening(self) -> None:
        address = self.server.address()
        self.say(pid=os.getpid(), address=getattr(address, "port", address))

    def on_connection(self, socket: net.Socket) -> None:
        self.accepted += 1
        self.mode(socket)

    def watch(self, socket: net.Socket) -> None:
        """Count the socket's errors and its close."""
        socket.on("error", self.on_error)
        socket.on("close", self.on_close)

    def on_error(self, error: Any) -> None:
        self.failures[f"{error.syscall}: {error.code}"] += 1

    def on_close(self, had_error: bool | None) -> None:
        self.closes += 1

    # ----------------------------------------------------------------------- modes

    def idle(self, socket: net.Socket) -> None:
        """Echo, with as little per connection as can be."""
        socket.on("data", socket.write)

    def idle_pipe(self, socket: net.Socket) -> None:
        """The same in C."""
        socket.pipe(socket)

    def echo(self, socket: net.Socket) -> None:
        """Echo, and read no more while the last answer waits."""

        def on_data(chunk: bytes) -> None:
            if not socket.write(chunk):
                socket.pause()

        self.watch(socket)
        socket.on("data", on_data)
        socket.on("drain", socket.resume)

    def pipe(self, socket: net.Socket) -> None:
        """Echo by a pipe, which is in C."""
        self.watch(socket)
        socket.pipe(socket)

    def relay(self, socket: net.Socket) -> None:
        """Pipe the socket to one of our own to the upstream server, and back."""
        upstream = net.connect(self.upstream, "127.0.0.1", allow_half_open=True)
        self.watch(socket)
        upstream.on("error", self.on_error)
        # One that is destroyed takes the other with it: there is nobody to talk to.
        socket.on("close", lambda had_error: upstream.destroy())
        upstream.on("close", lambda had_error: socket.destroy())
        socket.pipe(upstream)
        upstream.pipe(socket)

    def offer(self, socket: net.Socket) -> None:
        """Write the whole amount, as write() and 'drain' allow."""

        def send() -> None:
            while self.offered < self.amount:
                block = self.next_block()
                more = socket.write(block)
                self.queued = max(self.queued, socket.writable_length)
                if not more:
                    return
                if self.queued > RUNAWAY:
                    raise RuntimeError(f"write() asks for more with {self.queued} bytes waiting")
            if not socket.writable_ended:
                socket.end()

        self.watch(socket)
        socket.on("drain", send)
        send()

    def source(self, socket: net.Socket) -> None:
        """Pipe a stream of the whole amount, which never has to wait for it, into the socket."""

        def read(stream: Readable, size: int) -> None:
            self.queued = max(self.queued, socket.writable_length)
            if self.queued > RUNAWAY:
                raise RuntimeError(f"pipe() reads on with {self.queued} bytes waiting")
            stream.push(self.next_block() if self.offered < self.amount else None)

        self.watch(socket)
        Readable(read=read).pipe(socket)

    def next_block(self) -> bytes:
        block = bytes(memoryview(BLOCK)[: self.block]) if self.block else BLOCK
        self.offered += len(block)
        return block

    # --------------------------------------------------------------------- control

    def on_control(self, nread: int, data: bytes | None) -> None:
        loop = _core.current_loop()
        if data is None:
            loop.stop()
            return
        for command in data.decode().split():
            assert command == "report"
            self.say(
                accepted=self.accepted,
                closes=self.closes,
                failures=dict(self.failures),
                offered=self.offered,
                queued=self.queued,
                open_handles=loop.open_handles,
                counters=loop.counters(),
            )

    def say(self, **message: Any) -> None:
        os.write(1, json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = Server(**json.loads(sys.argv[1]))
    uvnet.run()

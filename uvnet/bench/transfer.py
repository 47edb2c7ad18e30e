"""uvnet's part of `node_net`: as many bytes as go through one connection within one process.

    python -m uvnet.bench.transfer NAME SUBJECT CONFIG

It is talked to in lines of JSON, see `turns`. When the time is over the sender ends its side, and
all that it has sent has to arrive. transfer.js is the same for Node.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import uvnet
from uvnet import _core, net
from uvnet.events import EventEmitter

from . import answers
from .echo import BACKLOG
from .in_process import become_node

SCRIPT = Path(__file__).with_name("transfer.js")
ENCODINGS = {"utf": "utf8", "asc": "ascii", "buf": None}
FLAGS = ("--expose-internals", "--no-warnings")  # where Node has its raw handles
HOST = "127.0.0.1"


def check(err: int, what: str) -> None:
    """Raise OSError for a negative errno."""
    if err < 0:
        raise OSError(-err, f"{what}: {os.strerror(-err)}")


class Transfer:
    """Bytes on their way from a sender to a receiver, and what has been counted of them.

    Attributes:
        chunk: What is written again and again, a string or bytes.
        encoding: That of a string.
        size: The bytes of a chunk.
        config: The parameters of the run.
        sent: The bytes that have been written.
        received: Those that have arrived.
        over: Whether the time is over, and nothing more is to be written.
        measured: What had been received when the time was over, and what time that took.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        size, kind = config.get("len") or config["sendchunklen"], config["type"]
        self.size = size // 2 * 2 if kind == "utf" else size
        self.chunk: Any = {"utf": "ü" * (size // 2), "asc": "x" * size, "buf": b"x" * size}[kind]
        self.encoding = ENCODINGS[kind]
        self.sent = 0
        self.received = 0
        self.over = False
        self.measured: dict[str, Any] = {}
        self.loop: Any = _core.current_loop()
        self.sender: Any = None

    def start(self) -> None:
        """Let the time begin."""
        spent = answers.Spent()

        def stop() -> None:
            received = {"messages": self.received / self.size, "bytes": self.received}
            self.measured = {**received, **spent.so_far()}
            self.over = True
            self.end(self.sender)

        self.loop.call_later(self.config["dur"], stop)

    def end(self, sender: Any) -> None:
        """End the sender's side, once all that it has written is sent."""
        raise NotImplementedError

    def finish(self) -> None:
        """Close everything: the receiver has come to the end."""
        raise NotImplementedError


class RawTransfer(Transfer):
    """The same between handles."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.listener = _core.TCP(self.loop)
        self.client = _core.TCP(self.loop)
        self.handles = [self.listener, self.client]

    def open(
        self, on_connection: Callable[[_core.TCP], object], on_connect: Callable[[], object]
    ) -> None:
        """Connect the client: its peer is the argument of on_connection."""

        def accepted(status: int, server: _core.TCP | None) -> None:
            check(status, "accept")
            assert server is not None
            self.handles.append(server)
            on_connection(server)

        def connected(request: _core.ConnectReq, status: int) -> None:
            check(status, "connect")
            on_connect()

        self.listener.onconnection = accepted
        check(self.listener.bind(HOST, 0), "bind")
        check(self.listener.listen(BACKLOG), "listen")
        address = self.listener.getsockname()
        assert not isinstance(address, int)
        check(self.client.connect(_core.ConnectReq(connected), HOST, address[2]), "connect")

    def send(self, handle: _core.TCP) -> None:
        """Write as long as nothing has to be queued, and on when all is written."""
        self.sender = handle
        write, chunk, size, encoding = handle.write_buffer, self.chunk, self.size, self.encoding
        request = _core.WriteReq()

        def pump() -> None:
            while not self.over:
                # A handle takes bytes: a string is encoded for each write, as Node's handles do.
                queued = write(request, chunk.encode(encoding) if encoding else chunk)
                self.sent += size
                if queued:
                    check(queued, "write")
                    return

        def on_written(request: _core.WriteReq, status: int) -> None:
            check(status, "write")
            pump()

        request.oncomplete = on_written
        pump()

    def receive(self, handle: _core.TCP) -> None:
        """Count what arrives."""

        def on_read(nread: int, data: Any) -> None:
            if nread > 0:
                self.received += nread
            else:
                self.at_end(nread, self.finish)

        handle.onread = on_read
        check(handle.read_start(), "read")

    def echo(self, handle: _core.TCP) -> None:
        """Write back what arrives. What the kernel does not take is queued."""
        write = handle.write_buffer

        def on_read(nread: int, data: Any) -> None:
            if nread > 0:
                check(write(None, data), "write")
            else:
                self.at_end(nread, partial(self.end, handle))

        handle.onread = on_read
        check(handle.read_start(), "read")

    def at_end(self, status: int, then: Callable[[], object]) -> None:
        """Go on at the end of what is received; anything else is a fault."""
        if status != _core.UV_EOF:
            check(status, "read")
        then()

    def end(self, sender: _core.TCP) -> None:
        check(sender.shutdown(_core.ShutdownReq()), "shutdown")

    def finish(self) -> None:
        for handle in self.handles:
            handle.close()


def tcp_raw_c2s(config: dict[str, Any]) -> Transfer:
    transfer = RawTransfer(config)

    def on_connection(server: _core.TCP) -> None:
        transfer.start()
        transfer.receive(server)

    transfer.open(on_connection, lambda: transfer.send(transfer.client))
    return transfer


def tcp_raw_s2c(config: dict[str, Any]) -> Transfer:
    transfer = RawTransfer(config)

    def on_connect() -> None:
        transfer.receive(transfer.client)
        transfer.start()

    transfer.open(transfer.send, on_connect)
    return transfer


def tcp_raw_pipe(config: dict[str, Any]) -> Transfer:
    transfer = RawTransfer(config)

    def on_connect() -> None:
        transfer.start()
        transfer.receive(transfer.client)
        transfer.send(transfer.client)

    transfer.open(transfer.echo, on_connect)
    return transfer


class Sink(EventEmitter):
    """The least that a socket can be piped into: it counts."""

    writable = True

    def __init__(self, transfer: Transfer) -> None:
        super().__init__()
        self.transfer = transfer

    def write(self, chunk: bytes) -> bool:
        self.transfer.received += len(chunk)
        return True

    def end(self) -> None:
        self.transfer.finish()


class NetTransfer(Transfer):
    """The same between sockets of uvnet.net."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self.sink: Any = Sink(self)
        self.sockets: list[net.Socket] = []

    def open(
        self,
        on_connection: Callable[[net.Socket], object],
        on_connect: Callable[[net.Socket], object],
        **options: Any,
    ) -> None:
        """Connect the client, which has these options: it is the argument of on_connect."""

        def accepted(socket: net.Socket) -> None:
            self.sockets.append(socket)
            on_connection(socket)

        def listening() -> None:
            address: Any = self.server.address()
            client = net.connect(address.port, HOST, **options)
            client.on("connect", lambda: on_connect(client))
            self.sockets.append(client)

        self.server = net.create_server(accepted)
        self.server.listen(0, HOST, listening)

    def put(self, socket: net.Socket) -> Callable[[], bool]:
        """Return a function that writes the chunk once."""
        self.sender = socket
        if self.encoding is None:
            return partial(socket.write, self.chunk)
        return partial(socket.write, self.chunk, self.encoding)

    def send(self, socket: net.Socket) -> None:
        """Write once in each tick, as long as the socket says so, and on at its 'drain'."""
        put, size, tick = self.put(socket), self.size, self.loop.next_tick

        def flow() -> None:
            if self.over:
                return
            self.sent += size
            if put():
                tick(flow)
            else:
                socket.once("drain", flow)

        flow()

    def send_corked(self, socket: net.Socket) -> None:
        """Write corked as long as the socket says so, and again at its 'drain'."""
        put, size = self.put(socket), self.size

        def send() -> None:
            if self.over:
                return
            count = 1
            socket.cork()
            while put():
                count += 1
            socket.uncork()
            self.sent += count * size

        socket.on("drain", send)
        send()

    def end(self, sender: net.Socket) -> None:
        sender.end()

    def finish(self) -> None:
        for socket in self.sockets:
            socket.destroy()
        self.server.close()


def net_c2s(config: dict[str, Any]) -> Transfer:
    transfer = NetTransfer(config)

    def on_connect(client: net.Socket) -> None:
        transfer.start()
        transfer.send(client)

    transfer.open(lambda server: server.pipe(transfer.sink), on_connect)
    return transfer


def net_s2c(config: dict[str, Any]) -> Transfer:
    transfer = NetTransfer(config)
    options: dict[str, Any] = {}
    if size := config["recvbuflen"]:

        def received(nread: int, buffer: Any) -> None:
            transfer.received += nread

        buffers = [bytearray(size) for _ in range(3)]
        taken = 0

        def another() -> bytearray:
            nonlocal taken
            taken += 1
            return buffers[taken % 3]

        generated = config["recvbufgenfn"] == "true"
        options["onread"] = net.OnRead(another if generated else buffers[0], received)

    def on_connect(client: net.Socket) -> None:
        transfer.start()
        if options:
            client.on("end", transfer.finish)
        else:
            client.pipe(transfer.sink)

    transfer.open(transfer.send, on_connect, **options)
    return transfer


def net_pipe(config: dict[str, Any]) -> Transfer:
    transfer = NetTransfer(config)

    def on_connect(client: net.Socket) -> None:
        transfer.start()
        transfer.send(client)
        client.pipe(transfer.sink)

    transfer.open(lambda server: server.pipe(server), on_connect)
    return transfer


def net_c2s_cork(config: dict[str, Any]) -> Transfer:
    transfer = NetTransfer(config)

    def on_connect(client: net.Socket) -> None:
        transfer.start()
        transfer.send_corked(client)

    transfer.open(lambda server: server.pipe(transfer.sink), on_connect)
    return transfer


NAMES: dict[str, Callable[[dict[str, Any]], Transfer]] = {
    function.__name__: function
    for function in (
        tcp_raw_c2s,
        tcp_raw_s2c,
        tcp_raw_pipe,
        net_c2s,
        net_s2c,
        net_pipe,
        net_c2s_cork,
    )
}


def prepare(name: str, subject: str, config: str) -> tuple[dict[str, Any], answers.Run]:
    """Return what `answers.serve` wants of a subject."""
    if subject == "node":
        become_node(SCRIPT, name, config, flags=FLAGS)
    given = json.loads(config)

    def run(request: dict[str, Any]) -> dict[str, Any]:
        transfer = NAMES[name]({**given, "dur": request["seconds"]})
        uvnet.run()
        return {**transfer.measured, "sent": transfer.sent, "received": transfer.received}

    return {"version": uvnet.__version__}, run


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m uvnet.bench.transfer")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("subject", choices=("uvnet", "node"))
    parser.add_argument("config", help="the parameters in JSON, without dur")
    options = parser.parse_args(arguments)
    return answers.serve(lambda: prepare(options.name, options.subject, options.config))


if __name__ == "__main__":
    sys.exit(main())

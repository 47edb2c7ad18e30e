"""The servers of the asyncio subjects: each shape of `shapes.SHAPES`, on the loop asked for."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from . import protocol
from .echo import BACKLOG, BUFFER_SIZE
from .protocol import Counted

if TYPE_CHECKING:
    import ssl

HOST = "127.0.0.1"

Address = tuple[str, int] | str
Listening = AbstractAsyncContextManager[Address]


@asynccontextmanager
async def stream(
    path: str | None, kind: str, context: ssl.SSLContext | None = None
) -> AsyncIterator[Address]:
    """Serve one of the protocols."""
    loop = asyncio.get_running_loop()
    factory = protocol.KINDS[kind]
    if path is None:
        server = await loop.create_server(factory, HOST, 0, backlog=BACKLOG, ssl=context)
    else:
        server = await loop.create_unix_server(factory, path, backlog=BACKLOG)
    async with server:
        yield server.sockets[0].getsockname()


@asynccontextmanager
async def native(path: str | None, kind: str) -> AsyncIterator[Address]:
    """Serve uvnet's streams."""
    import uvnet

    if path is None:
        server = await uvnet.start_server(protocol.echo_stream, HOST, 0, backlog=BACKLOG)
    else:
        server = await uvnet.start_unix_server(protocol.echo_stream, path, backlog=BACKLOG)
    async with server:
        yield server.sockets[0].getsockname()


@asynccontextmanager
async def sock(path: str | None, kind: str) -> AsyncIterator[Address]:
    """Serve with the loop's own calls on sockets, a task for each connection."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    async def echo(client: socket.socket) -> None:
        Counted.opened()
        with client:
            while data := await loop.sock_recv(client, BUFFER_SIZE):
                await loop.sock_sendall(client, data)
        Counted.closed()

    async def accept() -> None:
        while True:
            client, _ = await loop.sock_accept(listener)
            if path is None:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = loop.create_task(echo(client))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    with socket.socket(socket.AF_INET if path is None else socket.AF_UNIX) as listener:
        listener.setblocking(False)
        listener.bind((HOST, 0) if path is None else path)
        listener.listen(BACKLOG)
        accepting = loop.create_task(accept())
        try:
            yield listener.getsockname()
        finally:
            accepting.cancel()
            await asyncio.gather(accepting, *tasks, return_exceptions=True)


@asynccontextmanager
async def tls(path: str | None, kind: str) -> AsyncIterator[Address]:
    """Serve the plain protocol over TLS."""
    refuse(path)
    async with stream(None, "protocol", server_context()) as address:
        yield address


def server_context() -> ssl.SSLContext:
    """Return a context with a certificate that is good for one run.

    Raises:
        NotImplementedError: There is no openssl to make it with.
    """
    if shutil.which("openssl") is None:
        raise NotImplementedError("openssl is not installed, which makes the certificate")
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="uvnet-bench-") as folder:
        file = Path(folder) / "both.pem"  # key and certificate, one after the other
        how = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
        subprocess.run(
            ["openssl", *how.split(), "-subj", "/CN=localhost", "-keyout", file, "-out", file],
            check=True,
            capture_output=True,
        )
        context.load_cert_chain(file)
    return context


class Datagrams(asyncio.DatagramProtocol):
    """Sends each datagram back. An empty one ends a run."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: Any) -> None:
        if data:
            self.transport.sendto(data, address)
        elif Counted.over is not None:
            over, Counted.over = Counted.over, None  # there is one for each connection
            over()


@asynccontextmanager
async def udp(path: str | None, kind: str) -> AsyncIterator[Address]:
    """Serve datagrams."""
    refuse(path)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Datagrams, (HOST, 0))
    try:
        yield transport.get_extra_info("sockname")
    finally:
        transport.close()


def refuse(path: str | None) -> None:
    """Raise NotImplementedError for a Unix socket."""
    if path is not None:
        raise NotImplementedError("on 127.0.0.1 only")


LISTEN: dict[str, Callable[[str | None, str], Listening]] = {
    **dict.fromkeys(protocol.KINDS, stream),
    "native": native,
    "sock": sock,
    "tls": tls,
    "udp": udp,
}


def serve(
    package: str, path: str | None, announce: Callable[[Address], None], once: int, kind: str
) -> None:
    """Serve on the loop that `package.new_event_loop` makes; see `subjects.Subject.serve`."""
    new_event_loop = importlib.import_module(package).new_event_loop

    async def main() -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if once:
            Counted.over = lambda: over.set_result(None)
        async with LISTEN[kind](path, kind) as address:
            announce(address)
            await over

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())

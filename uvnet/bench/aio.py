"""The servers of the asyncio subjects: each shape of `shapes.SHAPES`, on the loop asked for."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from . import loops
from .aio_services import FACTORIES, LIMIT, LIMITS, STREAMS
from .echo import BACKLOG, BUFFER_SIZE
from .job import Address, Announce, Job, refuse_path
from .protocol import Counted

if TYPE_CHECKING:
    import ssl


Listening = AbstractAsyncContextManager[Address]


@asynccontextmanager
async def stream(
    job: Job, shape: str, context: ssl.SSLContext | None = None
) -> AsyncIterator[Address]:
    """Serve one of the protocols."""
    loop = asyncio.get_running_loop()
    factory = FACTORIES[job.service, shape]
    if job.path is None:
        server = await loop.create_server(factory, job.host, 0, backlog=BACKLOG, ssl=context)
    else:
        server = await loop.create_unix_server(factory, job.path, backlog=BACKLOG)
    async with server:
        yield server.sockets[0].getsockname()


@asynccontextmanager
async def native(job: Job, shape: str) -> AsyncIterator[Address]:
    """Serve uvnet's streams."""
    import uvnet

    serving = STREAMS[job.service]
    options: Any = {"backlog": BACKLOG, "limit": LIMITS.get(job.service, LIMIT)}
    if job.path is None:
        server = await uvnet.start_server(serving, job.host, 0, **options)
    else:
        server = await uvnet.start_unix_server(serving, job.path, **options)
    async with server:
        yield server.sockets[0].getsockname()


@asynccontextmanager
async def sock(job: Job, shape: str) -> AsyncIterator[Address]:
    """Serve with the loop's own calls on sockets, a task for each connection."""
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[None]] = set()

    async def echo(client: socket.socket) -> None:
        Counted.opened()
        with client, contextlib.suppress(ConnectionError):
            while data := await loop.sock_recv(client, BUFFER_SIZE):
                await loop.sock_sendall(client, data)
        Counted.closed()

    async def accept() -> None:
        while True:
            client, _ = await loop.sock_accept(listener)
            if job.path is None:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = loop.create_task(echo(client))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    with socket.socket(socket.AF_INET if job.path is None else socket.AF_UNIX) as listener:
        listener.setblocking(False)
        listener.bind((job.host, 0) if job.path is None else job.path)
        listener.listen(BACKLOG)
        accepting = loop.create_task(accept())
        try:
            yield listener.getsockname()
        finally:
            accepting.cancel()
            await asyncio.gather(accepting, *tasks, return_exceptions=True)


@asynccontextmanager
async def tls(job: Job, shape: str) -> AsyncIterator[Address]:
    """Serve the plain protocol over TLS."""
    refuse_path(job)
    async with stream(job, "protocol", server_context()) as address:
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
            Counted.over()


@asynccontextmanager
async def udp(job: Job, shape: str) -> AsyncIterator[Address]:
    """Serve datagrams."""
    refuse_path(job)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Datagrams, (job.host, 0))
    try:
        yield transport.get_extra_info("sockname")
    finally:
        transport.close()


@asynccontextmanager
async def aiohttp(job: Job, shape: str) -> AsyncIterator[Address]:
    """Serve HTTP with aiohttp."""
    from . import http_aiohttp  # not installed everywhere

    async with http_aiohttp.serve(job) as address:
        yield address


LISTEN: dict[str, Callable[[Job, str], Listening]] = {
    "protocol": stream,
    "split": stream,
    "buffered": stream,
    "streams": stream,
    "native": native,
    "sock": sock,
    "tls": tls,
    "udp": udp,
    "aiohttp": aiohttp,
}


def serve(package: str, shape: str, job: Job, announce: Announce) -> None:
    """Serve on the loop that `package.new_event_loop` makes; see `subjects.Subject.serve`.

    Raises:
        ImportError: The package is not installed, or not for this Python.
    """
    new_event_loop = loops.factory(package)
    if shape == "uvicorn":  # which makes its loop itself
        from . import http_uvicorn

        http_uvicorn.serve(package, job, announce)
        return

    async def main() -> None:
        over = asyncio.Event()
        if job.once:
            Counted.over = over.set
        async with LISTEN[shape](job, shape) as address:
            announce(address)
            await over.wait()

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())

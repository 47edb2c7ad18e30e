"""TLS for tests: contexts, servers and pairs of connected ends, blocking peers in threads."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import stat
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from .streams import Recorder

# A certificate for localhost, signed by itself, and its key; for these tests alone.
CERTIFICATE = Path(__file__).with_name("localhost.pem")
FD_FOLDER = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
PATIENCE = 30.0  # seconds: only what hangs gets there


def server_context(**attributes: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    for name, value in attributes.items():
        setattr(context, name, value)
    return context


def client_context(**attributes: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    for name, value in attributes.items():
        setattr(context, name, value)
    return context


def shake_hands(
    end: ssl.SSLObject,
    incoming: ssl.MemoryBIO,
    outgoing: ssl.MemoryBIO,
    sock: socket.socket,
    early: bytes = b"",
) -> None:
    """Complete a handshake over a blocking socket; `early` is sent with its first bytes."""
    while True:
        try:
            return end.do_handshake()
        except ssl.SSLWantReadError:
            sock.sendall(early + outgoing.read())
            early = b""
            incoming.write(sock.recv(65536))


class Factory:
    """Makes protocols, and keeps them; `await factory.next()` is the next that is connected."""

    def __init__(self, make: Callable[[], Any] = Recorder) -> None:
        self.make = make
        self.made: list[Any] = []
        self._queue: asyncio.Queue[Any] = asyncio.Queue()

    def __call__(self) -> Any:
        protocol = self.make()
        self.made.append(protocol)
        self._queue.put_nowait(protocol)
        return protocol

    async def next(self) -> Any:
        protocol = await self._queue.get()
        await protocol.made
        return protocol


@asynccontextmanager
async def serve(
    factory: Callable[[], Any], context: ssl.SSLContext, unix: bool = False, **options: Any
) -> AsyncIterator[Any]:
    """Serve TLS meanwhile; the value is the address."""
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        if unix:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            path = f"{folder}/tls"
            server: Any = await loop.create_unix_server(factory, path, ssl=context, **options)
            address: Any = path
        else:
            server = await loop.create_server(factory, "127.0.0.1", 0, ssl=context, **options)
            address = server.sockets[0].getsockname()
        try:
            yield address
        finally:
            server.close()
            await asyncio.sleep(0)


async def connect(
    factory: Callable[[], Any], address: Any, context: ssl.SSLContext | None = None, **options: Any
) -> tuple[Any, Any]:
    """Connect to what `serve` serves."""
    loop = asyncio.get_running_loop()
    options.setdefault("server_hostname", "localhost")
    options["ssl"] = context or client_context()
    if isinstance(address, str):
        return await loop.create_unix_connection(factory, address, **options)
    return await loop.create_connection(factory, *address, **options)


@asynccontextmanager
async def pair(
    client: Callable[[], Any] = Recorder,
    server: Callable[[], Any] = Recorder,
    unix: bool = False,
    **contexts: Any,
) -> AsyncIterator[tuple[Any, Any]]:
    """Yield the protocols of two connected ends; close them at the end."""
    factory = Factory(server)
    context = contexts.pop("server_context", None) or server_context()
    async with serve(factory, context, unix) as address:
        transport, ours = await connect(client, address, contexts.pop("client_context", None))
        theirs = await factory.next()
        both = (transport, theirs.transport)
        sockets = [end.get_extra_info("socket") for end in both]
        try:
            yield ours, theirs
        finally:
            for end in both:
                if not end.is_closing():
                    end.close()
            while any(sock.fileno() >= 0 for sock in sockets):
                await asyncio.sleep(0.001)


def open_sockets() -> int:
    """Return how many sockets this process has open."""
    count = 0
    for name in os.listdir(FD_FOLDER):
        with contextlib.suppress(OSError):
            count += stat.S_ISSOCK(os.fstat(int(name)).st_mode)
    return count


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


async def gone(*transports: Any) -> None:
    """Wait until the descriptors of transports are closed."""
    for transport in transports:
        while True:
            sock = transport.get_extra_info("socket")
            if sock is None or sock.fileno() < 0:
                break
            await asyncio.sleep(0.001)


@contextmanager
def peer(program: Callable[[socket.socket], None], family: int = socket.AF_INET) -> Iterator[Any]:
    """Run program(sock) in a thread for the connection that is made to the address yielded."""
    errors: list[BaseException] = []
    with contextlib.ExitStack() as stack:
        if family == socket.AF_UNIX:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(f"{folder}/peer")
            listener.listen()
        else:
            listener = socket.create_server(("127.0.0.1", 0))
        stack.enter_context(listener)
        listener.settimeout(PATIENCE)

        def run() -> None:
            try:
                sock = listener.accept()[0]
                with sock:
                    sock.settimeout(PATIENCE)
                    program(sock)
            except BaseException as exc:
                errors.append(exc)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the peer hangs"
    if errors:
        raise errors[0]


def in_background(function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
    """Run a function in a thread, and return a future of its result."""
    return asyncio.get_running_loop().run_in_executor(None, function, *args)


@contextmanager
def reports() -> Iterator[list[dict[str, Any]]]:
    """Collect what the running loop's exception handler is told."""
    loop = asyncio.get_running_loop()
    told: list[dict[str, Any]] = []
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, details: told.append(details))
    try:
        yield told
    finally:
        loop.set_exception_handler(before)

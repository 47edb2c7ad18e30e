"""Streams for asyncio's users: what asyncio.start_server() and its like give, in native code.

start_server(), open_connection(), start_unix_server() and open_unix_connection() are asyncio's, but
that the readers and writers they give are native, and cost less than half. They are StreamReader
and StreamWriter of asyncio, to isinstance() and in all that they do. What does not run for each
packet is asyncio's own code, of the running Python.

install() puts them in the place of asyncio's, for code that one cannot change.
"""

from __future__ import annotations

import asyncio
import os
from asyncio import streams
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any

from uvnet.aio.flow import NativeStreamProtocol
from uvnet.aio.reader import DEFAULT_LIMIT, NativeReader
from uvnet.aio.writer import NativeWriter

__all__ = [
    "Installed",
    "StreamReader",
    "StreamReaderProtocol",
    "StreamWriter",
    "install",
    "open_connection",
    "open_unix_connection",
    "start_server",
    "start_unix_server",
]

ClientConnected = Callable[["StreamReader", "StreamWriter"], Awaitable[None] | None]

_StockReader = asyncio.StreamReader
_StockWriter = asyncio.StreamWriter
_StockProtocol = asyncio.StreamReaderProtocol

# Until 3.12 the protocol keeps the writer of a server's connection: one that is dropped stays open.
_KEEPS_WRITER = hasattr(_StockProtocol, "_replace_writer")


class _Kind(type):
    """The type of the classes below.

    While they are installed in the place of asyncio's, they stand for asyncio's in isinstance()
    and issubclass(), too: there may be readers and writers that were made before.
    """

    def __instancecheck__(cls, instance: object) -> bool:
        if type.__instancecheck__(cls, instance):
            return True
        stock = _installed_for(cls)
        return stock is not None and isinstance(instance, stock)

    def __subclasscheck__(cls, subclass: type) -> bool:
        if type.__subclasscheck__(cls, subclass):
            return True
        stock = _installed_for(cls)
        return stock is not None and issubclass(subclass, stock)


class StreamReader(NativeReader, _StockReader, metaclass=_Kind):
    """asyncio.StreamReader in native code, for any loop.

    On a transport of uvnet what arrives resumes the task that waits for it within the callback of
    the event, in debug mode in the next turn. A read that is cancelled loses nothing, not even
    read(-1). readuntil() takes a tuple of separators on every Python.

    Args:
        limit: In bytes: of what readuntil() returns, without the separator; twice as much may
            arrive before the transport is paused.
        loop: The running one by default.

    Raises:
        ValueError: `limit` is not positive.
    """


class StreamWriter(NativeWriter, _StockWriter, metaclass=_Kind):
    """asyncio.StreamWriter in native code, for any loop. See it for what is not told here."""

    def __del__(self) -> None:
        if self._transport is not None:  # else it has not been made
            super().__del__()


class StreamReaderProtocol(NativeStreamProtocol, _StockProtocol, metaclass=_Kind):
    """asyncio.StreamReaderProtocol in native code: what feeds a StreamReader."""

    def connection_made(self, transport: Any) -> None:
        """Give the reader its transport; of a server, call client_connected_cb."""
        self._transport = transport
        reader = self._stream_reader
        if reader is not None:
            reader.set_transport(transport)
        self._over_ssl = transport.get_extra_info("sslcontext") is not None
        if self._client_connected_cb is None:
            return
        loop = self._loop
        writer = StreamWriter(transport, self, reader, loop)
        if _KEEPS_WRITER:
            self._stream_writer = writer
        try:
            result = self._client_connected_cb(reader, writer)
        except Exception as exc:
            _report(loop, transport, exc)
        else:
            if asyncio.iscoroutine(result):
                self._task = loop.create_task(result)
                self._task.add_done_callback(_Served(loop, transport))
        self._strong_reader = None

    def eof_received(self) -> bool:
        """End the reader. Writing goes on, but with TLS."""
        reader = self._stream_reader
        if reader is not None:
            reader.feed_eof()
        return not self._over_ssl

    def connection_lost(self, exc: Exception | None) -> None:
        """End the reader, and let go of everything."""
        reader = self._stream_reader
        if reader is not None:
            if exc is None:
                reader.feed_eof()
            else:
                reader.set_exception(exc)
        self._lost(exc)

    def _replace_transport(self, transport: Any) -> None:
        """What StreamWriter.start_tls() calls, from Python 3.13 on."""
        self._transport = transport
        self._over_ssl = transport.get_extra_info("sslcontext") is not None
        reader = self._stream_reader
        if isinstance(reader, NativeReader):
            reader._move_to(transport)

    def _replace_writer(self, writer: asyncio.StreamWriter) -> None:
        """What it calls before."""
        self._replace_transport(writer.transport)
        if _KEEPS_WRITER:
            self._stream_writer = writer

    def __del__(self) -> None:
        pass  # asyncio's has its future to look after


class _Served:
    """Called when the task of client_connected_cb is done."""

    def __init__(self, loop: Any, transport: Any) -> None:
        self.loop = loop
        self.transport = transport

    def __call__(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            self.transport.close()
            return
        exc = task.exception()
        if exc is not None:
            _report(self.loop, self.transport, exc)


def _report(loop: Any, transport: Any, exc: BaseException) -> None:
    loop.call_exception_handler(
        {
            "message": "Unhandled exception in client_connected_cb",
            "exception": exc,
            "transport": transport,
        }
    )
    transport.close()


# ---------------------------------------------------------------- connections and servers


async def open_connection(
    host: str | None = None,
    port: int | str | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
    **kwds: Any,
) -> tuple[StreamReader, StreamWriter]:
    """Connect to a TCP server, as asyncio.open_connection() does.

    Args:
        host: With `port`, where to.
        port: A number, or the name of a service.
        limit: Of the reader, in bytes.
        kwds: For loop.create_connection(): ssl, sock, local_addr, happy_eyeballs_delay, ...

    Returns:
        A native StreamReader and StreamWriter.
    """
    loop = asyncio.get_running_loop()
    reader = StreamReader(limit=limit, loop=loop)
    protocol = StreamReaderProtocol(reader, loop=loop)
    where: Any = (host, port)  # typeshed wants both
    transport, _ = await loop.create_connection(lambda: protocol, *where, **kwds)
    return reader, StreamWriter(transport, protocol, reader, loop)


async def open_unix_connection(
    path: str | os.PathLike[str] | None = None, *, limit: int = DEFAULT_LIMIT, **kwds: Any
) -> tuple[StreamReader, StreamWriter]:
    """Connect to a Unix socket, as asyncio.open_unix_connection() does.

    Args:
        path: Where it is.
        limit: Of the reader, in bytes.
        kwds: For loop.create_unix_connection(): ssl, sock, server_hostname, ...

    Returns:
        A native StreamReader and StreamWriter.
    """
    loop = asyncio.get_running_loop()
    reader = StreamReader(limit=limit, loop=loop)
    protocol = StreamReaderProtocol(reader, loop=loop)
    to: Any = path  # typeshed wants a str
    transport, _ = await loop.create_unix_connection(lambda: protocol, to, **kwds)
    return reader, StreamWriter(transport, protocol, reader, loop)


def _factory(client_connected_cb: Any, limit: int) -> Callable[[], StreamReaderProtocol]:
    loop = asyncio.get_running_loop()

    def factory() -> StreamReaderProtocol:
        reader = StreamReader(limit=limit, loop=loop)
        return StreamReaderProtocol(reader, client_connected_cb, loop=loop)

    return factory


async def start_server(
    client_connected_cb: ClientConnected,
    host: Any = None,
    port: int | str | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
    **kwds: Any,
) -> asyncio.Server:
    """Listen for TCP connections, as asyncio.start_server() does.

    Args:
        client_connected_cb: Called with a native StreamReader and StreamWriter for each
            connection. If it returns a coroutine, that runs as a task.
        host: Of this machine, or several; all of them by default.
        port: 0 for one that is free.
        limit: Of the readers, in bytes.
        kwds: For loop.create_server(): ssl, sock, backlog, start_serving, ...

    Returns:
        The server, as loop.create_server() does.
    """
    loop = asyncio.get_running_loop()
    on: Any = port  # typeshed wants an int
    return await loop.create_server(_factory(client_connected_cb, limit), host, on, **kwds)


async def start_unix_server(
    client_connected_cb: ClientConnected,
    path: str | os.PathLike[str] | None = None,
    *,
    limit: int = DEFAULT_LIMIT,
    **kwds: Any,
) -> asyncio.Server:
    """Listen for connections to a Unix socket, as asyncio.start_unix_server() does.

    Args:
        client_connected_cb: As for start_server.
        path: A socket that is there is replaced.
        limit: Of the readers, in bytes.
        kwds: For loop.create_unix_server(): ssl, sock, backlog, start_serving, ...

    Returns:
        The server, as loop.create_unix_server() does.
    """
    loop = asyncio.get_running_loop()
    at: Any = path  # typeshed wants a str
    return await loop.create_unix_server(_factory(client_connected_cb, limit), at, **kwds)


# --------------------------------------------------------------- in the place of asyncio's

_REPLACED: dict[str, Any] = {
    "StreamReader": StreamReader,
    "StreamReaderProtocol": StreamReaderProtocol,
    "StreamWriter": StreamWriter,
    "open_connection": open_connection,
    "open_unix_connection": open_unix_connection,
    "start_server": start_server,
    "start_unix_server": start_unix_server,
}
_MODULES = (asyncio, streams)
_stock = {name: getattr(streams, name) for name in _REPLACED}
_active: set[Installed] = set()


def _installed_for(cls: type) -> type | None:
    """Return what the class stands for at the moment, or None."""
    if _active and _REPLACED.get(cls.__name__) is cls:
        stock: type = _stock[cls.__name__]
        return stock
    return None


class Installed:
    """That asyncio's streams are native, until undo() or the end of a `with`. See install()."""

    def __enter__(self) -> Installed:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.undo()

    def undo(self) -> None:
        """Put asyncio's own back, once nobody else needs the native ones. No-op if done."""
        if self not in _active:
            return
        _active.discard(self)
        if _active:
            return
        for module in _MODULES:
            for name, replacement in _REPLACED.items():
                if getattr(module, name) is replacement:  # else somebody else has replaced it
                    setattr(module, name, _stock[name])


def install() -> Installed:
    """Put the native streams in the place of asyncio's, for code that one cannot change.

    asyncio.StreamReader, StreamWriter, StreamReaderProtocol, open_connection, start_server,
    open_unix_connection and start_unix_server are replaced, in asyncio and in asyncio.streams, for
    every loop of the process; so the streams of subprocesses are native, too. A module that has
    imported one of these names before keeps what it has: call this first. Streams that are open
    stay as they are.

    Returns:
        What undoes it: call its undo(), or use it in a `with` statement. What is installed twice
        has to be undone twice.
    """
    installed = Installed()
    _active.add(installed)
    for module in _MODULES:
        for name, replacement in _REPLACED.items():
            if getattr(module, name) is _stock[name]:
                setattr(module, name, replacement)
    return installed

"""Handing a connection over between asyncio and net, open, with what was read and not taken yet.

Its descriptor stays what it is: nothing is closed, opened or duplicated. What either side has read
is given to the other in order, before anything that comes later.
"""

from __future__ import annotations

import asyncio
from asyncio.sslproto import SSLProtocol, _SSLProtocolTransport
from collections.abc import Callable
from typing import Any, TypeVar

from uvnet import _core, net
from uvnet.aio import moving as aio_moving
from uvnet.aio.transport import StreamTransport
from uvnet.net import _moving as net_moving

__all__ = ["to_socket", "to_streams", "to_transport"]

_Protocol = TypeVar("_Protocol", bound=asyncio.BaseProtocol)


def to_socket(
    transport: asyncio.BaseTransport, *, head: bytes = b"", allow_half_open: bool = False
) -> net.Socket:
    """Make a net.Socket of an asyncio connection.

    For the protocol the connection is over: its connection_lost(None) is called, in a turn of its
    own. What a StreamReader has buffered goes along, and so does what is not written yet.

    Args:
        transport: Of a TCP or Unix connection of this loop, such as `writer.transport`.
        head: What the protocol has taken and does not want: read first.
        allow_half_open: As of net.Socket.

    Returns:
        The socket, which reads, as one that was accepted. Without a 'data' or 'readable' listener
        it buffers.

    Raises:
        TypeError: It is no such transport; it is one of TLS, say, whose data is the other end's of
            the encryption.
        RuntimeError: It is closing, in the middle of sendfile, or of write_eof(); or its loop runs
            in another thread. Nothing has changed.
        OSError: The connection has been lost.
    """
    check_transport(transport)
    protocol = transport.get_protocol()
    handle, early, chunks, ended = aio_moving.give_away(transport)
    socket = net.Socket(handle=handle, writable=not ended, allow_half_open=allow_half_open)
    if isinstance(handle, _core.TCP):
        socket.set_no_delay(True)  # which it has; the socket is to know
    unread = bytes(head) + take_buffer(protocol) + early
    if unread:
        socket.unshift(unread)
    for chunk in chunks:
        socket.write(chunk)
    return socket


async def to_transport(
    socket: net.Socket, protocol_factory: Callable[[], _Protocol], *, head: bytes = b""
) -> tuple[asyncio.Transport, _Protocol]:
    """Make an asyncio connection of a net.Socket.

    First it waits until what the socket has written is with the kernel; meanwhile the socket is
    paused. Then the socket emits 'close', as if it had been destroyed.

    Args:
        socket: It is connected, and of the running loop.
        protocol_factory: Makes the protocol. connection_made() is called before this returns,
            data_received() with what the socket had buffered after that.
        head: What was taken from the socket and is not wanted: read first.

    Returns:
        (transport, protocol)

    Raises:
        TypeError: It is no Socket, or of another loop.
        RuntimeError: It is not connected, corked, closed, or decodes what it reads. Nothing has
            changed.
        Exception: What the socket fails with while it writes.
    """
    loop: Any = asyncio.get_running_loop()
    check_socket(socket, loop)
    if socket.writable_length or (socket.writable_ended and not socket.writable_finished):
        flowing = socket.readable_flowing
        socket.pause()
        try:
            await all_written(socket)
        except BaseException:
            if flowing and not socket.destroyed:
                socket.resume()
            raise
        check_socket(socket, loop)
    protocol = protocol_factory()
    ended = socket.writable_ended
    handle, unread = net_moving.give_away(socket)
    if isinstance(handle, _core.TCP):
        handle.set_no_delay(True)
    made: Any = StreamTransport(loop, handle, protocol)
    if ended:
        aio_moving.has_ended(made)
    aio_moving.give_early(made, bytes(head) + unread)
    made._context.run(made.start)
    return made, protocol


async def to_streams(
    socket: net.Socket, *, head: bytes = b"", limit: int = 2**16
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Make an asyncio.StreamReader and StreamWriter of a net.Socket. See to_transport().

    Args:
        socket: It is connected, and of the running loop.
        head: What was taken from the socket and is not wanted: read first.
        limit: Of the reader, in bytes.

    Returns:
        (reader, writer)

    Raises:
        As to_transport().
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=limit, loop=loop)
    made, protocol = await to_transport(
        socket, lambda: asyncio.StreamReaderProtocol(reader, loop=loop), head=head
    )
    return reader, asyncio.StreamWriter(made, protocol, reader, loop)


def check_transport(given: Any) -> None:
    if type(given) is not StreamTransport:
        raise TypeError(
            f"a transport of a TCP or Unix connection of uvnet's loop is wanted, not {given!r}"
        )
    # A TLSTransport is an instance of the latter, as isinstance() has it.
    if isinstance(given.get_protocol(), (SSLProtocol, _SSLProtocolTransport)):
        raise TypeError(f"what {given!r} reads is encrypted: it is the lower end of a TLS one")


def check_socket(socket: Any, loop: Any) -> None:
    if not isinstance(socket, net.Socket):
        raise TypeError(f"a net.Socket is wanted, not {socket!r}")
    handle = socket._handle
    if handle is None or socket.destroyed:
        raise RuntimeError(f"{socket!r} is not connected: it has no handle")
    if handle.loop is not loop:
        raise TypeError(f"{socket!r} belongs to another loop than the running one")
    if socket.pending or socket._unconnected:
        raise RuntimeError(f"{socket!r} is not connected yet: await it first")
    if socket.readable_encoding is not None:
        raise RuntimeError(f"{socket!r} decodes what it reads, and cannot give back the bytes")
    if socket.writable_corked:
        raise RuntimeError(f"{socket!r} is corked: call uncork() first")


def take_buffer(protocol: Any) -> bytes:
    """Return what a stream reader has buffered, and take it away."""
    reader = getattr(protocol, "_stream_reader", None)
    if not isinstance(reader, asyncio.StreamReader):
        return b""
    buffer = reader._buffer  # type: ignore[attr-defined]
    data = bytes(buffer)
    buffer.clear()
    return data


async def all_written(socket: net.Socket) -> None:
    """Wait until what the socket has written is with the kernel, and FIN if it has ended."""
    done = asyncio.get_running_loop().create_future()

    def finished(error: BaseException | None = None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    if socket.writable_ended:
        socket.once("finish", finished)
    else:
        socket.write(b"", None, finished)
    socket.once("error", finished)
    socket.once("close", lambda had_error: finished(ConnectionError("the socket was destroyed")))
    try:
        await done
    finally:
        socket.off("finish", finished)
        socket.off("error", finished)

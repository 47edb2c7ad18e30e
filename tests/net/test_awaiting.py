"""Awaiting sockets and servers: what happens in between, and both styles on one socket."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import AbortError

BULK = bytes(1 << 20)


async def started(awaitable: Any) -> asyncio.Task[Any]:
    """Return a task that has come to where it waits."""
    task = asyncio.ensure_future(awaitable)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not task.done()
    return task


@contextlib.asynccontextmanager
async def full() -> AsyncIterator[tuple[net.Socket, net.Socket]]:
    """Give a socket that takes no more, and its peer, which reads nothing yet."""
    async with asyncio.timeout(30), net.create_server(pause_on_connect=True) as server:
        await server.listen(0, "127.0.0.1")
        got = asyncio.ensure_future(first_of(server))
        await asyncio.sleep(0)
        socket = await net.connect(server.address().port)
        peer = await got
        for each in (socket, peer):
            each.on("error", lambda error: None)
        while socket.write(BULK):
            pass
        try:
            yield socket, peer
        finally:
            await leave(socket, peer)


async def leave(*sockets: net.Socket) -> None:
    for socket in sockets:
        socket.destroy()
    while not all(socket.closed for socket in sockets):
        await asyncio.sleep(0)


# ---------------------------------------------------------------------- drain


def test_drain_with_many_waiters() -> None:
    async def main() -> None:
        async with full() as (socket, peer):
            tasks = [await started(socket.drain()) for _ in range(50)]
            peer.resume()
            await asyncio.gather(*tasks)
            assert not socket.writable_need_drain
            assert socket.listener_count("drain") == 0

    uvnet.run(main())


@pytest.mark.parametrize("error", [None, ValueError("mine")])
@pytest.mark.parametrize("waiters", [1, 3])
def test_drain_of_what_is_destroyed(error: Exception | None, waiters: int) -> None:
    async def main() -> None:
        async with full() as (socket, peer):
            tasks = [await started(socket.drain()) for _ in range(waiters)]
            socket.destroy(error)
            for task in tasks:  # without an error it is that of the write that was under way
                with pytest.raises(Exception, match="mine" if error else "ECANCELED"):
                    await task

    uvnet.run(main())


def test_drain_when_the_peer_resets() -> None:
    async def main() -> None:
        async with full() as (socket, peer):
            task = await started(socket.drain())
            peer.reset_and_destroy()
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                await task

    uvnet.run(main())


def test_drain_cancelled() -> None:
    async def main() -> None:
        async with full() as (socket, peer):
            first, second = await started(socket.drain()), await started(socket.drain())
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert not socket.destroyed and not second.done()
            assert socket.listener_count("drain") == 1
            peer.resume()
            await second
            assert socket.listener_count("drain") == 0

    uvnet.run(main())


# ---------------------------------------------------------------------- connect and listen


class SlowLookup:
    """A `lookup` that answers when it is told to."""

    def __call__(self, hostname: str, callback: Any, **options: Any) -> None:
        self.callback = callback

    def answer(self) -> None:
        self.callback(None, "127.0.0.1", 4)


def test_connect_cancelled_leaves_the_socket_connecting() -> None:
    """Only the wait is over: the socket is the caller's, to wait for again or to destroy."""

    async def main() -> None:
        async with net.create_server(lambda peer: peer.resume()) as server:
            await server.listen(0, "127.0.0.1")
            lookup = SlowLookup()
            socket = net.connect(
                server.address().port, "name", lookup=lookup, auto_select_family=False
            )
            try:
                task = await started(wait(socket))
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                assert socket.connecting and not socket.destroyed
                assert socket.listener_count("connect") == 0
                lookup.answer()
                assert await socket is socket
                assert not socket.connecting
            finally:
                await leave(socket)

    uvnet.run(main())


def test_connect_cancelled_and_dropped_ends_with_the_peer() -> None:
    """A socket that connects, or is open, is never garbage."""

    async def main() -> None:
        async with net.create_server() as server:
            await server.listen(0, "127.0.0.1")
            got = asyncio.ensure_future(first_of(server))
            lookup = SlowLookup()
            options: Any = {"lookup": lookup, "auto_select_family": False}
            task = await started(wait(net.connect(server.address().port, "name", **options)))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            del task
            gc.collect()
            lookup.answer()
            peer = await got
            peer.end()
            peer.resume()
            await until(lambda: peer.closed)  # the other side has read the end, and closed

    uvnet.run(main())


def test_connect_with_a_signal_is_destroyed() -> None:
    async def main() -> None:
        from uvnet.abort import AbortController

        async with net.create_server() as server:
            await server.listen(0, "127.0.0.1")
            controller = AbortController()
            socket = net.connect(
                server.address().port, "name", lookup=SlowLookup(), signal=controller.signal
            )
            task = await started(wait(socket))
            controller.abort()
            with pytest.raises(AbortError):
                await task
            assert socket.destroyed
            await leave(socket)

    uvnet.run(main())


def test_listen_is_awaited_cancelled_and_fails() -> None:
    async def main() -> None:
        server = net.create_server()
        assert await server.listen(0, "127.0.0.1") is server
        assert server.listening
        assert await server is server  # it listens already
        other = net.create_server()
        with pytest.raises(OSError, match="EADDRINUSE"):
            await other.listen(server.address().port, "127.0.0.1")
        assert not other.listening
        task = asyncio.ensure_future(wait(other.listen(0, "127.0.0.1")))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await other is other  # only the wait was over
        for each in (server, other):
            async with each:
                pass
            assert not each.listening

    uvnet.run(main())


# ---------------------------------------------------------------------- both styles


def test_lines_then_data_events_then_lines() -> None:
    """One socket, from awaiting to listening and back, with nothing lost."""

    async def main() -> None:
        async def serve(peer: net.Socket) -> None:
            for part in (b"first\nsec", b"ond\nraw", b"raw", b"last\n"):
                peer.write(part)
                await asyncio.sleep(0.002)
            peer.end()

        async with net.create_server(serve, no_delay=True) as server:
            await server.listen(0, "127.0.0.1")
            socket = await net.connect(server.address().port, "127.0.0.1")
            assert await socket.read_until() == b"first\n"
            assert await socket.read_until() == b"second\n"
            seen = bytearray()
            enough: asyncio.Future[None] = asyncio.get_running_loop().create_future()

            def on_data(chunk: bytes) -> None:
                seen.extend(chunk)
                if len(seen) >= 6 and not enough.done():
                    socket.pause()
                    socket.off("data", on_data)
                    socket.unshift(bytes(seen[6:]))
                    enough.set_result(None)

            socket.on("data", on_data)
            await enough
            assert seen[:6] == b"rawraw"
            assert await socket.read_until() == b"last\n"
            assert [chunk async for chunk in socket] == []
            await until(lambda: socket.closed)

    uvnet.run(main())


def test_an_event_listener_that_awaits() -> None:
    """'readable' says that there is something, and a coroutine reads it."""

    async def main() -> None:
        lines: list[bytes] = []
        busy = False

        async with net.create_server(lambda peer: peer.end(b"1\n22\n333\n")) as server:
            await server.listen(0, "127.0.0.1")
            socket = net.connect(server.address().port, "127.0.0.1")

            async def on_readable() -> None:
                nonlocal busy
                if busy:
                    return
                busy = True
                try:
                    while True:
                        lines.append(await socket.read_until())
                except asyncio.IncompleteReadError:
                    pass

            socket.on("readable", on_readable)
            await until(lambda: socket.closed)
            assert lines == [b"1\n", b"22\n", b"333\n"]

    uvnet.run(main())


def test_writes_with_callbacks_and_drain() -> None:
    async def main() -> None:
        async with full() as (socket, peer):
            done: list[Any] = []
            socket.write(b"x", None, done.append)
            socket.on("drain", lambda: done.append("drain"))
            task = await started(socket.drain())
            peer.resume()
            await task
            assert done == ["drain", None]  # as in Node

    uvnet.run(main())


# ---------------------------------------------------------------------- helpers


async def wait(awaitable: Any) -> Any:
    return await awaitable


async def first_of(server: net.Server) -> net.Socket:
    """Return the next socket of a server."""
    got: asyncio.Future[net.Socket] = asyncio.get_running_loop().create_future()
    server.once("connection", got.set_result)
    return await got


async def until(condition: Any) -> None:
    """Let the loop turn until something has come true."""
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.0005)

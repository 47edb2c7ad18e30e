"""`async for chunk in socket`, `await socket.drain()` and `async with socket`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import hashlib
import random
import socket as plain
import struct
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import AbortError

from .ends import KINDS, SIDES, InThread, Listener, receive, receive_to_end


def run_with(
    main: Callable[[net.Socket], Coroutine[Any, Any, Any]],
    peer: Callable[[Any], Any],
    kind: str = "tcp",
    side: str = "client",
    **options: Any,
) -> tuple[Any, Any]:
    """Run main(socket) against a plain peer in a thread; return what both have returned."""

    async def as_client(address: tuple[Any, ...]) -> Any:
        async with asyncio.timeout(30):
            socket = await net.connect(*address, **options)
            try:
                return await main(socket)
            finally:
                await closed(socket.destroy())

    async def as_server(path: str | None) -> Any:
        import socket as plain

        async with asyncio.timeout(30):
            got: asyncio.Future[net.Socket] = asyncio.get_running_loop().create_future()
            server = net.create_server(got.set_result, **options)
            await server.listen(*([path] if path else [0]))
            sock = plain.socket(plain.AF_UNIX if path else plain.AF_INET)
            sock.connect(path or ("127.0.0.1", server.address().port))
            thread = InThread(play, sock)
            socket = await got
            server.close()
            try:
                return await main(socket), await asyncio.to_thread(thread.result)
            finally:
                await closed(socket.destroy())

    def play(sock: Any) -> Any:
        with sock:
            sock.settimeout(30)
            return peer(sock)

    with Listener(kind) as listener:
        if side == "accepted":
            return uvnet.run(as_server(listener.address[0] + "2" if kind == "unix" else None))
        thread = InThread(lambda: play(listener.socket.accept()[0]))
        try:
            return uvnet.run(as_client(listener.address)), thread.result()
        finally:
            thread.thread.join(30)


async def closed(socket: net.Socket) -> None:
    while socket._handle is not None or not socket.closed:
        await asyncio.sleep(0)
    await asyncio.sleep(0.001)  # the close callback


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_all_chunks_then_the_end(kind: str, side: str) -> None:
    data = random.Random(3).randbytes(5_000_000)

    async def main(socket: net.Socket) -> str:
        digest = hashlib.sha256()
        async for chunk in socket:
            assert type(chunk) is bytes and chunk
            digest.update(chunk)
            if len(chunk) % 7 == 0:
                await asyncio.sleep(0)
        return digest.hexdigest()

    def peer(sock: Any) -> None:
        sock.sendall(data)
        sock.shutdown(1)
        receive_to_end(sock)

    digest, _ = run_with(main, peer, kind, side)
    assert digest == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("mark", [1, 1000, 65536, 200_000])
def test_with_any_mark(mark: int) -> None:
    async def main(socket: net.Socket) -> int:
        count = 0
        async for chunk in socket:
            count += len(chunk)
        return count

    def peer(sock: Any) -> None:
        sock.sendall(bytes(2_000_000))
        sock.shutdown(1)
        receive_to_end(sock)

    assert run_with(main, peer, high_water_mark=mark)[0] == 2_000_000


def test_in_step_with_the_peer() -> None:
    """A chunk at a time: ping, pong."""

    async def main(socket: net.Socket) -> list[bytes]:
        seen = []
        async for chunk in socket:
            seen.append(chunk)
            socket.write(chunk.upper())
        return seen

    def peer(sock: Any) -> bytes:
        got = b""
        for text in (b"one", b"two", b"three"):
            sock.sendall(text)
            got += receive(sock, len(text))
        sock.shutdown(1)
        receive_to_end(sock)
        return got

    seen, got = run_with(main, peer)
    assert seen == [b"one", b"two", b"three"]
    assert got == b"ONETWOTHREE"


def test_text() -> None:
    async def main(socket: net.Socket) -> str:
        socket.set_encoding("utf8")
        return "".join([chunk async for chunk in socket])

    def peer(sock: Any) -> None:
        for byte in "naïve €".encode():
            sock.sendall(bytes([byte]))
        sock.shutdown(1)
        receive_to_end(sock)

    assert run_with(main, peer)[0] == "naïve €"


def test_left_early_destroys_the_socket() -> None:
    events: list[Any] = []

    async def main(socket: net.Socket) -> None:
        socket.on("error", events.append)
        socket.on("close", lambda had_error: events.append(had_error))
        async for _ in socket:
            break
        gc.collect()
        assert socket.destroyed
        await asyncio.sleep(0.01)

    def peer(sock: Any) -> None:
        sock.sendall(b"x")
        with contextlib.suppress(ConnectionResetError):
            receive_to_end(sock)

    run_with(main, peer)
    assert [type(event) for event in events] == [AbortError, bool]
    assert events[1] is True


def test_left_early_and_gone_on() -> None:
    async def main(socket: net.Socket) -> bytes:
        first = b""
        async for chunk in socket.iterator(destroy_on_return=False):
            first = chunk
            break
        assert not socket.destroyed
        socket.write(b"go on")
        rest = [chunk async for chunk in socket]
        return first + b"".join(rest)

    def peer(sock: Any) -> None:
        sock.sendall(b"first ")
        receive(sock, 5)
        sock.sendall(b"second")
        sock.shutdown(1)
        receive_to_end(sock)

    assert run_with(main, peer)[0] == b"first second"


@pytest.mark.parametrize("how", ["destroy", "error", "reset"])
def test_it_breaks_in_the_middle(how: str) -> None:
    import socket as plain
    import struct

    async def main(socket: net.Socket) -> BaseException | None:
        socket.on("error", lambda error: None)
        try:
            async for _ in socket:
                if how == "destroy":
                    socket.destroy()
                elif how == "error":
                    socket.destroy(ValueError("mine"))
                else:
                    socket.write(b"go")
        except Exception as exc:
            return exc
        return None

    def peer(sock: Any) -> None:
        sock.sendall(b"x")
        if how == "reset":
            receive(sock, 2)
            sock.setsockopt(plain.SOL_SOCKET, plain.SO_LINGER, struct.pack("ii", 1, 0))
            return
        with contextlib.suppress(ConnectionResetError):
            receive_to_end(sock)

    error, _ = run_with(main, peer)
    codes = {"destroy": "ERR_STREAM_PREMATURE_CLOSE", "reset": "ECONNRESET"}
    if how == "error":
        assert isinstance(error, ValueError)
    else:
        assert error.code == codes[how]


def test_cancelled_while_it_waits() -> None:
    async def main(socket: net.Socket) -> None:
        socket.on("error", lambda error: None)

        async def read() -> None:
            async for _ in socket:
                pass

        task = asyncio.ensure_future(read())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        gc.collect()

    def peer(sock: Any) -> None:
        with contextlib.suppress(ConnectionResetError):
            receive_to_end(sock)

    run_with(main, peer)


def test_two_at_once_is_an_error_and_not_a_hang() -> None:
    async def main(socket: net.Socket) -> Any:
        iterator = socket.__aiter__()
        first = asyncio.ensure_future(anext_of(iterator))
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await iterator.__anext__()
        socket.write(b"go")
        return await first

    async def anext_of(iterator: Any) -> Any:
        return await iterator.__anext__()

    def peer(sock: Any) -> None:
        receive(sock, 2)
        sock.sendall(b"x")
        with contextlib.suppress(ConnectionResetError):
            receive_to_end(sock)

    assert run_with(main, peer)[0] == b"x"


def test_drain() -> None:
    async def main(socket: net.Socket) -> int:
        await socket.drain()  # at once
        size = 0
        for _ in range(40):
            socket.write(bytes(500_000))
            size += 500_000
            await socket.drain()
            assert not socket.writable_need_drain
        socket.end()
        async for _ in socket:
            pass
        return size

    size, got = run_with(main, receive_to_end)
    assert len(got) == size == 20_000_000


def test_drain_of_what_breaks() -> None:
    async def main(socket: net.Socket) -> None:
        while socket.write(bytes(1 << 20)):
            pass
        socket.on("error", lambda error: None)
        waiting = asyncio.ensure_future(socket.drain())
        await asyncio.sleep(0)
        socket.destroy(ValueError("mine"))
        with pytest.raises(ValueError, match="mine"):
            await waiting

    def peer(sock: Any) -> None:
        with contextlib.suppress(ConnectionResetError):
            receive_to_end(sock)

    run_with(main, peer)


@pytest.mark.parametrize("finished", [False, True])
def test_async_with(finished: bool) -> None:
    errors: list[Any] = []

    async def main(socket: net.Socket) -> None:
        socket.on("error", errors.append)
        async with socket as same:
            assert same is socket
            if finished:
                socket.end()
                async for _ in socket:
                    pass
        assert socket.destroyed and socket.closed

    def peer(sock: Any) -> None:
        if finished:
            receive_to_end(sock)
            return
        with contextlib.suppress(ConnectionResetError):
            receive_to_end(sock)

    run_with(main, peer)
    assert [type(error) for error in errors] == ([] if finished else [AbortError])


@pytest.mark.parametrize("how", ["read to its end", "in the middle", "reset"])
def test_async_with_and_an_exception(how: str) -> None:
    """What the block raises is what comes out, not what that does to the socket."""

    async def main(socket: net.Socket) -> None:
        socket.on("error", lambda error: None)
        socket.write("?")
        with pytest.raises(LookupError, match="in the block"):
            async with socket:
                with contextlib.suppress(ConnectionResetError):
                    async for _ in socket:
                        if how == "in the middle":
                            break
                raise LookupError("in the block")
        assert socket.closed

    def peer(sock: Any) -> None:
        sock.recv(1)  # it is connected
        sock.sendall(b"data")
        if how == "reset":
            linger = struct.pack("ii", 1, 0)
            sock.setsockopt(plain.SOL_SOCKET, plain.SO_LINGER, linger)
        elif how == "read to its end":
            sock.shutdown(plain.SHUT_WR)
            receive_to_end(sock)
        else:
            with contextlib.suppress(ConnectionResetError):
                receive_to_end(sock)

    run_with(main, peer, allow_half_open=True)


def test_async_with_and_a_cancellation() -> None:
    async def main(socket: net.Socket) -> None:
        async def read() -> None:
            async with socket:
                async for _ in socket:
                    pass

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await read()
        assert socket.closed

    def peer(sock: Any) -> None:
        with contextlib.suppress(ConnectionResetError):
            receive_to_end(sock)

    run_with(main, peer, allow_half_open=True)

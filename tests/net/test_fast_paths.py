"""The fast paths: each is taken in the plain case, and left, with nothing lost, in any other.

flow: what a socket reads goes straight to the 'data' listeners. feed: or to the `async for` that
waits. write: what it is given to write goes straight to the kernel. recycle: a bytes object that
nobody kept is read into again. See test_splice for what one socket pipes into another.

The bytes come from a thread, in random sizes, and what arrives is compared by SHA.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet._core.fast import is_enabled

from .ends import KINDS, InThread, Listener, client, end, pair, receive, receive_to_end, turn, until
from .transfer import SIZE, Transfer, every, needs, taken

# ------------------------------------------------------------------------------- flow


@needs("flow")
@pytest.mark.parametrize("kind", KINDS)
def test_flow_is_taken(kind: str) -> None:
    ours, peer = pair(kind)
    transfer = Transfer(peer)
    reads = 0

    def on_data(data: bytes) -> None:
        nonlocal reads
        reads += 1
        transfer.take(data)

    ours.on("data", on_data)
    uvnet.run()
    transfer.check()
    assert taken("flow_reads") > 0.9 * reads
    peer.close()


def pause_now_and_then(ours: net.Socket, number: int) -> None:
    ours.pause()
    uvnet.set_immediate(uvnet.set_immediate, ours.resume)


def listen_to_readable(ours: net.Socket, number: int) -> None:
    def on_readable() -> None:
        while ours.read() is not None:
            pass

    ours.on("readable", on_readable)
    uvnet.set_immediate(uvnet.set_immediate, ours.off, "readable", on_readable)


def listen_twice(ours: net.Socket, number: int) -> None:
    def also(data: bytes) -> None:
        pass

    ours.on("data", also)
    uvnet.set_immediate(ours.off, "data", also)


def give_back(ours: net.Socket, number: int) -> None:
    if not ours.readable_ended:
        ours.unshift(b"\xff")


def wait_for_time(ours: net.Socket, number: int) -> None:
    ours.set_timeout(100_000 if number % 2 == 0 else 0)


FLOW_CHANGES = [pause_now_and_then, listen_to_readable, listen_twice, give_back, wait_for_time]


@pytest.mark.parametrize("change", FLOW_CHANGES, ids=lambda change: change.__name__)
def test_flow_is_left_and_taken_again(change: Callable[[net.Socket, int], None]) -> None:
    ours, peer = pair()
    transfer = Transfer(peer)
    ours.on("data", transfer.take)
    every(7, lambda number: change(ours, number), lambda: ours.destroyed)
    uvnet.run()
    transfer.check()
    assert ours.bytes_read == SIZE
    assert (taken("flow_reads") > 0) is is_enabled("flow")
    if change is give_back:
        assert set(transfer.extra) == {0xFF}
    peer.close()


@pytest.mark.parametrize("how", ["set_encoding", "push", "emit", "_read", "readable"])
def test_flow_is_not_taken(how: str) -> None:
    class Own(net.Socket):
        if how == "push":

            def push(self, chunk: Any, encoding: Any = None) -> bool:
                calls.append(1)
                return super().push(chunk, encoding)

        if how == "emit":

            def emit(self, event: str, *args: Any) -> bool:
                calls.append(1)
                return super().emit(event, *args)

    calls: list[int] = []
    seen = bytearray()
    ours, peer = client("tcp", Own)
    if how == "set_encoding":
        ours.set_encoding("latin1")
    elif how == "readable":
        ours.on("readable", lambda: ours.read())
    before = taken("flow_reads")
    ours.on("data", lambda data: seen.extend(data if type(data) is bytes else data.encode()))
    for _ in range(5):
        peer.sendall(b"hello")
        turn()
    until(lambda: len(seen) == 25)
    assert seen == b"hello" * 5
    if how in ("push", "emit"):
        assert calls
    if how != "_read":
        assert taken("flow_reads") == before
    end(ours, peer)


@needs("flow")
@pytest.mark.parametrize("change", ["encoding", "paused", "onread"])
def test_flow_is_left_in_mid_stream(change: str) -> None:
    seen = bytearray()

    def step() -> None:
        size = len(seen)
        peer.sendall(b"hello")
        until(lambda: len(seen) == size + 5)

    ours, peer = pair()
    ours.on("data", lambda data: seen.extend(data if type(data) is bytes else data.encode()))
    step()
    before = taken("flow_reads")
    step()
    assert taken("flow_reads") == before + 1
    if change == "encoding":
        ours.set_encoding("utf8")
        step()
        assert taken("flow_reads") == before + 1
    elif change == "paused":
        ours.pause()
        peer.sendall(b"wait ")
        turn(5)
        assert len(seen) == 10
        ours.resume()
        until(lambda: len(seen) == 15)
        assert taken("flow_reads") == before + 1
        step()
        assert taken("flow_reads") == before + 2
    end(ours, peer)


# ------------------------------------------------------------------------------- feed


@pytest.mark.parametrize("change", ["none", "pause", "unshift", "encoding", "listener"])
def test_async_iteration_is_fed(change: str) -> None:
    """Chunks go to the `async for` that waits for them, unless something else wants them, too."""

    async def main() -> None:
        ours = await net.connect(*listener.address)
        async with asyncio.timeout(60):
            number = 0
            while not transfer_of:
                await asyncio.sleep(0.001)
            async for chunk in ours:
                transfer_of[0].take(chunk if type(chunk) is bytes else chunk.encode())
                number += 1
                if number % 20 == 0:
                    disturb(ours)
                if number % 3 == 0:
                    await asyncio.sleep(0)
        fed.append(_core.current_loop().counters()["fed_reads"])

    def disturb(ours: net.Socket) -> None:
        if change == "pause":
            ours.pause()
            ours.resume()
        elif change == "unshift":
            ours.unshift(b"\xff")
        elif change == "encoding":
            ours.set_encoding("latin1")
        elif change == "listener":
            listen = lambda data: None  # noqa: E731
            ours.on("data", listen)
            ours.off("data", listen)

    fed: list[int] = []
    transfer_of: list[Transfer] = []
    with Listener("tcp") as listener:

        def accept() -> None:
            with listener.socket.accept()[0] as peer:
                transfer_of.append(Transfer(peer))
                transfer_of[0].sender.result()
                receive_to_end(peer)

        thread = InThread(accept)
        uvnet.run(main())
        thread.result()
    transfer_of[0].check()
    if change == "none":
        assert (fed[0] > 0) is is_enabled("feed")


# ------------------------------------------------------------------------------ write


@needs("write")
@pytest.mark.parametrize("chunk", [b"hello", bytearray(b"hello")])
def test_write_is_taken(chunk: Any) -> None:
    ours, peer = pair()
    before = taken("direct_writes")
    for _ in range(10):
        assert ours.write(chunk)
        assert ours.write(chunk, size=3)
    assert taken("direct_writes") == before + 20
    assert receive(peer, 80) == b"hellohel" * 10
    end(ours, peer)


@pytest.mark.parametrize(
    "how", ["callback", "encoding", "str", "view", "corked", "connecting", "waiting", "ended"]
)
def test_write_is_not_taken(how: str) -> None:
    ours, peer = pair()
    chunk: Any = b"hello"
    args: tuple[Any, ...] = ()
    if how == "callback":
        args = (lambda error: None,)
    elif how == "encoding":
        args = ("utf8",)
    elif how == "str":
        chunk = "hello"
    elif how == "view":
        chunk = memoryview(chunk)
    elif how == "corked":
        ours.cork()
    elif how == "waiting":
        while ours.write(bytes(1 << 20)):
            pass
    elif how == "ended":
        ours.end()
        ours.on("error", lambda error: None)
    elif how == "connecting":
        ours.connecting = True
    before = taken("direct_writes")
    ours.write(chunk, *args)
    assert taken("direct_writes") == before
    end(ours, peer)


@pytest.mark.parametrize("name", ["write", "_write", "_writev"])
def test_write_is_not_taken_where_it_is_overridden(name: str) -> None:
    calls: list[str] = []

    def method(self: net.Socket, *args: Any, **options: Any) -> Any:
        calls.append(name)
        return getattr(net.Socket, name)(self, *args, **options)

    own = type("Own", (net.Socket,), {name: method})
    ours, peer = client("tcp", own)
    before = taken("direct_writes")
    if name == "_writev":
        ours.cork()
    ours.write(b"hel")
    ours.write(b"lo")
    if name == "_writev":
        ours.uncork()
    assert calls
    assert receive(peer, 5) == b"hello"
    assert name == "write" or taken("direct_writes") == before
    end(ours, peer)


# ---------------------------------------------------------------------------- recycle


@needs("recycle")
def test_recycle_is_taken_where_nobody_keeps_the_chunk() -> None:
    ours, peer = pair()
    count = 0

    def on_data(data: bytes) -> None:
        nonlocal count
        count += len(data)

    ours.on("data", on_data)
    for number in range(1, 6):
        peer.sendall(bytes(1000))
        until(lambda number=number: count == 1000 * number)
    assert taken("chunks_recycled") >= 3
    end(ours, peer)


def test_what_is_kept_is_not_changed() -> None:
    """Chunks that are kept in all kinds of ways stay as they were, and hash as they should."""
    ours, peer = pair()
    kept: list[Any] = []
    texts: list[bytes] = []

    def on_data(data: bytes) -> None:
        hash(data)
        way = len(texts) % 5
        if way == 0:
            kept.append(data)
        elif way == 1:
            kept.append(memoryview(data))
        elif way == 2:
            kept.append({data: 1})
        elif way == 3:
            kept.append(lambda: data)
        else:
            kept.append(iter(data))
        texts.append(bytes(bytearray(data)))

    ours.on("data", on_data)
    for number in range(200):
        text = bytes([number]) * (600 + number)
        peer.sendall(text)
        until(lambda number=number: len(texts) == number + 1)
        assert texts[-1] == text
    for number, (item, text) in enumerate(zip(kept, texts, strict=True)):
        if number % 5 == 2:
            assert item[text] == 1
        elif number % 5 == 3:
            assert item() == text
        else:
            assert bytes(item) == text
    end(ours, peer)

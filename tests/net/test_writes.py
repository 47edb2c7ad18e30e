"""write(): what it answers, in which order things are called, and what the peer gets."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_OUT_OF_RANGE,
    ERR_STREAM_NULL_VALUES,
    ERR_UNKNOWN_ENCODING,
)

from .ends import KINDS, SIDES, InThread, Listener, end, fill, pair, receive, receive_to_end, until

MARK = 65536


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_arrives(kind: str, side: str) -> None:
    ours, peer = pair(kind, side)
    assert ours.write(b"hello ") is True
    assert ours.write("world", "utf8") is True
    assert ours.writable_length == 0
    assert receive(peer, 11) == b"hello world"
    end(ours, peer)


def test_a_write_that_the_kernel_takes_answers_true_however_large() -> None:
    ours, peer = pair("unix", high_water_mark=16)
    assert ours.write(bytes(1000)) is True
    assert ours.writable_length == 0
    assert not ours.writable_need_drain
    end(ours, peer)


@pytest.mark.parametrize("kind", KINDS)
def test_a_write_that_waits_answers_false_and_drain_follows(
    kind: str, must_call: Callable[..., Any]
) -> None:
    trace: list[str] = []
    ours, peer = pair(kind)
    size = 20_000_000
    ours.on("drain", must_call(lambda: trace.append("drain")))
    assert ours.write(bytes(size), lambda error: trace.append(f"written {error}")) is False
    assert ours.writable_need_drain
    assert ours.writable_length > 0
    assert ours.bytes_written == size
    thread = InThread(receive, peer, size)
    until(lambda: len(trace) == 2)
    assert trace == ["drain", "written None"]
    assert thread.result() == bytes(size)
    assert ours.writable_length == 0
    assert not ours.writable_need_drain
    end(ours, peer)


@pytest.mark.parametrize("encoding", [None, "latin1"])
def test_callbacks_are_never_called_at_once_but_in_order(encoding: str | None) -> None:
    trace: list[str] = []
    ours, peer = pair()

    def start() -> None:
        ours.write(b"1", lambda error: trace.append(f"first {error}"))
        ours.write("2", encoding, lambda error: trace.append(f"second {error}"))
        ours.write(b"3")
        ours.write(b"4", lambda error: trace.append(f"fourth {error}"))
        uvnet.next_tick(trace.append, "tick")
        uvnet.set_immediate(trace.append, "immediate")
        trace.append("sync")

    uvnet.next_tick(start)
    until(lambda: len(trace) == 6)
    assert trace == ["sync", "first None", "second None", "fourth None", "tick", "immediate"]
    assert receive(peer, 4) == b"1234"
    end(ours, peer)


def test_one_callback_for_many_writes_is_called_for_each() -> None:
    calls: list[Any] = []
    ours, peer = pair()
    for _ in range(10):
        ours.write(b"x", calls.append)
    until(lambda: len(calls) == 10)
    assert calls == [None] * 10
    end(ours, peer)


def test_the_callback_of_end_comes_before_finish() -> None:
    trace: list[str] = []
    ours, peer = pair()
    ours.on("finish", lambda: trace.append("finish"))
    ours.write(b"a", lambda error: trace.append("a"))
    ours.write(b"b", lambda error: trace.append("b"))
    assert ours.end(b"c", lambda error: trace.append("end")) is ours
    until(lambda: len(trace) == 4)
    assert trace == ["a", "b", "end", "finish"]
    assert receive_to_end(peer) == b"abc"
    end(ours, peer)


@pytest.mark.parametrize("nothing", [b"", "", bytearray(), memoryview(b"")])
def test_an_empty_write(nothing: Any, must_call: Callable[..., Any]) -> None:
    ours, peer = pair()
    assert ours.write(nothing) is True
    assert ours.write(nothing, must_call(lambda error: None)) is True
    assert ours.bytes_written == 0
    ours.end()
    until(lambda: ours.writable_finished)
    assert receive_to_end(peer) == b""
    end(ours, peer)


def test_an_empty_write_behind_others(must_call: Callable[..., Any]) -> None:
    ours, peer = pair()
    size = fill(ours)
    order: list[str] = []
    ours.write(b"", lambda error: order.append("empty"))
    ours.end(b"x", lambda error: order.append("end"))
    thread = InThread(receive_to_end, peer)
    until(lambda: len(order) == 2)
    assert order == ["empty", "end"]
    assert len(thread.result()) == size + 1
    end(ours, peer)


@pytest.mark.parametrize("kind", KINDS)
def test_writes_before_the_connection(kind: str) -> None:
    trace: list[str] = []
    with Listener(kind) as listener:
        ours = net.connect(*listener.address)
        for event in ("connect", "ready", "finish"):
            ours.on(event, lambda event=event: trace.append(event))
        assert ours.write(b"ab", lambda error: trace.append(f"1 {error}")) is True
        assert ours.bytes_written == ours.writable_length == 2
        assert ours.write("cde", lambda error: trace.append(f"2 {error}")) is True
        assert ours.bytes_written == 5
        ours.on("connect", lambda: ours.write(b"fg"))
        ours.once("ready", lambda: ours.end(b"h"))
        until(lambda: "finish" in trace)
        peer = listener.socket.accept()[0]
    assert trace == ["connect", "1 None", "ready", "2 None", "finish"]
    assert receive_to_end(peer) == b"abcdefgh"
    end(ours, peer)


def test_writing_too_much_before_the_connection() -> None:
    trace: list[str] = []
    with Listener("tcp") as listener:
        ours = net.connect(*listener.address)
        for event in ("connect", "drain", "ready"):
            ours.on(event, lambda event=event: trace.append(event))
        assert ours.write(bytes(MARK + 1)) is False
        assert ours.writable_need_drain
        until(lambda: "ready" in trace and "drain" in trace)
        peer = listener.socket.accept()[0]
    assert trace[0] == "connect"
    assert receive(peer, MARK + 1) == bytes(MARK + 1)
    end(ours, peer)


@pytest.mark.parametrize("kind", KINDS)
def test_random_writes_arrive_in_order(kind: str) -> None:
    """All kinds of chunk and call, mixed, while the kernel sometimes takes them and sometimes not.

    The peer reads in fits and starts.
    """
    rng = random.Random(7)
    ours, peer = pair(kind, high_water_mark=10_000)
    sent = hashlib.sha256()
    total = 0
    called: list[int] = []
    callbacks = 0

    def read() -> tuple[int, str]:
        seen = hashlib.sha256()
        count = 0
        own = random.Random(8)
        while data := peer.recv(own.choice([1, 100, 5000, 1 << 18])):
            seen.update(data)
            count += len(data)
        return count, seen.hexdigest()

    thread = InThread(read)

    def step() -> None:
        nonlocal total, callbacks
        for _ in range(rng.randrange(1, 6)):
            data = rng.randbytes(rng.choice([0, 1, 7, 512, 513, 4096, 70_000, 300_000]))
            chunk: Any = data
            kind_of_chunk = rng.randrange(5)
            options: dict[str, Any] = {}
            encoding = None
            if kind_of_chunk == 1:
                chunk = bytearray(data)
            elif kind_of_chunk == 2:
                chunk = memoryview(data)
            elif kind_of_chunk == 3:
                chunk, encoding = data.hex(), "hex"
            elif kind_of_chunk == 4:
                options["size"] = rng.randrange(len(data) + 1)
                data = data[: options["size"]]
            callback = None
            if rng.random() < 0.5:
                callback = lambda error, number=callbacks: called.append(number)  # noqa: E731
                callbacks += 1
            if rng.random() < 0.1:
                ours.cork()
                uvnet.next_tick(ours.uncork)
            ours.write(chunk, encoding, callback, **options)
            sent.update(data)
            total += len(data)
        if total > 20_000_000:
            ours.end()
        elif ours.writable_need_drain:
            ours.once("drain", step)
        else:
            uvnet.set_immediate(step)

    step()
    until(lambda: ours.writable_finished)
    assert thread.result() == (total, sent.hexdigest())
    assert called == list(range(callbacks))
    assert ours.bytes_written == total
    end(ours, peer)


def test_writes_in_callbacks_keep_their_place() -> None:
    ours, peer = pair()
    ours.write(b"1", lambda error: ours.write(b"4", lambda error: ours.end(b"6")))
    ours.write(b"2")
    ours.write(b"3", lambda error: ours.write(b"5"))
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished)
    assert thread.result() == b"123456"
    end(ours, peer)


# ------------------------------------------------------------------------------ arguments


@pytest.mark.parametrize("value", [1, 1.5, True, [], {}, object(), (b"x",), {1}, lambda: None])
def test_what_cannot_be_written(value: Any, must_not_call: Callable[..., Any]) -> None:
    ours, peer = pair()
    ours.on("error", must_not_call())
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        ours.write(value)
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        ours.write(value, must_not_call())
    assert ours.bytes_written == 0
    assert ours.write(b"x")
    end(ours, peer)


def test_none_cannot_be_written() -> None:
    ours, peer = pair()
    with pytest.raises(ERR_STREAM_NULL_VALUES):
        ours.write(None)
    end(ours, peer)


@pytest.mark.parametrize("encoding", ["utf7", "", "buffer"])
@pytest.mark.parametrize("connected", [True, False])
def test_unknown_encodings(encoding: str, connected: bool) -> None:
    with Listener("tcp") as listener:
        ours = net.connect(*listener.address)
        if connected:
            until(lambda: not ours.pending)
        with pytest.raises(ERR_UNKNOWN_ENCODING):
            ours.write("x", encoding)
        assert ours.bytes_written == 0
        ours.destroy()
        uvnet.run()


@pytest.mark.parametrize("size", [-1, 6, 1 << 70, "1", 1.0, True])
@pytest.mark.parametrize("chunk", [b"hello", bytearray(b"hello"), memoryview(b"hello")])
def test_wrong_sizes(chunk: Any, size: Any) -> None:
    ours, peer = pair()
    with pytest.raises((ERR_OUT_OF_RANGE, ERR_INVALID_ARG_TYPE)):
        ours.write(chunk, size=size)
    assert ours.bytes_written == 0
    end(ours, peer)


@pytest.mark.parametrize("size", [0, 1, 4, 5])
@pytest.mark.parametrize("chunk", [b"hello", bytearray(b"hello"), memoryview(b"hello")])
def test_sizes(chunk: Any, size: int, must_call: Callable[..., Any]) -> None:
    ours, peer = pair()
    assert ours.write(chunk, size=size) is True
    assert ours.write(chunk, must_call(lambda error: None), size=size) is True
    assert ours.bytes_written == 2 * size
    ours.end()
    until(lambda: ours.writable_finished)
    assert receive_to_end(peer) == (b"hello"[:size]) * 2
    end(ours, peer)


def test_a_size_where_the_rest_waits() -> None:
    ours, peer = pair()
    chunk = bytearray(random.Random(1).randbytes(8_000_000))
    fill(ours, bytes(100_000))
    before = ours.bytes_written
    assert ours.write(chunk, size=5_000_000) is False
    assert ours.bytes_written == before + 5_000_000
    ours.end()
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished)
    assert thread.result()[before:] == chunk[:5_000_000]
    end(ours, peer)


def test_the_default_encoding() -> None:
    ours, peer = pair()
    assert ours.set_default_encoding("hex") is ours
    ours.write("6869")
    ours.write("hi", "utf8")
    assert receive(peer, 4) == b"hihi"
    for wrong in ("x", None, 1, "buffer"):
        with pytest.raises(ERR_UNKNOWN_ENCODING):
            ours.set_default_encoding(wrong)  # type: ignore[arg-type]
    end(ours, peer)


def test_a_callback_that_raises_loses_nothing() -> None:
    trace: list[str] = []
    ours, peer = pair()

    def oops(error: Exception | None) -> None:
        trace.append("oops")
        raise ZeroDivisionError

    ours.write(b"1", oops)
    ours.write(b"2", lambda error: trace.append("2"))
    ours.end(b"3", lambda error: trace.append("end"))
    with pytest.raises(ZeroDivisionError):
        until(lambda: "end" in trace)
    until(lambda: "end" in trace)
    assert trace == ["oops", "2", "end"]
    assert receive_to_end(peer) == b"123"
    end(ours, peer)


def test_callbacks_that_raise_where_the_kernel_was_full() -> None:
    """Several writes that leave as one have a callback each."""
    trace: list[str] = []
    ours, peer = pair()
    size = fill(ours)

    def oops(number: int) -> Callable[[Any], None]:
        def callback(error: Exception | None) -> None:
            trace.append(f"{number} {error}")
            raise ZeroDivisionError(number)

        return callback

    for number in range(3):
        ours.write(bytes(10), oops(number))
    ours.end(lambda error: trace.append("end"))
    thread = InThread(receive_to_end, peer)
    raised = 0
    while "end" not in trace:
        try:
            until(lambda: "end" in trace)
        except ZeroDivisionError:
            raised += 1
    assert trace == ["0 None", "1 None", "2 None", "end"]
    assert raised == 3
    assert len(thread.result()) == size + 30
    end(ours, peer)

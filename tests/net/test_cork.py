"""cork() and uncork(): what is written between them leaves as one."""

from __future__ import annotations

from typing import Any

import pytest

import uvnet
from uvnet import net

from .ends import (
    KINDS,
    SIDES,
    InThread,
    Listener,
    end,
    fill,
    pair,
    receive,
    receive_to_end,
    turn,
    until,
)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_held_back_and_sent_as_one(kind: str, side: str) -> None:
    ours, peer = pair(kind, side)
    called: list[str] = []
    ours.cork()
    assert ours.writable_corked == 1
    ours.write(b"one ", lambda error: called.append("one"))
    ours.write("two ")
    ours.write(memoryview(b"three"), lambda error: called.append("three"))
    assert ours.writable_length == 13 == ours.bytes_written
    turn()
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(1)
    peer.setblocking(True)
    ours.uncork()
    assert ours.writable_corked == 0 == ours.writable_length
    assert ours.bytes_written == 13
    assert peer.recv(100) == b"one two three"
    until(lambda: len(called) == 2)
    assert called == ["one", "three"]
    end(ours, peer)


def test_as_often_uncorked_as_corked() -> None:
    ours, peer = pair()
    ours.cork()
    ours.cork()
    ours.write(b"x")
    ours.uncork()
    assert ours.writable_length == 1
    ours.uncork()
    assert ours.writable_length == 0
    ours.uncork()  # once too often
    assert ours.writable_corked == 0
    assert ours.write(b"y")
    assert receive(peer, 2) == b"xy"
    end(ours, peer)


def test_end_uncorks() -> None:
    ours, peer = pair()
    ours.cork()
    ours.cork()
    ours.write(b"a")
    ours.end(b"b")
    assert ours.writable_corked == 0
    until(lambda: ours.writable_finished)
    assert receive_to_end(peer) == b"ab"
    end(ours, peer)


def test_nothing_between_them() -> None:
    ours, peer = pair()
    for _ in range(3):
        ours.cork()
        ours.uncork()
    assert ours.write(b"x")
    assert receive(peer, 1) == b"x"
    end(ours, peer)


def test_many_rounds_answer_true() -> None:
    ours, peer = pair()
    for _ in range(100):
        ours.cork()
        assert ours.write(b"ab") is True
        assert ours.write(b"cd") is True
        ours.uncork()
    assert receive(peer, 400) == b"abcd" * 100
    end(ours, peer)


def test_more_chunks_than_the_kernel_takes_at_once() -> None:
    """IOV_MAX is 1024."""
    ours, peer = pair()
    ours.cork()
    parts = [bytes([number & 255]) * (number % 50) for number in range(5000)]
    for part in parts:
        ours.write(part)
    ours.uncork()
    ours.end()
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished)
    assert thread.result() == b"".join(parts)
    end(ours, peer)


def test_too_much_while_corked() -> None:
    ours, peer = pair(high_water_mark=10)
    drained: list[int] = []
    ours.on("drain", lambda: drained.append(1))
    ours.cork()
    assert ours.write(b"12345") is True
    assert ours.write(b"67890") is False
    assert ours.writable_need_drain
    ours.uncork()
    until(lambda: drained)
    assert drained == [1]
    assert receive(peer, 10) == b"1234567890"
    end(ours, peer)


def test_uncorked_where_the_kernel_is_full() -> None:
    ours, peer = pair()
    size = fill(ours)
    called: list[Any] = []
    ours.cork()
    for number in range(100):
        ours.write(bytes([number]) * 1000, called.append)
    ours.uncork()
    ours.end()
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished)
    got = thread.result()
    assert got[size:] == b"".join(bytes([number]) * 1000 for number in range(100))
    assert called == [None] * 100
    end(ours, peer)


@pytest.mark.parametrize("kind", KINDS)
def test_corked_before_the_connection(kind: str) -> None:
    with Listener(kind) as listener:
        ours = net.connect(*listener.address)
        ours.cork()
        ours.write(b"a")
        ours.write("b")
        ours.once("ready", lambda: uvnet.set_immediate(ours.uncork))
        peer = listener.socket.accept()[0] if kind == "unix" else None
        until(lambda: not ours.pending and not ours.writable_corked)
        peer = peer or listener.socket.accept()[0]
    assert receive(peer, 2) == b"ab"
    end(ours, peer)


def test_destroyed_while_corked() -> None:
    ours, peer = pair()
    called: list[Any] = []
    ours.cork()
    ours.write(b"x", lambda error: called.append(error.code))
    ours.destroy()
    uvnet.run()
    ours.uncork()
    assert called == ["ERR_STREAM_DESTROYED"]
    assert peer.recv(1) == b""
    peer.close()


def test_corked_again_inside_a_callback() -> None:
    ours, peer = pair()

    def again(error: Any) -> None:
        ours.cork()
        ours.write(b"2")
        ours.write(b"3")
        uvnet.next_tick(ours.uncork)

    ours.write(b"1", again)
    until(lambda: ours.bytes_written == 3 and not ours.writable_length)
    assert receive(peer, 3) == b"123"
    end(ours, peer)

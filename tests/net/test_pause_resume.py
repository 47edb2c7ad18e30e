"""pause() and resume(): who reads when, and how much is read ahead."""

from __future__ import annotations

import hashlib
import random
from typing import Any

import pytest

import uvnet
from uvnet import net

from .ends import KINDS, SIDES, InThread, Listener, end, pair, turn, until

MARK = 65536


def drained(ours: net.Socket) -> Any:
    """Return how much is there to read, when nothing more comes."""
    length = -1
    while length != ours.readable_length:
        length = ours.readable_length
        turn(10)
    return length


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_paused_in_mid_stream(kind: str, side: str) -> None:
    ours, peer = pair(kind, side)
    seen: list[bytes] = []

    def on_data(data: bytes) -> None:
        seen.append(data)
        assert ours.pause() is ours

    ours.on("data", on_data)
    for number in range(5):
        peer.sendall(bytes([number]) * 10)
        until(lambda number=number: ours.bytes_read == 10 * number + 10)
        turn()
    assert b"".join(seen) == b"\0" * 10
    assert ours.is_paused() and ours.readable_flowing is False
    assert ours.readable_length == 40
    assert ours._handle.active  # it reads on, up to the mark
    for _ in range(10):
        if len(b"".join(seen)) < 50:
            ours.resume()
            assert not ours.is_paused()
            turn()
    assert b"".join(seen) == b"".join(bytes([number]) * 10 for number in range(5))
    end(ours, peer)


@pytest.mark.parametrize("mark", [None, 1, 1000, 200_000])
@pytest.mark.parametrize("kind", KINDS)
def test_no_more_than_the_mark_is_read_ahead(kind: str, mark: int | None) -> None:
    options = {} if mark is None else {"high_water_mark": mark}
    ours, peer = pair(kind, **options)
    wanted = MARK if mark is None else mark
    thread = InThread(peer.sendall, bytes(20_000_000))
    until(lambda: ours.readable_length >= wanted)
    assert wanted <= drained(ours) <= wanted + MARK
    assert not ours._handle.active
    count = 0

    def on_data(data: bytes) -> None:
        nonlocal count
        count += len(data)

    ours.on("data", on_data)
    until(lambda: count == 20_000_000)
    thread.result()
    end(ours, peer)


def test_paused_before_the_connection_without_a_listener() -> None:
    """Nothing is read at all."""
    with Listener("tcp") as listener:
        ours = net.connect(*listener.address)
        ours.pause()
        until(lambda: not ours.pending)
        peer = listener.socket.accept()[0]
    peer.sendall(b"hello")
    turn(20)
    assert ours.bytes_read == 0
    assert not ours._handle.active
    seen: list[bytes] = []
    ours.on("data", seen.append)  # does not resume what was paused
    turn(5)
    assert seen == []
    ours.resume()
    until(lambda: seen == [b"hello"])
    end(ours, peer)


def test_pause_on_connect() -> None:
    ours, peer = pair("tcp", "accepted", pause_on_connect=True)
    peer.sendall(b"hello")
    turn(20)
    assert ours.is_paused() and ours.bytes_read == 0
    seen: list[bytes] = []
    ours.on("data", seen.append)
    turn(5)
    assert seen == []
    ours.resume()
    until(lambda: seen == [b"hello"])
    end(ours, peer)


def test_the_last_call_counts() -> None:
    with Listener("tcp") as listener:
        for calls in (["pause", "resume"], ["resume", "pause"], ["pause", "resume", "pause"]):
            seen: list[bytes] = []
            ours = net.connect(*listener.address)
            for name in calls:
                getattr(ours, name)()
            ours.on("data", seen.append)
            until(lambda ours=ours: not ours.pending)
            peer = listener.socket.accept()[0]
            peer.sendall(b"x")
            turn(20)
            assert bool(seen) is (calls[-1] == "resume"), calls
            ours.resume()
            until(lambda seen=seen: seen)
            end(ours, peer)


def test_resume_is_not_at_once() -> None:
    ours, peer = pair()
    peer.sendall(b"x")
    until(lambda: ours.readable_length == 1)
    trace: list[str] = []
    ours.pause()
    ours.on("data", lambda data: trace.append("data"))
    ours.on("resume", lambda: trace.append("resume"))
    ours.on("pause", lambda: trace.append("pause"))

    def step() -> None:
        ours.resume()
        trace.append("sync")
        uvnet.next_tick(trace.append, "tick")

    uvnet.next_tick(step)
    until(lambda: len(trace) == 4)
    assert trace == ["sync", "resume", "data", "tick"]
    ours.pause()
    ours.pause()
    assert trace[4:] == ["pause"]
    end(ours, peer)


def test_resume_without_a_listener_drops_the_data() -> None:
    ours, peer = pair()
    peer.sendall(b"x" * 1000)
    ours.resume()
    until(lambda: ours.bytes_read == 1000)
    turn()
    assert ours.readable_length == 0
    end(ours, peer)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", KINDS)
def test_at_random(kind: str, seed: int) -> None:
    rng = random.Random(seed)
    ours, peer = pair(kind)
    sent, got = hashlib.sha256(), hashlib.sha256()
    count = 0

    def send() -> None:
        for _ in range(400):
            data = rng.randbytes(rng.choice([1, 600, 5000, 70_000]))
            peer.sendall(data)
            sent.update(data)
        peer.shutdown(1)

    own = random.Random(seed)

    def on_data(data: bytes) -> None:
        nonlocal count
        count += 1
        got.update(data)
        if own.random() < 0.3:
            ours.pause()
            choice = own.randrange(4)
            if choice == 0:
                ours.resume()
            elif choice == 1:
                uvnet.next_tick(ours.resume)
            elif choice == 2:
                uvnet.set_immediate(ours.resume)
            else:
                uvnet.set_immediate(uvnet.set_immediate, ours.resume)

    ours.on("data", on_data)
    thread = InThread(send)
    uvnet.run()
    thread.result()
    assert got.hexdigest() == sent.hexdigest()
    assert ours.destroyed
    peer.close()


@pytest.mark.parametrize("size", [None, 1, 7, 1000])
def test_read_in_paused_mode(size: int | None) -> None:
    ours, peer = pair()
    seen = bytearray()

    def on_readable() -> None:
        while (data := ours.read(size)) is not None:
            assert size is None or len(data) == size or ours.readable_length == 0
            seen.extend(data)

    ours.on("readable", on_readable)
    data = random.Random(1).randbytes(300_000 if size is None or size > 10 else 3000)
    thread = InThread(lambda: (peer.sendall(data), peer.shutdown(1)))
    uvnet.run()
    thread.result()
    assert seen == data
    peer.close()


def test_unshift_in_mid_stream() -> None:
    ours, peer = pair()
    seen = bytearray()
    ours.once("data", lambda data: (ours.pause(), ours.unshift(data[2:]), seen.extend(data[:2])))
    peer.sendall(b"hello")
    until(lambda: seen == b"he")
    ours.on("data", seen.extend)
    peer.sendall(b" world")
    ours.resume()
    until(lambda: seen == b"hello world")
    end(ours, peer)

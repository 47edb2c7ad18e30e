"""bytes_read, bytes_written, buffer_size and writable_length, through a whole life."""

from __future__ import annotations

from typing import Any

import pytest

import uvnet
from uvnet import net

from .ends import KINDS, SIDES, InThread, Listener, end, pair, receive, receive_to_end, turn, until


def test_before_anything() -> None:
    socket = net.Socket()
    assert (socket.bytes_read, socket.bytes_written) == (0, 0)
    assert socket.buffer_size is None
    assert socket.writable_length == 0
    socket.destroy()
    uvnet.run()
    assert (socket.bytes_read, socket.bytes_written) == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_before_the_connection(kind: str) -> None:
    """Text counts as it is encoded, whether it waits alone, behind another or corked."""
    counts: list[int] = []
    with Listener(kind) as listener:
        ours = net.connect(*listener.address)
        ours.write("é")
        counts.append(ours.bytes_written)
        ours.write(b"abc")
        counts.append(ours.bytes_written)
        ours.cork()
        ours.write("aGk=", "base64")
        counts.append(ours.bytes_written)
        ours.uncork()
        counts.append(ours.bytes_written)
        assert ours.buffer_size == ours.writable_length == 7
        ours.on("connect", lambda: counts.append(ours.bytes_written))
        ours.on("ready", lambda: counts.append(ours.bytes_written))
        until(lambda: not ours.pending and not ours.writable_length)
        peer = listener.socket.accept()[0]
    assert counts == [2, 5, 7, 7, 7, 7]
    assert ours.bytes_written == 7
    assert ours.buffer_size == 0
    assert receive(peer, 7) == "éabc".encode() + b"hi"
    end(ours, peer)
    assert ours.bytes_written == 7
    assert ours.buffer_size is None


@pytest.mark.parametrize("chunk", [bytes(10_000_000), "x" * 10_000_000, bytearray(10_000_000)])
@pytest.mark.parametrize("way", ["write", "cork", "twice"])
def test_what_is_queued_counts(chunk: Any, way: str) -> None:
    ours, peer = pair()
    expected = 10_000_000
    seen: list[int] = []
    if way == "cork":
        ours.cork()
        ours.write(b"12345")
        expected += 5
    ours.write(chunk, lambda error: seen.append(ours.bytes_written))
    if way == "cork":
        ours.uncork()
    assert ours.bytes_written == expected
    if way == "twice":
        ours.write(chunk)
        expected *= 2
        assert ours.bytes_written == expected
    ours.end()
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished)
    assert len(thread.result()) == expected
    assert seen == [expected]
    assert ours.bytes_written == expected
    end(ours, peer)
    assert ours.bytes_written == expected


def test_they_survive_destroy() -> None:
    ours, peer = pair()
    ours.resume()
    ours.write(b"hello")
    peer.sendall(b"hi")
    until(lambda: ours.bytes_read == 2)
    ours.destroy()
    assert (ours.bytes_read, ours.bytes_written) == (2, 5)
    uvnet.run()
    assert (ours.bytes_read, ours.bytes_written) == (2, 5)
    peer.close()


def test_what_waited_when_it_was_destroyed() -> None:
    """bytes_written has what was given to write(); it is no promise."""
    ours, peer = pair()
    ours.write(bytes(20_000_000))
    ours.write(b"12345")
    assert ours.bytes_written == 20_000_005
    ours.destroy()
    assert ours.bytes_written == 20_000_005
    uvnet.run()
    assert ours.bytes_written >= 20_000_000
    assert ours.writable_length == 0
    peer.close()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_bytes_read(kind: str, side: str) -> None:
    ours, peer = pair(kind, side)
    total = 0
    before = 0

    def on_data(data: bytes) -> None:
        nonlocal total, before
        assert ours.bytes_read > before
        before = ours.bytes_read
        total += len(data)
        assert ours.bytes_read >= total

    ours.on("data", on_data)
    ours.on("end", lambda: seen.append(ours.bytes_read))
    ours.on("close", lambda had_error: seen.append(ours.bytes_read))
    seen: list[int] = []
    thread = InThread(lambda: (peer.sendall(bytes(3_000_000)), peer.shutdown(1)))
    uvnet.run()
    thread.result()
    assert seen == [3_000_000, 3_000_000]
    assert total == 3_000_000
    assert ours._handle is None
    peer.close()


def test_what_nobody_reads_counts_too() -> None:
    ours, peer = pair()
    peer.sendall(b"hello")
    until(lambda: ours.bytes_read == 5)
    assert ours.readable_length == 5
    end(ours, peer)


def test_a_life_begins_at_zero() -> None:
    counts: list[tuple[int, int]] = []
    ours = net.Socket()
    with Listener("tcp") as listener:

        def serve() -> None:
            for _ in range(3):
                with listener.socket.accept()[0] as peer:
                    peer.sendall(b"hello!")
                    receive_to_end(peer)

        thread = InThread(serve)
        ours.on(
            "connect",
            lambda: (counts.append((ours.bytes_read, ours.bytes_written)), ours.end(b"abc")),
        )
        ours.on("close", lambda had_error: again())
        ours.resume()

        def again() -> None:
            counts.append((ours.bytes_read, ours.bytes_written))
            if len(counts) < 6:
                ours.connect(*listener.address)
                assert (ours.bytes_read, ours.bytes_written) == (0, 0)

        ours.connect(*listener.address)
        uvnet.run()
        thread.result()
    assert counts == [(0, 0), (6, 3)] * 3


def test_buffer_size_grows_with_each_write() -> None:
    with Listener("tcp") as listener:
        ours = net.connect(*listener.address)
        for number in range(1, 10):
            ours.write("x")
            assert ours.buffer_size == number
        ours.end()
        sizes: list[Any] = []
        ours.on("finish", lambda: sizes.append(ours.buffer_size))
        until(lambda: sizes)
        assert sizes == [0]
        peer = listener.socket.accept()[0]
    assert receive_to_end(peer) == b"x" * 9
    end(ours, peer)


def test_a_write_that_failed() -> None:
    ours, peer = pair(allow_half_open=True)
    ours.on("error", lambda error: None)
    peer.close()
    turn()
    for _ in range(5):
        ours.write(b"12345")
        turn()
    uvnet.run()
    assert ours.bytes_written % 5 == 0
    assert ours.writable_length == 0

"""allow_half_open: what the end of one direction does to the other."""

from __future__ import annotations

from typing import Any

import pytest

import uvnet
from uvnet import net

from .ends import KINDS, SIDES, InThread, fill, pair, receive, receive_to_end, turn, until


def watched(ours: net.Socket) -> list[str]:
    trace: list[str] = []
    for event in ("end", "finish", "prefinish", "error"):
        ours.on(event, lambda *args, event=event: trace.append(event))
    ours.on("close", lambda had_error: trace.append(f"close {had_error}"))
    return trace


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_closed_with_the_peers_end_by_default(kind: str, side: str) -> None:
    ours, peer = pair(kind, side)
    assert ours.allow_half_open is False
    trace = watched(ours)
    ours.resume()
    peer.shutdown(1)
    uvnet.run()
    assert trace == ["end", "prefinish", "finish", "close False"]
    assert peer.recv(1) == b""
    peer.close()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_half_open(kind: str, side: str) -> None:
    ours, peer = pair(kind, side, allow_half_open=True)
    assert ours.allow_half_open is True
    trace = watched(ours)
    ours.resume()
    peer.shutdown(1)
    until(lambda: trace)
    turn(10)
    assert trace == ["end"]
    assert ours.ready_state == "write_only"
    assert not ours.readable and ours.writable and not ours.destroyed
    assert ours.write(b"late")
    assert receive(peer, 4) == b"late"
    ours.end(b"last")
    uvnet.run()
    assert trace == ["end", "prefinish", "finish", "close False"]
    assert receive_to_end(peer) == b"last"
    peer.close()


@pytest.mark.parametrize("half_open", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_our_end_leaves_the_reading(kind: str, half_open: bool) -> None:
    ours, peer = pair(kind, allow_half_open=half_open)
    trace = watched(ours)
    seen = bytearray()
    ours.on("data", seen.extend)
    ours.end(b"request")
    until(lambda: "finish" in trace)
    assert receive_to_end(peer) == b"request"
    assert ours.ready_state == "read_only"
    peer.sendall(b"response")
    until(lambda: seen == b"response")
    assert not ours.destroyed
    peer.shutdown(1)
    uvnet.run()
    assert trace == ["prefinish", "finish", "end", "close False"]
    peer.close()


def test_it_can_be_changed_in_between() -> None:
    ours, peer = pair(allow_half_open=True)
    trace = watched(ours)
    ours.allow_half_open = False
    ours.resume()
    peer.shutdown(1)
    uvnet.run()
    assert trace == ["end", "prefinish", "finish", "close False"]
    peer.close()


def test_the_end_that_is_made_for_us_flushes() -> None:
    """A peer that has ended still gets all that was written before."""
    ours, peer = pair()
    trace = watched(ours)
    size = fill(ours)
    ours.resume()
    peer.shutdown(1)
    until(lambda: "end" in trace)
    thread = InThread(receive_to_end, peer)
    uvnet.run()
    assert len(thread.result()) == size
    assert trace == ["end", "prefinish", "finish", "close False"]
    peer.close()


@pytest.mark.parametrize("reader", [False, True])
def test_data_that_nobody_reads_holds_the_end_back(reader: bool) -> None:
    """Not so a bare end, for which nobody need listen."""
    ours, peer = pair()
    trace = watched(ours)
    if not reader:
        peer.sendall(b"unread")
        until(lambda: ours.readable_length == 6)
    peer.shutdown(1)
    if reader:
        uvnet.run()
    else:
        turn(20)
        assert trace == []
        assert ours.ready_state == "open"
        ours.resume()
        uvnet.run()
    assert trace == ["end", "prefinish", "finish", "close False"]
    peer.close()


def test_destroy_soon_sends_all_and_waits_for_no_end() -> None:
    ours, peer = pair()
    trace = watched(ours)
    size = fill(ours)
    ours.destroy_soon()
    assert not ours.destroyed and not ours.writable
    ours.destroy_soon()  # again
    thread = InThread(receive_to_end, peer)
    uvnet.run()
    assert len(thread.result()) == size
    assert trace == ["prefinish", "finish", "close False"]
    ours.destroy_soon()
    peer.close()


def test_both_ends_at_once() -> None:
    ours, peer = pair()
    trace = watched(ours)
    ours.resume()
    ours.end()
    peer.shutdown(1)
    uvnet.run()
    assert sorted(trace[:-1]) == ["end", "finish", "prefinish"]
    assert trace[-1] == "close False"
    peer.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_reset_is_an_error(when: str) -> None:
    import socket as plain
    import struct

    ours, peer = pair(allow_half_open=True)
    errors: list[Any] = []
    ours.on("error", errors.append)
    ours.resume()
    if when == "after":
        ours.end()
        turn()
    peer.setsockopt(plain.SOL_SOCKET, plain.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    uvnet.run()
    assert [error.code for error in errors] == ["ECONNRESET"]
    assert errors[0].syscall == "read"
    assert isinstance(errors[0], ConnectionResetError)
    assert ours.destroyed

"""Writes that fail: after our end, after destroy(), after the peer's end; and the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net

from .ends import KINDS, SIDES, Listener, end, fill, pair, turn, until


def watched(ours: net.Socket) -> list[str]:
    trace: list[str] = []
    ours.on("error", lambda error: trace.append(f"error {error.code}"))
    ours.on("close", lambda had_error: trace.append(f"close {had_error}"))
    ours.on("finish", lambda: trace.append("finish"))
    return trace


def told(trace: list[str], name: str) -> Callable[[Any], None]:
    return lambda error: trace.append(f"{name} {getattr(error, 'code', error)}")


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("chunk", [b"x", "x", bytearray(b"x")])
def test_after_end(chunk: Any, kind: str, side: str) -> None:
    """The callback and 'error' get ERR_STREAM_WRITE_AFTER_END, neither at once."""
    ours, peer = pair(kind, side)
    trace = watched(ours)
    ours.end()
    assert ours.write(chunk, told(trace, "written")) is False
    assert trace == []
    until(lambda: ours.closed and "close True" in trace)
    assert trace[:2] == ["written ERR_STREAM_WRITE_AFTER_END", "error ERR_STREAM_WRITE_AFTER_END"]
    assert trace[-1] == "close True"
    end(ours, peer)


@pytest.mark.parametrize("kind", KINDS)
def test_after_destroy(kind: str) -> None:
    """Only the callback is told."""
    ours, peer = pair(kind)
    trace = watched(ours)
    ours.destroy()
    assert ours.write(b"x", told(trace, "written")) is False
    assert ours.write(b"y") is False
    ours.end(b"z", told(trace, "end"))
    assert trace == []
    uvnet.run()
    assert trace[0] == "written ERR_STREAM_DESTROYED"
    assert trace[-1] == "close False"
    assert not any(line.startswith("error") for line in trace)
    peer.close()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_after_the_peers_end(kind: str, side: str) -> None:
    """An EPIPE that no system call gave: we have been ended, without being told to."""
    ours, peer = pair(kind, side)
    trace = watched(ours)
    errors: list[Any] = []
    ours.on("error", errors.append)

    def later() -> None:
        assert ours.writable_ended
        assert ours.write(b"x", told(trace, "written")) is False

    ours.on("end", lambda: uvnet.next_tick(lambda: uvnet.next_tick(later)))
    ours.resume()
    while ours.write(bytes(1 << 20)):  # what waits keeps it from closing
        pass
    peer.shutdown(1)
    until(lambda: ours.destroyed)
    until(lambda: any(line.startswith("close") for line in trace))
    assert "written EPIPE" in trace
    assert "error EPIPE" in trace
    assert str(errors[0]) == "This socket has been ended by the other party"
    assert errors[0].errno is None
    assert isinstance(errors[0], BrokenPipeError)
    assert trace[-1] == "close True"
    end(ours, peer)


def test_in_end_it_still_works(must_call: Callable[..., Any]) -> None:
    """The end of our side is one tick later."""
    ours, peer = pair()
    trace = watched(ours)
    ours.on("end", lambda: trace.append(f"ret {ours.write(b'late', told(trace, 'written'))}"))
    ours.resume()
    peer.shutdown(1)
    uvnet.run()
    assert trace == ["ret True", "written None", "finish", "close False"]
    assert peer.recv(10) == b"late"
    peer.close()


def test_in_end_after_our_own_end() -> None:
    ours, peer = pair()
    trace = watched(ours)
    ours.end()
    until(lambda: "finish" in trace)
    ours.on("end", lambda: trace.append(f"ret {ours.write(b'late', told(trace, 'written'))}"))
    ours.resume()
    peer.shutdown(1)
    uvnet.run()
    assert trace == ["finish", "ret False", "written EPIPE", "error EPIPE", "close True"]
    peer.close()


@pytest.mark.parametrize("kind", KINDS)
def test_to_a_peer_that_is_gone(kind: str) -> None:
    """The kernel says so: an error with errno, to the callback and to 'error', once."""
    ours, peer = pair(kind, allow_half_open=True)
    trace = watched(ours)
    ours.pause()
    errors: list[Any] = []
    ours.on("error", errors.append)
    peer.close()
    count = 0

    def write() -> None:
        nonlocal count
        ours.write(b"x", told(trace, f"write {count}"))
        count += 1

    while not errors:
        write()
        turn(1)
    uvnet.run()
    assert len(errors) == 1
    assert errors[0].code in ("EPIPE", "ECONNRESET")
    assert errors[0].errno > 0
    assert errors[0].syscall in ("write", "read")
    assert trace[-1] == "close True"
    assert sum(line.startswith("write ") for line in trace) == count


def test_never_connected() -> None:
    ours = net.Socket()
    trace = watched(ours)
    assert ours.write(b"x", told(trace, "written")) is False
    uvnet.run()
    assert trace == ["written ERR_SOCKET_CLOSED", "error ERR_SOCKET_CLOSED", "close None"]


def test_destroyed_while_writes_wait() -> None:
    """The callbacks are told; it is no 'error'."""
    ours, peer = pair()
    trace = watched(ours)
    fill(ours)
    ours.write(b"1", told(trace, "first"))
    ours.write(b"2", told(trace, "second"))
    ours.end(told(trace, "end"))
    ours.destroy()
    assert trace == []
    uvnet.run()
    assert trace[-1] == "close False"
    assert [line.split()[0] for line in trace] == ["first", "second", "end", "close"]
    assert all("None" not in line for line in trace)
    peer.close()


@pytest.mark.parametrize("error", [None, ValueError("mine")])
def test_destroyed_while_the_kernel_is_at_work(error: Any) -> None:
    ours, peer = pair()
    trace: list[str] = []
    ours.on("error", lambda error: trace.append("error"))
    ours.on("close", lambda had_error: trace.append(f"close {had_error}"))
    ours.write(bytes(30_000_000), told(trace, "first"))
    ours.write(b"2", told(trace, "second"))
    ours.destroy(error)
    uvnet.run()
    assert trace[-1] == f"close {error is not None}"
    assert trace.count("error") == (error is not None)
    assert sum(line.startswith(("first", "second")) for line in trace) == 2
    assert any(line == "first ECANCELED" for line in trace)
    peer.close()


@pytest.mark.parametrize("kind", KINDS)
def test_destroyed_before_it_is_connected(kind: str) -> None:
    with Listener(kind) as listener:
        ours = net.connect(*listener.address)
        trace = watched(ours)
        ours.write(b"1", told(trace, "first"))
        ours.write(b"2", told(trace, "second"))
        ours.destroy()
        uvnet.run()
    assert sorted(trace) == [
        "close False",
        "first ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
        "second ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
    ] or sorted(trace) == [
        "close False",
        "first ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
        "second ERR_STREAM_DESTROYED",
    ]


def test_refused() -> None:
    with Listener("tcp") as listener:
        address = listener.address
    ours = net.connect(*address)
    trace = watched(ours)
    ours.write(b"1", told(trace, "first"))
    ours.write(b"2", told(trace, "second"))
    ours.end(told(trace, "end"))
    uvnet.run()
    assert trace[:2] == ["error ECONNREFUSED", "close True"]
    assert trace[2:] == [
        "first ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
        "second ECONNREFUSED",
        "end ECONNREFUSED",
    ]


def test_the_handle_is_closed_underneath() -> None:
    ours, peer = pair()
    trace = watched(ours)
    ours._handle.close()
    ours.write(b"x", told(trace, "written"))
    ours.write(b"y")
    until(lambda: ours.destroyed)
    uvnet.run()
    assert trace[0] == "written EBADF"
    assert "error EBADF" in trace
    peer.close()


def test_twice_ended() -> None:
    ours, peer = pair()
    trace = watched(ours)
    ours.end(told(trace, "one"))
    ours.end(told(trace, "two"))
    ours.on("finish", lambda: ours.end(told(trace, "three")))
    until(lambda: len(trace) == 4)
    assert trace == ["one None", "two None", "finish", "three ERR_STREAM_ALREADY_FINISHED"]
    end(ours, peer)

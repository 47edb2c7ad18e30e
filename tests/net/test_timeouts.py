"""The idle timeout: what starts it again, and what holds it back. See also test_socket_timeout.

The times are short only where nothing but the timeout is waited for, and long where it must not
come.
"""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import _core, net

from .ends import KINDS, SIDES, InThread, Listener, end, fill, pair, receive, turn, until

LONG = 60_000


def wait(milliseconds: float) -> None:
    """Run the default loop for a while."""
    loop = _core.current_loop()
    loop.call_later(milliseconds / 1000, loop.stop)
    uvnet.run()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
def test_once_and_again_after_activity(kind: str, side: str) -> None:
    ours, peer = pair(kind, side)
    trace: list[str] = []
    ours.on("timeout", lambda: trace.append("timeout"))
    ours.on("data", lambda data: trace.append("data"))
    ours.set_timeout(10)
    until(lambda: trace)
    wait(50)
    assert trace == ["timeout"]
    peer.sendall(b"x")
    until(lambda: len(trace) == 3)
    wait(50)
    assert trace == ["timeout", "data", "timeout"]
    ours.write(b"x")
    until(lambda: len(trace) == 4)
    assert trace[-1] == "timeout"
    end(ours, peer)


@pytest.mark.parametrize("activity", ["read", "write", "corked", "onread", "end"])
def test_activity_puts_it_off(activity: str) -> None:
    """Fifteen times a fifth of the timeout: far more than one, in all."""
    seen: list[int] = []
    options: dict[str, Any] = {}
    if activity == "onread":
        options["onread"] = (bytearray(10), lambda nread, data: seen.append(nread))
    ours, peer = pair(**options)
    ours.on("timeout", lambda: seen.append(0))
    if activity == "read":
        ours.resume()
    ours.set_timeout(500)
    for _ in range(15):
        if activity in ("read", "onread"):
            peer.sendall(b"x")
        elif activity == "write":
            ours.write(b"x")
        elif activity == "corked":
            ours.cork()
            ours.write(b"x")
            ours.uncork()
        wait(100)
        if activity == "end":
            peer.sendall(b"x")
    assert 0 not in seen
    end(ours, peer)


def test_a_long_write_on_its_way_is_activity() -> None:
    """The kernel takes a little now and then; nothing else happens for longer than the timeout."""
    ours, peer = pair("unix")
    seen: list[str] = []
    ours.on("timeout", lambda: seen.append("timeout"))
    fill(ours, bytes(30_000_000))
    ours.set_timeout(150)
    for _ in range(20):
        assert peer.recv(100_000)
        wait(50)
    assert seen == []
    until(lambda: seen)  # nothing moves any more
    assert ours.writable_length > 0
    end(ours, peer)


def test_the_end_of_a_long_write_starts_it_again() -> None:
    ours, peer = pair("unix")
    seen: list[float] = []
    done: list[float] = []
    ours.write(bytes(3_000_000), lambda error: done.append(time.monotonic()))
    ours.set_timeout(200, lambda: seen.append(time.monotonic()))
    wait(100)
    thread = InThread(receive, peer, 3_000_000)
    until(lambda: done)
    thread.result()
    until(lambda: seen)
    assert seen[0] - done[0] >= 0.15
    end(ours, peer)


@pytest.mark.parametrize("kind", KINDS)
def test_while_connecting(kind: str, must_call: Callable[..., Any]) -> None:
    with Listener(kind) as listener:
        ours = net.Socket()
        ours.set_timeout(LONG)
        ours.connect(*listener.address)
        assert ours.timeout == LONG
        ours.set_timeout(1, must_call())
        until(lambda: not ours.listener_count("timeout"))
        ours.destroy()
        uvnet.run()


def test_it_follows_from_no_handle_to_a_handle() -> None:
    """Set before connect(), it is refreshed by what is read after."""
    seen: list[str] = []
    with Listener("tcp") as listener:
        ours = net.Socket()
        ours.set_timeout(400, lambda: seen.append("timeout"))
        ours.connect(*listener.address)
        until(lambda: not ours.pending)
        peer = listener.socket.accept()[0]
    ours.resume()
    for _ in range(10):
        peer.sendall(b"x")
        wait(80)
    assert seen == []
    until(lambda: seen)
    end(ours, peer)


def test_it_is_called_by_whoever_was_registered_first() -> None:
    trace: list[str] = []
    ours = net.Socket()
    ours.on("timeout", lambda: trace.append("first"))
    ours.set_timeout(1, lambda: trace.append("callback"))
    ours.on("timeout", lambda: trace.append("last"))
    wait(30)
    assert trace == ["first", "callback", "last"]
    ours.set_timeout(1)
    wait(30)
    assert trace == ["first", "callback", "last", "first", "last"]
    ours.destroy()
    uvnet.run()


@pytest.mark.parametrize("msecs", [0, 0.0])
def test_zero_removes_the_listener(msecs: float, must_not_call: Callable[..., Any]) -> None:
    ours, peer = pair()
    callback = must_not_call()
    ours.set_timeout(5, callback)
    ours.set_timeout(msecs, callback)
    assert ours.timeout == 0
    assert ours.listener_count("timeout") == 0
    wait(40)
    peer.sendall(b"x")
    wait(40)
    end(ours, peer)


def test_it_is_replaced(must_not_call: Callable[..., Any]) -> None:
    ours, peer = pair()
    ours.on("timeout", must_not_call())
    ours.set_timeout(20)
    ours.set_timeout(LONG)
    wait(80)
    assert ours.timeout == LONG
    end(ours, peer)


def test_what_a_wrong_call_leaves() -> None:
    """Nothing: Node has stored the value by then, and may have armed the timer."""
    ours = net.Socket()
    ours.set_timeout(LONG)
    for args in ((-1,), ("1",), (float("nan"),), (5, "no function"), (0, 1)):
        with pytest.raises((TypeError, ValueError)):
            ours.set_timeout(*args)  # type: ignore[arg-type]
        assert ours.timeout == LONG
    ours.destroy()
    uvnet.run()


def test_a_listener_that_raises() -> None:
    ours, peer = pair()
    seen: list[str] = []

    def oops() -> None:
        seen.append("timeout")
        raise ZeroDivisionError

    ours.on("timeout", oops)
    ours.set_timeout(5)
    with pytest.raises(ZeroDivisionError):
        while True:
            wait(20)
    peer.sendall(b"x")
    ours.resume()
    with pytest.raises(ZeroDivisionError):
        while True:
            wait(20)
    assert seen == ["timeout", "timeout"]
    end(ours, peer)


@pytest.mark.parametrize("action", ["destroy", "set_timeout(0)", "set_timeout(60000)", "drop"])
def test_what_a_listener_may_do(action: str) -> None:
    ours, peer = pair()
    holder: list[Any] = [ours]
    count: list[int] = []
    gone = weakref.ref(ours)

    def on_timeout() -> None:
        count.append(1)
        socket = holder.pop()
        if action == "destroy":
            socket.destroy()
        elif action == "set_timeout(0)":
            socket.set_timeout(0)
        elif action == "set_timeout(60000)":
            socket.set_timeout(60_000)
        del socket
        gc.collect()

    ours.on("timeout", on_timeout)
    ours.resume()
    ours.set_timeout(5)
    del ours
    until(lambda: count)
    wait(20)
    assert len(count) == 1
    peer.close()
    uvnet.run()
    gc.collect()
    assert gone() is None


def test_sockets_that_are_dropped_with_a_timeout() -> None:
    """Never connected and never destroyed: there is nothing to close."""
    for _ in range(100):
        net.Socket().set_timeout(1)
    gc.collect()
    wait(20)
    sockets = [net.Socket() for _ in range(100)]
    for socket in sockets:
        socket.set_timeout(1, lambda: None)
    del sockets, socket
    wait(20)
    gc.collect()


def test_one_that_outlives_its_loop() -> None:
    loop = uvnet.new_event_loop()

    async def make() -> net.Socket:
        socket = net.Socket()
        socket.set_timeout(10)
        return socket

    socket = loop.run_until_complete(make())
    loop.close()
    socket._refresh_timeout()
    socket.set_timeout(0)
    socket.set_timeout(20)  # on the loop of now
    wait(40)
    socket.destroy()
    uvnet.run()
    turn()


def test_many_with_few_durations(must_call: Callable[..., Any]) -> None:
    sockets = [net.Socket() for _ in range(500)]
    order: list[int] = []
    for number, socket in enumerate(sockets):
        socket.set_timeout(20 + number % 3 * 20, lambda number=number: order.append(number % 3))
    until(lambda: len(order) == 500)
    assert sorted(order) == order
    for socket in sockets:
        socket.destroy()
    uvnet.run()

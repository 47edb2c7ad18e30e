"""A socket belongs to the thread that runs its loop: from others it raises, and loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import _core, net

from .ends import InThread, Listener, end, pair, receive, until

CALLS: dict[str, Callable[[net.Socket], Any]] = {
    "write": lambda socket: socket.write(b"lost?"),
    "write with a callback": lambda socket: socket.write(b"lost?", lambda error: None),
    "write a str": lambda socket: socket.write("lost?"),
    "write a size": lambda socket: socket.write(bytearray(b"lost?"), size=2),
    "end": lambda socket: socket.end(),
    "end with data": lambda socket: socket.end(b"lost?"),
    "destroy": lambda socket: socket.destroy(),
    "reset_and_destroy": lambda socket: socket.reset_and_destroy(),
    "pause": lambda socket: socket.pause(),
    "resume": lambda socket: socket.resume(),
    "set_timeout": lambda socket: socket.set_timeout(1000),
    "cork and uncork": lambda socket: (socket.cork(), socket.write(b"x"), socket.uncork()),
    "set_no_delay": lambda socket: socket.set_no_delay(),
    "ref": lambda socket: socket.ref(),
    "pipe": lambda socket: socket.pipe(socket),
    "read": lambda socket: socket.read(0),
    "set_encoding": lambda socket: socket.set_encoding("latin1"),
    "unshift": lambda socket: socket.unshift(b"x"),
    "on data": lambda socket: socket.on("data", lambda data: None),
}

# These change nothing but the object, or are told to the loop later.
MAY_PASS = {"set_encoding", "unshift"}


@pytest.mark.parametrize("name", CALLS)
def test_from_another_thread_while_the_loop_runs(name: str) -> None:
    """The process survives, what must raise does, and the socket can be closed after."""
    ours, peer = pair()
    ours.on("error", lambda error: None)
    loop = _core.current_loop()
    raised: list[BaseException] = []
    called = threading.Event()

    def call() -> None:
        try:
            CALLS[name](ours)
        except Exception as exc:
            raised.append(exc)
        called.set()
        loop.call_soon_threadsafe(loop.stop)

    started = threading.Event()
    thread = InThread(lambda: (started.wait(30), call()))
    loop.call_soon(started.set)
    uvnet.run()
    thread.result()
    if name not in MAY_PASS:
        assert [type(exc) for exc in raised] == [RuntimeError]
        assert "thread" in str(raised[0])
        assert not ours.destroyed and not ours.writable_ended
        assert not ours.writable_length and not ours.writable_corked
        assert ours.write("after", lambda error: None)
        assert receive(peer, 5) == b"after"
    end(ours, peer)


def test_a_write_that_raised_has_lost_nothing() -> None:
    ours, peer = pair()
    loop = _core.current_loop()
    errors: list[BaseException] = []
    started = threading.Event()

    def disturb() -> None:
        started.wait(30)
        for number in range(200):
            try:
                ours.write(b"not this") if number % 2 else ours.write(bytearray(b"nor this"))
            except RuntimeError as exc:
                errors.append(exc)
        loop.call_soon_threadsafe(loop.stop)

    thread = InThread(disturb)
    sent = 0

    def write() -> None:
        nonlocal sent
        ours.write(b"x")
        sent += 1
        started.set()
        if thread.thread.is_alive():
            loop.call_later(0.001, write)

    loop.call_soon(write)
    uvnet.run()
    thread.result()
    assert len(errors) == 200
    assert receive(peer, sent) == b"x" * sent
    assert ours.bytes_written == sent
    assert ours.writable_length == 0
    assert ours.write(b"after")
    assert receive(peer, 5) == b"after"
    end(ours, peer)


def test_the_way_to_do_it() -> None:
    ours, peer = pair()
    loop = _core.current_loop()
    thread = InThread(lambda: loop.call_soon_threadsafe(ours.write, b"hello"))
    until(lambda: ours.bytes_written == 5)
    thread.result()
    assert receive(peer, 5) == b"hello"
    end(ours, peer)


def test_each_thread_has_a_loop_of_its_own() -> None:
    """Sockets in several threads at once do not disturb each other."""

    def work(number: int) -> bytes:
        seen = bytearray()
        with Listener("tcp") as listener:
            ours = net.connect(*listener.address)
            ours.on("data", seen.extend)
            ours.write(bytes([number]) * 1000)
            ours.end()

            def serve() -> None:
                with listener.socket.accept()[0] as peer:
                    peer.sendall(receive(peer, 1000) * 100)

            thread = InThread(serve)
            uvnet.run()
            thread.result()
        _core.current_loop().close()
        return bytes(seen)

    threads = [InThread(work, number) for number in range(6)]
    for number, thread in enumerate(threads):
        assert thread.result() == bytes([number]) * 100_000


def test_a_socket_may_move_with_its_loop() -> None:
    """Where the loop does not run, any one thread may use it."""
    ours, peer = pair()
    InThread(ours.write, b"hello").result()
    assert receive(peer, 5) == b"hello"
    end(ours, peer)

"""Subclasses of Socket: what they override is called, on every path, and the rest still works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet.stream import Duplex, Readable, Writable

from .ends import KINDS, InThread, client, end, receive, turn, until


def traced(*names: str) -> tuple[type[net.Socket], list[str]]:
    """Return a Socket that notes when one of these methods is called, and calls Socket's."""
    calls: list[str] = []

    def override(name: str) -> Callable[..., Any]:
        def method(self: net.Socket, *args: Any, **options: Any) -> Any:
            calls.append(name)
            return getattr(net.Socket, name)(self, *args, **options)

        return method

    return type("Own", (net.Socket,), {name: override(name) for name in names}), calls


def test_what_a_socket_is() -> None:
    socket = net.Socket()
    for base in (Duplex, Readable, Writable):
        assert isinstance(socket, base)
    socket.destroy()
    uvnet.run()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["_write", "write"])
def test_write(name: str, kind: str) -> None:
    own, calls = traced(name)
    ours, peer = client(kind, own)
    for chunk in (b"1", "2", bytearray(b"3"), memoryview(b"4")):
        ours.write(chunk)
    ours.write(b"5", lambda error: None)
    assert calls == [name] * 5
    assert receive(peer, 5) == b"12345"
    ours.end(b"6")
    until(lambda: ours.writable_finished)
    assert receive(peer, 1) == b"6"
    assert calls == [name] * (6 if name == "_write" else 5)
    end(ours, peer)


def test_writev() -> None:
    own, calls = traced("_writev")
    ours, peer = client("tcp", own)
    ours.cork()
    ours.write(b"1")
    ours.write("2")
    ours.uncork()
    assert calls == ["_writev"]
    assert receive(peer, 2) == b"12"
    end(ours, peer)


def test_writev_where_the_kernel_was_full() -> None:
    own, calls = traced("_writev")
    ours, peer = client("tcp", own)
    size = 30_000_000
    ours.write(bytes(size))
    ours.write(b"1")
    ours.write(b"2")
    ours.end()
    thread = InThread(receive, peer, size + 2)
    until(lambda: ours.writable_finished)
    assert thread.result()[-2:] == b"12"
    assert calls == ["_writev"]
    end(ours, peer)


def test_a_write_of_their_own() -> None:
    """It gets bytes, and its callback says when."""

    class Upper(net.Socket):
        def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
            assert encoding == "buffer"
            super()._write(bytes(chunk).upper(), encoding, callback)

        def _writev(self, chunks: Any, callback: Any) -> None:
            joined = b"".join(bytes(chunk.chunk) for chunk in chunks)
            super()._write(joined.upper(), "buffer", callback)

    ours, peer = client("tcp", Upper)
    ours.write(b"one ")
    ours.write("two ")
    ours.cork()
    ours.write(b"three ")
    ours.write("four")
    ours.uncork()
    assert receive(peer, 18) == b"ONE TWO THREE FOUR"
    end(ours, peer)


def test_a_write_that_fails() -> None:
    class Failing(net.Socket):
        def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
            callback(ValueError("mine"))

    errors: list[Any] = []
    told: list[Any] = []
    ours, peer = client("tcp", Failing)
    ours.on("error", errors.append)
    assert ours.write(b"x", told.append) is False or True
    uvnet.run()
    assert [str(error) for error in errors + told] == ["mine", "mine"]
    peer.close()


def test_push() -> None:
    class Doubling(net.Socket):
        def push(self, chunk: Any, encoding: Any = None) -> bool:
            return super().push(chunk if chunk is None else chunk * 2)

    seen = bytearray()
    ours, peer = client("tcp", Doubling)
    ours.on("data", seen.extend)
    peer.sendall(b"ab")
    until(lambda: seen)
    peer.sendall(b"cd")
    peer.shutdown(1)
    uvnet.run()
    assert seen == b"ababcdcd"
    peer.close()


def test_push_gets_the_end_too() -> None:
    own, calls = traced("push")
    ours, peer = client("tcp", own)
    ours.on("data", lambda data: None)
    peer.sendall(b"x")
    peer.shutdown(1)
    uvnet.run()
    assert calls == ["push", "push"]
    peer.close()


def test_read() -> None:
    own, calls = traced("_read")
    ours, peer = client("tcp", own)
    seen = bytearray()
    ours.on("data", seen.extend)
    for number in range(5):
        peer.sendall(b"x")
        until(lambda number=number: len(seen) == number + 1)
    assert len(calls) >= 2
    end(ours, peer)


def test_a_read_that_waits() -> None:
    """Nothing is read from the kernel before the subclass says so."""

    class Slow(net.Socket):
        allowed = False

        def _read(self, size: int) -> None:
            if self.allowed:
                super()._read(size)

    ours, peer = client("tcp", Slow)
    seen = bytearray()
    ours.on("data", seen.extend)
    peer.sendall(b"hello")
    turn(20)
    assert ours.bytes_read == 0
    ours.allowed = True
    ours._read(1)
    until(lambda: seen == b"hello")
    end(ours, peer)


@pytest.mark.parametrize("flowing", [True, False])
def test_emit(flowing: bool) -> None:
    """It sees every event, 'data' too."""
    seen: list[str] = []

    class Noting(net.Socket):
        def emit(self, event: str, *args: Any) -> bool:
            seen.append(event)
            return super().emit(event, *args)

    ours, peer = client("tcp", Noting)
    if flowing:
        ours.on("data", lambda data: None)
    else:
        ours.on("readable", lambda: ours.read())
    for _ in range(3):
        peer.sendall(b"x")
        turn(10)
    peer.shutdown(1)
    uvnet.run()
    assert {"connect", "ready", "data", "end", "prefinish", "finish", "close"} <= set(seen)
    assert seen.count("data") == 3
    assert seen.count("close") == 1
    assert seen.index("connect") < seen.index("data") < seen.index("end") < seen.index("close")
    peer.close()


def test_final() -> None:
    class Last(net.Socket):
        def _final(self, callback: Any) -> None:
            self.writes_in_final = super()._write(b"bye", "buffer", lambda error=None: None)
            super()._final(callback)

    ours, peer = client("tcp", Last)
    ours.end(b"hello ")
    until(lambda: ours.writable_finished)
    assert receive(peer, 9) == b"hello bye"
    assert peer.recv(1) == b""
    end(ours, peer)


@pytest.mark.parametrize("later", [False, True])
def test_destroy(later: bool) -> None:
    calls: list[Any] = []

    class Own(net.Socket):
        def _destroy(self, error: Any, callback: Any) -> None:
            calls.append(error)
            if later:
                uvnet.set_immediate(lambda: net.Socket._destroy(self, error, callback))
            else:
                super()._destroy(error, callback)

    ours, peer = client("tcp", Own)
    closes: list[Any] = []
    error = ValueError("mine")
    ours.on("error", calls.append)
    ours.on("close", closes.append)
    ours.destroy(error)
    ours.destroy()
    uvnet.run()
    assert calls == [error, error]
    assert closes == [True]
    peer.close()


def test_a_destroy_that_raises() -> None:
    class Own(net.Socket):
        def _destroy(self, error: Any, callback: Any) -> None:
            super()._destroy(error, lambda error=None: None)
            raise ValueError("mine")

    errors: list[Any] = []
    ours, peer = client("tcp", Own)
    ours.on("error", errors.append)
    ours.destroy()
    uvnet.run()
    assert [str(error) for error in errors] == ["mine"]
    assert ours._handle is None
    peer.close()


def test_attributes_of_their_own() -> None:
    class Own(net.Socket):
        limit = 3

        def __init__(self, name: str, **options: Any) -> None:
            super().__init__(**options)
            self.name = name

    socket = Own("x", allow_half_open=True)
    socket.limit = 4
    assert (socket.name, socket.limit, Own.limit, socket.allow_half_open) == ("x", 4, 3, True)
    socket.destroy()
    uvnet.run()


def test_slots() -> None:
    class Own(net.Socket):
        __slots__ = ("mine",)

    socket = Own()
    socket.mine = 1
    assert socket.mine == 1
    socket.destroy()
    uvnet.run()


def test_the_plain_one_is_fast_again() -> None:
    """A subclass that overrides nothing has the fast paths."""

    class Own(net.Socket):
        pass

    ours, peer = client("tcp", Own)
    loop = _core.current_loop()
    before = loop.counters()["direct_writes"]
    ours.write(b"x")
    from uvnet._core.fast import is_enabled

    assert loop.counters()["direct_writes"] == before + is_enabled("write")
    end(ours, peer)

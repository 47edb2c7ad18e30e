"""The splice: what one socket pipes into another stays in C, as long as nobody can tell.

It is taken in the plain case, and left, with nothing lost or reordered, in any other.
"""

from __future__ import annotations

import contextlib
import random
import socket as plain
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet._core.fast import is_enabled
from uvnet.stream import PassThrough, Writable

from .ends import KINDS, InThread, accepted, client, end, pair, turn, until
from .transfer import SIZE, Transfer, every, needs, taken


class Relay:
    """Two sockets of ours: what the peer of the first sends goes to the peer of the second."""

    def __init__(self, kind: str = "tcp", seed: int = 1, **options: Any) -> None:
        self.source, self.sender = accepted(kind, **options)
        self.destination, self.receiver = pair(kind, allow_half_open=True)
        self.destination.resume()
        self.events: list[str] = []
        for name, socket in (("source", self.source), ("destination", self.destination)):
            for event in ("end", "finish", "close", "error"):
                socket.on(event, lambda *args, e=f"{name} {event}": self.events.append(e))

    def start(self, seed: int = 1) -> Transfer:
        return Transfer(self.sender, self.receiver, seed)

    def is_over(self) -> bool:
        return self.source.readable_ended or self.source.destroyed

    def run(self, transfer: Transfer) -> None:
        """Run to the end; `end=False` leaves the destination to us."""

        def finish() -> None:
            if not self.destination.writable_ended:
                self.destination.end()

        self.source.on("end", lambda: uvnet.next_tick(finish))
        until(lambda: self.destination.writable_finished, "the destination's end")
        transfer.check()
        self.sender.close()
        self.receiver.close()
        uvnet.run()
        assert self.source.destroyed and self.destination.destroyed
        assert len([event for event in self.events if event.endswith("close")]) == 2
        assert self.source.bytes_read == SIZE


@pytest.mark.parametrize("kind", KINDS)
def test_splice_is_taken(kind: str) -> None:
    relay = Relay(kind)
    assert relay.source.pipe(relay.destination) is relay.destination
    relay.run(relay.start())
    assert (taken("splice_reads") > 100) is is_enabled("splice")
    assert relay.destination.bytes_written == SIZE
    assert not any(event.endswith("error") for event in relay.events)


@pytest.mark.parametrize("kind", KINDS)
def test_an_echo_is_spliced(kind: str) -> None:
    ours, peer = accepted(kind)
    ours.pipe(ours)
    transfer = Transfer(peer, peer)
    uvnet.run()
    transfer.check()
    assert ours.bytes_read == ours.bytes_written == SIZE
    assert (taken("splice_reads") > 100) is is_enabled("splice")
    peer.close()


class Changes:
    """What ends a splice. Each is done to a relay in mid-stream, and where it can be, undone."""

    @staticmethod
    def data_listener(relay: Relay, number: int) -> None:
        listener = lambda data: None  # noqa: E731
        relay.source.on("data", listener)
        uvnet.set_immediate(relay.source.off, "data", listener)

    @staticmethod
    def once_data(relay: Relay, number: int) -> None:
        relay.source.once("data", lambda data: None)

    @staticmethod
    def prepended_listener(relay: Relay, number: int) -> None:
        relay.source.prepend_once_listener("data", lambda data: None)

    @staticmethod
    def pause_listener(relay: Relay, number: int) -> None:
        listener = lambda: None  # noqa: E731
        relay.source.on("pause", listener)
        uvnet.set_immediate(relay.source.off, "pause", listener)

    @staticmethod
    def resume_listener(relay: Relay, number: int) -> None:
        listener = lambda: None  # noqa: E731
        relay.source.on("resume", listener)
        uvnet.set_immediate(relay.source.off, "resume", listener)

    @staticmethod
    def drain_listener(relay: Relay, number: int) -> None:
        listener = lambda: None  # noqa: E731
        relay.destination.on("drain", listener)
        uvnet.set_immediate(relay.destination.off, "drain", listener)

    @staticmethod
    def pause(relay: Relay, number: int) -> None:
        relay.source.pause()
        assert relay.source.is_paused()
        uvnet.set_immediate(relay.source.resume)

    @staticmethod
    def flowing(relay: Relay, number: int) -> None:
        relay.source.readable_flowing = False
        uvnet.set_immediate(relay.source.resume)

    @staticmethod
    def cork(relay: Relay, number: int) -> None:
        relay.destination.cork()
        uvnet.set_immediate(relay.destination.uncork)

    @staticmethod
    def write(relay: Relay, number: int) -> None:
        if not relay.destination.writable_ended:
            relay.destination.write(bytes([128 + number % 128]))

    @staticmethod
    def write_much(relay: Relay, number: int) -> None:
        if not relay.destination.writable_ended:
            relay.destination.write(bytes([128 + number % 128]) * 100_000, lambda error: None)

    @staticmethod
    def unpipe(relay: Relay, number: int) -> None:
        relay.source.unpipe(relay.destination)
        assert relay.source.is_paused()
        uvnet.set_immediate(lambda: relay.is_over() or relay.source.pipe(relay.destination))

    @staticmethod
    def unpipe_all(relay: Relay, number: int) -> None:
        relay.source.unpipe()
        relay.source.pipe(relay.destination)

    @staticmethod
    def second_destination(relay: Relay, number: int) -> None:
        other = Writable(write=lambda stream, chunk, encoding, callback: callback())
        relay.source.pipe(other)
        uvnet.set_immediate(relay.source.unpipe, other)

    @staticmethod
    def timeout(relay: Relay, number: int) -> None:
        relay.source.set_timeout(number % 2 * 100_000)
        relay.destination.set_timeout(100_000)

    @staticmethod
    def unshift(relay: Relay, number: int) -> None:
        if not relay.is_over():
            relay.source.unshift(bytes([128 + number % 128]))

    @staticmethod
    def push(relay: Relay, number: int) -> None:
        if not relay.is_over() and relay.source.readable:
            relay.source.push(bytes([128 + number % 128]))

    @staticmethod
    def read(relay: Relay, number: int) -> None:
        relay.source.read(0)

    @staticmethod
    def state(relay: Relay, number: int) -> None:
        for socket in (relay.source, relay.destination):
            assert socket.readable_length >= 0 <= socket.writable_length
            assert isinstance(socket.is_paused(), bool)
            assert isinstance(socket.writable_need_drain, bool)
            assert socket.readable_flowing in (True, False)

    @staticmethod
    def readable_listener(relay: Relay, number: int) -> None:
        listener = lambda: None  # noqa: E731
        relay.source.on("readable", listener)
        relay.source.off("readable", listener)
        uvnet.set_immediate(relay.source.resume)


CHANGES = [name for name in vars(Changes) if not name.startswith("_")]


@pytest.mark.parametrize("options", [{}, {"high_water_mark": 100}], ids=["", "low-mark"])
@pytest.mark.parametrize("name", CHANGES)
def test_a_splice_is_left_and_taken_again(name: str, options: dict[str, Any]) -> None:
    relay = Relay(**options)
    relay.source.pipe(relay.destination)
    transfer = relay.start()
    change = getattr(Changes, name)
    every(11, lambda number: change(relay, number), relay.is_over)
    relay.run(transfer)
    assert (taken("splice_reads") > 0) is is_enabled("splice")
    if name in ("write", "unshift", "push"):
        numbers = list(transfer.extra)
        if name == "unshift":  # what is given back twice comes back in reverse
            numbers.sort()
            assert set(numbers) == set(range(128, 128 + min(len(numbers), 128)))
        else:
            assert numbers == [128 + number % 128 for number in range(len(numbers))]
        assert numbers


@pytest.mark.parametrize("seed", range(4))
def test_a_splice_with_all_kinds_of_changes(seed: int) -> None:
    rng = random.Random(seed)
    relay = Relay()
    relay.source.pipe(relay.destination)
    transfer = relay.start(seed)
    names = [name for name in CHANGES if name not in ("second_destination", "once_data")]
    every(
        5,
        lambda number: getattr(Changes, rng.choice(names))(relay, number),
        relay.is_over,
    )
    relay.run(transfer)


@needs("splice")
@pytest.mark.parametrize(
    "change",
    ["data", "readable", "pause_listener", "resume_listener", "pause", "encoding", "cork",
     "second", "unpipe", "drain_listener"],
)  # fmt: skip
def test_a_splice_is_left_in_mid_stream(change: str) -> None:
    """While it lasts, the condition keeps the bytes out of C."""
    got = bytearray()

    def step(text: bytes, arrives: bool = True) -> None:
        relay.sender.sendall(text)
        if not arrives:
            turn(5)
            return
        got.extend(receive_while_running(relay.receiver, len(text)))

    relay = Relay()
    source, destination = relay.source, relay.destination
    source.pipe(destination)
    turn()
    step(b"one")
    step(b"two")
    before = taken("splice_reads")
    step(b"three")
    assert taken("splice_reads") == before + 1
    if change == "data":
        source.on("data", lambda data: None)
    elif change == "readable":
        source.on("readable", lambda: source.read())
    elif change in ("pause_listener", "resume_listener"):
        source.on(change.split("_")[0], lambda: None)
    elif change == "drain_listener":
        destination.on("drain", lambda: None)
    elif change == "pause":
        source.pause()
    elif change == "encoding":
        source.set_encoding("latin1")
    elif change == "cork":
        destination.cork()
    elif change == "second":
        source.pipe(PassThrough().resume())
    elif change == "unpipe":
        source.unpipe(destination)
    waits = change in ("pause", "cork", "unpipe")
    for text in (b"four", b"five"):
        step(text, not waits)
    assert taken("splice_reads") == before + 1
    if waits:
        if change == "pause":
            source.resume()
        elif change == "cork":
            destination.uncork()
        else:
            source.pipe(destination)
        got.extend(receive_while_running(relay.receiver, 8))
        step(b"six")
        step(b"seven")
        assert taken("splice_reads") > before + 1, "the splice was not taken again"
    assert got.startswith(b"onetwothreefourfive")
    source.destroy()
    end(destination, relay.receiver)
    relay.sender.close()


def receive_while_running(peer: plain.socket, size: int) -> bytes:
    parts = bytearray()
    peer.setblocking(False)

    def some() -> bool:
        with contextlib.suppress(BlockingIOError):
            parts.extend(peer.recv(size - len(parts)))
        return len(parts) == size

    until(some)
    peer.setblocking(True)
    return bytes(parts)


@pytest.mark.parametrize("name", ["write", "_write", "_writev", "push", "_read", "emit"])
@pytest.mark.parametrize("where", ["source", "destination"])
@pytest.mark.parametrize("how", ["class", "object"])
def test_what_is_overridden_is_called(how: str, where: str, name: str) -> None:
    calls: list[str] = []

    def method(self: net.Socket, *args: Any, **options: Any) -> Any:
        calls.append(name)
        return getattr(net.Socket, name)(self, *args, **options)

    own = type("Own", (net.Socket,), {name: method} if how == "class" else {})
    source, sender = client("tcp", own if where == "source" else net.Socket)
    destination, receiver = client("tcp", own if where == "destination" else net.Socket)
    if how == "object":
        patched = source if where == "source" else destination
        setattr(patched, name, method.__get__(patched))
    before = taken("splice_reads")
    source.pipe(destination)
    for text in (b"one", b"two", b"three", b"four"):
        sender.sendall(text)
        assert receive_while_running(receiver, len(text)) == text
    if (where, name) in (
        ("source", "push"),
        ("source", "_read"),
        ("source", "emit"),
        ("destination", "write"),
        ("destination", "_write"),
        ("destination", "emit"),
    ) and not (how == "object" and name in ("_write", "push", "_read", "emit")):
        assert calls
        assert taken("splice_reads") == before or name == "emit"
    source.destroy()
    end(destination, receiver)
    sender.close()


@pytest.mark.parametrize("ends", [True, False])
def test_the_end_is_passed_on_or_not(ends: bool) -> None:
    relay = Relay()
    relay.source.pipe(relay.destination, end=ends)
    transfer = relay.start()
    until(lambda: relay.source.readable_ended)
    turn(10)
    assert relay.destination.writable_ended is ends
    if not ends:
        relay.destination.end(b"\xff")
    relay.run(transfer)
    assert transfer.extra == (b"" if ends else b"\xff")


@pytest.mark.parametrize("who", ["source", "destination"])
@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("how", ["destroy", "destroy_soon", "reset_and_destroy", "end"])
def test_either_end_goes_in_the_middle(how: str, who: str, held: bool) -> None:
    """Each has one 'close', and the other one lives on, unless it is ended by it."""
    relay = Relay()
    relay.source.pipe(relay.destination)
    relay.source.on("error", lambda error: None)
    relay.destination.on("error", lambda error: None)
    relay.sender.setblocking(False)
    total = 0
    while True:  # to the full, where nobody receives
        turn()
        try:
            total += relay.sender.send(bytes(1 << 18))
        except BlockingIOError:
            if held:
                break
        if not held and total > 1 << 20:
            break
    drained = None if held else InThread(drain, relay.receiver)
    getattr(relay.source if who == "source" else relay.destination, how)()
    turn(10)
    drained = drained or InThread(drain, relay.receiver)
    turn(10)
    relay.sender.close()
    until(lambda: relay.source.destroyed or how == "end" or who == "destination")
    relay.source.destroy()
    relay.destination.destroy()
    uvnet.run()
    drained.result()
    relay.receiver.close()
    closes = [event for event in relay.events if event.endswith("close")]
    assert sorted(closes) == ["destination close", "source close"]


def drain(peer: plain.socket) -> None:
    try:
        while peer.recv(1 << 18):
            pass
    except ConnectionResetError:
        pass


def test_an_error_of_the_destination_is_told() -> None:
    errors: list[Any] = []
    relay = Relay()
    relay.source.pipe(relay.destination)
    relay.destination.on("error", errors.append)
    turn()
    for _ in range(3):
        relay.sender.sendall(b"x")
        turn()
    relay.receiver.close()  # with bytes unread: a reset

    def send() -> bool:
        relay.sender.sendall(b"x")
        return bool(errors)

    until(send)
    assert errors[0].code in ("EPIPE", "ECONNRESET")
    until(lambda: relay.destination.destroyed)
    assert not relay.source.destroyed
    relay.source.resume()
    relay.sender.close()
    uvnet.run()


def test_two_sources_of_one_destination() -> None:
    first, first_sender = pair()
    second, second_sender = pair()
    destination, receiver = pair(allow_half_open=True)
    destination.resume()
    first.pipe(destination, end=False)
    second.pipe(destination, end=False)
    low = InThread(lambda: (first_sender.sendall(bytes(5_000_000)), first_sender.shutdown(1)))
    high = InThread(lambda: (second_sender.sendall(b"\xff" * 5_000_000), second_sender.shutdown(1)))
    counts = {0: 0, 255: 0}

    def count() -> None:
        while data := receiver.recv(1 << 18):
            counts[0] += data.count(b"\0")
            counts[255] += data.count(b"\xff")

    counter = InThread(count)
    until(lambda: first.readable_ended and second.readable_ended)
    low.result()
    high.result()
    destination.end()
    until(lambda: destination.writable_finished)
    counter.result()
    assert counts == {0: 5_000_000, 255: 5_000_000}
    for sock in (first_sender, second_sender, receiver):
        sock.close()
    uvnet.run()


def test_a_splice_refreshes_the_idle_timers(must_not_call: Callable[..., Any]) -> None:
    """The transfer takes longer than the timeout; each byte of it counts."""
    relay = Relay()
    relay.source.pipe(relay.destination)
    for socket in (relay.source, relay.destination):
        socket.set_timeout(1000, must_not_call())
    got = b""
    for _ in range(15):
        relay.sender.sendall(b"x")
        got += receive_while_running(relay.receiver, 1)
        _core.current_loop().call_later(0.1, _core.current_loop().stop)
        uvnet.run()
    for socket in (relay.source, relay.destination):
        socket.destroy()
    uvnet.run()
    relay.sender.close()
    relay.receiver.close()

"""What was ready before a poll comes before what the poll has found; and timers come after."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest


class Recorder(asyncio.Protocol):
    def __init__(self, order: list[Any]) -> None:
        self.order = order

    def data_received(self, data: bytes) -> None:
        self.order.append(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.order.append("lost")


@pytest.fixture
def order() -> list[Any]:
    return []


@pytest.fixture
def end(any_loop: Any, order: list[Any]) -> Iterator[tuple[Any, socket.socket]]:
    """A transport whose protocol records, and the socket at its other end."""
    left, right = socket.socketpair()

    async def connect() -> Any:
        transport, _ = await any_loop.create_connection(lambda: Recorder(order), sock=left)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return transport

    transport = any_loop.run_until_complete(connect())
    yield transport, right
    transport.close()
    any_loop.run_until_complete(asyncio.sleep(0))
    right.close()


def turn(loop: Any) -> None:
    loop.call_soon(loop.stop)
    loop.run_forever()


def test_call_from_before_the_run(any_loop: Any, end: Any, order: list[Any]) -> None:
    end[1].send(b"data")
    any_loop.call_soon(order.append, "soon")
    turn(any_loop)
    assert order == ["soon", b"data"]


def test_first_step_of_a_task(any_loop: Any, end: Any, order: list[Any]) -> None:
    end[1].send(b"data")

    async def main() -> None:
        order.append("first step")
        await asyncio.sleep(0.01)

    any_loop.run_until_complete(main())
    assert order == ["first step", b"data"]


def test_call_of_a_callback_that_has_sent(any_loop: Any, end: Any, order: list[Any]) -> None:
    """The next turn finds the data, and what is ready by then comes first."""

    def send() -> None:
        end[1].send(b"data")
        any_loop.call_soon(order.append, "soon")

    any_loop.call_soon(send)
    turn(any_loop)
    assert not order
    turn(any_loop)
    assert order == ["soon", b"data"]


def test_chain_of_calls(any_loop: Any, end: Any, order: list[Any]) -> None:
    """When data is found, the call that was scheduled before comes first."""

    def call(n: int) -> None:
        order.append(n)
        end[1].send(b"%d" % n)
        if n < 4:
            any_loop.call_soon(call, n + 1)
        else:
            any_loop.call_soon(any_loop.stop)

    any_loop.call_soon(call, 0)
    any_loop.run_forever()
    assert order == [0, 1, b"01", 2, 3, b"23", 4, b"4"]


def test_stop_before_the_poll(any_loop: Any, end: Any, order: list[Any]) -> None:
    """The turn that stops tells what its poll has found; what was scheduled in it waits."""
    end[1].send(b"data")
    reading, writing = socket.socketpair()
    writing.send(b"x")
    any_loop.add_reader(reading, order.append, "reader")
    any_loop.call_soon(any_loop.call_soon, order.append, "next turn")
    turn(any_loop)
    assert sorted(map(str, order)) == ["b'data'", "reader"]
    any_loop.remove_reader(reading)
    turn(any_loop)
    assert order[2:] == ["next turn"]
    reading.close()
    writing.close()


def test_data_comes_before_a_timer(any_loop: Any, end: Any, order: list[Any]) -> None:
    """Both while a callback blocked the loop: a timeout does not win over data that is there."""
    any_loop.call_later(0.001, order.append, "timer")

    def block() -> None:
        end[1].send(b"data")
        time.sleep(0.005)

    any_loop.call_soon(block)
    turn(any_loop)
    turn(any_loop)
    assert order == [b"data", "timer"]


def test_timers_are_not_overtaken_for_ever(any_loop: Any, order: list[Any]) -> None:
    def again() -> None:
        if not order:
            any_loop.call_soon(again)

    any_loop.call_later(0.001, order.append, "timer")
    any_loop.call_soon(again)
    any_loop.call_later(0.002, any_loop.stop)
    any_loop.run_forever()
    assert order == ["timer"]


def test_ready_call_aborts_what_the_poll_has_found(
    any_loop: Any, end: Any, order: list[Any]
) -> None:
    end[1].send(b"data")
    any_loop.call_soon(end[0].abort)
    turn(any_loop)
    turn(any_loop)
    assert order == ["lost"]


def test_ready_call_pauses_what_the_poll_has_found(
    any_loop: Any, end: Any, order: list[Any]
) -> None:
    end[1].send(b"data")
    any_loop.call_soon(end[0].pause_reading)
    turn(any_loop)
    assert not order
    any_loop.call_soon(end[0].resume_reading)
    any_loop.run_until_complete(asyncio.sleep(0.01))
    assert order == [b"data"]


def test_ready_call_takes_a_reader_away(any_loop: Any, order: list[Any]) -> None:
    """And has another socket watched under the number that is free again."""
    pairs = [socket.socketpair()]
    pairs[0][1].send(b"x")
    number = pairs[0][0].fileno()
    any_loop.add_reader(pairs[0][0], order.append, "old")

    def replace() -> None:
        any_loop.remove_reader(pairs[0][0])
        pairs[0][0].close()
        pairs.append(socket.socketpair())
        assert pairs[1][0].fileno() == number
        any_loop.add_reader(pairs[1][0], order.append, "new")

    any_loop.call_soon(replace)
    turn(any_loop)
    turn(any_loop)
    assert not order
    pairs[1][1].send(b"x")
    turn(any_loop)
    assert order == ["new"]
    any_loop.remove_reader(pairs[1][0])
    for pair in pairs:
        for each in pair:
            each.close()


def test_datagram(any_loop: Any, order: list[Any]) -> None:
    class Protocol(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: Any) -> None:
            order.append(data)

    transport, _ = any_loop.run_until_complete(
        any_loop.create_datagram_endpoint(Protocol, local_addr=("127.0.0.1", 0))
    )
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"data", transport.get_extra_info("sockname"))
    any_loop.call_soon(order.append, "soon")
    turn(any_loop)
    assert order == ["soon", b"data"]
    transport.close()
    any_loop.run_until_complete(asyncio.sleep(0))

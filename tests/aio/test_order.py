"""The turn of the loop: ticks, timers, immediates, ready calls, closing."""

from __future__ import annotations

import asyncio
import socket
import time

import uvnet
from uvnet import _core

from .helpers import turns


def test_one_turn(aio_loop):
    """Whatever the order of asking, immediates come before ready calls, ticks before both."""
    order = []
    aio_loop.call_later(0, order.append, "timer")
    aio_loop.call_soon(order.append, "soon")
    aio_loop.set_immediate(order.append, "immediate")
    aio_loop.next_tick(order.append, "tick")
    time.sleep(0.001)
    turns(aio_loop)
    assert order == ["tick", "immediate", "soon", "timer"]


def test_ticks_come_after_each_callback(aio_loop):
    order = []

    def callback(name):
        order.append(name)
        aio_loop.next_tick(order.append, f"tick of {name}")

    for name in ("a", "b"):
        aio_loop.call_soon(callback, name)
        aio_loop.set_immediate(callback, f"immediate {name}")
    turns(aio_loop)
    assert order == [
        "immediate a", "tick of immediate a", "immediate b", "tick of immediate b",
        "a", "tick of a", "b", "tick of b",
    ]  # fmt: skip


def test_ticks_of_ticks_come_before_anything_else(aio_loop):
    order = []

    def tick(n):
        order.append(n)
        if n:
            aio_loop.next_tick(tick, n - 1)

    aio_loop.call_soon(tick, 5)
    aio_loop.call_soon(order.append, "soon")
    turns(aio_loop)
    assert order == [5, 4, 3, 2, 1, 0, "soon"]


def test_ticks_are_first_in_first_out(aio_loop):
    order = []

    def callback():
        aio_loop.next_tick(order.append, 1)
        aio_loop.next_tick(lambda: aio_loop.next_tick(order.append, 3))
        aio_loop.next_tick(order.append, 2)

    aio_loop.call_soon(callback)
    turns(aio_loop)
    assert order == [1, 2, 3]


def test_tick_does_not_interrupt_its_caller(aio_loop):
    order = []

    def callback():
        aio_loop.next_tick(order.append, "tick")
        order.append("callback")

    aio_loop.call_soon(callback)
    turns(aio_loop)
    assert order == ["callback", "tick"]


def test_immediate_of_an_immediate_comes_in_the_next_turn(aio_loop):
    order = []

    def immediate():
        order.append("first")
        aio_loop.set_immediate(order.append, "second")
        aio_loop.call_soon(order.append, "soon")

    aio_loop.set_immediate(immediate)
    turns(aio_loop)
    assert order == ["first", "soon"]
    turns(aio_loop)
    assert order == ["first", "soon", "second"]


def test_immediate_of_a_ready_call(aio_loop):
    order = []

    def soon():
        aio_loop.call_soon(order.append, "soon")
        aio_loop.set_immediate(order.append, "immediate")

    aio_loop.call_soon(soon)
    turns(aio_loop, 2)
    assert order == ["immediate", "soon"]


def test_expired_timers_join_the_ready_queue(aio_loop):
    order = []
    aio_loop.call_later(0, order.append, "timer")
    time.sleep(0.001)

    def soon():
        order.append("soon")
        aio_loop.call_soon(order.append, "next turn")

    aio_loop.call_soon(soon)
    turns(aio_loop)
    assert order == ["soon", "timer"]
    turns(aio_loop)
    assert order == ["soon", "timer", "next turn"]


def test_readers_join_the_ready_queue(aio_loop):
    order = []
    left, right = socket.socketpair()
    right.send(b"x")
    aio_loop.add_reader(left, order.append, "reader")
    aio_loop.set_immediate(order.append, "immediate")
    aio_loop.call_soon(order.append, "soon")
    turns(aio_loop)
    aio_loop.remove_reader(left)
    assert order == ["immediate", "soon", "reader"]
    left.close()
    right.close()


def test_close_callbacks_are_last(aio_loop):
    order = []
    handle = _core.TCP(aio_loop)
    handle.close(lambda *args: order.append("closed"))
    aio_loop.call_soon(order.append, "soon")
    aio_loop.set_immediate(order.append, "immediate")
    turns(aio_loop)
    assert order == ["immediate", "soon", "closed"]


def test_cancelled_immediate(aio_loop):
    order = []
    immediate = aio_loop.set_immediate(order.append, 1)
    immediate.cancel()
    assert immediate.cancelled()
    turns(aio_loop)
    assert not order


def test_immediate_cancelled_by_another(aio_loop):
    order = []
    aio_loop.set_immediate(lambda: second.cancel())
    second = aio_loop.set_immediate(order.append, "second")
    aio_loop.set_immediate(order.append, "third")
    turns(aio_loop)
    assert order == ["third"]


def test_ticks_and_tasks():
    """A task's step is a ready call: its ticks come before the next step of anything."""
    order = []

    async def child(name):
        uvnet.next_tick(order.append, f"tick of {name}")
        order.append(name)
        await asyncio.sleep(0)
        order.append(f"{name} again")

    async def main():
        await asyncio.gather(child("a"), child("b"))

    uvnet.run(main())
    assert order == ["a", "tick of a", "b", "tick of b", "a again", "b again"]


def test_tick_from_outside(aio_loop):
    """Not inside a callback: with the next run, before anything else."""
    order = []
    aio_loop.call_soon(order.append, "soon")
    aio_loop.next_tick(order.append, "tick")
    assert not order
    turns(aio_loop)
    assert order == ["tick", "soon"]


def test_busy_ready_queue_does_not_starve_timers_and_readers(aio_loop):
    left, right = socket.socketpair()
    right.send(b"x")
    missing = {"timer", "reader", "immediate"}

    def again():
        if missing:
            aio_loop.call_soon(again)
        else:
            aio_loop.stop()

    def reader():
        aio_loop.remove_reader(left)
        missing.discard("reader")

    again()
    aio_loop.call_later(0.002, missing.discard, "timer")
    aio_loop.add_reader(left, reader)
    aio_loop.set_immediate(missing.discard, "immediate")
    aio_loop.run_forever()
    assert not missing
    left.close()
    right.close()


def test_ready_call_stops_the_poll_from_blocking(aio_loop):
    """With an hour until the timer."""
    order = []
    timer = aio_loop.call_later(3600, print)

    def chain(n):
        order.append(n)
        if n:
            aio_loop.call_soon(chain, n - 1)
        else:
            aio_loop.set_immediate(aio_loop.next_tick, aio_loop.stop)

    aio_loop.call_soon(chain, 3)
    aio_loop.run_forever()
    assert order == [3, 2, 1, 0]
    timer.cancel()

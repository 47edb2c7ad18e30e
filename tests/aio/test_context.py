"""contextvars: every callback has a context, a copy of its maker's unless one is given."""

from __future__ import annotations

import asyncio
import contextvars
import socket
import sys

import pytest

from .helpers import turns

var = contextvars.ContextVar("var", default="default")


def test_copy_per_call(any_loop):
    seen = []

    def callback(value):
        seen.append(var.get())
        var.set(value)

    token = var.set("before")
    for i in range(3):
        any_loop.call_soon(callback, i)
    any_loop.call_later(0, callback, 3)
    any_loop.call_soon_threadsafe(callback, 4)
    var.reset(token)
    any_loop.call_later(0.001, any_loop.stop)
    any_loop.run_forever()
    assert seen == ["before"] * 5
    assert var.get() == "default"


def test_given_context(any_loop):
    context = contextvars.copy_context()
    seen = []

    def callback():
        seen.append(var.get())
        var.set(f"after {len(seen)}")

    any_loop.call_soon(callback, context=context)
    any_loop.call_soon_threadsafe(callback, context=context)
    any_loop.call_later(0, callback, context=context)
    any_loop.call_at(0, callback, context=context)
    any_loop.call_later(0.001, any_loop.stop)
    any_loop.run_forever()
    assert seen == ["default", "after 1", "after 2", "after 3"]
    assert context[var] == "after 4"


def test_context_of_none_is_a_copy(any_loop):
    seen = []
    token = var.set("mine")
    any_loop.call_soon(lambda: seen.append(var.get()), context=None)
    var.reset(token)
    turns(any_loop)
    assert seen == ["mine"]


def test_context_of_an_error(any_loop):
    seen = []
    any_loop.set_exception_handler(lambda loop, context: seen.append(context["exception"]))

    def callback():
        var.set("changed")
        raise LookupError

    any_loop.call_soon(callback)
    any_loop.call_soon(lambda: seen.append(var.get()))
    turns(any_loop)
    assert isinstance(seen[0], LookupError) and seen[1] == "default"


@pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="from 3.12 on asyncio runs the handler in that context too, which fails likewise",
)
def test_context_that_is_entered_already(any_loop):
    """An error of that call alone."""
    contexts = []
    any_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    order = []
    context = contextvars.copy_context()

    def run():
        any_loop.call_soon(order.append, "refused", context=context)
        any_loop.call_soon(order.append, "next")
        turns(any_loop)

    context.run(run)
    assert order == ["next"]
    assert "cannot enter context" in str(contexts[0]["exception"])


def test_wrong_context(any_loop, asyncio_log):
    """Refused at once, or reported when it is to be called."""
    called = []
    any_loop.set_exception_handler(lambda loop, context: called.append(context))
    try:
        any_loop.call_soon(list, context=42)
    except (TypeError, AttributeError):
        return
    turns(any_loop)
    assert isinstance(called[0]["exception"], (TypeError, AttributeError))


def test_reader_keeps_its_context(any_loop):
    left, right = socket.socketpair()
    seen = []

    def reader():
        seen.append(var.get())
        var.set(f"after {len(seen)}")

    def add():
        var.set("added")
        any_loop.add_reader(left, reader)
        any_loop.add_writer(right, reader)

    contextvars.copy_context().run(add)
    right.send(b"x")
    turns(any_loop)
    assert seen == ["added", "added"]  # a context each
    turns(any_loop)
    assert sorted(seen[2:]) == ["after 1", "after 2"]
    any_loop.remove_reader(left)
    any_loop.remove_writer(right)
    left.close()
    right.close()


def test_tasks(run):
    async def child():
        var.set("child")
        await asyncio.sleep(0)
        return var.get()

    async def main():
        var.set("main")
        assert await asyncio.create_task(child()) == "child"
        assert var.get() == "main"
        context = contextvars.copy_context()
        assert await asyncio.create_task(child(), context=context) == "child"
        assert context[var] == "child" and var.get() == "main"

    run(main())


def test_done_callbacks(any_loop):
    future = any_loop.create_future()
    seen = []
    token = var.set("callback")
    future.add_done_callback(lambda future: seen.append(var.get()))
    var.reset(token)
    future.set_result(None)
    turns(any_loop)
    assert seen == ["callback"]


def test_ticks_and_immediates(aio_loop):
    seen = []
    token = var.set("mine")
    aio_loop.next_tick(lambda: seen.append(var.get()))
    aio_loop.set_immediate(lambda: seen.append(var.get()))
    var.reset(token)
    turns(aio_loop)
    assert seen == ["mine", "mine"]


@pytest.mark.parametrize("depth", [1, 100])
def test_context_is_left_after_every_call(any_loop, depth):
    """What runs later sees nothing of what ran before."""
    seen = []

    def callback(n):
        seen.append(var.get())
        var.set(n)

    for i in range(depth):
        any_loop.call_soon(callback, i)
    turns(any_loop)
    assert seen == ["default"] * depth

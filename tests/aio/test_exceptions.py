"""What nobody catches: exception handlers, and what they cannot handle."""

from __future__ import annotations

import asyncio
import logging

import pytest

import uvnet

from .helpers import turns


@pytest.fixture
def contexts(any_loop):
    found = []
    any_loop.set_exception_handler(lambda loop, context: found.append(context))
    return found


def fail():
    raise ZeroDivisionError("oops")


@pytest.mark.parametrize("start", ["call_soon", "call_later", "call_soon_threadsafe"])
def test_context(any_loop, contexts, start):
    args = (0, fail) if start == "call_later" else (fail,)
    handle = getattr(any_loop, start)(*args)
    any_loop.call_later(0.001, any_loop.stop)
    any_loop.run_forever()
    (context,) = contexts
    assert isinstance(context["exception"], ZeroDivisionError)
    assert context["handle"] is handle
    assert context["message"].startswith("Exception in callback") and "fail" in context["message"]
    assert context["exception"].__traceback__ is not None


def test_handler_gets_the_loop(any_loop):
    loops = []
    any_loop.set_exception_handler(lambda loop, context: loops.append(loop))
    assert any_loop.get_exception_handler() is not None
    any_loop.call_soon(fail)
    turns(any_loop)
    assert loops == [any_loop]
    any_loop.set_exception_handler(None)
    assert any_loop.get_exception_handler() is None


def test_bad_handler_is_refused(any_loop):
    with pytest.raises(TypeError):
        any_loop.set_exception_handler("handler")


def test_others_run_after_an_error(any_loop, contexts):
    order = []
    for i in range(3):
        any_loop.call_soon(order.append, i)
        any_loop.call_soon(fail)
    turns(any_loop)
    assert order == [0, 1, 2] and len(contexts) == 3


def test_default_handler_logs(any_loop, asyncio_log):
    any_loop.call_soon(fail)
    turns(any_loop)
    (record,) = asyncio_log()
    assert record.name == "asyncio" and record.levelno == logging.ERROR
    assert "Exception in callback" in record.getMessage() and "fail" in record.getMessage()
    assert isinstance(record.exc_info[1], ZeroDivisionError)


def test_default_handler_by_hand(any_loop, asyncio_log):
    any_loop.call_exception_handler({"message": "by hand", "thing": 1})
    (record,) = asyncio_log()
    assert record.getMessage() == "by hand\nthing: 1"


def test_handler_that_fails(any_loop, asyncio_log):
    any_loop.set_exception_handler(lambda loop, context: 1 / 0)
    any_loop.call_soon(lambda: [][0])
    any_loop.call_soon(any_loop.stop)
    any_loop.run_forever()
    (record,) = asyncio_log()
    assert "Unhandled error in exception handler" in record.getMessage()
    assert isinstance(record.exc_info[1], ZeroDivisionError)


@pytest.mark.parametrize("base", [asyncio.SelectorEventLoop, uvnet.Loop])
def test_default_handler_of_a_subclass_that_fails(base, asyncio_log):
    class Loop(base):
        def default_exception_handler(self, context):
            raise LookupError("default")

    loop = Loop()
    loop.call_soon(fail)
    turns(loop)
    loop.close()
    (record,) = asyncio_log()
    assert "Exception in default exception handler" in record.getMessage()


class Custom(BaseException):
    pass


@pytest.mark.parametrize("exc", [Custom, GeneratorExit, asyncio.CancelledError])
def test_base_exceptions_are_handled(any_loop, contexts, exc):
    def callback():
        raise exc

    any_loop.call_soon(callback)
    turns(any_loop)
    assert isinstance(contexts[0]["exception"], exc)


@pytest.mark.parametrize("exc", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("start", ["call_soon", "call_later", "reader"])
def test_those_that_end_the_run(any_loop, contexts, exc, start):
    import socket

    left, right = socket.socketpair()
    error = exc(3)
    order = []

    def callback():
        any_loop.remove_reader(left)
        raise error

    if start == "reader":
        any_loop.add_reader(left, callback)
        right.send(b"x")
    elif start == "call_later":
        any_loop.call_later(0, callback)
    else:
        any_loop.call_soon(callback)
        any_loop.call_soon(order.append, "next")
    with pytest.raises(exc) as caught:
        any_loop.run_forever()
    assert caught.value is error
    assert not contexts and not order and not any_loop.is_running()
    turns(any_loop)
    assert order == (["next"] if start == "call_soon" else [])
    left.close()
    right.close()


@pytest.mark.parametrize("exc", [KeyboardInterrupt, SystemExit])
def test_handler_that_ends_the_run(any_loop, exc):
    def handler(loop, context):
        raise exc

    any_loop.set_exception_handler(handler)
    any_loop.call_soon(fail)
    with pytest.raises(exc):
        any_loop.run_forever()
    any_loop.set_exception_handler(None)
    turns(any_loop)


def test_tasks_end_the_run(any_loop):
    async def main():
        await asyncio.sleep(0)
        raise SystemExit(4)

    task = any_loop.create_task(main())
    with pytest.raises(SystemExit):
        any_loop.run_forever()
    assert isinstance(task.exception(), SystemExit)


def test_exception_that_nobody_retrieves(any_loop, asyncio_log):
    async def main():
        raise LookupError("lost")

    any_loop.create_task(main())
    turns(any_loop, 2)
    (record,) = asyncio_log()
    assert "never retrieved" in record.getMessage()


def test_callable_that_cannot_be_called(any_loop, contexts):
    any_loop.call_soon(42)
    any_loop.call_soon(len, 1, 2, 3)
    any_loop.call_later(0, None)
    any_loop.call_later(0.001, any_loop.stop)
    any_loop.run_forever()
    assert [type(context["exception"]) for context in contexts] == [TypeError] * 3


def test_errors_in_ticks_and_immediates(aio_loop):
    contexts = []
    aio_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    order = []
    aio_loop.next_tick(fail)
    aio_loop.next_tick(order.append, "tick")
    aio_loop.set_immediate(fail)
    aio_loop.set_immediate(order.append, "immediate")
    turns(aio_loop)
    assert order == ["tick", "immediate"] and len(contexts) == 2


def test_handler_runs_ticks(aio_loop):
    order = []

    def handler(loop, context):
        loop.next_tick(order.append, "tick")
        order.append("handler")

    aio_loop.set_exception_handler(handler)
    aio_loop.call_soon(fail)
    aio_loop.call_soon(order.append, "next")
    turns(aio_loop)
    assert order == ["handler", "tick", "next"]

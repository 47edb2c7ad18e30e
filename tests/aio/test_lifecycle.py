"""A loop's life: starting, stopping, closing, what is refused meanwhile, and its types."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import warnings
import weakref

import pytest

import uvnet
from uvnet import _core

from .helpers import turns

# ------------------------------------------------------------------------------ stop


def test_stop_before_the_run(any_loop):
    order = []
    any_loop.call_soon(order.append, 1)
    any_loop.stop()
    any_loop.call_soon(order.append, 2)
    any_loop.run_forever()
    assert order == [1, 2]


def test_stop_in_a_callback_ends_the_turn(any_loop):
    order = []
    any_loop.call_soon(any_loop.stop)
    any_loop.call_soon(order.append, "same turn")
    any_loop.call_soon(lambda: any_loop.call_soon(order.append, "next turn"))
    any_loop.run_forever()
    assert order == ["same turn"]
    turns(any_loop)
    assert order == ["same turn", "next turn"]


def test_stop_twice(any_loop):
    """It is no counter: a second stop() in the same turn does not end the next run."""
    order = []
    any_loop.call_soon(any_loop.stop)
    any_loop.call_soon(any_loop.stop)
    any_loop.run_forever()
    any_loop.call_soon(lambda: any_loop.call_soon(lambda: any_loop.call_soon(last)))

    def last():
        order.append("last")
        any_loop.stop()

    any_loop.run_forever()
    assert order == ["last"]


def test_stop_in_a_timer(any_loop):
    any_loop.call_later(0.001, any_loop.stop)
    any_loop.run_forever()
    assert not any_loop.is_running()


def test_stop_in_a_reader(any_loop):
    left, right = socket.socketpair()
    any_loop.add_reader(left, any_loop.stop)
    any_loop.call_later(0.001, right.send, b"x")
    any_loop.run_forever()
    any_loop.remove_reader(left)
    left.close()
    right.close()


@pytest.mark.parametrize("where", ["next_tick", "set_immediate"])
def test_stop_in_a_tick_or_an_immediate(aio_loop, where):
    aio_loop.call_soon(getattr(aio_loop, where), aio_loop.stop)
    aio_loop.run_forever()


def test_stop_inside_a_task(any_loop):
    async def main():
        any_loop.stop()
        await asyncio.sleep(0)
        return "done"

    task = any_loop.create_task(main())
    any_loop.run_forever()
    assert not task.done()
    assert any_loop.run_until_complete(task) == "done"


def test_stop_with_an_error_in_the_same_turn(any_loop):
    contexts = []
    any_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    any_loop.call_soon(any_loop.stop)
    any_loop.call_soon(lambda: 1 / 0)
    any_loop.run_forever()
    assert len(contexts) == 1


def test_stop_after_close(new_loop):
    loop = new_loop()
    loop.close()
    loop.stop()
    with pytest.raises(RuntimeError, match="closed"):
        loop.run_forever()


# -------------------------------------------------------------------- run_until_complete


def test_run_until_complete(any_loop):
    async def main():
        return 42

    assert any_loop.run_until_complete(main()) == 42
    future = any_loop.create_future()
    any_loop.call_later(0.001, future.set_result, 43)
    assert any_loop.run_until_complete(future) == 43
    assert any_loop.run_until_complete(future) == 43
    assert any_loop.run_until_complete(asyncio.gather(main_task(any_loop, 1))) == [1]


def main_task(loop, value):
    async def main():
        await asyncio.sleep(0)
        return value

    return loop.create_task(main())


def test_run_until_complete_raises(any_loop):
    async def main():
        raise LookupError("x")

    with pytest.raises(LookupError, match="x"):
        any_loop.run_until_complete(main())


def test_run_until_complete_of_what_is_no_future(any_loop):
    for wrong in (42, None, print):
        with pytest.raises(TypeError):
            any_loop.run_until_complete(wrong)


def test_run_until_complete_of_another_loops_future(any_loop, new_loop):
    other = new_loop()
    with pytest.raises(ValueError):
        any_loop.run_until_complete(other.create_future())
    other.close()


def test_stopped_before_the_future_completed(any_loop):
    future = any_loop.create_future()
    any_loop.call_soon(any_loop.stop)
    with pytest.raises(RuntimeError, match="stopped before Future completed"):
        any_loop.run_until_complete(future)
    future.cancel()


def test_cancelled_future(any_loop):
    future = any_loop.create_future()
    any_loop.call_soon(future.cancel)
    with pytest.raises(asyncio.CancelledError):
        any_loop.run_until_complete(future)


# ------------------------------------------------------------------------ while it runs


def forgets_the_running_loop(loop):
    """Whether run_forever(), when it is refused, leaves no loop running: asyncio of 3.13.0."""
    return sys.version_info[:2] == (3, 13) and not isinstance(loop, uvnet.Loop)


def test_refused_while_running(any_loop, new_loop):
    if forgets_the_running_loop(any_loop):
        pytest.skip("asyncio's run_forever() forgets the running loop")
    other = new_loop()

    async def main():
        for refused in (any_loop.run_forever, other.run_forever):
            with pytest.raises(RuntimeError, match="running"):
                refused()
        never = asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="running"):
            any_loop.run_until_complete(never)
        with pytest.raises(RuntimeError, match="running"):
            other.run_until_complete(never)
        never.close()
        with pytest.raises(RuntimeError, match="running"):
            any_loop.close()
        assert any_loop.is_running() and not any_loop.is_closed()
        assert not other.is_running()
        return "still running"

    assert any_loop.run_until_complete(main()) == "still running"
    other.close()


@pytest.mark.parametrize("outer", ["stock", "uvnet"])
def test_another_kind_of_loop_is_running(outer):
    factories = [asyncio.SelectorEventLoop, uvnet.new_event_loop]
    if outer == "uvnet":
        factories.reverse()
    first, second = (factory() for factory in factories)
    forgets = forgets_the_running_loop(second)

    async def main():
        with pytest.raises(RuntimeError, match="another loop is running"):
            second.run_forever()
        if isinstance(second, uvnet.Loop):
            with pytest.raises(RuntimeError, match="another loop is running"):
                second.run()
        assert forgets or asyncio.get_running_loop() is first

    first.run_until_complete(main())
    second.call_soon(second.stop)
    second.run_forever()
    first.close()
    second.close()


def test_another_loop_may_be_closed_meanwhile(any_loop, new_loop):
    other = new_loop()
    other.call_soon(print)
    other.call_later(1, print)
    any_loop.call_soon(other.close)
    any_loop.call_later(0.001, any_loop.stop)
    any_loop.run_forever()
    assert other.is_closed()


def test_hooks_of_asyncgens_are_restored(any_loop):
    before = sys.get_asyncgen_hooks()
    inside = []
    any_loop.call_soon(lambda: inside.append(sys.get_asyncgen_hooks()))
    turns(any_loop)
    assert inside[0].firstiter is not None and inside[0] != before
    assert sys.get_asyncgen_hooks() == before


# ---------------------------------------------------------------------------- closing


def test_close_twice(new_loop):
    loop = new_loop()
    assert not loop.is_closed()
    loop.close()
    loop.close()
    assert loop.is_closed() and not loop.is_running()
    assert "closed=True" in repr(loop)


def test_use_after_close(new_loop):
    loop = new_loop()
    loop.close()
    never = asyncio.sleep(0)
    for function, *args in [
        (loop.call_soon, print), (loop.call_soon_threadsafe, print), (loop.call_later, 1, print),
        (loop.call_at, 1, print), (loop.run_forever,), (loop.run_until_complete, never),
        (loop.create_task, never), (loop.run_in_executor, None, print), (loop.add_reader, 0, print),
        (loop.add_writer, 0, print),
    ]:  # fmt: skip
        with pytest.raises(RuntimeError, match="closed"):
            function(*args)
    never.close()
    assert loop.time() > 0
    assert loop.get_debug() is False
    if isinstance(loop, uvnet.Loop):
        for function in (loop.next_tick, loop.set_immediate):
            with pytest.raises(RuntimeError, match="closed"):
                function(print)
        with pytest.raises(RuntimeError, match="closed"):
            loop.run()


def test_close_drops_what_waits(new_loop, must_not_call):
    class Thing:
        pass

    thing = Thing()
    ref = weakref.ref(thing)
    loop = new_loop()
    callback = must_not_call()
    loop.call_soon(callback, thing)
    loop.call_later(0, callback, thing)
    loop.call_later(1000, callback, thing)
    loop.call_soon_threadsafe(callback, thing)
    if isinstance(loop, uvnet.Loop):
        loop.next_tick(callback, thing)
        loop.set_immediate(callback, thing)
    del thing
    loop.close()
    gc.collect()
    assert ref() is None


def test_close_after_an_error(new_loop):
    loop = new_loop()

    def end():
        raise KeyboardInterrupt

    loop.call_soon(end)
    with pytest.raises(KeyboardInterrupt):
        loop.run_forever()
    loop.close()


def test_close_in_a_callback_of_closing(new_loop):
    """What is dropped may have a destructor that uses the loop."""
    loop = new_loop()
    errors = []

    class Thing:
        def __del__(self):
            try:
                loop.call_soon(print)
            except RuntimeError as exc:
                errors.append(exc)

    loop.call_soon(print, Thing())
    loop.close()
    gc.collect()
    loop.close()
    assert loop.is_closed()


def test_many_loops(new_loop):
    """None leaves a descriptor."""
    before = len(os.listdir("/dev/fd"))
    for _ in range(100):
        loop = new_loop()
        turns(loop)
        loop.close()
    assert len(os.listdir("/dev/fd")) == before


def test_unclosed_loop_warns(new_loop):
    loop = new_loop()
    loop.call_later(1000, print)
    turns(loop)
    with pytest.warns(ResourceWarning, match="unclosed event loop"):
        del loop
        gc.collect()


def test_unclosed_loop_that_never_ran_warns(new_loop):
    loop = new_loop()
    with pytest.warns(ResourceWarning, match="unclosed event loop"):
        del loop
        gc.collect()


@pytest.mark.parametrize("cycle", ["attribute", "call", "timer", "reader"])
def test_unclosed_loop_in_a_cycle(new_loop, cycle, request):
    loop = new_loop()
    if cycle == "reader" and isinstance(loop, uvnet.Loop):
        reason = "an open handle, a Watch, keeps itself and its loop until it is closed"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    left, right = socket.socketpair()
    match cycle:
        case "attribute":
            loop.cycle = loop
        case "call":
            loop.call_soon(loop.stop)
        case "timer":
            loop.call_later(1000, loop.stop)
        case "reader":
            loop.add_reader(left, loop.stop)
    ref = weakref.ref(loop)
    try:
        with pytest.warns(ResourceWarning, match="unclosed event loop"):
            del loop
            gc.collect()
    finally:
        if ref() is not None:
            ref().close()
        left.close()
        right.close()


def test_closed_loop_is_silent(new_loop):
    loop = new_loop()
    loop.close()
    ref = weakref.ref(loop)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del loop
        gc.collect()
    assert ref() is None


def test_unclosed_at_exit(program):
    """The interpreter ends with an open loop, its timers and handlers: no crash."""
    process = program(
        """
        loop = new_loop()
        loop.call_later(1000, print)
        loop.call_soon(print, "never")
        r, w = os.pipe()
        loop.add_reader(r, print)
        loop.add_signal_handler(signal.SIGUSR1, print)
        loop.call_soon(loop.stop)
        loop.run_forever()
        print("end")
        """
    )
    assert process.stdout == "never\nend\n"


def test_exit_inside_a_callback(program):
    process = program(
        """
        async def main():
            asyncio.get_running_loop().call_soon(sys.exit, 5)
            await asyncio.sleep(60)

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
        """,
        returncode=5,
    )
    assert "Traceback" not in process.stderr


# ------------------------------------------------------------------------ types and policy


def test_types(aio_loop):
    assert isinstance(aio_loop, asyncio.AbstractEventLoop)
    assert isinstance(aio_loop, asyncio.BaseEventLoop)
    assert isinstance(aio_loop, _core.Loop)
    assert type(aio_loop) is uvnet.Loop
    assert issubclass(uvnet.Loop, asyncio.AbstractEventLoop)
    assert isinstance(aio_loop.create_future(), asyncio.Future)
    immediate = aio_loop.set_immediate(print)
    assert isinstance(immediate, asyncio.Handle)
    immediate.cancel()


def test_repr(any_loop):
    assert "running=False closed=False debug=False" in repr(any_loop)
    seen = []
    any_loop.call_soon(lambda: seen.append(repr(any_loop)))
    turns(any_loop)
    assert "running=True" in seen[0]


def test_attributes_and_weak_references(any_loop):
    any_loop.anything = 1
    assert any_loop.anything == 1
    assert weakref.ref(any_loop)() is any_loop


def test_set_event_loop(any_loop):
    asyncio.set_event_loop(any_loop)
    try:
        assert asyncio.get_event_loop() is any_loop
        assert asyncio.Event() is not None
        future = asyncio.Future()
        assert future.get_loop() is any_loop
        future.cancel()
    finally:
        asyncio.set_event_loop(None)


class Counting(uvnet.Loop):
    """A subclass with an __init__ of its own, and methods in place of native ones."""

    def __init__(self, name, *, start=0):
        super().__init__()
        self.name = name
        self.calls = start

    def call_soon(self, callback, *args, context=None):
        self.calls += 1
        return super().call_soon(callback, *args, context=context)

    def time(self):
        return super().time() + 0.0


def test_subclass():
    async def main():
        loop = asyncio.get_running_loop()
        assert type(loop) is Counting and loop.name == "mine"
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        return loop.calls

    with asyncio.Runner(loop_factory=lambda: Counting("mine", start=10)) as runner:
        assert runner.run(main()) >= 12


def test_subclass_that_fails_in_init(unraisable):
    class Bad(uvnet.Loop):
        def __init__(self):
            raise LookupError("init")

    with pytest.raises(LookupError, match="init"):
        Bad()
    gc.collect()
    unraisable.clear()  # BaseEventLoop.__del__ misses what its __init__ sets


def test_subclass_without_super_init():
    """Half made: refused with an error, never a crash."""

    class Bad(uvnet.Loop):
        def __init__(self):
            pass

        def __del__(self):
            _core.Loop.close(self)

    loop = Bad()
    with pytest.raises(AttributeError):
        loop.run_forever()
    with pytest.raises(AttributeError):
        loop.add_reader(0, print)
    loop.call_soon(print).cancel()


def test_subclass_with_an_exception_handler_of_its_own():
    seen = []

    class Loop(uvnet.Loop):
        def call_exception_handler(self, context):
            seen.append(context["exception"])

    loop = Loop()
    loop.call_soon(lambda: 1 / 0)
    turns(loop)
    loop.close()
    assert [type(exc) for exc in seen] == [ZeroDivisionError]


def test_loops_have_no_arguments(unraisable):
    with pytest.raises(TypeError):
        uvnet.new_event_loop(selector=None)
    with pytest.raises(TypeError):
        uvnet.Loop(1)
    gc.collect()
    unraisable.clear()  # the one that was not made warns that it is not closed

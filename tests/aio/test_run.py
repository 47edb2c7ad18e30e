"""asyncio.Runner and uvnet.run."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import warnings

import pytest

import uvnet

from .helpers import in_thread


async def value(result=42):
    await asyncio.sleep(0)
    return result


async def failure(exc):
    await asyncio.sleep(0)
    raise exc


# --------------------------------------------------------------------------- Runner


def test_runner_returns_and_raises(run):
    assert run(value()) == 42
    error = LookupError("x")
    with pytest.raises(LookupError) as caught:
        run(failure(error))
    assert caught.value is error


@pytest.mark.parametrize("exc", [KeyboardInterrupt, SystemExit, asyncio.CancelledError])
def test_runner_raises_base_exceptions(run, exc):
    with pytest.raises(exc):
        run(failure(exc()))


def test_runner_runs_several(new_loop):
    with asyncio.Runner(loop_factory=new_loop) as runner:
        loop = runner.get_loop()
        assert [runner.run(value(i)) for i in range(3)] == [0, 1, 2]
        with pytest.raises(ValueError):
            runner.run(failure(ValueError()))
        assert runner.run(value(3)) == 3
        assert runner.get_loop() is loop
    assert loop.is_closed()


def test_runner_keeps_context(new_loop):
    var = contextvars.ContextVar("var", default=0)

    async def add():
        var.set(var.get() + 1)
        return var.get()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert [runner.run(add()) for _ in range(3)] == [1, 2, 3]
    assert var.get() == 0


def test_runner_cancels_what_is_left(run, must_call):
    cancelled = []

    async def background():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(asyncio.current_task().get_name())
            raise

    async def main():
        keep = [asyncio.create_task(background(), name=str(i)) for i in range(3)]
        await asyncio.sleep(0)
        return len(keep)

    assert run(main()) == 3
    assert sorted(cancelled) == ["0", "1", "2"]


@pytest.mark.parametrize("debug", [True, False])
def test_runner_debug(run, debug):
    async def main():
        return asyncio.get_running_loop().get_debug()

    assert run(main(), debug=debug) is debug


def test_runner_in_a_thread(run):
    results = []
    with in_thread(lambda: results.append(run(value()))):
        pass
    assert results == [42]


def test_running_loop_is_seen(run):
    async def main():
        loop = asyncio.get_running_loop()
        assert asyncio.get_event_loop() is loop
        assert loop.is_running() and not loop.is_closed()
        assert asyncio.current_task(loop) in asyncio.all_tasks(loop)
        return loop

    loop = run(main())
    assert not loop.is_running() and loop.is_closed()
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()


# ---------------------------------------------------------------- uvnet.run(coroutine)


def test_run_returns_and_raises():
    assert uvnet.run(value()) == 42
    with pytest.raises(LookupError, match="x"):
        uvnet.run(failure(LookupError("x")))


@pytest.mark.parametrize("debug", [True, False])
def test_run_debug(debug):
    async def main():
        loop = asyncio.get_running_loop()
        assert isinstance(loop, uvnet.Loop)
        return loop.get_debug()

    assert uvnet.run(main(), debug=debug) is debug


def test_run_refuses_what_is_no_coroutine():
    with pytest.raises((ValueError, TypeError)):
        uvnet.run(lambda: None)
    with pytest.raises((ValueError, TypeError)):
        uvnet.run(42)


@pytest.mark.parametrize("outer", [asyncio.run, uvnet.run])
def test_run_inside_a_running_loop(outer):
    async def main():
        inner = value()
        with pytest.raises(RuntimeError, match="running event loop"):
            uvnet.run(inner)
        inner.close()
        return 1

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert outer(main()) == 1
        gc.collect()
    assert not caught, [str(w.message) for w in caught]


def test_run_leaves_other_loops_running():
    """The loop that refused goes on as if nothing had been."""

    async def main():
        inner = value()
        with pytest.raises(RuntimeError):
            uvnet.run(inner)
        inner.close()
        assert await value() == 42
        return asyncio.get_running_loop()

    assert uvnet.run(main()).is_closed()


# -------------------------------------------------------------------------- uvnet.run()


def default_loop():
    """Return this thread's default loop; the fixtures close it."""
    from uvnet import _core

    return _core.current_loop()


def test_run_without_anything_to_do():
    assert uvnet.run() is None
    assert uvnet.run() is None
    assert not default_loop().is_running()


def test_run_until_nothing_is_left():
    loop = default_loop()
    order = []
    loop.call_soon(order.append, "soon")
    uvnet.set_immediate(order.append, "immediate")
    uvnet.next_tick(order.append, "tick")

    def on_timer():
        loop.call_soon(order.append, "soon of timer")
        loop.call_later(0.005, order.append, "timer")

    loop.call_later(0.005, on_timer)
    uvnet.run()
    assert order == ["tick", "immediate", "soon", "soon of timer", "timer"]


def test_run_waits_for_a_reader():
    loop = default_loop()
    r, w = os.pipe()
    got = []

    def reader():
        got.append(os.read(r, 10))
        loop.remove_reader(r)

    loop.add_reader(r, reader)
    loop.call_later(0.01, os.write, w, b"x")
    uvnet.run()
    assert got == [b"x"]
    os.close(r)
    os.close(w)


def test_run_does_not_wait_for_a_cancelled_timer():
    handle = default_loop().call_later(3600, print)
    handle.cancel()
    uvnet.run()


def test_run_finishes_tasks():
    loop = default_loop()

    async def main():
        await asyncio.sleep(0.01)
        assert asyncio.get_running_loop() is loop
        return "done"

    task = loop.create_task(main())
    uvnet.run()
    assert task.result() == "done"


@pytest.mark.parametrize("where", ["soon", "timer", "immediate", "tick", "reader"])
def test_run_raises_what_nobody_catches(where):
    loop = default_loop()
    r, w = os.pipe()
    os.write(w, b"x")
    error = ZeroDivisionError(where)
    after = []

    def fail():
        if where == "reader":
            loop.remove_reader(r)
        raise error

    match where:
        case "soon":
            loop.call_soon(fail)
        case "timer":
            loop.call_later(0.001, fail)
        case "immediate":
            uvnet.set_immediate(fail)
        case "tick":
            uvnet.next_tick(fail)
        case "reader":
            loop.add_reader(r, fail)
    loop.call_later(0.01, after.append, "later")
    with pytest.raises(ZeroDivisionError) as caught:
        uvnet.run()
    assert caught.value is error
    assert not after and not loop.is_running()
    uvnet.run()  # what was left
    assert after == ["later"]
    os.close(r)
    os.close(w)


def test_run_keeps_what_came_after_the_error():
    order = []

    def fail():
        order.append("fail")
        raise ZeroDivisionError

    loop = default_loop()
    for function in (fail, lambda: order.append("between"), fail, lambda: order.append("last")):
        loop.call_soon(function)
    for expected in (["fail"], ["between", "fail"]):
        order.clear()
        with pytest.raises(ZeroDivisionError):
            uvnet.run()
        assert order == expected
    order.clear()
    uvnet.run()
    assert order == ["last"]


def test_run_with_an_exception_handler():
    loop = default_loop()
    contexts = []
    after = []
    loop.set_exception_handler(lambda loop, context: contexts.append(context))
    loop.call_soon(lambda: 1 / 0)
    loop.call_soon(after.append, 1)
    uvnet.run()
    assert isinstance(contexts[0]["exception"], ZeroDivisionError) and len(contexts) == 1
    assert after == [1]
    loop.set_exception_handler(None)
    loop.call_soon(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        uvnet.run()


def test_run_ends_with_stop():
    loop = default_loop()
    loop.call_later(3600, print).cancel()
    loop.call_later(0.001, loop.stop)
    later = loop.call_later(3600, print)
    uvnet.run()
    assert not later.cancelled()
    later.cancel()


def test_run_inside_run():
    loop = default_loop()

    def again():
        with pytest.raises(RuntimeError, match="already running"):
            uvnet.run()
        seen.append(1)

    seen = []
    loop.call_soon(again)
    uvnet.run()
    assert seen == [1]


def test_run_inside_a_foreign_loop():
    async def main():
        with pytest.raises(RuntimeError, match="not an uvnet loop"):
            uvnet.run()
        with pytest.raises(RuntimeError, match="not an uvnet loop"):
            uvnet.set_immediate(print)
        with pytest.raises(RuntimeError, match="not an uvnet loop"):
            uvnet.next_tick(print)

    asyncio.run(main())


def test_run_sets_debug_of_the_default_loop():
    uvnet.run(debug=True)
    assert default_loop().get_debug()
    uvnet.run()
    assert default_loop().get_debug()
    uvnet.run(debug=False)
    assert not default_loop().get_debug()


def test_run_uses_a_loop_per_thread():
    here = default_loop()
    seen = []

    def other():
        loop = default_loop()
        assert loop is not here and loop is default_loop()
        loop.call_later(0.001, seen.append, "other")
        uvnet.run()
        loop.close()
        assert default_loop() is not loop  # a closed one is replaced
        default_loop().close()

    with in_thread(other):
        here.call_later(0.001, seen.append, "here")
        uvnet.run()
    assert sorted(seen) == ["here", "other"]


def test_run_after_its_loop_was_closed():
    default_loop().close()
    uvnet.next_tick(list)
    uvnet.run()


def test_immediates_inside_a_coroutine():
    async def main():
        future = asyncio.get_running_loop().create_future()
        uvnet.set_immediate(future.set_result, "immediate")
        return await future

    assert uvnet.run(main()) == "immediate"

"""asyncio's debug mode."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
import time

import pytest

from .helpers import in_thread, turns


@pytest.fixture
def debug_loop(any_loop):
    any_loop.set_debug(True)
    return any_loop


def slow_callback(*args):
    time.sleep(0.02)


@pytest.fixture
def warnings_of(caplog):
    """What asyncio logged as a warning, as texts."""
    caplog.set_level(logging.WARNING, "asyncio")
    return lambda: [r.getMessage() for r in caplog.records if r.name == "asyncio"]


def test_off_by_default(any_loop):
    assert any_loop.get_debug() is False
    any_loop.set_debug(True)
    assert any_loop.get_debug() is True


def test_environment(program):
    code = """
    loop = new_loop()
    print(loop.get_debug())
    loop.close()
    """
    assert program(code, PYTHONASYNCIODEBUG="1").stdout == "True\n"
    assert program(code, flags=("-X", "dev")).stdout == "True\n"


def test_slow_callback(debug_loop, warnings_of):
    debug_loop.slow_callback_duration = 0.01
    debug_loop.call_soon(slow_callback, 42)
    turns(debug_loop)
    (text,) = warnings_of()
    assert text.startswith("Executing <") and "slow_callback(42)" in text
    assert re.search(r" took \d+\.\d{3} seconds$", text)


def test_slow_timer_and_reader(debug_loop, warnings_of):
    import socket

    debug_loop.slow_callback_duration = 0.01
    left, right = socket.socketpair()
    right.send(b"x")
    debug_loop.add_reader(left, slow_callback)
    debug_loop.call_later(0, slow_callback, "timer")
    turns(debug_loop)
    debug_loop.remove_reader(left)
    turns(debug_loop, 2)
    assert sum("slow_callback()" in text for text in warnings_of()) == 1
    assert sum("slow_callback('timer')" in text for text in warnings_of()) == 1
    left.close()
    right.close()


def test_slow_task(debug_loop, warnings_of):
    async def slow_coroutine():
        time.sleep(0.02)

    debug_loop.slow_callback_duration = 0.01
    debug_loop.run_until_complete(slow_coroutine())
    assert sum("slow_coroutine" in text for text in warnings_of()) == 1


def test_slow_callback_that_cancels_itself(debug_loop, warnings_of):
    debug_loop.slow_callback_duration = 0.01
    handle = debug_loop.call_soon(lambda: (handle.cancel(), time.sleep(0.02)))
    turns(debug_loop)
    (text,) = warnings_of()
    assert "cancelled" in text


def test_quick_callback(debug_loop, warnings_of):
    assert debug_loop.slow_callback_duration == 0.1
    debug_loop.slow_callback_duration = 30
    debug_loop.call_soon(slow_callback)
    turns(debug_loop)
    assert not warnings_of()


def test_slow_callback_without_debug(any_loop, warnings_of):
    any_loop.slow_callback_duration = 0.001
    any_loop.call_soon(slow_callback)
    turns(any_loop)
    assert not warnings_of()


@pytest.mark.parametrize("method", ["call_soon", "call_later", "call_at"])
def test_wrong_thread(debug_loop, method):
    args = (print,) if method == "call_soon" else (0, print)
    errors = []

    def call():
        try:
            getattr(debug_loop, method)(*args)
        except RuntimeError as exc:
            errors.append(str(exc))
        debug_loop.call_soon_threadsafe(debug_loop.stop)

    started = threading.Event()
    debug_loop.call_soon(started.set)
    with in_thread(lambda: started.wait(30) and call()):
        debug_loop.run_forever()
    assert len(errors) == 1 and "Non-thread-safe operation" in errors[0]


def test_another_thread_while_it_does_not_run(debug_loop):
    with in_thread(debug_loop.call_soon, debug_loop.stop):
        pass
    debug_loop.run_forever()


@pytest.mark.parametrize("method", ["call_soon", "call_soon_threadsafe", "call_later", "call_at"])
def test_bad_callbacks(debug_loop, method):
    async def coroutine():
        pass

    def call(callback):
        args = (callback,) if "soon" in method else (0, callback)
        return getattr(debug_loop, method)(*args)

    made = coroutine()
    for bad in (None, 42, "print", coroutine, made):
        with pytest.raises(TypeError):
            call(bad)
    made.close()
    turns(debug_loop)


def test_source_traceback(debug_loop):
    here = debug_loop.call_soon(print)
    later = debug_loop.call_later(1, print)
    for handle in (here, later):
        frames = [frame.name for frame in handle._source_traceback]
        assert frames[-1] == "test_source_traceback"
        assert "created at" in repr(handle) and "test_debug.py" in repr(handle)
        handle.cancel()
        assert "created at" in repr(handle)


def test_no_source_traceback_without_debug(any_loop):
    handle = any_loop.call_soon(print)
    assert handle._source_traceback is None
    assert "created at" not in repr(handle)
    handle.cancel()


def test_arguments_are_shown(debug_loop):
    handle = debug_loop.call_soon(slow_callback, 1, "two")
    assert "slow_callback(1, 'two')" in repr(handle)
    handle.cancel()


def test_error_tells_where_it_was_scheduled(debug_loop, asyncio_log):
    def fail():
        raise LookupError

    def schedule():
        debug_loop.call_soon(fail)

    schedule()
    turns(debug_loop)
    (record,) = asyncio_log()
    text = record.getMessage()
    assert "Object created at" in text and "in schedule" in text


def test_coroutine_origin(debug_loop):
    depths = []

    async def main():
        depths.append(sys.get_coroutine_origin_tracking_depth())
        coroutine = main()
        assert coroutine.cr_origin is not None
        coroutine.close()

    before = sys.get_coroutine_origin_tracking_depth()
    debug_loop.run_until_complete(main())
    assert depths[0] > 0
    assert sys.get_coroutine_origin_tracking_depth() == before


def test_switched_on_while_running(any_loop):
    depths = []

    def look():
        depths.append(sys.get_coroutine_origin_tracking_depth())

    any_loop.call_soon(any_loop.set_debug, True)
    turns(any_loop)
    any_loop.call_soon(look)
    turns(any_loop)
    any_loop.call_soon(lambda: any_loop.set_debug(False))
    turns(any_loop, 2)
    any_loop.call_soon(look)
    turns(any_loop)
    assert depths[0] > 0 and depths[1] == 0
    assert sys.get_coroutine_origin_tracking_depth() == 0


def test_debug_survives_a_busy_turn(debug_loop):
    """A reader that is slow to describe must not disturb the order."""
    order = []
    for i in range(100):
        debug_loop.call_soon(order.append, i)
        debug_loop.call_later(0, order.append, i)
    debug_loop.call_later(0.001, debug_loop.stop)
    debug_loop.run_forever()
    assert sorted(order) == sorted(2 * list(range(100))) and order[:100] == list(range(100))


def test_tasks_and_gather_in_debug(run):
    async def child(i):
        await asyncio.sleep(0.001 * i)
        return i

    async def main():
        return await asyncio.gather(*(child(i) for i in range(5)))

    assert run(main(), debug=True) == list(range(5))

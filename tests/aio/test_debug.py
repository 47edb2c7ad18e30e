"""asyncio's debug mode."""

from __future__ import annotations

import asyncio
import contextlib
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


# --------------------------------------------------------------------- a wrong thread


async def things_of(loop):
    """Return a transport of each kind, a server, and what closes their other ends."""
    import os
    import socket

    with contextlib.ExitStack() as stack:
        ours, peer = socket.socketpair()
        stack.callback(peer.close)
        things = {}
        things["transport"], _ = await loop.connect_accepted_socket(asyncio.Protocol, ours)
        things["server"] = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        things["datagram"], _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0)
        )
        reading, writing = os.pipe()
        things["pipe"], _ = await loop.connect_write_pipe(
            asyncio.BaseProtocol, os.fdopen(writing, "wb", 0)
        )
        stack.callback(os.close, reading)
        things["socket"] = stack.enter_context(socket.socket())
        return things, stack.pop_all()


WRONG_CALLS = {
    "loop.add_reader": lambda loop, things: loop.add_reader(things["socket"], print),
    "loop.add_writer": lambda loop, things: loop.add_writer(things["socket"], print),
    "loop.create_task": lambda loop, things: _task_of(loop),
    "future": lambda loop, things: loop.create_future().add_done_callback(print),
    "transport.write": lambda loop, things: things["transport"].write(b"x"),
    "transport.writelines": lambda loop, things: things["transport"].writelines([b"x", b"y"]),
    "transport.write_eof": lambda loop, things: things["transport"].write_eof(),
    "transport.close": lambda loop, things: things["transport"].close(),
    "transport.abort": lambda loop, things: things["transport"].abort(),
    "transport.pause_reading": lambda loop, things: things["transport"].pause_reading(),
    "transport.resume_reading": lambda loop, things: things["transport"].resume_reading(),
    "server.close": lambda loop, things: things["server"].close(),
    "datagram.sendto": lambda loop, things: things["datagram"].sendto(b"x", ("127.0.0.1", 9)),
    "datagram.close": lambda loop, things: things["datagram"].close(),
    "pipe.write": lambda loop, things: things["pipe"].write(b"x"),
    "pipe.close": lambda loop, things: things["pipe"].close(),
}
# Those that must be refused in debug mode: they schedule or touch a handle at once.
REFUSED = set(WRONG_CALLS) - {"future", "transport.resume_reading"}


def _task_of(loop):
    coroutine = asyncio.sleep(0)
    try:
        return loop.create_task(coroutine)
    finally:
        coroutine.close()


@pytest.mark.parametrize("debug", [True, False], ids=["debug", "plain"])
@pytest.mark.parametrize("name", WRONG_CALLS)
def test_things_used_in_a_wrong_thread(aio_loop, name, debug):
    """RuntimeError in debug mode; without it that or nothing, and never a crash."""
    aio_loop.set_debug(debug)
    aio_loop.set_exception_handler(lambda loop, context: None)
    things, others = aio_loop.run_until_complete(things_of(aio_loop))
    outcomes = []

    def call():
        started.wait(30)
        try:
            for _ in range(3):
                WRONG_CALLS[name](aio_loop, things)
            outcomes.append(None)
        except BaseException as exc:
            outcomes.append(exc)
        aio_loop.call_soon_threadsafe(aio_loop.stop)

    started = threading.Event()
    aio_loop.call_soon(started.set)
    with in_thread(call), contextlib.suppress(asyncio.CancelledError):
        aio_loop.run_forever()
    [outcome] = outcomes
    if debug and name in REFUSED:
        assert isinstance(outcome, RuntimeError), outcome
    assert outcome is None or isinstance(outcome, RuntimeError), outcome
    for fd in (things["socket"],):
        aio_loop.remove_reader(fd)
        aio_loop.remove_writer(fd)
    for each in ("transport", "server", "datagram", "pipe"):
        things[each].close()
    aio_loop.run_until_complete(asyncio.sleep(0.01))
    others.close()


# ------------------------------------------------------------------- what is left open

LEFT_OPEN = {
    "transport": "await loop.connect_accepted_socket(asyncio.Protocol, pair[0])",
    "server": "await loop.create_server(asyncio.Protocol, '127.0.0.1', 0)",
    "Unix server": "await loop.create_unix_server(asyncio.Protocol, '\\0uvnet-left-open')",
    "datagram": "await loop.create_datagram_endpoint("
    "asyncio.DatagramProtocol, local_addr=('127.0.0.1', 0))",
    "read pipe": "await loop.connect_read_pipe(asyncio.Protocol, os.fdopen(os.pipe()[0], 'rb', 0))",
    "write pipe": "await loop.connect_write_pipe("
    "asyncio.Protocol, os.fdopen(os.pipe()[1], 'wb', 0))",
    "subprocess": "await loop.subprocess_exec(asyncio.SubprocessProtocol, 'sleep', '30')",
}


@pytest.mark.parametrize("what", LEFT_OPEN)
def test_what_is_left_open_warns(python, what):
    """The loop closes it and tells where it was made. Names of functions show the origin."""
    done = python(
        f"""
import asyncio, os, socket, sys
import uvnet

async def made_here():
    loop = asyncio.get_running_loop()
    box.append({LEFT_OPEN[what]})

box = []
pair = socket.socketpair()
loop = uvnet.new_event_loop()
loop.run_until_complete(made_here())
loop.close()
print(loop.open_handles, flush=True)
for each in pair:
    each.close()
""",
        flags=("-X", "dev"),
    )
    assert done.stdout == "0\n"
    assert "ResourceWarning: unclosed" in done.stderr, done.stderr
    if what in ("transport", "server", "Unix server"):
        assert "Created at (most recent call last):" in done.stderr
        assert "in made_here" in done.stderr
        assert "program.py" in done.stderr.splitlines()[0]  # where loop.close() was called


def test_loop_left_open_warns(python):
    done = python("import uvnet\nloop = uvnet.new_event_loop()\ndel loop\n", flags=("-X", "dev"))
    assert "ResourceWarning: unclosed event loop <Loop running=False" in done.stderr


def test_task_was_destroyed(any_loop, asyncio_log):
    """asyncio's own message, untouched."""

    async def wait():
        await any_loop.create_future()

    task = any_loop.create_task(wait(), name="forgotten")
    turns(any_loop)
    del task
    [record] = asyncio_log()
    assert record.getMessage().startswith("Task was destroyed but it is pending!")
    assert "forgotten" in record.getMessage()


def test_environment_shows_the_origin(program):
    code = """
    async def main():
        raise ZeroDivisionError

    loop = new_loop()
    handle = loop.call_soon(print)
    print(loop.get_debug(), "created at" in repr(handle))
    handle.cancel()
    loop.close()
    """
    assert program(code, PYTHONASYNCIODEBUG="1").stdout == "True True\n"
    assert program(code, flags=("-X", "dev")).stdout == "True True\n"
    assert program(code).stdout == "False False\n"

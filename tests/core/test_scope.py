"""The turn of the loop, the next-tick queue, immediates, and what happens to exceptions.

One turn: timers, poll, immediates, the ready queue as it stood on entry, close callbacks. The
next-tick queue is drained after every outermost callback, every immediate and every ready call.
"""

from __future__ import annotations

import contextvars

import pytest

from uvnet import _core

from .helpers import PIPE, InThread, close, fill, receive


class Order(list):
    """Records names: order("a") appends, order.later("a") is a callback that does."""

    def __call__(self, name):
        self.append(name)

    def later(self, name, *then):
        def callback(*args):
            self.append(name)
            for each in then:
                each()

        return callback


@pytest.fixture
def order():
    return Order()


# ------------------------------------------------------------------------- the turn


def test_the_turn(loop, order, connect):
    """All that can be ready in one turn, in its order."""
    handle, peer = connect()
    closing = _core.Timer(loop)
    timer = _core.Timer(loop, order.later("timer handle"))
    handle.onread = order.later("poll", handle.read_stop)
    handle.read_start()
    peer.sendall(b"x")
    loop.call_soon(order, "ready")
    loop.set_immediate(order, "immediate")
    timer.start(0)
    loop.call_later(0, order, "call_later")
    closing.close(order.later("close"))
    loop.next_tick(order, "tick")
    loop.stop()
    loop.run()
    assert order == ["tick", "timer handle", "poll", "immediate", "ready", "call_later", "close"]
    close(timer)


def test_the_ready_queue_as_it_stood_on_entry(loop, order):
    """What a ready call adds runs in the next turn, after that turn's immediates."""
    loop.call_soon(
        order.later(
            "1", lambda: loop.call_soon(order, "3"), lambda: loop.set_immediate(order, "2.5")
        )
    )
    loop.call_soon(order, "2")
    loop.run()
    assert order == ["1", "2", "2.5", "3"]


def test_immediates_as_they_stood_on_entry(loop, order):
    loop.set_immediate(
        order.later("1", lambda: loop.set_immediate(order, "4"), lambda: loop.call_soon(order, "3"))
    )
    loop.set_immediate(order, "2")
    loop.run()
    assert order == ["1", "2", "3", "4"]


def test_call_soon_runs_in_order(loop, order):
    for i in range(1000):
        loop.call_soon(order, i)
    loop.run()
    assert order == list(range(1000))


def test_call_soon_starves_nobody(loop, order, connect):
    """A ready call that schedules itself lets I/O, timers and immediates in."""
    handle, peer = connect()
    handle.onread = order.later("read", handle.read_stop)
    handle.read_start()
    peer.sendall(b"x")
    timer = _core.Timer(loop, order.later("timer"))
    timer.start(1)
    wakeup = _core.Async(loop, order.later("async"))
    wakeup.send()

    def again():
        if {"read", "timer", "async", "immediate", "call_later"} <= set(order):
            loop.stop()
        loop.call_soon(again)

    again()
    loop.set_immediate(order, "immediate")
    loop.call_later(0.001, order, "call_later")
    loop.run()
    close(timer, wakeup)


def test_ready_work_keeps_the_poll_from_blocking(loop, order):
    """Nothing else is there to wake it: a poll that blocked would hang."""
    keep = _core.Timer(loop)
    keep.start(10_000_000)
    loop.call_soon(
        lambda: loop.call_soon(
            lambda: loop.set_immediate(lambda: loop.next_tick(lambda: loop.call_soon(loop.stop)))
        )
    )
    loop.run()
    close(keep)


def test_close_callbacks_come_last(loop, order):
    handle = _core.Timer(loop)
    loop.set_immediate(lambda: handle.close(order.later("close")))
    loop.set_immediate(order, "immediate")
    loop.call_soon(order, "ready")
    loop.run()
    assert order == ["immediate", "ready", "close"]


def test_what_a_close_callback_schedules_runs_in_the_next_turn(loop, order):
    handle = _core.Timer(loop)
    handle.close(
        order.later(
            "close",
            lambda: loop.call_soon(order, "ready"),
            lambda: loop.set_immediate(order, "imm"),
            lambda: loop.next_tick(order, "tick"),
        )
    )
    loop.run()
    assert order == ["close", "tick", "imm", "ready"]


def test_run_ends_when_nothing_is_left(loop, order):
    loop.run()
    loop.call_later(0.001, order, "later")
    loop.call_soon(order, "soon")
    loop.run()
    assert order == ["soon", "later"]


def test_cancelled_calls_do_not_keep_the_loop(loop, must_not_call):
    calls = [
        loop.call_later(1000, must_not_call()),
        loop.call_at(loop.time() + 1000, must_not_call()),
        loop.call_soon(must_not_call()),
        loop.set_immediate(must_not_call()),
        loop.call_soon_threadsafe(must_not_call()),
    ]
    for call in calls:
        call.cancel()
        assert call.cancelled()
    loop.run()


def test_unreferenced_handles_do_not_keep_the_loop(loop, connected):
    handle, _ = connected
    handle.onread = print
    handle.read_start()
    handle.unref()
    timer = _core.Timer(loop)
    timer.start(1000)
    timer.unref()
    loop.run()
    close(timer)


def test_requests_keep_the_loop(loop, connected):
    """Also those of an unreferenced handle."""
    handle, peer = connected
    handle.unref()
    size = fill(handle)
    receiving = InThread(receive, peer, size)
    loop.run()
    receiving.result()
    assert handle.write_queue_size == 0


def test_run_forever_goes_on_without_anything(loop, order):
    timer = InThread(lambda: __import__("time").sleep(0.05) or loop.call_soon_threadsafe(loop.stop))
    loop.run_forever()
    timer.result()


def test_stop_before_a_run_makes_it_one_turn(loop, order):
    loop.call_soon(order, "first")
    loop.call_soon(lambda: loop.call_soon(order, "second"))
    loop.stop()
    loop.run_forever()
    assert order == ["first"]
    loop.stop()
    loop.run()
    assert order == ["first", "second"]
    loop.run()


def test_stop_lets_the_turn_end(loop, order):
    handle = _core.Timer(loop)
    handle.close(order.later("close"))
    loop.call_soon(order.later("stop", loop.stop, loop.stop))
    loop.call_soon(order, "ready")
    loop.run()
    assert order == ["stop", "ready", "close"]


def test_stop_from_every_place(loop, connect, order):
    """It always ends the run after the turn."""
    handle, peer = connect()
    keep = _core.Timer(loop)
    keep.start(1_000_000)
    timer = _core.Timer(loop, loop.stop)
    timer.start(0)
    loop.run()
    wakeup = _core.Async(loop, loop.stop)
    wakeup.send()
    loop.run()
    handle.onread = lambda nread, data: loop.stop()
    handle.read_start()
    peer.sendall(b"x")
    loop.run()
    handle.read_stop()
    loop.set_immediate(loop.stop)
    loop.run()
    loop.call_soon(loop.stop)
    loop.run()
    loop.call_later(0, loop.stop)
    loop.run()
    loop.next_tick(loop.stop)
    loop.run()
    wakeup.close(loop.stop)
    loop.run()
    InThread(loop.call_soon_threadsafe, loop.stop).result()
    loop.run()
    assert not loop.is_running()
    close(keep, timer)


def test_stop_with_an_exception_in_the_same_turn(loop):
    def fail():
        loop.stop()
        raise ValueError("and stop")

    loop.call_soon(fail)
    with pytest.raises(ValueError, match="and stop"):
        loop.run()
    loop.call_later(0.005, loop.stop)
    loop.run_forever()


# ------------------------------------------------------------------- next-tick queue


def test_ticks_run_right_after_the_callback(loop, order):
    for name in "ab":
        loop.call_soon(order.later(name, lambda name=name: loop.next_tick(order, name + " tick")))
    loop.run()
    assert order == ["a", "a tick", "b", "b tick"]


def test_ticks_that_add_ticks(loop, order):
    def tick(n):
        order(n)
        if n < 5:
            loop.next_tick(tick, n + 1)

    loop.call_soon(loop.next_tick, tick, 0)
    loop.call_soon(order, "ready")
    loop.run()
    assert order == [0, 1, 2, 3, 4, 5, "ready"]


@pytest.mark.parametrize(
    "place",
    [
        "ready",
        "immediate",
        "call_later",
        "timer",
        "read",
        "write",
        "connection",
        "shutdown",
        "async",
        "poll",
        "close",
        "splice",
        "threadsafe",
        "lookup",
    ],
)
def test_ticks_after_every_kind_of_callback(loop, order, place, connect):
    """The tick runs before the immediate that was scheduled before it."""
    handle, peer = connect(PIPE)
    made = []

    def callback(*args):
        loop.set_immediate(order, "immediate")
        loop.next_tick(order, "tick 1")
        loop.next_tick(order, "tick 2")
        order("callback")
        for each in made:
            if not each.closing:
                each.close()
        if not handle.closing:
            handle.close()

    if place == "ready":
        loop.call_soon(callback)
    elif place == "immediate":
        loop.set_immediate(callback)
    elif place == "call_later":
        loop.call_later(0.001, callback)
    elif place == "threadsafe":
        InThread(loop.call_soon_threadsafe, callback).result()
    elif place == "timer":
        made.append(_core.Timer(loop, callback))
        made[0].start(0)
    elif place == "read":
        handle.onread = callback
        handle.read_start()
        peer.sendall(b"x")
    elif place == "write":
        fill(handle)
        handle.write_buffer(_core.WriteReq(callback), b"x")
        handle.close()
    elif place == "shutdown":
        handle.shutdown(_core.ShutdownReq(callback))
    elif place == "async":
        made.append(_core.Async(loop, callback))
        made[0].send()
    elif place == "poll":
        made.append(_core.Poll(loop, peer.fileno(), callback))
        made[0].start(_core.UV_WRITABLE)
    elif place == "close":
        handle.close(callback)
    elif place == "splice":
        handle.onsplice = callback
        handle.splice(handle)
        peer.close()
    elif place == "lookup":
        _core.getnameinfo(_core.GetNameInfoReq(callback), "127.0.0.1", 1, loop=loop)
    elif place == "connection":
        server, client = _core.TCP(loop), _core.TCP(loop)
        made += [server, client]
        server.bind("127.0.0.1", 0)
        server.listen(5)

        def on_connection(status, accepted):
            made.append(accepted)
            callback()

        server.onconnection = on_connection
        client.connect(_core.ConnectReq(), "127.0.0.1", server.getsockname()[2])
    loop.run()
    assert order[:4] == ["callback", "tick 1", "tick 2", "immediate"]


def test_ticks_between_two_reads_of_one_poll(loop, order, connect):
    pairs = [connect(), connect()]
    for name, (handle, peer) in zip("ab", pairs, strict=True):
        handle.onread = order.later(
            name, handle.read_stop, lambda name=name: loop.next_tick(order, name.upper())
        )
        handle.read_start()
        peer.sendall(b"x")
    loop.run()
    assert sorted(order[:2]) in (["A", "a"], ["B", "b"])
    assert sorted(order[2:]) in (["A", "a"], ["B", "b"])


def test_a_tick_before_the_run_is_the_first_thing(loop, order):
    loop.call_soon(order, "ready")
    timer = _core.Timer(loop, order.later("timer"))
    timer.start(0)
    loop.next_tick(order, "tick")
    loop.run()
    assert order[0] == "tick"
    close(timer)


def test_a_tick_from_outside_any_callback(loop, order, unraisable):
    """Such as from a destructor between two callbacks: it is not forgotten."""

    class Dying:
        def __del__(self):
            loop.next_tick(order, "tick")

    handle = _core.Timer(loop)
    dying = Dying()
    handle.ontimeout = lambda dying=dying: None
    del dying
    loop.call_later(0.2, order, "later")
    handle.close()  # drops the callback, and there is no close callback
    loop.run()
    assert order == ["tick", "later"] and not unraisable


def test_a_tick_that_is_cancelled_or_cannot_be(loop):
    assert loop.next_tick(print) is None
    loop.run()


def test_ticks_have_the_context_they_were_made_in(loop):
    variable = contextvars.ContextVar("variable", default="outside")
    seen = []

    def schedule(value):
        variable.set(value)
        loop.next_tick(lambda: seen.append(variable.get()))
        loop.set_immediate(lambda: seen.append(variable.get()))
        loop.call_soon(lambda: seen.append(variable.get()))
        loop.call_later(0, lambda: seen.append(variable.get()))

    for value in ("a", "b"):
        contextvars.copy_context().run(schedule, value)
    loop.run()
    assert sorted(seen) == ["a"] * 4 + ["b"] * 4
    assert variable.get() == "outside"


def test_an_exception_in_a_tick(loop, order):
    """The rest of the queue runs when the loop runs again, before anything else."""

    def fail():
        raise ValueError("tick")

    loop.call_soon(
        order.later(
            "ready", lambda: loop.next_tick(fail), lambda: loop.next_tick(order, "next tick")
        )
    )
    loop.call_soon(order, "next ready")
    with pytest.raises(ValueError, match="tick"):
        loop.run()
    assert order == ["ready"]
    loop.run()
    assert order == ["ready", "next tick", "next ready"]


def test_an_exception_in_a_tick_before_the_first_turn(loop, order):
    def fail():
        raise ValueError("early")

    loop.next_tick(fail)
    loop.next_tick(order, "tick")
    loop.call_soon(order, "ready")
    with pytest.raises(ValueError, match="early"):
        loop.run()
    assert order == []
    loop.run()
    assert order == ["tick", "ready"]


def test_an_exception_in_a_ready_call(loop, order):
    def fail():
        raise ValueError("ready")

    loop.call_soon(order, "before")
    loop.call_soon(fail)
    loop.call_soon(order, "after")
    loop.set_immediate(order, "immediate")
    with pytest.raises(ValueError, match="ready"):
        loop.run()
    assert order == ["immediate", "before"]
    loop.run()
    assert order == ["immediate", "before", "after"]


def test_an_exception_in_an_immediate(loop, order):
    def fail():
        raise ValueError("immediate")

    loop.set_immediate(fail)
    loop.set_immediate(order, "next")
    loop.call_soon(order, "ready")
    with pytest.raises(ValueError, match="immediate"):
        loop.run()
    assert order == []
    loop.run()
    assert order == ["next", "ready"]


def test_an_exception_in_call_later(loop, order):
    def fail():
        raise ValueError("later")

    loop.call_later(0, fail)
    loop.call_later(0.01, order, "later")
    with pytest.raises(ValueError, match="later"):
        loop.run()
    loop.run()
    assert order == ["later"]


def test_an_exception_in_a_close_callback(loop, order):
    def fail():
        raise ValueError("close")

    handles = [_core.Timer(loop) for _ in range(3)]
    handles[0].close(order.later("0"))
    handles[1].close(fail)
    handles[2].close(order.later("2"))
    with pytest.raises(ValueError, match="close"):
        loop.run()
    assert sorted(order) == ["0", "2"]
    assert all(handle.closed for handle in handles)
    loop.run()


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, BaseException])
def test_exceptions_that_are_no_exception(loop, kind):
    def fail():
        raise kind(5)

    loop.call_soon(fail)
    with pytest.raises(kind):
        loop.run()
    loop.run()


def test_a_second_exception_is_not_lost(loop, connect, unraisable):
    """Callbacks of the same poll still run while the loop stops."""
    pairs = [connect(), connect()]

    def fail(name):
        raise ValueError(name)

    for name, (handle, peer) in zip("ab", pairs, strict=True):
        handle.onread = lambda nread, data, name=name: fail(name)
        handle.read_start()
        peer.sendall(b"x")
    with pytest.raises(ValueError) as caught:
        loop.run()
    told = [str(caught.value), *map(str, unraisable)]
    while len(told) < 2:  # they came in two polls
        with pytest.raises(ValueError) as caught:
            loop.run()
        told.append(str(caught.value))
    assert sorted(told) == ["a", "b"]


def test_second_exceptions_of_close_callbacks(loop, unraisable):
    def fail(name):
        raise ValueError(name)

    for name in "abc":
        _core.Timer(loop).close(lambda name=name: fail(name))
    with pytest.raises(ValueError) as caught:
        loop.run()
    assert sorted([str(caught.value), *map(str, unraisable)]) == ["a", "b", "c"]


def test_the_traceback_leads_to_the_callback(loop, connect):
    handle, peer = connect()

    def somewhere_deep(nread, data):
        raise LookupError("deep")

    handle.onread = somewhere_deep
    handle.read_start()
    peer.sendall(b"x")
    with pytest.raises(LookupError) as caught:
        loop.run()
    assert caught.traceback[-1].name == "somewhere_deep"
    assert caught.value.__context__ is None


def test_run_forever_of_a_native_loop_goes_on(loop, unraisable, must_call):
    """Without somebody who handles exceptions they are unraisable; the loop does not stop."""

    def fail():
        raise ValueError("forever")

    loop.call_soon(fail)
    loop.call_later(0.005, must_call(loop.stop))
    loop.run_forever()
    assert [str(exc) for exc in unraisable] == ["forever"]


def test_an_exception_handler_of_a_subclass(must_call):
    contexts = []

    class Loop(_core.Loop):
        def call_exception_handler(self, context):
            contexts.append(context)

    loop = Loop()

    def fail():
        raise ValueError("handled")

    call = loop.call_soon(fail)
    loop.call_later(0.005, must_call(loop.stop))
    loop.run_forever()
    [context] = contexts
    assert str(context["exception"]) == "handled" and context["handle"] is call
    assert context["message"].startswith("Exception in callback")

    timer = _core.Timer(loop, fail)
    timer.start(0)
    loop.call_later(0.005, must_call(loop.stop))
    loop.run_forever()
    assert contexts[1]["source"] is timer
    close(timer)
    loop.close()


def test_an_exception_handler_that_fails(unraisable):
    class Loop(_core.Loop):
        def call_exception_handler(self, context):
            raise LookupError("handler")

    loop = Loop()
    loop.call_soon(lambda: 1 / 0)
    with pytest.raises(LookupError, match="handler"):
        loop.run_forever()
    loop.close()


def test_an_exception_from_a_callback_outside_a_run(loop, connect, unraisable):
    """Closing a destination tells the splice at once. What that raises stops no later run."""
    (source, _), (destination, _) = connect(), connect()

    def fail(status, failed):
        raise KeyboardInterrupt

    source.onsplice = fail
    source.splice(destination)
    destination.close()
    assert [type(exc) for exc in unraisable] == [KeyboardInterrupt]
    done = []
    loop.call_later(0.01, done.append, 1)
    loop.run()
    assert done == [1]


# ---------------------------------------------------------------------------- nesting


def test_running_a_running_loop(loop, must_call):
    @must_call
    def nested():
        for run in (loop.run, loop.run_forever):
            with pytest.raises(RuntimeError, match="already running"):
                run()
        with pytest.raises(RuntimeError, match="running"):
            loop.close()

    loop.call_soon(nested)
    loop.run()


def test_a_refused_run_changes_nothing(loop, must_call):
    """The outer run goes on as what it was: run() raises, run_forever() goes on."""

    def nested():
        for run in (loop.run, loop.run_forever):
            with pytest.raises(RuntimeError):
                run()

    def fail():
        raise ValueError("raised by run()")

    loop.call_soon(nested)
    loop.call_soon(fail)
    with pytest.raises(ValueError, match="raised by run"):
        loop.run()

    loop.call_soon(nested)
    thread = InThread(
        lambda: __import__("time").sleep(0.05) or loop.call_soon_threadsafe(must_call(loop.stop))
    )
    loop.run_forever()
    thread.result()


def test_running_another_loop_within(loop, must_call):
    other = _core.Loop()

    @must_call
    def nested():
        with pytest.raises(RuntimeError, match="another loop is running"):
            other.run()

    loop.call_soon(nested)
    loop.run()
    other.run()
    other.close()


def test_closing_another_loop_within(loop, must_call):
    @must_call
    def nested():
        other = _core.Loop()
        timer = _core.Timer(other)
        timer.close(must_call())
        other.close()
        assert _core.current_loop() is loop

    loop.call_soon(nested)
    loop.run()

"""Closing a loop: what is open on it is closed, what waits is dropped, and nothing hangs."""

from __future__ import annotations

import os
import resource
import warnings
import weakref

import pytest

from uvnet import _core

from .helpers import KINDS, TCP, adopt, fill


def test_close_is_final_and_idempotent():
    loop = _core.Loop()
    assert not loop.is_closed()
    loop.close()
    loop.close()
    assert loop.is_closed() and not loop.is_running()
    for call in (
        loop.run,
        loop.run_forever,
        lambda: loop.call_soon(print),
        lambda: loop.call_later(0, print),
        lambda: loop.call_at(0, print),
        lambda: loop.call_soon_threadsafe(print),
        lambda: loop.next_tick(print),
        lambda: loop.set_immediate(print),
        lambda: _core.TCP(loop),
        lambda: _core.Timer(loop),
    ):
        with pytest.raises(RuntimeError, match="closed"):
            call()
    loop.stop()  # harmless
    assert loop.time() > 0 and loop.open_handles == 0
    assert loop.counters()["timers"] == 0
    loop.set_debug(True)
    assert loop.get_debug()


def test_what_waits_is_dropped_and_let_go(must_not_call):
    class Argument:
        pass

    loop = _core.Loop()
    dead = []
    for schedule in (
        loop.call_soon,
        loop.next_tick,
        loop.set_immediate,
        loop.call_soon_threadsafe,
        lambda *args: loop.call_later(0, *args),
        lambda *args: loop.call_later(1000, *args),
    ):
        argument = Argument()
        dead.append(weakref.ref(argument))
        schedule(must_not_call(), argument, loop)
        del argument
    loop.close()
    assert [ref() for ref in dead] == [None] * len(dead)


@pytest.mark.filterwarnings("ignore:unclosed handle:ResourceWarning")
@pytest.mark.parametrize("kind", KINDS, ids=repr)
def test_open_handles_are_closed(kind, must_call):
    loop = _core.Loop()
    handle, peer = adopt(loop, kind)
    fill(handle)
    statuses = []
    handle.write_buffer(_core.WriteReq(must_call(lambda req, status: statuses.append(status))), b"")
    handle.onread = print
    handle.read_start()
    timer = _core.Timer(loop)
    timer.start(1_000_000)
    timer.unref()
    closing = _core.Timer(loop)
    closing.close(must_call())
    assert loop.open_handles == 3
    loop.close()
    assert statuses == [_core.UV_ECANCELED]
    assert handle.closed and timer.closed and closing.closed
    assert loop.open_handles == 0
    peer.close()


def test_open_handles_are_warned_about():
    loop = _core.Loop()
    handles = [_core.Timer(loop), _core.Async(loop)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        loop.close()
    assert [warning.category for warning in caught] == [ResourceWarning] * 2
    texts = " ".join(str(warning.message) for warning in caught)
    assert texts.count("unclosed handle") == 2 and "Timer" in texts and "Async" in texts
    assert all(handle.closed for handle in handles)


def test_a_warning_that_is_an_error_is_raised_after_closing(unraisable):
    loop = _core.Loop()
    handles = [_core.Timer(loop) for _ in range(3)]
    with pytest.raises(ResourceWarning, match="unclosed handle"):
        loop.close()
    assert loop.is_closed() and all(handle.closed for handle in handles)


ENDLESS = [
    "call_soon",
    "set_immediate",
    "call_later",
    "next_tick",
    "stop",
    "long call_later",
    "call_soon_threadsafe",
]


@pytest.mark.parametrize("error", [None, KeyboardInterrupt])
@pytest.mark.parametrize("what", ENDLESS)
def test_what_close_callbacks_schedule_is_dropped(what, error, must_call, must_not_call):
    """Closing comes to an end whatever they do."""
    loop = _core.Loop()

    def on_close():
        if what == "stop":
            loop.stop()
        elif what == "long call_later":
            loop.call_later(1_000_000, must_not_call())
        elif what == "call_later":
            loop.call_later(0, must_not_call())
        elif what == "next_tick":
            # The one thing that is still done, unless the close callback ends everything.
            loop.next_tick(must_call(exactly=1 if error is None else 0))
        else:
            getattr(loop, what)(must_not_call())
        if error is not None:
            raise error

    handle = _core.Timer(loop)
    handle.close(must_call(on_close))
    if error is not None:
        with pytest.raises(error):
            loop.close()
    else:
        loop.close()
    assert loop.is_closed() and handle.closed


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_close_callbacks_that_raise(error, must_call, unraisable):
    """Every one is called, and each exception is told; what ends programs is raised by close()."""
    loop = _core.Loop()

    def fail():
        raise error

    handle, peer = adopt(loop)
    handles = [_core.Timer(loop) for _ in range(3)] + [handle]
    for handle in handles:
        handle.close(must_call(fail))
    if error is ValueError:
        loop.close()
        expected = 4
    else:
        with pytest.raises(error):
            loop.close()
        expected = 3
    assert loop.is_closed() and loop.open_handles == 0
    assert [type(exc) for exc in unraisable] == [error] * expected
    peer.close()


def test_close_callbacks_may_close_others(must_call):
    loop = _core.Loop()
    second = _core.Timer(loop)
    first = _core.Timer(loop)
    first.close(must_call(lambda: second.close(must_call())))
    loop.run()
    loop.close()
    assert second.closed


def test_a_new_handle_on_a_closing_loop(must_call):
    loop = _core.Loop()

    @must_call
    def on_close():
        for cls in (_core.Timer, _core.TCP, _core.Pipe, _core.Async):
            with pytest.raises(RuntimeError, match="clos"):
                cls(loop)

    _core.Timer(loop).close(on_close)
    loop.close()


def test_closing_within_a_close_callback_of_close(must_call):
    loop = _core.Loop()

    @must_call
    def on_close():
        for call in (loop.close, loop.run):
            with pytest.raises(RuntimeError):
                call()

    _core.Timer(loop).close(on_close)
    loop.close()


def test_a_subclass_whose_close_does_not():
    """Closing the loop neither hangs nor hides the fault; the handle can still be closed."""

    class Timer(_core.Timer):
        def close(self, callback=None):
            if not well:
                raise ValueError("will not")
            return super().close(callback)

    well = False
    loop = _core.Loop()
    timer = Timer(loop)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            loop.close()
        except (ValueError, RuntimeError):
            well = True
            timer.close()
            loop.close()
    assert loop.is_closed() and timer.closed


def test_a_subclass_whose_repr_fails():
    class Timer(_core.Timer):
        def __repr__(self):
            raise ValueError("no repr")

    loop = _core.Loop()
    timer = Timer(loop)
    with pytest.raises((ValueError, ResourceWarning)):
        loop.close()
    assert loop.is_closed() and timer.closed


def test_an_unclosed_loop_is_collected(python):
    """With all its descriptors, also when calls that refer to it wait for it."""
    python("""
import gc, os, weakref
from uvnet import _core


def descriptors():
    return len(os.listdir("/proc/self/fd"))


_core.Loop().close()
before = descriptors()
refs = []
for schedule in ("nothing", "run"):
    loop = _core.Loop()
    if schedule == "run":
        loop.stop()
        loop.run()
    refs.append(weakref.ref(loop))
    del loop
gc.collect()
assert [ref() for ref in refs] == [None] * len(refs), refs
assert descriptors() == before, (descriptors(), before)
""")


def test_many_loops():
    for _ in range(300):
        loop = _core.Loop()
        timer = _core.Timer(loop)
        timer.close()
        loop.call_soon(id, loop)
        loop.run()
        loop.close()


def test_a_subclass(must_call):
    class Loop(_core.Loop):
        def __init__(self, name):
            self.name = name  # and no super().__init__()

    loop = Loop("name")
    loop.call_soon(must_call())
    loop.run()
    handle, peer = adopt(loop, TCP)
    assert handle.loop is loop and loop.name == "name"
    handle.close()
    loop.run()
    peer.close()
    loop.close()


def test_init_twice(loop, must_call):
    loop.call_soon(must_call())
    loop.__init__()
    loop.run()


def test_arguments_of_loop():
    with pytest.raises(TypeError):
        _core.Loop(5)


def test_no_descriptors_for_a_loop():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    spare = os.dup(2)
    os.close(spare)
    try:
        for more in range(12):
            resource.setrlimit(resource.RLIMIT_NOFILE, (spare + more, before[1]))
            try:
                loop = _core.Loop()
            except OSError as exc:
                assert exc.errno == 24
            else:
                loop.close()
                break
        else:
            raise AssertionError("no loop with twelve descriptors")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert more > 0

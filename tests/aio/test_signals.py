"""Signals and Ctrl-C: real ones."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import uvnet

from .helpers import in_thread, signal_handler, signal_soon, turns, wakeup_fd


@pytest.fixture(autouse=True)
def signals_are_restored():
    """No test leaves Python's handlers or its wake-up descriptor changed."""
    numbers = [signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGCHLD]
    before = [signal.getsignal(number) for number in numbers]
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    yield
    assert signal.pthread_sigmask(signal.SIG_SETMASK, mask) == mask
    assert [signal.getsignal(number) for number in numbers] == before
    assert wakeup_fd() == -1


def kill(number):
    os.kill(os.getpid(), number)


# ------------------------------------------------------------------------------ handlers


def test_handler_in_the_blocked_poll(any_loop):
    seen = []

    def handler(*args):
        seen.append((args, threading.current_thread() is threading.main_thread()))
        any_loop.stop()

    any_loop.add_signal_handler(signal.SIGUSR1, handler, 1, "two")
    with signal_soon(signal.SIGUSR1):
        any_loop.run_forever()
    assert seen == [((1, "two"), True)]
    assert any_loop.remove_signal_handler(signal.SIGUSR1) is True
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
    assert any_loop.remove_signal_handler(signal.SIGUSR1) is False


def test_handler_of_a_signal_in_a_callback(any_loop):
    order = []
    any_loop.add_signal_handler(signal.SIGUSR1, order.append, "signal")

    def callback():
        kill(signal.SIGUSR1)
        order.append("callback")

    any_loop.call_soon(callback)
    any_loop.call_later(0.05, any_loop.stop)
    any_loop.run_forever()
    assert order == ["callback", "signal"]
    any_loop.remove_signal_handler(signal.SIGUSR1)


def test_handler_is_replaced(any_loop):
    seen = []
    any_loop.add_signal_handler(signal.SIGUSR1, seen.append, "old")
    any_loop.add_signal_handler(signal.SIGUSR1, seen.append, "new")
    kill(signal.SIGUSR1)
    turns(any_loop, 3)
    assert seen == ["new"]
    assert any_loop.remove_signal_handler(signal.SIGUSR1) is True
    assert any_loop.remove_signal_handler(signal.SIGUSR1) is False


def test_signal_before_the_loop_runs(any_loop):
    seen = []
    any_loop.add_signal_handler(signal.SIGUSR1, seen.append, 1)
    kill(signal.SIGUSR1)
    assert not seen
    turns(any_loop, 3)
    assert seen == [1]
    any_loop.remove_signal_handler(signal.SIGUSR1)


def test_signal_between_two_runs(any_loop):
    """The handler was added while the loop ran, and the signal comes while it does not."""
    seen = []
    any_loop.call_soon(any_loop.add_signal_handler, signal.SIGUSR1, seen.append, 1)
    turns(any_loop)
    kill(signal.SIGUSR1)
    turns(any_loop, 3)
    assert seen == [1]
    any_loop.remove_signal_handler(signal.SIGUSR1)


def test_handler_removed_while_running(any_loop):
    any_loop.add_signal_handler(signal.SIGUSR1, print)
    any_loop.call_soon(any_loop.remove_signal_handler, signal.SIGUSR1)
    turns(any_loop)
    assert wakeup_fd() == -1


def test_removing_one_of_two(any_loop):
    seen = []
    any_loop.add_signal_handler(signal.SIGUSR1, seen.append, 1)
    any_loop.add_signal_handler(signal.SIGUSR2, seen.append, 2)
    any_loop.remove_signal_handler(signal.SIGUSR1)
    kill(signal.SIGUSR2)
    turns(any_loop, 3)
    assert seen == [2]
    any_loop.remove_signal_handler(signal.SIGUSR2)


def test_handler_that_removes_itself(any_loop):
    seen = []

    def handler():
        seen.append(any_loop.remove_signal_handler(signal.SIGUSR1))
        any_loop.stop()

    any_loop.add_signal_handler(signal.SIGUSR1, handler)
    with signal_soon(signal.SIGUSR1):
        any_loop.run_forever()
    assert seen == [True]


def test_close_removes_handlers(new_loop):
    loop = new_loop()
    loop.add_signal_handler(signal.SIGUSR1, print)
    loop.add_signal_handler(signal.SIGINT, print)
    loop.close()
    assert signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_different_signals_at_once(any_loop):
    numbers = [signal.SIGUSR1, signal.SIGUSR2, signal.SIGTERM, signal.SIGHUP, signal.SIGWINCH]
    seen = []
    for number in numbers:
        any_loop.add_signal_handler(number, seen.append, number)

    def send():
        for number in numbers:
            kill(number)

    any_loop.call_soon(send)
    any_loop.call_later(0.05, any_loop.stop)
    any_loop.run_forever()
    assert sorted(seen) == sorted(numbers)
    for number in numbers:
        any_loop.remove_signal_handler(number)


def test_many_signals_one_after_another(any_loop):
    """None is merged with another, for each is handled before the next is sent."""
    seen = []

    def handler():
        seen.append(1)
        if len(seen) == 500:
            any_loop.stop()
        else:
            kill(signal.SIGUSR1)

    any_loop.add_signal_handler(signal.SIGUSR1, handler)
    any_loop.call_soon(kill, signal.SIGUSR1)
    any_loop.run_forever()
    any_loop.remove_signal_handler(signal.SIGUSR1)
    assert len(seen) == 500


def test_more_signals_than_the_pipe_holds(aio_loop):
    """No warning, no hang; later ones arrive again."""
    seen = []
    aio_loop.add_signal_handler(signal.SIGUSR1, seen.append, 1)
    for _ in range(70_000):
        kill(signal.SIGUSR1)
    turns(aio_loop, 1000)
    assert 4096 <= len(seen) <= 70_000
    seen.clear()
    kill(signal.SIGUSR1)
    turns(aio_loop, 3)
    assert seen == [1]
    aio_loop.remove_signal_handler(signal.SIGUSR1)


def test_sigchld(any_loop):
    any_loop.add_signal_handler(signal.SIGCHLD, any_loop.stop)
    process = subprocess.Popen([sys.executable, "-S", "-c", "pass"])
    any_loop.run_forever()
    assert process.wait() == 0
    any_loop.remove_signal_handler(signal.SIGCHLD)


def test_context_of_a_handler(any_loop):
    var = contextvars.ContextVar("var", default="outside")
    seen = []

    def add():
        var.set("inside")
        any_loop.add_signal_handler(signal.SIGUSR1, lambda: seen.append(var.get()))

    contextvars.copy_context().run(add)
    kill(signal.SIGUSR1)
    turns(any_loop, 3)
    assert seen == ["inside"] and var.get() == "outside"
    any_loop.remove_signal_handler(signal.SIGUSR1)


def test_failing_handler(any_loop):
    contexts = []
    any_loop.set_exception_handler(lambda loop, context: contexts.append(context))
    any_loop.add_signal_handler(signal.SIGUSR1, lambda: 1 / 0)
    for _ in range(2):
        kill(signal.SIGUSR1)
        turns(any_loop, 3)
    assert [type(context["exception"]) for context in contexts] == [ZeroDivisionError] * 2
    any_loop.remove_signal_handler(signal.SIGUSR1)


def test_system_calls_are_not_interrupted(any_loop):
    """siginterrupt(False): a blocking read of other code goes on."""
    any_loop.add_signal_handler(signal.SIGUSR1, list)
    r, w = os.pipe()
    with signal_soon(signal.SIGUSR1, 0.02):
        timer = threading.Timer(0.05, os.write, (w, b"x"))
        timer.start()
        assert os.read(r, 1) == b"x"
        timer.join()
    os.close(r)
    os.close(w)
    any_loop.remove_signal_handler(signal.SIGUSR1)


def test_await_a_signal(run):
    async def main():
        loop = asyncio.get_running_loop()
        event = asyncio.Event()
        loop.add_signal_handler(signal.SIGUSR1, event.set)
        loop.call_later(0.001, kill, signal.SIGUSR1)
        async with asyncio.timeout(30):
            await event.wait()
        return loop.remove_signal_handler(signal.SIGUSR1)

    assert run(main()) is True


# ------------------------------------------------------------------------- bad arguments


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_uncatchable(any_loop, number):
    with pytest.raises(RuntimeError, match="cannot be caught"):
        any_loop.add_signal_handler(number, print)
    assert any_loop.remove_signal_handler(number) is False
    assert wakeup_fd() == -1


def test_not_in_the_main_thread(any_loop):
    def add():
        with pytest.raises(RuntimeError, match="main thread"):
            any_loop.add_signal_handler(signal.SIGUSR1, print)

    with in_thread(add):
        pass


@pytest.mark.parametrize("number", ["SIGINT", 2.0, None])
def test_number_of_wrong_type(any_loop, number):
    with pytest.raises(TypeError):
        any_loop.add_signal_handler(number, print)
    with pytest.raises(TypeError):
        any_loop.remove_signal_handler(number)


@pytest.mark.parametrize("number", [-1, 0, 10**6])
def test_no_such_signal(any_loop, number):
    with pytest.raises(ValueError):
        any_loop.add_signal_handler(number, print)
    with pytest.raises(ValueError):
        any_loop.remove_signal_handler(number)


def test_coroutines_are_refused(any_loop):
    async def coroutine():
        pass

    with pytest.raises(TypeError):
        any_loop.add_signal_handler(signal.SIGUSR1, coroutine)
    made = coroutine()
    with pytest.raises(TypeError):
        any_loop.add_signal_handler(signal.SIGUSR1, made)
    made.close()


def test_closed_loop(new_loop):
    loop = new_loop()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.add_signal_handler(signal.SIGUSR1, print)
    assert loop.remove_signal_handler(signal.SIGUSR1) is False


# ------------------------------------------------------------ Python's own signal handlers


def test_python_handler_in_the_blocked_poll(aio_loop):
    """signal.signal() without the loop's knowledge: it runs at once all the same."""
    seen = []

    def handler(number, frame):
        seen.append(number)
        aio_loop.call_soon(aio_loop.stop)

    with signal_handler(signal.SIGUSR1, handler), signal_soon(signal.SIGUSR1):
        aio_loop.run_forever()
    assert seen == [signal.SIGUSR1]


def test_exception_of_a_python_handler(any_loop):
    def handler(number, frame):
        raise LookupError("from the handler")

    any_loop.call_later(0.2, list)
    with (
        signal_handler(signal.SIGUSR1, handler),
        signal_soon(signal.SIGUSR1),
        pytest.raises(LookupError, match="from the handler"),
    ):
        any_loop.run_forever()
    turns(any_loop)


def test_signals_are_kept_when_another_raises(aio_loop):
    """Ctrl-C and a handled signal arrive together: neither is lost."""
    seen = []
    aio_loop.add_signal_handler(signal.SIGUSR1, seen.append, 1)
    blocked = {signal.SIGINT, signal.SIGUSR1}

    def both():
        # To this thread: another one might take what this one blocks.
        this = threading.get_ident()
        signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
        try:
            for number in blocked:
                signal.pthread_kill(this, number)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)

    aio_loop.call_soon(both)
    aio_loop.call_later(5, aio_loop.stop)
    with pytest.raises(KeyboardInterrupt):
        aio_loop.run_forever()
    turns(aio_loop, 3)
    assert seen == [1]
    aio_loop.remove_signal_handler(signal.SIGUSR1)


def test_wakeup_descriptor_is_given_back(aio_loop):
    r, w = os.pipe()
    os.set_blocking(w, False)
    signal.set_wakeup_fd(w)
    turns(aio_loop)
    assert wakeup_fd() == w
    signal.set_wakeup_fd(-1)
    os.close(r)
    os.close(w)


def test_wakeup_descriptor_closed_meanwhile(aio_loop):
    """What another had set is gone when the run ends: nothing to give back."""
    r, w = os.pipe()
    os.set_blocking(w, False)
    signal.set_wakeup_fd(w)
    aio_loop.call_soon(os.close, w)
    turns(aio_loop)
    os.close(r)


def test_other_loop_closed_meanwhile(new_loop):
    """It had handlers; the running one goes on hearing of signals."""
    other, loop = new_loop(), new_loop()
    other.add_signal_handler(signal.SIGUSR1, print)
    seen = []

    def callback():
        other.close()
        loop.add_signal_handler(signal.SIGUSR2, handler)

    def handler():
        seen.append(1)
        loop.stop()

    loop.call_soon(callback)
    with signal_soon(signal.SIGUSR2):
        loop.run_forever()
    assert seen == [1]
    loop.close()


def test_handlers_of_another_loop_do_not_unhook(aio_loop):
    other = uvnet.new_event_loop()
    other.add_signal_handler(signal.SIGUSR1, print)
    aio_loop.call_soon(other.remove_signal_handler, signal.SIGUSR1)

    with signal_soon(signal.SIGINT), pytest.raises(KeyboardInterrupt):
        aio_loop.run_forever()
    other.close()


# --------------------------------------------------------------------------------- Ctrl-C


def test_interrupt_in_a_callback(any_loop):
    order = []

    def callback():
        kill(signal.SIGINT)
        order.append("not reached" if time.sleep(5) else "slept")

    any_loop.call_soon(callback)
    any_loop.call_soon(order.append, "next")
    with pytest.raises(KeyboardInterrupt):
        any_loop.run_forever()
    assert not order and not any_loop.is_running()
    turns(any_loop)
    assert order == ["next"]


def test_interrupt_in_the_blocked_poll(any_loop):
    with signal_soon(signal.SIGINT), pytest.raises(KeyboardInterrupt):
        any_loop.run_forever()
    turns(any_loop)


def test_interrupt_in_the_poll_with_a_timer(any_loop):
    any_loop.call_later(3600, print)
    with signal_soon(signal.SIGINT), pytest.raises(KeyboardInterrupt):
        any_loop.run_forever()


def test_interrupt_in_a_busy_loop(any_loop):
    def again():
        any_loop.call_soon(again)

    again()
    with signal_soon(signal.SIGINT), pytest.raises(KeyboardInterrupt):
        any_loop.run_forever()


def test_interrupt_cancels_the_main_task(run):
    seen = []

    async def main():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            seen.append("cancelled")
            await asyncio.sleep(0)
            seen.append("cleaned up")
            raise

    with signal_soon(signal.SIGINT), pytest.raises(KeyboardInterrupt):
        run(main())
    assert seen == ["cancelled", "cleaned up"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interrupt_that_the_main_task_handles(run):
    async def main():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()
            return "handled"

    with signal_soon(signal.SIGINT):
        assert run(main()) == "handled"


def test_interrupt_of_a_busy_task(run):
    """A task that does not wait is interrupted at its next await."""

    async def main():
        kill(signal.SIGINT)
        end = time.monotonic() + 0.05
        while time.monotonic() < end:
            pass
        await asyncio.sleep(3600)

    with pytest.raises(KeyboardInterrupt):
        run(main())


def test_interrupt_twice(run):
    seen = []

    async def main():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            seen.append(1)
            while True:  # stubborn
                kill(signal.SIGINT)
                time.sleep(0.01)

    with signal_soon(signal.SIGINT), pytest.raises(KeyboardInterrupt):
        run(main())
    assert seen == [1]


def test_program_ends_by_interrupt(program):
    """Not handled: the process ends as Python's do, killed by SIGINT."""
    process = program(
        """
        async def main():
            print("started", flush=True)
            loop = asyncio.get_running_loop()
            loop.call_later(0.01, os.kill, os.getpid(), signal.SIGINT)
            try:
                await asyncio.sleep(60)
            finally:
                print("finally", flush=True)

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
        """,
        returncode=-signal.SIGINT,
    )
    assert process.stdout.split() == ["started", "finally"]
    assert "KeyboardInterrupt" in process.stderr


def test_program_interrupted_from_outside_in_run_forever(program):
    process = program(
        """
        loop = new_loop()
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
        try:
            loop.run_forever()
        except KeyboardInterrupt:
            print("interrupted", loop.is_running())
        loop.call_soon(print, "runs again")
        loop.stop()
        loop.run_forever()
        loop.close()
        """
    )
    assert process.stdout == "interrupted False\nruns again\n"


def test_program_terminates_gracefully(program):
    process = program(
        """
        async def main():
            loop = asyncio.get_running_loop()
            done = asyncio.Event()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, done.set)
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
            await done.wait()
            print("bye")

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
        print(signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
        """
    )
    assert process.stdout == "bye\nTrue\n"


def test_program_interrupted_twice(program):
    process = program(
        """
        async def main():
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    print("stubborn", flush=True)
                    threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()

        runner = asyncio.Runner(loop_factory=new_loop)
        try:
            runner.run(main())
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            os._exit(0)
        """
    )
    assert process.stdout == "stubborn\ninterrupted\n"


def test_loop_of_a_thread_leaves_signals_alone(new_loop):
    """Only the main thread may set the wake-up descriptor."""

    def other():
        loop = new_loop()
        turns(loop)
        loop.close()

    with in_thread(other):
        pass


def test_signal_for_the_main_loop_beside_a_thread_loop(new_loop, any_loop):
    """Whichever thread the kernel picks, the main thread's loop hears."""
    ready = threading.Event()
    loops = []

    def other():
        loop = new_loop()
        loops.append(loop)
        loop.call_soon(ready.set)
        loop.run_forever()
        loop.close()

    with in_thread(other):
        assert ready.wait(30)
        any_loop.add_signal_handler(signal.SIGUSR1, any_loop.stop)
        for _ in range(10):
            with signal_soon(signal.SIGUSR1, 0.002):
                any_loop.run_forever()
        any_loop.remove_signal_handler(signal.SIGUSR1)
        loops[0].call_soon_threadsafe(loops[0].stop)

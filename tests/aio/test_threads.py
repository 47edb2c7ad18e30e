"""call_soon_threadsafe, executors, and loops in several threads."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time

import pytest

import uvnet

from .helpers import PATIENCE, in_thread, turns


def test_none_is_lost(any_loop):
    """8 threads, 20 000 calls each, in the order of each thread."""
    threads, calls = 8, 20_000
    seen = [[] for _ in range(threads)]
    left = threads * calls

    def callback(thread, call):
        nonlocal left
        seen[thread].append(call)
        left -= 1
        if left == 0:
            any_loop.stop()

    def send(thread):
        for call in range(calls):
            any_loop.call_soon_threadsafe(callback, thread, call)

    workers = [threading.Thread(target=send, args=(i,)) for i in range(threads)]
    any_loop.call_soon(lambda: [worker.start() for worker in workers])
    guard = any_loop.call_later(2 * PATIENCE, any_loop.stop)
    any_loop.run_forever()
    guard.cancel()
    for worker in workers:
        worker.join()
    assert seen == [list(range(calls))] * threads


def test_each_call_wakes_a_blocked_poll(any_loop):
    """One at a time: the loop goes to sleep in between."""
    rounds = 300
    woken = threading.Semaphore(0)

    def send():
        for _ in range(rounds):
            any_loop.call_soon_threadsafe(woken.release)
            assert woken.acquire(timeout=PATIENCE), "a call was lost"
        any_loop.call_soon_threadsafe(any_loop.stop)

    with in_thread(send):
        any_loop.run_forever()


def test_wakes_with_a_far_timer(any_loop):
    timer = any_loop.call_later(3600, print)
    stop = threading.Timer(0.02, any_loop.call_soon_threadsafe, (any_loop.stop,))
    stop.start()
    any_loop.run_forever()
    stop.join()
    timer.cancel()


def test_from_the_loop_itself(any_loop):
    order = []
    any_loop.call_soon(lambda: any_loop.call_soon_threadsafe(order.append, "threadsafe"))
    any_loop.call_soon(lambda: any_loop.call_soon(order.append, "soon"))
    turns(any_loop, 2)
    assert order == ["threadsafe", "soon"]


def test_before_the_loop_runs(any_loop):
    with in_thread(any_loop.call_soon_threadsafe, any_loop.stop):
        pass
    any_loop.run_forever()


def test_cancel_from_the_loop(any_loop, must_not_call):
    handles = []
    with in_thread(lambda: handles.append(any_loop.call_soon_threadsafe(must_not_call()))):
        pass
    handles[0].cancel()
    turns(any_loop)


def test_closed(new_loop):
    loop = new_loop()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        loop.call_soon_threadsafe(print)


def test_threads_get_their_turn_beside_a_busy_loop(any_loop):
    """A loop that never blocks lets others run all the same."""
    done = threading.Event()

    def again():
        if done.is_set():
            any_loop.stop()
        else:
            any_loop.call_soon(again)

    def work():
        for _ in range(20):
            time.sleep(0.0001)
        done.set()

    again()
    with in_thread(work):
        any_loop.run_forever()


def test_loops_in_two_threads(new_loop):
    """They send each other calls."""
    loops = [new_loop(), new_loop()]
    rounds = 2000
    counts = [0, 0]
    identifiers = [set(), set()]

    def ping(me):
        identifiers[me].add(threading.get_ident())
        assert asyncio.get_running_loop() is loops[me]
        counts[me] += 1
        if counts[me] == rounds and counts[1 - me] >= rounds - 1:
            for loop in loops:
                loop.call_soon_threadsafe(loop.stop)
        else:
            loops[1 - me].call_soon_threadsafe(ping, 1 - me)

    def other():
        loops[1].run_forever()

    loops[0].call_soon(ping, 0)
    with in_thread(other):
        loops[0].run_forever()
    assert all(count >= rounds - 1 for count in counts)
    assert [len(found) for found in identifiers] == [1, 1]
    for loop in loops:
        loop.close()


def test_a_loop_moves_from_thread_to_thread(any_loop):
    seen = []
    for _ in range(3):
        any_loop.call_soon(lambda: seen.append(threading.get_ident()))
        with in_thread(turns, any_loop):
            pass
    any_loop.call_soon(lambda: seen.append(threading.get_ident()))
    turns(any_loop)
    assert len(seen) == 4 and seen[-1] == threading.get_ident() not in seen[:3]


def test_close_from_another_thread_while_running(any_loop):
    def close():
        assert any_loop.is_running()
        with pytest.raises(RuntimeError, match="running"):
            any_loop.close()
        with pytest.raises(RuntimeError, match="running"):
            any_loop.run_forever()
        any_loop.call_soon_threadsafe(any_loop.stop)

    started = threading.Event()
    any_loop.call_soon(started.set)
    with in_thread(lambda: started.wait(PATIENCE) and close()):
        any_loop.run_forever()


def test_run_coroutine_threadsafe(any_loop):
    async def add(a, b):
        await asyncio.sleep(0.001)
        if b is None:
            raise LookupError
        return a + b

    def use():
        assert asyncio.run_coroutine_threadsafe(add(1, 2), any_loop).result(PATIENCE) == 3
        with pytest.raises(LookupError):
            asyncio.run_coroutine_threadsafe(add(1, None), any_loop).result(PATIENCE)
        any_loop.call_soon_threadsafe(any_loop.stop)

    with in_thread(use):
        any_loop.run_forever()


# ----------------------------------------------------------------------------- executors


def test_run_in_executor(run):
    async def main():
        loop = asyncio.get_running_loop()
        results = await asyncio.gather(
            *(loop.run_in_executor(None, lambda i=i: (i, threading.get_ident())) for i in range(50))
        )
        assert [result[0] for result in results] == list(range(50))
        assert threading.get_ident() not in {result[1] for result in results}
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(None, lambda: 1 / 0)
        return await asyncio.to_thread(sum, [1, 2, 3])

    assert run(main()) == 6


def test_executor_of_ones_own(run):
    with concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="mine") as executor:

        async def main():
            loop = asyncio.get_running_loop()
            name = await loop.run_in_executor(executor, lambda: threading.current_thread().name)
            assert name.startswith("mine")
            loop.set_default_executor(executor)
            name = await loop.run_in_executor(None, lambda: threading.current_thread().name)
            assert name.startswith("mine")
            with pytest.raises(TypeError):
                loop.set_default_executor(object())

        run(main())


def test_executor_wakes_a_blocked_poll(any_loop):
    async def main():
        return await any_loop.run_in_executor(None, time.sleep, 0.02)

    assert any_loop.run_until_complete(main()) is None
    any_loop.run_until_complete(any_loop.shutdown_default_executor())


def test_shutdown_default_executor(any_loop):
    finished = []
    any_loop.run_in_executor(None, lambda: (time.sleep(0.02), finished.append(1)))
    any_loop.run_until_complete(any_loop.shutdown_default_executor())
    assert finished == [1]
    with pytest.raises(RuntimeError, match="shutdown"):
        any_loop.run_in_executor(None, print)
    any_loop.run_until_complete(any_loop.shutdown_default_executor())


def test_shutdown_without_executor(any_loop):
    any_loop.run_until_complete(any_loop.shutdown_default_executor())


def test_close_does_not_wait_for_the_executor(new_loop):
    loop = new_loop()
    release, ended = threading.Event(), threading.Event()
    threads = []

    def work():
        threads.append(threading.current_thread())
        release.wait(PATIENCE)
        ended.set()

    future = loop.run_in_executor(None, work)
    loop.close()
    assert not ended.is_set()
    release.set()
    assert ended.wait(PATIENCE)
    threads[0].join(PATIENCE)
    assert not future.done()
    with pytest.raises(RuntimeError, match="closed|shutdown"):
        loop.run_in_executor(None, print)


def test_debug_refuses_coroutines_for_executors(new_loop):
    loop = new_loop()
    loop.set_debug(True)

    async def coroutine():
        pass

    with pytest.raises(TypeError):
        loop.run_in_executor(None, coroutine)
    loop.close()


def test_default_loops_end_with_their_thread():
    """Nobody was asked to make them, so nobody is warned that they were not closed."""

    def use():
        uvnet.next_tick(list)
        uvnet.run()
        loops.append(uvnet._core.current_loop())

    loops = []
    with in_thread(use):
        pass
    assert loops[0].is_closed()


def test_a_default_loop_in_use_outlives_its_thread():
    """One with an open handle is its user's business."""

    def use():
        loops.append(uvnet._core.current_loop())
        handles.append(uvnet._core.Timer())

    loops, handles = [], []
    with in_thread(use):
        pass
    assert not loops[0].is_closed()
    handles[0].close()
    loops[0].close()

"""Tasks, and what asyncio builds on them."""

from __future__ import annotations

import asyncio
import sys

import pytest


async def value(result, delay=None):
    await (asyncio.sleep(0) if delay is None else asyncio.sleep(delay))
    return result


async def failure(exc, delay=None):
    await value(None, delay)
    raise exc


def test_sleep_of_zero_takes_turns(run):
    order = []

    async def child(name):
        for i in range(3):
            order.append(f"{name}{i}")
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(child("a"), child("b"), child("c"))

    run(main())
    assert order == ["a0", "b0", "c0", "a1", "b1", "c1", "a2", "b2", "c2"]


def test_sleep_of_zero_and_call_soon(run):
    order = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.call_soon(order.append, "soon")
        await asyncio.sleep(0)
        order.append("after")
        loop.call_soon(order.append, "soon")
        await asyncio.sleep(-1)
        order.append("after")

    run(main())
    assert order == ["soon", "after", "soon", "after"]


def test_sleep_order(run):
    order = []

    async def child(delay):
        await asyncio.sleep(delay)
        order.append(delay)

    async def main():
        await asyncio.gather(*(child(delay) for delay in (0.015, 0.005, 0.01, 0)))

    run(main())
    assert order == [0, 0.005, 0.01, 0.015]


def test_gather(run):
    async def main():
        assert await asyncio.gather(*(value(i, i / 1000) for i in range(5))) == list(range(5))
        results = await asyncio.gather(value(1), failure(KeyError()), return_exceptions=True)
        assert results[0] == 1 and isinstance(results[1], KeyError)
        with pytest.raises(KeyError):
            await asyncio.gather(value(1), failure(KeyError()))
        assert await asyncio.gather() == []

    run(main())


def test_gather_is_cancelled(run):
    async def main():
        children = [asyncio.create_task(asyncio.sleep(3600)) for _ in range(3)]
        gathered = asyncio.gather(*children)
        await asyncio.sleep(0)
        gathered.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathered
        assert all(child.cancelled() for child in children)

    run(main())


def test_task_group(run):
    async def main():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(value(i, 0.001)) for i in range(5)]
        assert [task.result() for task in tasks] == list(range(5))
        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.TaskGroup() as group:
                stuck = group.create_task(asyncio.sleep(3600))
                group.create_task(failure(KeyError("one")))
                group.create_task(failure(ValueError("two")))
        assert {type(exc) for exc in caught.value.exceptions} == {KeyError, ValueError}
        assert stuck.cancelled()

    run(main())


def test_timeout(run):
    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.005):
                await asyncio.sleep(3600)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(3600), 0.005)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(3600)
        async with asyncio.timeout(None):
            await asyncio.sleep(0)
        async with asyncio.timeout(3600) as timeout:
            await asyncio.sleep(0.001)
        assert not timeout.expired()
        async with asyncio.timeout(0.001) as timeout:
            timeout.reschedule(asyncio.get_running_loop().time() + 3600)
            await asyncio.sleep(0.005)
        return await asyncio.wait_for(value(42), 3600)

    assert run(main()) == 42


def test_nested_timeouts(run):
    async def main():
        async with asyncio.timeout(3600) as outer:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.001):
                    await asyncio.sleep(3600)
        assert not outer.expired()

    run(main())


def test_cancel(run):
    async def main():
        task = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        assert task.cancel("because") is True
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        assert caught.value.args == ("because",)
        assert task.cancel() is False

    run(main())


def test_cancel_before_it_starts(run, must_not_call):
    inside = must_not_call()

    async def child():
        inside()

    async def main():
        task = asyncio.create_task(child())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_cancel_that_is_refused(run):
    async def child():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return "refused"

    async def main():
        task = asyncio.create_task(child())
        await asyncio.sleep(0)
        task.cancel()
        return await task

    assert run(main()) == "refused"


def test_cancel_itself(run):
    async def child():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    async def main():
        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(child())

    run(main())


def test_shield(run):
    async def main():
        inner = asyncio.create_task(value(42, 0.005))
        outer = asyncio.shield(inner)
        await asyncio.sleep(0)
        outer.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer
        return await inner

    assert run(main()) == 42


def test_wait_and_as_completed(run):
    async def main():
        release = asyncio.Event()

        async def late(turns):
            await release.wait()
            for _ in range(turns):
                await asyncio.sleep(0)
            return turns

        tasks = [asyncio.create_task(child) for child in (late(9), value(0), late(2))]
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result() for task in done] == [0] and len(pending) == 2
        release.set()
        assert [await next_ for next_ in asyncio.as_completed(pending)] == [2, 9]
        done, pending = await asyncio.wait(tasks, timeout=0)
        assert len(done) == 3 and not pending

    run(main())


def test_synchronisation(run):
    async def main():
        queue, lock, event = asyncio.Queue(2), asyncio.Lock(), asyncio.Event()
        condition, semaphore = asyncio.Condition(), asyncio.Semaphore(2)
        inside = most = 0

        async def produce():
            for i in range(20):
                await queue.put(i)

        async def consume():
            return [await queue.get() for _ in range(20)]

        async def limited():
            nonlocal inside, most
            async with semaphore:
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0)
                inside -= 1

        async def waiter():
            async with condition:
                await condition.wait()
            async with lock:
                await event.wait()

        waiting = asyncio.create_task(waiter())
        _, got, *_ = await asyncio.gather(produce(), consume(), *(limited() for _ in range(9)))
        assert got == list(range(20)) and most == 2
        async with condition:
            condition.notify_all()
        event.set()
        await waiting

    run(main())


def test_all_tasks(run):
    async def main():
        loop = asyncio.get_running_loop()
        tasks = {loop.create_task(asyncio.sleep(0), name=f"n{i}") for i in range(3)}
        assert asyncio.all_tasks() == tasks | {asyncio.current_task()}
        await asyncio.gather(*tasks)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(main())


def test_task_factory(any_loop):
    made = []

    def factory(loop, coroutine, **kwargs):
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **kwargs)

    assert any_loop.get_task_factory() is None
    any_loop.set_task_factory(factory)
    assert any_loop.get_task_factory() is factory
    assert any_loop.run_until_complete(value(42)) == 42
    assert len(made) == 1
    any_loop.set_task_factory(None)
    assert any_loop.run_until_complete(value(43)) == 43
    assert len(made) == 1
    with pytest.raises(TypeError):
        any_loop.set_task_factory("factory")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks are of Python 3.12")
def test_eager_tasks(run):
    order = []

    async def child(name, wait):
        order.append(f"{name} starts")
        if wait:
            await asyncio.sleep(0)
        order.append(f"{name} ends")
        return name

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        first = asyncio.create_task(child("first", False))
        assert first.done() and first.result() == "first"
        second = asyncio.create_task(child("second", True))
        assert not second.done()
        order.append("main")
        assert await asyncio.gather(first, second, child("third", False)) == [
            "first", "second", "third"
        ]  # fmt: skip
        assert asyncio.current_task() is not None

    run(main())
    assert order == [
        "first starts", "first ends", "second starts", "main",
        "third starts", "third ends", "second ends",
    ]  # fmt: skip


def test_task_that_awaits_something_else(run):
    class Awaitable:
        def __await__(self):
            yield
            return 42

    class Bad:
        def __await__(self):
            yield "nonsense"

    async def main():
        assert await Awaitable() == 42
        with pytest.raises(RuntimeError, match="bad yield"):
            await Bad()

    run(main())


def test_deep_chain_of_callbacks(run):
    """Ten thousand futures, each completing the next."""

    async def main():
        loop = asyncio.get_running_loop()
        futures = [loop.create_future() for _ in range(10_000)]
        for this, next_ in zip(futures, futures[1:], strict=False):
            this.add_done_callback(lambda _, next_=next_: next_.set_result(1))
        futures[0].set_result(1)
        return await futures[-1]

    assert run(main()) == 1


# ------------------------------------------------------------------------ async generators


def test_asyncgens_are_closed_at_shutdown(run):
    closed = []

    async def generator(name):
        try:
            while True:
                yield name
        finally:
            await asyncio.sleep(0)
            closed.append(name)

    kept = []

    async def main():
        for name in ("a", "b"):
            made = generator(name)
            kept.append(made)
            assert await anext(made) == name

    run(main())
    assert sorted(closed) == ["a", "b"]


def test_asyncgen_that_is_dropped(run):
    closed = []

    async def generator():
        try:
            yield 1
        finally:
            await asyncio.sleep(0)
            closed.append(1)

    async def main():
        async for _ in generator():
            break
        for _ in range(5):
            await asyncio.sleep(0)
        assert closed == [1]

    run(main())


def test_asyncgen_that_fails_at_shutdown(run, asyncio_log):
    async def generator():
        try:
            yield 1
        finally:
            raise LookupError("closing")

    kept = []

    async def main():
        kept.append(generator())
        await anext(kept[0])

    run(main())
    (record,) = asyncio_log()
    assert "closing of asynchronous generator" in record.getMessage()
    assert isinstance(record.exc_info[1], LookupError)


def test_asyncgen_started_after_shutdown(any_loop):
    async def generator():
        yield 1

    async def main():
        await any_loop.shutdown_asyncgens()
        with pytest.warns(ResourceWarning, match="asynchronous generator"):
            made = generator()
            await anext(made)
        await made.aclose()

    any_loop.run_until_complete(main())

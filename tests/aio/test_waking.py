"""What futures ask the loop for: create_future, and call_soon through the loop's own attribute."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from typing import Any

import uvnet


def test_create_future(run):
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        assert type(future) is asyncio.Future and future.get_loop() is loop
        loop.call_soon(future.set_result, 42)
        assert await future == 42

    run(main())


def test_create_future_of_a_loop_that_does_not_run(any_loop):
    future = any_loop.create_future()
    assert type(future) is asyncio.Future and future.get_loop() is any_loop

    async def main():
        return any_loop.create_future().get_loop() is future.get_loop()

    assert any_loop.run_until_complete(main())
    assert any_loop.create_future().get_loop() is any_loop


def test_loops_of_two_threads(run):
    """Each makes futures of its own."""

    async def futures(barrier: threading.Barrier) -> bool:
        loop = asyncio.get_running_loop()
        barrier.wait(30)
        right = True
        for _ in range(1000):
            right = right and loop.create_future().get_loop() is loop
            await asyncio.sleep(0)
        return right

    async def main():
        barrier = threading.Barrier(2)
        results: list[bool] = []
        other = threading.Thread(target=lambda: results.append(uvnet.run(futures(barrier))))
        other.start()
        results.append(await futures(barrier))
        other.join()
        assert results == [True, True]

    run(main())


def test_nothing_is_left_in_the_loop():
    async def main():
        return asyncio.get_running_loop()

    loop = uvnet.new_event_loop()
    before = set(vars(loop))
    loop.run_until_complete(main())
    assert set(vars(loop)) == before
    loop.close()
    reference = weakref.ref(loop)
    del loop
    gc.collect()
    assert reference() is None


def test_subclass_with_a_call_soon_of_its_own():
    calls = []

    class Loop(uvnet.Loop):
        def call_soon(self, callback: Any, *args: Any, **options: Any) -> Any:
            calls.append(callback)
            return super().call_soon(callback, *args, **options)

    async def main():
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda done: None)
        before = len(calls)
        future.set_result(None)
        assert len(calls) == before + 1
        await future

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(main())


def test_call_soon_that_is_replaced(run):
    """One of the instance, as tests patch it in."""

    async def main():
        loop: Any = asyncio.get_running_loop()
        calls = []
        real = loop.call_soon

        def call_soon(*args: Any, **options: Any) -> Any:
            calls.append(args)
            return real(*args, **options)

        loop.call_soon = call_soon
        try:
            await asyncio.sleep(0)
        finally:
            del loop.call_soon
        assert calls
        await asyncio.sleep(0)

    run(main())


def test_arguments_of_call_soon(run):
    import contextvars

    async def main():
        loop = asyncio.get_running_loop()
        got: list[Any] = []
        variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)
        context = contextvars.copy_context()
        context.run(variable.set, 7)
        loop.call_soon(lambda *args: got.append((args, variable.get())), 1, 2, 3)
        loop.call_soon(lambda *args: got.append((args, variable.get())), context=context)
        loop.call_soon(lambda *args: got.append((args, variable.get())), "".join("x"), context=None)
        for wrong in (
            lambda: loop.call_soon(),  # type: ignore[call-arg]
            lambda: loop.call_soon(print, contexts=context),  # type: ignore[call-arg]
            lambda: loop.call_soon(context=context),  # type: ignore[call-arg]
        ):
            try:
                wrong()
            except TypeError as exc:
                got.append(type(exc))
        await asyncio.sleep(0)
        assert got == [TypeError] * 3 + [((1, 2, 3), 0), ((), 7), (("x",), 0)]

    run(main())

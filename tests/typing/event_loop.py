"""The asyncio face in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
from typing import assert_type

import uvnet
from uvnet import _core


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


def add(left: int, right: float) -> None:
    calls.append(left + right)


calls: list[float] = []


def runs() -> None:
    assert_type(uvnet.run(answer()), int)
    assert uvnet.run(answer(), debug=True) == 42
    with asyncio.Runner(loop_factory=uvnet.new_event_loop) as runner:
        assert_type(runner.run(answer()), int)
        assert isinstance(runner.get_loop(), uvnet.Loop)


def policies() -> None:
    if hasattr(asyncio, "set_event_loop_policy"):
        loop = assert_type(uvnet.EventLoopPolicy().new_event_loop(), uvnet.Loop)
        loop.close()
        assert callable(uvnet.install)


def node_style() -> None:
    uvnet.next_tick(add, 1, 2.5)
    call = uvnet.set_immediate(add, 10, 20)
    assert_type(call, _core.Call)
    uvnet.run()
    assert calls == [3.5, 30]
    calls.clear()
    _core.current_loop().close()


def scheduling(loop: uvnet.Loop) -> None:
    soon = loop.call_soon(add, 1, 2, context=contextvars.copy_context())
    later = loop.call_later(0.001, add, 3, 4.5)
    assert_type(soon, _core.Call)
    assert_type(later, _core.TimerCall)
    assert_type(later.when(), float)
    assert_type(loop.call_at(loop.time(), add, 5, 6), _core.TimerCall)
    assert_type(loop.call_soon_threadsafe(add, 7, 8), _core.Call)
    assert_type(soon.get_context(), contextvars.Context | None)

    # What asyncio's own code and annotations take.
    plain: asyncio.Handle = soon
    timer: asyncio.TimerHandle = later
    assert isinstance(plain, asyncio.Handle) and isinstance(timer, asyncio.TimerHandle)
    assert isinstance(timer, _core.Call)

    loop.run()
    assert sorted(calls) == [3, 7.5, 11, 15]
    calls.clear()


def watching(loop: uvnet.Loop) -> None:
    reader, writer = os.pipe()

    def readable(fd: int) -> None:
        calls.append(len(os.read(fd, 100)))
        assert_type(loop.remove_reader(fd), bool)

    loop.add_reader(reader, readable, reader)
    os.write(writer, b"abc")
    loop.add_signal_handler(signal.SIGUSR1, add, 1, 1)
    signal.raise_signal(signal.SIGUSR1)
    loop.call_later(0.05, loop.stop)
    loop.run_forever()
    assert_type(loop.remove_signal_handler(signal.SIGUSR1), bool)
    assert sorted(calls) == [2, 3]
    calls.clear()
    os.close(reader)
    os.close(writer)


def any_loop(loop: asyncio.AbstractEventLoop) -> int:
    return loop.run_until_complete(answer())


def main() -> None:
    runs()
    policies()
    node_style()
    loop = uvnet.new_event_loop()
    assert_type(loop, uvnet.Loop)
    scheduling(loop)
    watching(loop)
    assert any_loop(loop) == 42
    loop.close()
    assert_type(uvnet.get_include(), list[str])


if __name__ == "__main__":
    main()

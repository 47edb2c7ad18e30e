"""finished(), and the awaitable one."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any

import pytest

import uvnet
from uvnet.abort import AbortController
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_STREAM_PREMATURE_CLOSE,
    AbortError,
)
from uvnet.stream import Duplex, finished, promises

from .helpers import run, sink, source

EVENTS = ("end", "finish", "error", "close")


def listeners(stream: Any) -> int:
    return sum(stream.listener_count(event) for event in EVENTS)


@pytest.mark.parametrize("callback", [None, 5, "callback"])
def test_bad_callback(callback: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match='"callback" argument must be of type function'):
        finished(source(), callback)


@pytest.mark.parametrize("stream", [None, 5, object(), "stream", [b"x"]])
def test_bad_stream(stream: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match='"stream" argument'):
        finished(stream, print)


def test_bad_signal() -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="signal"):
        finished(source(), print, signal=5)  # type: ignore[arg-type]


def test_never_before_it_returns() -> None:
    stream = sink()
    stream.end()
    run()
    assert stream.closed
    called: list[Any] = []
    finished(stream, called.append)
    assert called == []
    run()
    assert called == [None]


def test_once() -> None:
    stream = source()
    called: list[Any] = []
    finished(stream, called.append)
    stream.on("error", lambda error: None)
    error = ValueError()
    stream.destroy(error)
    run()
    assert called == [error]


def test_listeners_stay_until_cleanup() -> None:
    stream = source()
    before = listeners(stream)
    cleanup = finished(stream, lambda error: None)
    stream.resume()
    stream.push(None)
    run()
    assert listeners(stream) == before + len(EVENTS)
    cleanup()
    assert listeners(stream) == before
    cleanup()


def test_cleanup_forgets_the_callback() -> None:
    controller = AbortController()
    stream = source()
    called: list[Any] = []
    cleanup = finished(stream, called.append, signal=controller.signal)
    cleanup()
    controller.abort()
    stream.destroy()
    run()
    assert called == []


def test_cleanup_of_what_is_done_already() -> None:
    stream = sink()
    stream.end()
    run()
    called: list[Any] = []
    before = listeners(stream)
    cleanup = finished(stream, called.append)
    cleanup()
    run()
    assert called == []
    assert listeners(stream) == before


def test_a_signal_leaves_the_stream() -> None:
    controller = AbortController()
    stream = source()
    called: list[Any] = []
    finished(stream, called.append, signal=controller.signal)
    reason = ValueError("why")
    controller.abort(reason)
    assert isinstance(called[0], AbortError)
    assert called[0].cause is reason
    assert not stream.destroyed
    assert listeners(stream) == 0
    stream.destroy()
    run()
    assert len(called) == 1


def test_one_side() -> None:
    duplex = Duplex(
        read=lambda stream, size: None,
        write=lambda stream, chunk, encoding, callback: callback(),
    )
    order: list[str] = []
    finished(duplex, lambda error: order.append("written"), readable=False)
    finished(duplex, lambda error: order.append("read"), writable=False)
    finished(duplex, lambda error: order.append("both"))
    duplex.end()
    run()
    assert order == ["written"]
    duplex.resume()
    duplex.push(None)
    run()
    assert order == ["written", "read", "both"]


def test_a_late_error_is_heard() -> None:
    stream = sink(auto_destroy=False)
    finished(stream, lambda error: None)
    stream.end()
    run()
    stream.emit("error", ValueError("late"))


def test_a_late_error_of_what_was_done_before() -> None:
    stream = sink(auto_destroy=False)
    stream.end()
    run()
    stream.destroy()
    run()
    with pytest.raises(ValueError, match="nobody"):
        stream.emit("error", ValueError("nobody listens"))
    finished(stream, lambda error: None, error=False)
    with pytest.raises(ValueError, match="nobody"):
        stream.emit("error", ValueError("nobody listens"))
    finished(stream, lambda error: None)
    stream.emit("error", ValueError("heard"))
    run()


def test_a_signal_forgets_a_wait_that_is_over() -> None:
    controller = AbortController()

    def make() -> weakref.ref[Any]:
        stream = sink()
        finished(stream, lambda error: None, signal=controller.signal)
        stream.end()
        return weakref.ref(stream)

    ref = make()
    run()
    gc.collect()
    assert ref() is None
    controller.abort()


def test_the_error_may_be_left_to_others() -> None:
    stream = source()
    called: list[Any] = []
    finished(stream, called.append, error=False)
    assert stream.listener_count("error") == 0
    stream.on("error", lambda error: called.append("error"))
    error = ValueError()
    stream.destroy(error)
    run()
    assert called == ["error", error]  # with 'close'


# ---------------------------------------------------------------------- awaited


def test_awaited() -> None:
    async def main() -> None:
        stream = source()
        waiting = promises.finished(stream)
        stream.resume()
        stream.push(None)
        assert await waiting is None
        await promises.finished(stream)
        failing = source()
        waiting = promises.finished(failing)
        failing.destroy(ValueError("bad"))
        with pytest.raises(ValueError, match="bad"):
            await waiting
        closing = source()
        waiting = promises.finished(closing)
        closing.destroy()
        with pytest.raises(ERR_STREAM_PREMATURE_CLOSE):
            await waiting

    uvnet.run(main())


def test_awaited_with_cleanup() -> None:
    async def main() -> None:
        for cleanup, left in ((False, len(EVENTS)), (True, 0)):
            stream = source()
            stream.resume()
            stream.push(None)
            await promises.finished(stream, cleanup=cleanup)
            assert listeners(stream) == left

    uvnet.run(main())


def test_cancelled() -> None:
    async def main() -> None:
        stream = source()
        waiting = promises.finished(stream)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting, 0.01)
        await asyncio.sleep(0)
        assert listeners(stream) == 0
        assert not stream.destroyed

    uvnet.run(main())


def test_misuse_raises_at_once() -> None:
    async def main() -> None:
        with pytest.raises(ERR_INVALID_ARG_TYPE):
            promises.finished(5)  # type: ignore[arg-type]

    uvnet.run(main())

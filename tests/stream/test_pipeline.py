"""pipeline(), and the awaitable one. Which events come in which order is compared with Node's."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import uvnet
from uvnet.abort import AbortController, AbortSignal
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_RETURN_VALUE,
    ERR_MISSING_ARGS,
    ERR_STREAM_DESTROYED,
    ERR_STREAM_PREMATURE_CLOSE,
    ERR_STREAM_UNABLE_TO_PIPE,
    ERR_STREAM_WRITE_AFTER_END,
    AbortError,
)
from uvnet.stream import Duplex, PassThrough, Readable, Writable, duplex_pair, pipeline, promises

from .contract import turns, until
from .helpers import failing_sink, note, run, sink, source


class Outcome:
    """The callback of a pipeline, which is called once."""

    def __init__(self) -> None:
        self.calls: list[tuple[Exception | None, Any]] = []

    def __call__(self, error: Exception | None, value: Any) -> None:
        self.calls.append((error, value))

    @property
    def error(self) -> Exception | None:
        [(error, _)] = self.calls
        return error

    @property
    def value(self) -> Any:
        [(error, value)] = self.calls
        assert error is None
        return value


async def upper(chunks: Any) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        yield bytes(chunk).upper()


async def waits_forever() -> AsyncIterator[bytes]:
    yield b"first"
    await asyncio.Event().wait()


# ------------------------------------------------------------------------ arguments


def test_the_callback_is_last_or_named() -> None:
    for args, options in [((Outcome(),), {}), ((), {"callback": Outcome()})]:
        outcome = args[0] if args else options["callback"]
        written: list[bytes] = []
        stream = source()
        last = sink(written)
        assert pipeline(stream, last, *args, **options) is last
        stream.push(b"x")
        stream.push(None)
        run()
        assert outcome.error is None
        assert written == [b"x"]


def test_the_callback_is_never_called_within() -> None:
    outcome = Outcome()
    pipeline([], sink(), outcome)
    assert outcome.calls == []
    run()
    assert outcome.value is None


@pytest.mark.parametrize("callback", [None, 5, "text"])
def test_bad_callback(callback: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match='"callback" argument must be of type function'):
        pipeline(source(), sink(), callback)


def test_too_few() -> None:
    for streams in ([], [source()], [[source()]]):
        with pytest.raises(ERR_MISSING_ARGS, match="streams"):
            pipeline(*streams, callback=Outcome())
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        pipeline()


def test_what_is_no_stream() -> None:
    for streams in [(5, sink()), (sink(), sink()), (source(), 5), (source(), object(), sink())]:
        with pytest.raises(ERR_INVALID_ARG_TYPE):
            pipeline(*streams, callback=Outcome())


def test_what_functions_must_return() -> None:
    async def coroutine(*args: Any) -> None: ...

    def plain(chunks: Any) -> Iterator[bytes]:
        yield b"x"

    for streams in [
        (lambda: 5, sink()),
        (coroutine, sink()),
        ([b"x"], lambda chunks: 5, sink()),
        ([b"x"], plain, sink()),
        ([b"x"], coroutine, sink()),
        ([b"x"], lambda chunks: 5),
        ([b"x"], plain),
    ]:
        with pytest.raises(ERR_INVALID_RETURN_VALUE):
            pipeline(*streams, callback=Outcome())


def test_a_destroyed_destination() -> None:
    last = sink()
    last.destroy()
    with pytest.raises(ERR_STREAM_UNABLE_TO_PIPE):
        pipeline(source(), last, Outcome())
    run()


def test_bad_signal() -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="signal"):
        promises.pipeline(source(), sink(), signal=5)  # type: ignore[arg-type]


# ------------------------------------------------------------------------ iterables


@pytest.mark.parametrize("text", [b"bytes", bytearray(b"array"), memoryview(b"view"), "text"])
def test_a_text_is_one_chunk(text: Any) -> None:
    outcome = Outcome()
    written: list[bytes] = []
    pipeline(text, sink(written), outcome)
    run()
    assert outcome.error is None
    assert len(written) == 1


def test_awaitable_values() -> None:
    async def later(value: bytes) -> bytes:
        await asyncio.sleep(0)
        return value

    outcome = Outcome()
    written: list[bytes] = []
    pipeline([later(b"a"), b"b"], sink(written), outcome)
    run()
    assert written == [b"a", b"b"]
    assert outcome.error is None


def test_backpressure() -> None:
    """An iterable is asked for no more than the stream takes."""
    given: list[int] = []
    held: list[Any] = []

    def numbers() -> Iterator[bytes]:
        for i in range(20):
            given.append(i)
            yield b"x" * 10

    slow = Writable(
        high_water_mark=30,
        write=lambda stream, chunk, encoding, callback: held.append(callback),
    )
    outcome = Outcome()

    async def main() -> None:
        pipeline(numbers(), slow, outcome)
        while not outcome.calls:
            await turns()
            assert slow.writable_length <= 30
            assert len(given) <= 20
            if held:
                held.pop()()

    uvnet.run(main())
    assert outcome.error is None
    assert len(given) == 20


def test_every_generator_is_closed() -> None:
    """In the order that JavaScript's `for await` has: each before the one that it reads."""
    order: list[str] = []

    def stage(name: str, leaves: bool) -> Any:
        async def generator(chunks: Any) -> AsyncIterator[bytes]:
            try:
                async for chunk in chunks:
                    yield chunk
                    if leaves:
                        break
            finally:
                order.append(name)

        return generator

    async def numbers() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x"
        finally:
            order.append("source")

    outcome = Outcome()
    pipeline(numbers, stage("one", False), stage("two", True), sink(), outcome)
    run()
    assert order == ["two", "one", "source"]
    assert outcome.error is None
    order.clear()
    outcome = Outcome()
    error = ValueError("full")
    pipeline(numbers, stage("one", False), stage("two", False), failing_sink(error), outcome)
    run()
    assert order == ["two", "one", "source"]
    assert outcome.error is error


def test_two_chains_with_a_stream_between() -> None:
    outcome = Outcome()
    written: list[bytes] = []
    pipeline([b"a", b"b"], upper, PassThrough(), upper, sink(written), outcome)
    run()
    assert b"".join(written) == b"AB"
    assert outcome.error is None


def test_a_source_that_is_left_early_is_destroyed() -> None:
    async def first(chunks: Any) -> Any:
        async for chunk in chunks:
            return bytes(chunk)

    stream = source()
    outcome = Outcome()
    pipeline(stream, first, outcome)
    stream.push(b"one")
    run()
    assert outcome.value == b"one"
    assert stream.destroyed


def test_the_value_of_the_last_function() -> None:
    async def count(chunks: Any) -> int:
        return len([chunk async for chunk in chunks])

    outcome = Outcome()
    last = pipeline([b"x"] * 3, upper, count, outcome)
    values: list[Any] = []
    last.on("data", values.append)
    run()
    assert outcome.value == 3
    assert values == [3]


def test_the_result_can_be_piped_on() -> None:
    written: list[Any] = []
    outcome = Outcome()
    last = pipeline([b"x", b"y"], upper, outcome)
    assert isinstance(last, PassThrough)
    last.pipe(sink(written, object_mode=True))
    run()
    assert written == [b"X", b"Y"]
    assert outcome.error is None


# --------------------------------------------------------------------------- errors


def test_the_first_error_counts() -> None:
    one, two, three = source(), PassThrough(), sink()
    noted = [note(stream, "error", "close") for stream in (one, two, three)]
    outcome = Outcome()
    pipeline(one, two, three, outcome)
    error = ValueError("middle")
    two.destroy(error)
    run()
    assert outcome.error is error
    assert noted == [["error", "close"]] * 3
    assert one.errored is three.errored is error


def test_an_error_counts_more_than_a_close() -> None:
    one, two = source(), sink()
    outcome = Outcome()
    pipeline(one, two, outcome)
    one.destroy()
    two.destroy(ValueError("why"))
    run()
    assert isinstance(outcome.error, ValueError)


def test_a_source_that_is_destroyed_with_chunks_unread() -> None:
    """Node never calls the callback."""
    one, two = source(), sink()
    outcome = Outcome()
    one.push(b"lost")
    one.push(None)
    pipeline(one, two, outcome)
    one.destroy()
    run()
    assert isinstance(outcome.error, ERR_STREAM_PREMATURE_CLOSE)
    assert two.destroyed


def test_a_source_that_has_ended() -> None:
    one, two = source(), sink()
    one.resume()
    one.push(None)
    run()
    assert one.readable_ended
    outcome = Outcome()
    pipeline(one, two, outcome)
    run()
    assert outcome.error is None
    assert two.writable_finished


def test_a_signal_forgets_a_pipeline_that_is_over() -> None:
    controller = AbortController()

    async def main() -> weakref.ref[Any]:
        last = sink()
        await promises.pipeline([b"x"], last, signal=controller.signal)
        return weakref.ref(last)

    ref = uvnet.run(main())
    gc.collect()
    assert ref() is None
    controller.abort()


def test_errors_of_stages() -> None:
    async def fail(chunks: Any) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield chunk
            raise KeyError("stage")

    outcome = Outcome()
    stream = source()
    stream.push(b"x")
    last = sink()
    last.on("error", lambda error: None)
    pipeline(stream, fail, upper, last, outcome)
    run()
    assert isinstance(outcome.error, KeyError)
    assert stream.destroyed
    assert last.errored is outcome.error


def test_an_unwritable_chunk() -> None:
    outcome = Outcome()
    pipeline([5], sink(), outcome)
    run()
    assert isinstance(outcome.error, ERR_INVALID_ARG_TYPE)


def test_late_errors_are_heard() -> None:
    stream, last = source(), sink(auto_destroy=False)
    outcome = Outcome()
    pipeline(stream, last, outcome)
    stream.push(None)
    run()
    assert outcome.error is None
    last.emit("error", ValueError("late"))


def test_a_source_that_waits_is_cancelled() -> None:
    """Node waits for its next value, which may never come."""
    order: list[str] = []

    async def numbers() -> AsyncIterator[bytes]:
        try:
            order.append("waits")
            await asyncio.Event().wait()
            yield b"never"
        finally:
            order.append("finally")

    async def main() -> None:
        last = sink()
        outcome = Outcome()
        pipeline(numbers, upper, last, outcome)
        await until(lambda: order)
        error = ValueError("gone")
        last.destroy(error)
        await until(lambda: outcome.calls)
        assert outcome.error is error

    uvnet.run(main())
    assert order == ["waits", "finally"]


def test_a_function_that_sees_the_error_of_its_stream_is_not_cancelled() -> None:
    async def watchful(chunks: Any) -> str:
        try:
            async for _ in chunks:
                pass
        except ValueError as error:
            return f"saw {error}"
        return "nothing"

    outcome = Outcome()
    stream = source()
    pipeline(stream, watchful, outcome)
    uvnet.set_immediate(stream.destroy, ValueError("why"))
    run()
    assert [(str(error), value) for error, value in outcome.calls] == [("why", "saw why")]


# -------------------------------------------------------------------------- signals


def test_a_stage_may_ask_for_the_signal() -> None:
    signals: list[AbortSignal] = []

    async def positional(chunks: Any, signal: AbortSignal) -> AsyncIterator[bytes]:
        signals.append(signal)
        async for chunk in chunks:
            yield chunk

    async def keyword(chunks: Any, *, signal: AbortSignal) -> AsyncIterator[bytes]:
        signals.append(signal)
        async for chunk in chunks:
            assert not signal.aborted
            yield chunk

    async def start(signal: AbortSignal) -> AsyncIterator[bytes]:
        signals.append(signal)
        yield b"x"

    outcome = Outcome()
    pipeline(start, positional, upper, keyword, sink(), outcome)
    run()
    assert outcome.error is None
    assert len(signals) == 3
    assert len(set(map(id, signals))) == 1
    assert signals[0].aborted


def test_awaited() -> None:
    async def main() -> None:
        written: list[bytes] = []
        assert await promises.pipeline([b"x"], upper, sink(written)) is None
        assert written == [b"X"]

        async def count(chunks: Any) -> int:
            return len([chunk async for chunk in chunks])

        assert await promises.pipeline([b"x"] * 4, count) == 4
        with pytest.raises(ValueError, match="full"):
            await promises.pipeline([b"x"], failing_sink(ValueError("full")))

    uvnet.run(main())


def test_the_last_stream_may_stay_open() -> None:
    async def main() -> None:
        written: list[bytes] = []
        last = sink(written)
        stream = source()
        stream.push(b"one ")
        stream.push(None)
        await promises.pipeline(stream, last, end=False)
        await promises.pipeline([b"two "], last, end=False)
        assert last.writable
        await promises.pipeline([b"three"], last)
        assert last.writable_finished
        assert b"".join(written) == b"one two three"

    uvnet.run(main())


@pytest.mark.parametrize("when", ["before", "at once", "later"])
def test_abort(when: str) -> None:
    async def main() -> None:
        controller = AbortController()
        if when == "before":
            controller.abort("why")
        stream, last = source(), sink()
        waiting = promises.pipeline(stream, PassThrough(), last, signal=controller.signal)
        if when == "later":
            await turns()
        controller.abort("why")
        with pytest.raises(AbortError) as caught:
            await waiting
        assert caught.value.cause == "why"
        assert stream.destroyed
        assert last.destroyed
        await until(lambda: stream.closed and last.closed)

    uvnet.run(main())


def test_abort_while_a_generator_waits() -> None:
    async def main() -> None:
        controller = AbortController()
        written: list[bytes] = []
        waiting = promises.pipeline(waits_forever, upper, sink(written), signal=controller.signal)
        await until(lambda: written)
        controller.abort()
        with pytest.raises(AbortError):
            await waiting

    uvnet.run(main())


@pytest.mark.parametrize("make", [source, waits_forever])
def test_cancelling_destroys(make: Any) -> None:
    async def main() -> None:
        last = sink()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(promises.pipeline(make(), last), 0.01)
        await until(lambda: last.closed)
        assert isinstance(last.errored, AbortError)

    uvnet.run(main())


def listeners(stream: Any) -> dict[str, int]:
    return {event: stream.listener_count(event) for event in stream.event_names()}


def test_nothing_is_listened_for_afterwards() -> None:
    """A last stream that can still be read is given back as it was."""
    outcome = Outcome()
    stream, last = source(), PassThrough()
    last.resume()
    pipeline(stream, last, outcome)
    stream.push(b"x")
    stream.push(None)
    run()
    assert outcome.error is None
    assert listeners(last) == {}


@pytest.mark.parametrize("make", [sink, PassThrough])
def test_one_after_the_other_into_an_open_stream(make: Any) -> None:
    async def main() -> None:
        last = make()
        if isinstance(last, PassThrough):
            last.resume()
        for _ in range(30):
            stream = source()
            stream.push(b"x")
            stream.push(None)
            await promises.pipeline(stream, last, end=False)
            await promises.pipeline([b"y"], last, end=False)
            assert listeners(last) == {}
        last.end()
        await promises.finished(last)

    uvnet.run(main())


def test_a_duplex_as_last_stream() -> None:
    one, two = duplex_pair()
    two.pipe(two)
    echoed = bytearray()
    one.on("data", echoed.extend)
    outcome = Outcome()
    pipeline([b"a", b"b"], one, outcome)
    run()
    assert outcome.error is None
    assert echoed == b"ab"


def test_through_the_ends_of_a_pair() -> None:
    one, two = duplex_pair()
    written: list[bytes] = []
    outcomes = Outcome(), Outcome()
    pipeline(Readable.from_([b"a", b"b"]), one, outcomes[0])
    pipeline(two, upper, sink(written), outcomes[1])
    two.end()
    run()
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert b"".join(written) == b"AB"


def both(chunks: list[bytes | None], written: list[bytes]) -> Duplex:
    """Return a stream that ends its writable side, too, when it has no more to read."""
    return Duplex(
        allow_half_open=False,
        read=lambda stream, size: stream.push(chunks.pop(0)),
        write=lambda stream, chunk, encoding, done: (written.append(chunk), done()),
    )


def test_through_a_function_and_back() -> None:
    written: list[bytes] = []
    stream = both([b"a", None], written)
    outcome = Outcome()
    pipeline(stream, upper, stream, outcome)
    run()
    assert outcome.error is None
    assert written == [b"A"]


def test_into_a_stream_that_has_ended_itself() -> None:
    async def late(chunks: Any) -> AsyncIterator[bytes]:
        async for chunk in chunks:
            yield bytes(chunk)
        await turns(3)
        yield b"late"

    written: list[bytes] = []
    stream = both([b"a", None], written)
    stream.on("error", lambda error: None)
    outcome = Outcome()
    pipeline(stream, late, stream, outcome)
    run()
    assert isinstance(outcome.error, ERR_STREAM_WRITE_AFTER_END)
    assert written == [b"a"]


def test_destroyed_as_not_needed() -> None:
    """What a pipeline does not need any more fails with the reason that it is over."""

    async def nothing(chunks: Any) -> str:
        return "enough"

    stream = source()
    outcome = Outcome()
    pipeline(stream, nothing, outcome)
    run()
    assert outcome.value == "enough"
    assert stream.destroyed
    assert isinstance(stream.errored, ERR_STREAM_DESTROYED)

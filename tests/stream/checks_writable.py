"""What every writable stream must do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from uvnet import set_immediate
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_STREAM_ALREADY_FINISHED,
    ERR_STREAM_DESTROYED,
    ERR_STREAM_NULL_VALUES,
    ERR_STREAM_PREMATURE_CLOSE,
    ERR_STREAM_WRITE_AFTER_END,
    ERR_UNKNOWN_ENCODING,
    UVError,
)
from uvnet.stream import Readable

from .contract import Rig, check, until


class Callbacks:
    """What callbacks were called with, by name, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Exception | None]] = []

    def __call__(self, name: str) -> Any:
        return lambda error: self.calls.append((name, error))

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    @property
    def errors(self) -> list[type | None]:
        return [None if error is None else type(error) for _, error in self.calls]


async def fill(rig: Rig) -> int:
    """Write until the stream stays full, as nothing is taken; return how much that was."""
    part = b"x" * 16384
    total = 0
    while total < 64 << 20:
        full = not rig.stream.write(part)
        total += len(part)
        if full:
            await rig.quiet()
            if rig.stream.writable_need_drain:
                return total
    raise AssertionError("it takes any amount")


# ------------------------------------------------------------------------- writing


@check("writable")
async def writes_arrive_in_order(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    assert stream.writable
    for i in range(5):
        assert stream.write(b"%d," % i, called(str(i))) is True
    assert called.calls == []  # never from within write()
    assert stream.end() is stream
    await until(lambda: "finish" in rig.record)
    await until(lambda: rig.sent == b"0,1,2,3,4,")
    assert called.calls == [(str(i), None) for i in range(5)]
    assert stream.writable_finished
    assert stream.writable_ended
    assert not stream.writable
    assert stream.writable_length == 0


@check("writable")
async def callbacks_come_before_finish(rig: Rig) -> None:
    stream = rig.stream
    order: list[str] = []
    stream.on("finish", lambda: order.append("finish"))
    stream.write(b"one", lambda error: order.append("one"))
    stream.write(b"two", None, lambda error: order.append("two"))
    stream.end(b"three", lambda error: order.append("end"))
    assert not stream.writable_finished
    await until(lambda: "finish" in order)
    assert order == ["one", "two", "end", "finish"]
    await until(lambda: rig.sent == b"onetwothree")


@check("writable")
async def end_forms(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    stream.end("ff00", "hex", called("end"))
    stream.end(called("again"))
    await until(lambda: "finish" in rig.record)
    assert called.calls == [("end", None), ("again", None)]
    stream.end(called("late"))
    await until(lambda: len(called.calls) == 3)
    assert called.errors[2] is ERR_STREAM_ALREADY_FINISHED
    await until(lambda: rig.sent == b"\xff\0")


@check("writable")
async def kinds_of_chunks(rig: Rig) -> None:
    stream = rig.stream
    stream.write(b"bytes ")
    stream.write(bytearray(b"bytearray "))
    stream.write(memoryview(b"-memoryview -")[1:-1])
    stream.write("text é ")
    stream.write("6162", "hex")
    stream.write("\xe9", encoding="latin1")
    stream.end()
    await until(lambda: "finish" in rig.record)
    await until(lambda: rig.sent == b"bytes bytearray memoryview text \xc3\xa9 ab\xe9")


@check("writable")
async def default_encoding(rig: Rig) -> None:
    stream = rig.stream
    assert stream.set_default_encoding("HEX") is stream
    stream.write("6162")
    stream.write("c", "utf8")
    with pytest.raises(ERR_UNKNOWN_ENCODING):
        stream.set_default_encoding("morse")
    stream.end("64")
    await until(lambda: rig.sent == b"abcd")


@check("writable")
async def an_empty_chunk_is_written_too(rig: Rig) -> None:
    called = Callbacks()
    rig.stream.write(b"", called("empty"))
    await until(lambda: called.calls)
    assert called.calls == [("empty", None)]


@check("writable")
async def bad_chunks_raise(rig: Rig) -> None:
    stream = rig.stream
    with pytest.raises(ERR_STREAM_NULL_VALUES):
        stream.write(None)
    for chunk in (5, 1.5, object(), [b"x"], True):
        with pytest.raises(ERR_INVALID_ARG_TYPE, match='"chunk" argument'):
            stream.write(chunk)
    for encoding in ("morse", "buffer"):
        with pytest.raises(ERR_UNKNOWN_ENCODING, match=encoding):
            stream.write("text", encoding)
    await rig.quiet()
    assert rig.record.order("error", "close") == []
    assert stream.writable_length == 0
    stream.end(b"fine")
    await until(lambda: rig.sent == b"fine")


# ---------------------------------------------------------------------- backpressure


@check("writable")
async def drain_when_promised(rig: Rig) -> None:
    stream = rig.stream
    rig.hold()
    total = await fill(rig)
    assert stream.writable_need_drain
    assert stream.writable_length > 0
    drains = rig.record.count("drain")
    stream.write(b"y")  # taken nevertheless
    await rig.quiet()
    assert rig.record.count("drain") == drains
    rig.release()
    await until(lambda: rig.record.count("drain") == drains + 1)
    assert stream.writable_length == 0
    assert not stream.writable_need_drain
    await until(lambda: len(rig.sent) == total + 1)
    await rig.quiet()
    assert rig.record.count("drain") == drains + 1


@check("writable")
async def no_drain_unpromised(rig: Rig) -> None:
    assert rig.stream.write(b"little") is True
    await until(lambda: rig.sent == b"little")
    await rig.quiet()
    assert "drain" not in rig.record


@check("writable")
async def no_drain_after_end(rig: Rig) -> None:
    rig.hold()
    await fill(rig)
    drains = rig.record.count("drain")
    rig.stream.end()
    assert not rig.stream.writable_need_drain
    rig.release()
    await until(lambda: "finish" in rig.record)
    assert rig.record.count("drain") == drains


@check("writable")
async def drain_can_be_awaited(rig: Rig) -> None:
    stream = rig.stream
    await stream.drain()
    rig.hold()
    await fill(rig)
    waiting = asyncio.create_task(stream.drain())
    await rig.quiet()
    assert not waiting.done()
    rig.release()
    await waiting
    assert stream.writable_length == 0
    rig.hold()
    await fill(rig)
    ended = asyncio.create_task(stream.drain())
    await rig.quiet()
    stream.end()
    rig.release()
    await ended


@check("writable")
async def drain_fails_with_the_stream(rig: Rig) -> None:
    stream = rig.stream
    rig.hold()
    await fill(rig)
    waiting = asyncio.create_task(stream.drain())
    given_up = asyncio.create_task(stream.drain())
    await rig.quiet()
    listeners = stream.listener_count("drain")  # one for all who wait
    given_up.cancel()
    await asyncio.wait([given_up])
    assert stream.listener_count("drain") == listeners
    error = ValueError("gone")
    stream.destroy(error)
    with pytest.raises(ValueError, match="gone"):
        await waiting
    assert stream.listener_count("drain") == listeners - 1
    await stream.drain()  # there is nothing to wait for any more
    rig.release()


@check("writable")
async def drain_fails_when_it_is_destroyed(rig: Rig) -> None:
    stream = rig.stream
    rig.hold()
    await fill(rig)
    waiting = asyncio.create_task(stream.drain())
    await rig.quiet()
    stream.destroy()
    with pytest.raises((ERR_STREAM_PREMATURE_CLOSE, UVError)):  # a socket's write is cancelled
        await waiting
    rig.release()


@check("writable")
async def a_fast_source_waits(rig: Rig) -> None:
    """Piped into it, a source that always has more is asked only for what there is room for."""
    asked = 0

    def read(source: Readable, size: int) -> None:
        nonlocal asked
        asked += 16384
        set_immediate(source.push, b"x" * 16384)

    source = Readable(read=read)
    rig.hold()
    source.pipe(rig.stream)
    await until(lambda: rig.stream.writable_need_drain and source.is_paused())
    before = -1
    while before != asked:  # what the other end's buffers take
        before = asked
        await rig.quiet()
    most = rig.stream.writable_high_water_mark + source.readable_high_water_mark
    assert rig.stream.writable_length + source.readable_length <= most + 2 * 65536
    rig.release()
    await until(lambda: asked > before)
    source.destroy()


# -------------------------------------------------------------------------- corking


@check("writable")
async def cork_holds_back(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    stream.cork()
    stream.cork()
    stream.write(b"one ", called("one"))
    stream.write(b"two", called("two"))
    assert stream.writable_corked == 2
    stream.uncork()
    await rig.quiet()
    assert rig.sent == b""
    assert called.calls == []
    assert stream.writable_length == 7
    stream.uncork()
    assert stream.writable_corked == 0
    await until(lambda: rig.sent == b"one two")
    await until(lambda: len(called.calls) == 2)
    assert called.calls == [("one", None), ("two", None)]
    stream.uncork()  # one too many
    assert stream.writable_corked == 0


@check("writable")
async def end_uncorks(rig: Rig) -> None:
    stream = rig.stream
    stream.cork()
    stream.cork()
    stream.write(b"one ")
    stream.end(b"two")
    assert stream.writable_corked == 0
    await until(lambda: "finish" in rig.record)
    await until(lambda: rig.sent == b"one two")


@check("writable")
async def destroy_while_corked(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    stream.cork()
    stream.write(b"lost", called("lost"))
    stream.destroy()
    await until(lambda: "close" in rig.record and called.calls)
    assert called.errors == [ERR_STREAM_DESTROYED]
    assert "finish" not in rig.record
    await rig.quiet()
    assert rig.sent == b""


# --------------------------------------------------------------------- writing too late


@check("writable")
async def write_after_end(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    stream.end(b"last")
    assert stream.write(b"more", called("more")) is False
    assert called.calls == []
    await until(lambda: "close" in rig.record and called.calls)
    assert called.errors == [ERR_STREAM_WRITE_AFTER_END]
    assert [type(error) for error in rig.record.errors] == [ERR_STREAM_WRITE_AFTER_END]
    assert stream.destroyed


@check("writable")
async def end_with_a_chunk_after_end(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    stream.end(b"last")
    stream.end(b"more", called("more"))
    await until(lambda: "close" in rig.record and called.calls)
    assert called.errors == [ERR_STREAM_WRITE_AFTER_END]
    assert [type(error) for error in rig.record.errors] == [ERR_STREAM_WRITE_AFTER_END]


@check("writable")
async def write_after_destroy(rig: Rig) -> None:
    """The callback is told; nothing is emitted."""
    stream = rig.stream
    called = Callbacks()
    stream.destroy()
    assert stream.write(b"more", called("more")) is False
    await until(lambda: "close" in rig.record and called.calls)
    assert called.errors == [ERR_STREAM_DESTROYED]
    assert rig.record.errors == []
    assert not stream.writable
    stream.end(b"more", called("end"))
    await until(lambda: len(called.calls) == 2)
    assert called.errors[1] is ERR_STREAM_DESTROYED
    await rig.quiet()
    assert rig.record.errors == []
    assert rig.sent == b""


@check("writable")
async def end_after_destroy(rig: Rig) -> None:
    called = Callbacks()
    rig.stream.destroy()
    rig.stream.end(called("end"))
    await until(lambda: called.calls)
    assert called.errors == [ERR_STREAM_DESTROYED]
    assert rig.record.errors == []


# ------------------------------------------------------------------------- destroy


@check("writable")
async def destroy_fails_what_waits(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    rig.hold()
    await fill(rig)
    stream.write(b"one", called("one"))
    stream.write(b"two", called("two"))
    stream.end(called("end"))
    stream.destroy()
    await until(lambda: "close" in rig.record)
    rig.release()
    await until(lambda: len(called.calls) == 3)
    assert called.names == ["one", "two", "end"]
    # A socket's writes were with the kernel already, and are cancelled.
    codes = [getattr(error, "code", None) for _, error in called.calls]
    assert codes in (["ERR_STREAM_DESTROYED"] * 3, ["ECANCELED"] * 3)
    assert "finish" not in rig.record
    assert rig.record.errors == []
    assert stream.writable_aborted
    assert not stream.writable_finished


@check("writable")
async def destroy_with_an_error_fails_what_waits(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()
    error = RuntimeError("enough")
    rig.hold()
    await fill(rig)
    stream.write(b"one", called("one"))
    stream.end(called("end"))
    stream.destroy(error)
    stream.destroy(RuntimeError("too late"))
    assert stream.errored is error
    await until(lambda: "close" in rig.record)
    rig.release()
    await until(lambda: len(called.calls) == 2)
    assert called.calls == [("one", error), ("end", error)]
    assert rig.record.order("finish", "error", "close") == ["error", "close"]
    assert rig.record.errors == [error]


@check("writable")
async def destroy_in_a_write_callback(rig: Rig) -> None:
    stream = rig.stream
    called = Callbacks()

    def first(error: Exception | None) -> None:
        assert error is None
        stream.destroy()

    stream.write(b"one", first)
    await until(lambda: "close" in rig.record)
    stream.write(b"two", called("two"))
    await until(lambda: called.calls)
    assert called.errors == [ERR_STREAM_DESTROYED]
    assert "finish" not in rig.record


@check("writable")
async def destroy_in_finish(rig: Rig) -> None:
    stream = rig.stream
    stream.on("finish", lambda: stream.destroy())
    stream.end(b"x")
    await until(lambda: "close" in rig.record)
    assert rig.record.order("finish", "error", "close") == ["finish", "close"]


@check("writable")
async def destroy_in_drain(rig: Rig) -> None:
    stream = rig.stream
    rig.hold()
    await fill(rig)
    stream.on("drain", lambda: stream.destroy())
    rig.release()
    await until(lambda: "close" in rig.record)
    assert "finish" not in rig.record
    assert "error" not in rig.record


@check("writable")
async def pipe_events(rig: Rig) -> None:
    source = Readable(read=lambda source, size: None)
    seen: list[Any] = []
    rig.stream.on("pipe", seen.append)
    rig.stream.on("unpipe", lambda source, *info: seen.append(source))
    source.pipe(rig.stream)
    assert seen == [source]
    source.unpipe(rig.stream)
    assert seen == [source, source]
    source.pipe(rig.stream)
    source.push(b"piped")
    source.push(None)
    await until(lambda: "finish" in rig.record)
    await until(lambda: rig.sent == b"piped")
    assert len(seen) == 4


@check("writable")
async def a_callback_that_writes(rig: Rig) -> None:
    stream = rig.stream
    count = 0

    def again(error: Exception | None = None) -> None:
        nonlocal count
        assert error is None
        count += 1
        if count < 50:
            stream.write(b"%d," % count, again)
        else:
            stream.end()

    again()
    await until(lambda: "finish" in rig.record)
    await until(lambda: rig.sent == b"".join(b"%d," % i for i in range(1, 50)))

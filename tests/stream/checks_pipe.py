"""What every readable stream must do when it is piped."""

from __future__ import annotations

from typing import Any

from uvnet.stream import Writable

from .contract import Rig, check, until


class Sink(Writable):
    """A destination for pipes that can be held."""

    def __init__(self, *, error: Exception | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data = bytearray()
        self.events: list[str] = []
        self.held: Any = None
        self.holds = False
        self.fails_with = error
        for event in ("finish", "close", "pipe", "unpipe"):
            self.on(event, lambda *args, event=event: self.events.append(event))
        self.on("error", lambda error: self.events.append("error"))

    def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
        self.data += chunk
        if self.fails_with is not None:
            callback(self.fails_with)
        elif self.holds:
            self.held = callback
        else:
            callback()

    def release(self) -> None:
        self.holds = False
        held, self.held = self.held, None
        if held is not None:
            held()


@check("readable")
async def pipe_writes_all_and_ends(rig: Rig) -> None:
    stream, sink = rig.stream, Sink()
    assert stream.pipe(sink) is sink
    assert sink.events == ["pipe"]
    for part in (b"one ", b"two ", b"three"):
        rig.feed(part)
        await rig.quiet()
    rig.feed_end()
    await until(lambda: "close" in sink.events)
    assert sink.data == b"one two three"
    assert sink.events == ["pipe", "finish", "unpipe", "close"]


@check("readable")
async def pipe_may_leave_the_destination_open(rig: Rig) -> None:
    stream, sink = rig.stream, Sink()
    stream.pipe(sink, end=False)
    rig.feed(b"one")
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    await rig.quiet()
    assert sink.data == b"one"
    assert sink.events == ["pipe", "unpipe"]
    assert sink.writable
    sink.end(b" two")
    await until(lambda: "close" in sink.events)
    assert sink.data == b"one two"


@check("readable")
async def unpipe_pauses_and_loses_nothing(rig: Rig) -> None:
    stream, first, second = rig.stream, Sink(), Sink()
    stream.pipe(first)
    rig.feed(b"one")
    await until(lambda: first.data == b"one")
    assert stream.unpipe(first) is stream
    assert first.events == ["pipe", "unpipe"]
    assert stream.is_paused()
    rig.feed(b"two")
    await rig.quiet()
    assert first.data == b"one"
    stream.pipe(second)
    await until(lambda: second.data == b"two")
    stream.unpipe()
    assert second.events == ["pipe", "unpipe"]
    stream.unpipe()  # of nothing
    stream.unpipe(first)
    assert first.listener_count("drain") == first.listener_count("unpipe") - 1 == 0
    assert stream.listener_count("data") == 0


@check("readable")
async def two_destinations(rig: Rig) -> None:
    stream, first, second = rig.stream, Sink(), Sink()
    stream.pipe(first)
    stream.pipe(second, end=False)
    rig.feed(b"one ")
    await rig.quiet()
    rig.feed(b"two")
    rig.feed_end()
    await until(lambda: "close" in first.events)
    assert first.data == second.data == b"one two"
    assert second.writable


@check("readable")
async def the_slowest_destination_sets_the_pace(rig: Rig) -> None:
    stream = rig.stream
    fast, slow = Sink(), Sink(high_water_mark=1)
    slow.holds = True
    stream.pipe(fast)
    stream.pipe(slow)
    rig.feed(b"one")
    await until(lambda: slow.held)
    assert stream.is_paused()
    rig.feed(b"two")
    await rig.quiet()
    assert fast.data == slow.data == b"one"
    slow.release()
    await until(lambda: fast.data == slow.data == b"onetwo")
    slow.holds = True
    rig.feed(b"three")
    await until(lambda: slow.held)
    assert stream.is_paused()
    rig.feed(b"four")
    await rig.quiet()
    stream.unpipe(slow)  # then nothing holds it up
    await until(lambda: fast.data == b"onetwothreefour")
    slow.release()


@check("readable")
async def a_full_destination_is_waited_for(rig: Rig) -> None:
    """A destination that was full before the pipe began gets nothing until it has drained."""
    stream, sink = rig.stream, Sink(high_water_mark=3)
    sink.holds = True
    assert not sink.write(b"full")
    stream.pipe(sink)
    assert stream.is_paused()
    rig.feed(b"more")
    await rig.quiet()
    assert sink.data == b"full"
    sink.release()
    await until(lambda: sink.data == b"fullmore")


@check("readable")
async def an_error_of_the_destination(rig: Rig) -> None:
    """It is detached; the source is left as it is, for another one."""
    stream, bad, good = rig.stream, Sink(error=OSError("full")), Sink()
    stream.pipe(bad)
    rig.feed(b"one")
    await until(lambda: "close" in bad.events)
    assert bad.events == ["pipe", "unpipe", "error", "close"]
    assert not stream.destroyed
    assert stream.is_paused()
    stream.pipe(good)
    rig.feed(b"two")
    await until(lambda: good.data == b"two")


@check("readable")
async def a_destination_that_closes(rig: Rig) -> None:
    stream, sink = rig.stream, Sink()
    stream.pipe(sink)
    await rig.quiet()
    sink.destroy()
    await until(lambda: "close" in sink.events)
    assert "unpipe" in sink.events
    assert not stream.destroyed
    assert stream.is_paused()


@check("readable")
async def destroying_the_source_leaves_the_destination(rig: Rig) -> None:
    stream, sink = rig.stream, Sink()
    stream.pipe(sink)
    await rig.quiet()
    stream.destroy()
    await until(lambda: "close" in rig.record)
    await rig.quiet()
    assert not sink.destroyed
    assert not sink.writable_ended


@check("readable")
async def pipe_after_the_end(rig: Rig) -> None:
    stream, sink = rig.stream, Sink()
    stream.resume()
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    stream.pipe(sink)
    await until(lambda: "close" in sink.events)
    assert "finish" in sink.events


@check("readable")
async def a_slow_destination_keeps_memory_down(rig: Rig) -> None:
    stream, sink = rig.stream, Sink(high_water_mark=16384)
    sink.holds = True
    part = b"x" * 8192
    count = 128
    stream.pipe(sink)
    for _ in range(count):
        rig.feed(part)
    done = 0
    while len(sink.data) < count * len(part):
        await until(lambda: sink.held)
        await rig.quiet()
        assert sink.writable_length <= 16384 + 65536
        assert stream.readable_length <= stream.readable_high_water_mark + 65536
        held, sink.held = sink.held, None
        held()
        done += 1
    assert done > 1
    sink.release()

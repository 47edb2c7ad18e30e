"""Streams in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, assert_type

import uvnet
from uvnet import stream
from uvnet.stream import Chunk, Duplex, PassThrough, Readable, Transform, Writable
from uvnet.stream.iterator import StreamIterator

seen: list[object] = []


class Counter(Readable):
    def __init__(self, count: int) -> None:
        super().__init__(encoding="utf8")
        self.left = count

    def _read(self, size: int) -> None:
        self.left -= 1
        assert_type(self.push(f"{self.left}" if self.left >= 0 else None), bool)


class Collector(Writable):
    def _write(
        self, chunk: bytes, encoding: str, callback: Callable[[Exception | None], object]
    ) -> None:
        seen.append(chunk)
        callback(None)


class Pairs(Writable):
    def _writev(self, chunks: list[Chunk], callback: Callable[..., object]) -> None:
        seen.append([chunk.chunk for chunk in chunks])
        callback()


class Upper(Transform):
    def _transform(self, chunk: bytes, encoding: str, callback: Callable[..., object]) -> None:
        callback(None, chunk.upper())


def on_error(error: Exception | None) -> None:
    assert error is None


async def reading() -> None:
    counter = Counter(2)
    assert_type(counter.on("data", lambda chunk: seen.append(chunk)), Counter)
    assert_type(counter.pause().resume(), Counter)
    assert_type(counter.set_encoding("latin1"), Counter)
    assert_type(counter.readable_flowing, bool | None)
    assert_type(counter.readable_encoding, str | None)
    assert_type(counter.readable_length, int)
    assert_type(counter.errored, Exception | None)
    await stream.promises.finished(counter)
    assert seen == ["1", "0"], seen
    seen.clear()

    source = Readable(read=lambda source, size: seen.append(source.push(None)))
    assert_type(source, Readable)
    assert_type(source.iterator(destroy_on_return=False), StreamIterator)
    async for chunk in source:
        raise AssertionError(chunk)
    assert_type(await Counter(2).read_exactly(1), Any)
    line: str = await Counter(2).read_until("0")
    assert line == "10", line
    chunks = aiter(Counter(1))
    assert_type(await anext(chunks), Any)
    await chunks.aclose()
    numbers = Readable.from_([1, 2])
    assert_type(numbers, Readable)
    assert [number async for number in numbers] == [1, 2]
    async with Counter(5) as entered:
        assert_type(entered, Counter)
    seen.clear()


async def writing() -> None:
    collector = Collector(high_water_mark=10)
    assert_type(collector.write(b"a"), bool)
    assert_type(collector.write("b", "utf8"), bool)
    assert_type(collector.write(bytearray(b"c"), on_error), bool)
    assert_type(collector.write("d", "latin1", lambda error: on_error(error)), bool)
    assert_type(collector.writable_need_drain, bool)
    await collector.drain()
    assert_type(collector.end(memoryview(b"e"), on_error), Collector)
    await stream.promises.finished(collector)
    assert seen == [b"a", b"b", bytearray(b"c"), b"d", b"e"], seen
    seen.clear()

    pairs = Pairs()
    pairs.cork()
    pairs.write(b"1")
    pairs.write(b"2")
    assert_type(pairs.end(callback=on_error), Pairs)
    await stream.promises.finished(pairs)
    assert seen == [[b"1", b"2"]], seen
    seen.clear()

    sink = Writable(
        write=lambda sink, chunk, encoding, callback: callback(),
        final=lambda sink, callback: callback(None),
        destroy=lambda sink, error, callback: callback(error),
    )
    assert_type(sink.end("z"), Writable)
    assert_type(sink.destroy(ValueError()).on("error", seen.append), Writable)
    await asyncio.sleep(0)
    seen.clear()


async def piping() -> None:
    collector = Collector()
    assert_type(Counter(1).pipe(Upper()).pipe(collector, end=True), Collector)
    await stream.promises.finished(collector)
    through = stream.pipeline(Counter(1), PassThrough(), Collector(), callback=lambda *args: None)
    assert_type(through, stream.Stream)
    await stream.promises.finished(through)
    assert seen == [b"0", b"0"], seen
    seen.clear()
    one, two = stream.duplex_pair()
    assert_type(one, Duplex)
    one.end(b"x")
    assert [chunk async for chunk in two] == [b"x"]
    two.end()
    counter = Counter(1)
    if stream.is_readable(counter):
        assert_type(counter.unpipe().destroy(), Counter)


async def main() -> None:
    for sample in (reading, writing, piping):
        await sample()


if __name__ == "__main__":
    uvnet.run(main())

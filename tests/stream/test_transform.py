"""Transform and PassThrough."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import uvnet
from uvnet.errors import ERR_INVALID_ARG_VALUE, ERR_METHOD_NOT_IMPLEMENTED, ERR_STREAM_DESTROYED
from uvnet.stream import Duplex, PassThrough, Readable, Transform, Writable

from .helpers import note, run


class Lines(Transform):
    """Bytes in, lines out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(readable_object_mode=True, **options)
        self.rest = b""

    def _transform(self, chunk: bytes, encoding: str, callback: Any) -> None:
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        for line in lines:
            self.push(line.decode())
        callback()

    def _flush(self, callback: Any) -> None:
        callback(None, self.rest.decode() if self.rest else None)


def test_a_subclass() -> None:
    lines: list[str] = []
    transform = Lines()
    transform.on("data", lines.append)
    for part in (b"one\ntw", b"o\nth", b"ree"):
        transform.write(part)
    transform.end()
    run()
    assert lines == ["one", "two", "three"]


def test_it_is_a_duplex() -> None:
    for make in (Transform, PassThrough):
        stream = make()
        assert isinstance(stream, Duplex)
        assert isinstance(stream, Readable)
        assert isinstance(stream, Writable)
        assert stream.allow_half_open


def test_function_options_get_the_stream() -> None:
    seen: list[Any] = []

    def transform(stream: Any, chunk: bytes, encoding: str, callback: Any) -> None:
        seen.append((stream, encoding))
        stream.push(chunk)
        stream.push(chunk.upper())
        callback()

    def flush(stream: Any, callback: Any) -> None:
        seen.append((stream, None))
        callback(None, b"!")

    stream = Transform(transform=transform, flush=flush)
    data = bytearray()
    stream.on("data", data.extend)
    stream.write("x")
    stream.end(b"y")
    run()
    assert data == b"xXyY!"
    assert seen == [(stream, "buffer"), (stream, "buffer"), (stream, None)]


def test_strings_where_they_are_not_decoded() -> None:
    seen: list[tuple[Any, str]] = []

    def transform(stream: Any, chunk: str, encoding: str, callback: Any) -> None:
        seen.append((chunk, encoding))
        callback(None, chunk)

    stream = Transform(transform=transform, decode_strings=False)
    stream.resume()
    stream.write("é", "latin1")
    stream.end(b"b")
    run()
    assert seen == [("é", "latin1"), (b"b", "buffer")]


def test_without_transform() -> None:
    with pytest.raises(ERR_METHOD_NOT_IMPLEMENTED, match=r"_transform\(\)"):
        Transform().write(b"x")


def test_objects() -> None:
    results: list[Any] = []

    def double(stream: Any, chunk: int, encoding: str, callback: Any) -> None:
        callback(None, chunk * 2)

    stream = Transform(transform=double, object_mode=True)
    stream.on("data", results.append)
    for i in range(4):
        stream.write(i)
    stream.end()
    run()
    assert results == [0, 2, 4, 6]


@pytest.mark.parametrize("option", ["high_water_mark", "readable_high_water_mark"])
@pytest.mark.parametrize("value", [-1, 1.5, "3", True])
def test_bad_high_water_marks(option: str, value: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_VALUE, match=option):
        PassThrough(**{option: value})


def test_a_callback_called_later_in_any_order_of_pushes() -> None:
    data = bytearray()

    def transform(stream: Any, chunk: bytes, encoding: str, callback: Any) -> None:
        uvnet.set_immediate(stream.push, chunk)
        uvnet.set_immediate(lambda: uvnet.set_immediate(callback, None, chunk.upper()))

    stream = Transform(transform=transform)
    stream.on("data", data.extend)
    stream.write(b"a")
    stream.write(b"b")
    stream.end(b"c")
    run()
    assert data == b"aAbBcC"


def test_an_overridden_final_comes_before_flush() -> None:
    order: list[str] = []

    class Final(PassThrough):
        def _final(self, callback: Any) -> None:
            order.append("final")
            uvnet.set_immediate(callback)

        def _flush(self, callback: Any) -> None:
            order.append("flush")
            callback(None, b"rest")

    stream = Final()
    data = bytearray()
    stream.on("data", data.extend)
    stream.on("end", lambda: order.append("end"))
    stream.end(b"x")
    run()
    assert order == ["final", "flush", "end"]
    assert data == b"xrest"


def test_flush_is_not_called_after_destroy() -> None:
    called: list[str] = []
    stream = Transform(
        transform=lambda stream, chunk, encoding, callback: uvnet.set_immediate(callback),
        flush=lambda stream, callback: called.append("flush"),
    )
    stream.end(b"x")
    stream.destroy()
    run()
    assert called == []


def test_destroy_tells_writers_that_wait_for_a_reader() -> None:
    """Node never calls the callbacks of these."""
    stream = PassThrough(high_water_mark=2)
    calls: list[tuple[str, Any]] = []
    for chunk in ("ab", "cd", "ef"):
        stream.write(chunk, lambda error, chunk=chunk: calls.append((chunk, error)))
    events = note(stream, "error", "close")
    run()
    assert calls == []
    stream.destroy()
    run()
    assert [chunk for chunk, _ in calls] == ["ab", "cd", "ef"]
    assert calls[0][1] is None  # it was transformed, and waits to be read
    assert all(isinstance(error, ERR_STREAM_DESTROYED) for _, error in calls[1:])
    assert events == ["close"]
    assert stream.errored is None


def test_a_subclass_with_options_of_its_own() -> None:
    stream = Lines(high_water_mark=5)
    assert stream.writable_high_water_mark == 5
    assert stream.readable_object_mode
    assert not stream.writable_object_mode


def test_before_init() -> None:
    stream = PassThrough.__new__(PassThrough)
    data = bytearray()
    stream.on("data", data.extend)
    stream.write(b"raw")
    run()
    assert data == b"raw"


def test_it_is_freed() -> None:
    def make() -> weakref.ref[Any]:
        stream = PassThrough()
        stream.resume()
        stream.end(b"x")
        return weakref.ref(stream)

    ref = make()
    run()
    gc.collect()
    assert ref() is None

"""What streams do with what their implementations do: raise, call back twice, or never."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

import uvnet
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_METHOD_NOT_IMPLEMENTED,
    ERR_MULTIPLE_CALLBACK,
)
from uvnet.stream import Chunk, Duplex, Readable, Writable

from .helpers import note, run, sink, source

ENDS = ("end", "finish", "error", "close")


def boom(*args: Any) -> None:
    raise ZeroDivisionError("boom")


def done(stream: Any, *args: Any) -> None:
    args[-1]()


def subclass(base: Any, **functions: Any) -> Any:
    """Make a stream of a class with these methods, which get no stream before the others."""
    methods = {f"_{name}": function for name, function in functions.items()}
    return type("Own", (base,), methods)()


def options(base: Any, **functions: Any) -> Any:
    return base(**functions)


@pytest.fixture(params=[subclass, options], ids=["subclass", "options"])
def make(request: pytest.FixtureRequest) -> Any:
    """make(base, **functions): a stream with these implementations, given in either way."""
    return request.param


def test_read_raises(make: Any) -> None:
    stream = make(Readable, read=boom)
    events = note(stream, *ENDS)
    assert stream.read() is None
    assert isinstance(stream.errored, ZeroDivisionError)
    run()
    assert events == ["error", "close"]


def test_write_raises(make: Any) -> None:
    stream = make(Writable, write=boom)
    events = note(stream, *ENDS)
    with pytest.raises(ZeroDivisionError):
        stream.write(b"x")
    run()
    assert events == []
    stream.destroy()
    run()
    assert events == ["close"]


def test_final_raises(make: Any) -> None:
    stream = make(Writable, write=done, final=boom)
    events = note(stream, *ENDS)
    called: list[Any] = []
    stream.end(called.append)
    run()
    assert events == ["error", "close"]
    assert [type(error) for error in called] == [ZeroDivisionError]


@pytest.mark.parametrize("error", [None, KeyError("first")])
def test_destroy_raises(make: Any, error: Exception | None) -> None:
    stream = make(Duplex, destroy=boom)
    errors: list[Exception] = []
    stream.on("error", errors.append)
    events = note(stream, "close")
    stream.destroy(error)
    run()
    assert [type(each) for each in errors] == [ZeroDivisionError]
    assert events == ["close"]
    assert isinstance(stream.errored, KeyError if error else ZeroDivisionError)


def test_construct_raises(make: Any) -> None:
    stream = make(Writable, write=done, construct=boom)
    events = note(stream, *ENDS)
    called: list[Any] = []
    stream.write(b"x", called.append)
    run()
    assert events == ["error", "close"]
    assert [type(error) for error in called] == [ZeroDivisionError]


def test_work_waits_for_construct(make: Any) -> None:
    order: list[str] = []

    def construct(stream: Any, callback: Any) -> None:
        order.append("construct")
        uvnet.set_immediate(lambda: (order.append("constructed"), callback()))

    def read(stream: Any, size: int) -> None:
        order.append("read")
        stream.push(None)

    def write(stream: Any, chunk: Any, encoding: str, callback: Any) -> None:
        order.append(f"write {chunk.decode()}")
        callback()

    stream = make(Duplex, construct=construct, read=read, write=write)
    stream.resume()
    stream.write(b"one")
    stream.end(b"two")
    assert order == []
    run()
    assert order[:2] == ["construct", "constructed"]
    assert sorted(order[2:]) == ["read", "write one", "write two"]


def test_destroy_waits_for_construct(make: Any) -> None:
    order: list[str] = []

    def construct(stream: Any, callback: Any) -> None:
        uvnet.set_immediate(lambda: (order.append("constructed"), callback()))

    def destroy(stream: Any, error: Any, callback: Any) -> None:
        order.append("destroy")
        callback(error)

    stream = make(Readable, construct=construct, destroy=destroy)
    stream.destroy()
    assert stream.destroyed
    assert not stream.closed
    run()
    assert order == ["constructed", "destroy"]
    assert stream.closed


@pytest.mark.parametrize("name", ["write", "final", "construct"])
def test_a_callback_called_twice(make: Any, name: str) -> None:
    def twice(stream: Any, *args: Any) -> None:
        args[-1]()
        args[-1]()

    stream = make(Writable, **{"write": done, name: twice})
    errors: list[Exception] = []
    stream.on("error", errors.append)
    stream.write(b"x")
    if name == "final":
        stream.end()
    run()
    assert [type(error) for error in errors] == [ERR_MULTIPLE_CALLBACK]


def test_destroy_called_back_twice(make: Any) -> None:
    def twice(stream: Any, error: Any, callback: Any) -> None:
        callback(error)
        callback(ValueError("second"))

    stream = make(Readable, destroy=twice)
    events = note(stream, *ENDS)
    stream.destroy()
    run()
    assert events == ["close"]


def test_what_is_missing() -> None:
    readable = Readable()
    events = note(readable, *ENDS)
    readable.read()
    run()
    assert events == ["error", "close"]
    assert isinstance(readable.errored, ERR_METHOD_NOT_IMPLEMENTED)
    with pytest.raises(ERR_METHOD_NOT_IMPLEMENTED, match=r"_write\(\)"):
        Writable().write(b"x")


def test_writev_alone(make: Any) -> None:
    written: list[list[Chunk]] = []

    def writev(stream: Any, chunks: list[Chunk], callback: Any) -> None:
        written.append(list(chunks))
        callback()

    stream = make(Writable, writev=writev)
    stream.write("one")
    stream.cork()
    stream.write("two", "latin1")
    stream.write(b"three")
    stream.end()
    run()
    assert [[tuple(chunk) for chunk in chunks] for chunks in written] == [
        [(b"one", "buffer")],
        [(b"two", "buffer"), (b"three", "buffer")],
    ]
    assert written[0][0].chunk == b"one"
    assert written[0][0].encoding == "buffer"


@pytest.mark.parametrize("option", ["read", "destroy", "construct"])
def test_options_must_be_functions(option: str) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match=option):
        Readable(**{option: 5})


def test_an_error_in_a_listener_reaches_the_caller() -> None:
    stream = source()
    stream.on("pause", boom)
    with pytest.raises(ZeroDivisionError):
        stream.pause()
    stream.destroy()
    run()


def test_an_error_nobody_listens_for_stops_the_loop() -> None:
    stream = source()
    stream.destroy(KeyError("unheard"))
    with pytest.raises(KeyError, match="unheard"):
        run()
    run()
    assert stream.closed


def test_objects() -> None:
    values = [0, "", b"", False, [], {}, object()]
    got: list[Any] = []
    stream = source(object_mode=True)
    for value in values:
        stream.push(value)
    assert stream.readable_length == len(values)
    stream.push(None)
    stream.pipe(sink(got, object_mode=True))
    run()
    assert got == values


@pytest.mark.parametrize("make_one", [source, sink, Duplex])
def test_streams_are_freed(make_one: Any) -> None:
    """At once, where no function option or listener makes a cycle, else by the collector."""
    ref = weakref.ref(make_one())
    gc.collect()
    assert ref() is None


def test_attributes_of_ones_own() -> None:
    stream = source()
    stream.note = "mine"  # type: ignore[attr-defined]
    assert stream.note == "mine"  # type: ignore[attr-defined]
    assert weakref.ref(stream)() is stream

"""duplex_pair."""

from __future__ import annotations

from typing import Any

import uvnet
from uvnet.errors import ERR_STREAM_DESTROYED
from uvnet.stream import Duplex, duplex_pair

from .helpers import note, run


def collect(stream: Any) -> bytearray:
    data = bytearray()
    stream.on("data", data.extend)
    return data


def test_both_directions() -> None:
    one, two = duplex_pair()
    assert isinstance(one, Duplex)
    first, second = collect(one), collect(two)
    one.write(b"ping")
    two.write(b"pong")
    one.end()
    two.end()
    run()
    assert (first, second) == (b"pong", b"ping")
    assert one.destroyed
    assert two.destroyed


def test_options_are_for_both() -> None:
    for side in duplex_pair(high_water_mark=7, object_mode=True):
        assert side.readable_high_water_mark == side.writable_high_water_mark == 7
        assert side.readable_object_mode
        assert side.writable_object_mode


def test_objects() -> None:
    one, two = duplex_pair(object_mode=True)
    got: list[Any] = []
    two.on("data", got.append)
    for value in (0, "", False, [1], b""):
        one.write(value)
    one.end()
    run()
    assert got == [0, "", False, [1], b""]


def test_a_write_is_over_when_the_other_side_has_room() -> None:
    one, two = duplex_pair(high_water_mark=1)
    written: list[Any] = []
    one.write(b"x", written.append)
    run()
    assert written == []
    assert two.read() == b"x"
    run()
    assert written == [None]
    one.destroy()
    two.destroy()
    run()


def test_an_error_is_not_passed_on() -> None:
    one, two = duplex_pair()
    events = note(two, "error", "end", "close")
    one.on("error", lambda error: None)
    one.destroy(ValueError("mine"))
    run()
    assert events == ["close"]
    assert two.errored is None


def test_destroy_ends_the_other_side() -> None:
    one, two = duplex_pair()
    events = note(two, "error", "end", "close")
    two.resume()
    one.destroy()
    run()
    assert events == ["end"]
    two.end()
    run()
    assert events == ["end", "close"]


def test_what_is_written_to_a_destroyed_side_fails() -> None:
    one, two = duplex_pair()
    two.on("error", lambda error: None)
    calls: list[Any] = []
    two.write(b"never read", calls.append)
    one.destroy()
    run()
    assert calls == [None]  # it was handed over
    two.write(b"too late", calls.append)
    run()
    assert isinstance(calls[1], ERR_STREAM_DESTROYED)
    assert two.destroyed


def test_what_a_destroyed_side_has_written_is_not_waited_for() -> None:
    one, two = duplex_pair(high_water_mark=1)
    calls: list[Any] = []
    one.write(b"unread", calls.append)
    run()
    assert calls == []
    one.destroy()
    run()
    assert calls == [None]
    two.destroy()
    run()


def test_end_does_not_wait_for_a_side_that_is_destroyed() -> None:
    one, two = duplex_pair()
    events = note(one, "finish")
    one.end(b"unread")
    run()
    assert events == []
    two.destroy()
    run()
    assert events == ["finish"]


def test_finish_comes_once() -> None:
    """With the other side's 'end'; its 'close' does not count any more."""
    one, two = duplex_pair()
    events = note(one, "finish", "error")
    one.end()
    two.resume()
    run()
    assert events == ["finish"]
    two.destroy()
    run()
    assert events == ["finish"]
    one.destroy()
    run()


def test_echo() -> None:
    one, two = duplex_pair(high_water_mark=16)
    two.pipe(two)
    data = collect(one)
    for i in range(100):
        one.write(b"%d " % i)
    one.end()
    run()
    assert data == b"".join(b"%d " % i for i in range(100))


def test_async_iteration() -> None:
    async def main() -> bytes:
        one, two = duplex_pair()
        one.end(b"data")
        chunks = [chunk async for chunk in two]
        one.on("error", lambda error: None)
        return b"".join(chunks)

    assert uvnet.run(main()) == b"data"

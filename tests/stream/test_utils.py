"""Questions about streams. What streams answer over their lives is compared with Node's."""

from __future__ import annotations

from typing import Any

import pytest

from uvnet.errors import AbortError
from uvnet.events import EventEmitter
from uvnet.stream import (
    Duplex,
    PassThrough,
    is_destroyed,
    is_disturbed,
    is_errored,
    is_readable,
    is_writable,
    utils,
)

from .helpers import run, sink, source


@pytest.mark.parametrize("other", [None, 5, "stream", object(), EventEmitter(), [source]])
def test_no_stream(other: Any) -> None:
    for question in (is_readable, is_writable, is_destroyed, utils.is_closed):
        assert question(other) is None
    for question in (is_errored, is_disturbed, utils.is_stream, utils.has_readable):
        assert question(other) is False
    assert utils.is_readable_finished(other) is None
    assert utils.is_writable_finished(other) is None


def test_sides() -> None:
    for stream, readable, writable in [
        (source(), True, False),
        (sink(), False, True),
        (PassThrough(), True, True),
        (Duplex(readable=False), False, True),
        (Duplex(writable=False), True, False),
    ]:
        assert utils.has_readable(stream) is readable
        assert utils.has_writable(stream) is writable


def test_finished_and_emitted() -> None:
    stream = source()
    stream.push(b"x")
    stream.push(None)
    assert utils.has_pushed_end(stream)
    assert utils.is_readable_finished(stream, emitted=False) is False
    stream.read()
    assert utils.is_readable_finished(stream, emitted=False) is True
    assert utils.is_readable_finished(stream) is False
    run()
    assert utils.is_readable_finished(stream) is True
    writable = sink()
    writable.end()
    assert utils.has_written_end(writable)
    assert utils.is_writable_finished(writable, emitted=False) is True
    assert utils.is_writable_finished(writable) is False
    run()
    assert utils.is_writable_finished(writable) is True


def test_will_emit_close() -> None:
    assert utils.will_emit_close(source())
    assert not utils.will_emit_close(source(emit_close=False))
    assert not utils.will_emit_close(source(auto_destroy=False))
    closed = source()
    closed.destroy()
    run()
    assert not utils.will_emit_close(closed)


def test_give_up() -> None:
    utils.give_up(None)
    unfinished = source()
    unfinished.on("error", lambda error: None)
    utils.give_up(unfinished)
    assert isinstance(unfinished.errored, AbortError)
    utils.give_up(unfinished, ValueError())
    assert isinstance(unfinished.errored, AbortError)
    done = sink(auto_destroy=False)
    done.end()
    run()
    utils.give_up(done)
    assert done.destroyed
    assert done.errored is None
    run()

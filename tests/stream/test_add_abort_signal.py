"""add_abort_signal, and the option that does the same."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from uvnet.abort import AbortController, AbortSignal
from uvnet.errors import ERR_INVALID_ARG_TYPE, AbortError
from uvnet.stream import PassThrough, add_abort_signal

from .helpers import note, run, sink, source


@pytest.mark.parametrize("make", [source, sink, PassThrough])
def test_abort_destroys(make: Any) -> None:
    controller = AbortController()
    stream = make(signal=controller.signal)
    events = note(stream, "error", "close")
    controller.abort("why")
    assert stream.destroyed
    assert isinstance(stream.errored, AbortError)
    assert stream.errored.cause == "why"
    assert stream.errored.code == "ABORT_ERR"
    run()
    assert events == ["error", "close"]


def test_aborted_already() -> None:
    stream = source()
    stream.on("error", lambda error: None)
    assert add_abort_signal(AbortSignal.abort(), stream) is stream
    assert stream.destroyed
    run()


def test_a_signal_forgets_a_stream_that_is_done() -> None:
    controller = AbortController()

    def make() -> weakref.ref[Any]:
        stream = add_abort_signal(controller.signal, sink())
        stream.end()
        return weakref.ref(stream)

    ref = make()
    run()
    gc.collect()
    assert ref() is None
    controller.abort()


@pytest.mark.parametrize("signal", [None, 5, object()])
def test_bad_signal(signal: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="signal"):
        add_abort_signal(signal, source())


@pytest.mark.parametrize("stream", [None, 5, object()])
def test_bad_stream(stream: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="stream"):
        add_abort_signal(AbortController().signal, stream)

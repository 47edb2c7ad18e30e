"""What several tests of streams use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import uvnet
from uvnet.stream import Readable, Writable


def run(main: Callable[[], Any] | None = None) -> None:
    """Call a function within the default loop, and run that until nothing is left to do."""
    if main is not None:
        uvnet.set_immediate(main)
    uvnet.run()


def source(**options: Any) -> Readable:
    """Return a Readable that gives only what is pushed."""
    return Readable(**{"read": lambda stream, size: None, **options})


def sink(written: list[Any] | None = None, **options: Any) -> Writable:
    """Return a Writable that keeps what it gets in a list."""

    def write(stream: Writable, chunk: Any, encoding: str, callback: Any) -> None:
        if written is not None:
            written.append(chunk)
        callback()

    return Writable(**{"write": write, **options})


def failing_sink(error: Exception) -> Writable:
    """Return a Writable that fails with the first chunk."""
    return Writable(write=lambda stream, chunk, encoding, callback: callback(error))


def note(stream: Any, *events: str) -> list[str]:
    """Return a list of the names of these events of a stream, as they happen."""
    noted: list[str] = []
    for event in events:
        stream.on(event, lambda *args, event=event: noted.append(event))
    return noted

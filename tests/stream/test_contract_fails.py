"""The contract notices streams that break it: each kind here is wrong in one way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet.stream import Duplex, Readable, Writable

from . import (
    checks_duplex,
    checks_iteration,
    checks_pipe,
    checks_readable,
    checks_writable,
    contract,
)
from .contract import CHECKS, Rig, Subject, run_check
from .subjects import Outlet, OwnRig, Source


class Forgetful(Readable):
    """Loses the second chunk."""

    pushed = 0

    def push(self, chunk: Any, encoding: str | None = None) -> bool:
        self.pushed += 1
        return True if self.pushed == 2 else super().push(chunk, encoding)


class Hasty(Readable):
    """Ends before everything was read."""

    def push(self, chunk: Any, encoding: str | None = None) -> bool:
        if chunk is None:
            self.emit("end")
        return super().push(chunk, encoding)


class Deaf(Readable):
    """Cannot be paused."""

    def pause(self) -> Any:
        return self


class Greedy(Readable):
    """Takes everything that it can get."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "high_water_mark": 1 << 29})

    @property
    def readable_high_water_mark(self) -> int:
        return 65536


class Repetitive(Duplex):
    """Closes twice."""

    def _destroy(self, error: Exception | None, callback: Any) -> None:
        uvnet.set_immediate(self.emit, "close")
        callback(error)


class Optimist(Writable):
    """Always says that there is room."""

    def write(self, *args: Any) -> bool:
        super().write(*args)
        return True


class Scrambler(Writable):
    """Writes in another order."""

    def write(self, chunk: Any, *args: Any) -> bool:
        uvnet.set_immediate(super().write, b"", *args)
        return super().write(bytes(chunk)[::-1])


class Silent(Writable):
    """Never calls a callback of write()."""

    def write(self, chunk: Any, encoding: Any = None, callback: Any = None) -> bool:
        return super().write(chunk, None if callable(encoding) else encoding)


class Unstoppable(Writable):
    """Writes through corks."""

    def cork(self) -> None:
        pass


@pytest.mark.parametrize(
    ("cls", "check"),
    [
        (Forgetful, checks_readable.flows_to_data_listeners),
        (Forgetful, checks_pipe.pipe_writes_all_and_ends),
        (Forgetful, checks_iteration.async_iteration),
        (Hasty, checks_readable.end_comes_after_the_last_chunk_is_read),
        (Deaf, checks_readable.pause_in_data),
        (Deaf, checks_pipe.a_full_destination_is_waited_for),
        (Greedy, checks_readable.little_is_read_ahead),
        (Repetitive, checks_duplex.the_sides_end_apart),
        (Repetitive, checks_readable.destroy_stops_data),
        (Optimist, checks_writable.drain_when_promised),
        (Scrambler, checks_writable.writes_arrive_in_order),
        (Silent, checks_writable.callbacks_come_before_finish),
        (Unstoppable, checks_writable.cork_holds_back),
    ],
    ids=lambda value: value.__name__,
)
def test_it_is_noticed(
    cls: type[Any], check: Callable[[Rig], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(**options: Any) -> Rig:
        source, outlet = Source(), Outlet()
        functions: dict[str, Any] = {}
        if issubclass(cls, Readable):
            functions["read"] = source.read
        if issubclass(cls, Writable):
            functions["write"] = lambda stream, chunk, encoding, done: outlet.take(chunk, done)
        return OwnRig(cls(**functions, **options), source, outlet)

    monkeypatch.setattr(contract, "GIVES_UP_AFTER", 0.2)
    [promise] = [each for each in CHECKS if each.function is check]
    with pytest.raises(AssertionError):
        run_check(promise, Subject(cls.__name__, make, frozenset({promise.side})))

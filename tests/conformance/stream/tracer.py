"""What the scenarios in Python share. tracer.js is the same in JavaScript."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import uvnet
from uvnet import stream

all = (
    "data",
    "end",
    "prefinish",
    "finish",
    "drain",
    "pause",
    "resume",
    "pipe",
    "unpipe",
    "error",
    "close",
)

_tasks: set[asyncio.Task[Any]] = set()


def _format(value: object) -> str:
    if isinstance(value, BaseException):
        return getattr(value, "code", None) or str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("latin1")
    if isinstance(value, list | tuple):
        return ",".join(map(_format, value))
    return str(value)


def t(line: str, *values: object) -> None:
    """Trace a line: what happened, then values."""
    print(*[line, *map(_format, values)], flush=True)


def cb(line: str, more: int = 0) -> Callable[..., None]:
    """Return a callback that traces its arguments: the error, and `more` others."""
    return lambda error=None, *args: t(line, error, *args[:more], *[None] * (more - len(args)))


def watch(emitter: Any, end: str, events: Iterable[str] = all[1:]) -> Any:
    """Trace these events of a stream; return it. Listening to data makes it flow."""

    def tracer(event: str) -> Callable[..., None]:
        arity = int(event in ("data", "error"))
        return lambda *args: t(f"{end}.{event}", *args[:arity])

    for event in events:
        emitter.on(event, tracer(event))
    return emitter


def nt(line: str) -> None:
    uvnet.next_tick(t, line)


im = uvnet.set_immediate


def settle(callback: Callable[[], object], turns: int = 20) -> None:
    """Call it when what is under way has happened: after some turns of the loop."""
    im(callback if turns == 1 else lambda: settle(callback, turns - 1))


def steps(first: Callable[[], object], *rest: Callable[[], object]) -> None:
    """Call these one after the other, each when what the one before began has happened."""
    first()
    if rest:
        settle(lambda: steps(*rest))


def attempt(line: str, call: Callable[[], object]) -> None:
    """Trace what a call answers, or the code of what it raises."""
    try:
        t(line, call())
    except Exception as exc:
        t(line, "raises", exc)


def spawn(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine: what an async function is as soon as it is called in JavaScript."""
    task = asyncio.ensure_future(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def source(**options: Any) -> stream.Readable:
    """A Readable that gives only what is pushed."""
    return stream.Readable(**{"read": lambda stream, size: None, **options})


def sink(end: str, **options: Any) -> stream.Writable:
    """A Writable that traces what it gets, and calls back at once."""

    def write(stream: Any, chunk: Any, encoding: str, callback: Any) -> None:
        t(f"{end}.write", chunk)
        callback()

    return stream.Writable(**{"write": write, **options})

"""What the scenarios in Python share. tracer.js is the same in JavaScript, and says more."""

from __future__ import annotations

import asyncio
import atexit
import os
import re
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import uvnet
from uvnet import net
from uvnet._core import Timer, current_loop

HOST = "127.0.0.1"
CLOSED_PORT = 1  # nobody listens there

EVENTS = (
    "lookup",
    "connection_attempt",
    "connection_attempt_failed",
    "connection_attempt_timeout",
    "connect",
    "ready",
    "end",
    "prefinish",
    "finish",
    "timeout",
    "drain",
    "error",
    "close",
)

exit_callbacks: list[Callable[[], object]] = []
_ports: set[int] = set()
_paths: set[str] = set()
_tasks: set[asyncio.Task[Any]] = set()


def _hide(text: str) -> str:
    for path in _paths:
        text = text.replace(path, "PATH")
    for port in _ports:
        text = re.sub(rf"\b{port}\b", "P", text)
    return text


def _named(values: dict[str, Any]) -> str:
    return " ".join(f"{name}={_format(value)}" for name, value in values.items())


def _format(value: object) -> str:
    if isinstance(value, BaseException):
        code, syscall = getattr(value, "code", None), getattr(value, "syscall", None)
        if code is None:
            return str(value)
        return code if syscall is None else f"{code}/{syscall}"
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("latin1")
    if hasattr(value, "_asdict"):
        return _named(value._asdict())
    return _hide(str(value))


def t(line: str, *values: object, **named: object) -> None:
    """Trace a line: what happened, then values."""
    words = [line, *map(_format, values)]
    print(*words, *([_named(named)] if named else []), flush=True)


def watch(emitter: Any, end: str, events: Iterable[str] = EVENTS) -> Any:
    """Trace these events of an emitter, with their arguments; return it."""

    def tracer(event: str) -> Callable[..., None]:
        if event in ("connection", "pipe", "unpipe"):  # whose argument is a stream
            return lambda *args: t(f"{end}.{event}")
        return lambda *args: t(f"{end}.{event}", *args)

    for event in events:
        emitter.on(event, tracer(event))
    return emitter


def serve(
    listener: Callable[[net.Socket], object], ready: Callable[[int], object], **options: Any
) -> net.Server:
    """Listen on a free port of HOST and call ready(port); return the server."""
    server = net.create_server(listener, **options)

    def on_listening() -> None:
        port = server.address().port
        hide_port(port)
        ready(port)

    return server.listen(0, HOST, on_listening)


def hide_port(port: int) -> None:
    """Hide this port too."""
    _ports.add(port)


def temp_path() -> str:
    """Return a path where there is nothing, in a folder of its own, short enough for a socket."""
    folder = tempfile.mkdtemp(prefix="uvnet-")
    atexit.register(shutil.rmtree, folder)
    path = os.path.join(folder, "socket")
    _paths.add(path)
    return path


def collect(socket: Any, end: str) -> Any:
    """Trace what has been received, as a whole, when the socket ends."""
    received = bytearray()
    socket.on("data", received.extend)
    socket.on("end", lambda: t(f"{end}.received", received))
    return socket


def attempt(line: str, call: Callable[[], object]) -> None:
    """Trace what a call answers: ok, or the class and code of what it raises."""
    try:
        call()
    except (TypeError, ValueError, RuntimeError) as exc:
        [kind] = [c for c in (TypeError, ValueError, RuntimeError) if isinstance(exc, c)]
        t(line, kind.__name__, exc)
    else:
        t(line, "ok")


def trace_uncaught(end: str) -> None:
    """From now on an exception that nobody catches is traced, and life goes on."""
    current_loop().set_exception_handler(
        lambda loop, context: t(f"{end}.uncaught", context["exception"])
    )


def nt(line: str) -> None:
    uvnet.next_tick(t, line)


def im(line: str) -> None:
    uvnet.set_immediate(t, line)


def later(ms: int, callback: Callable[[], object]) -> None:
    """Call it in the timers phase, as Node does; what call_later() was given is called later."""

    def on_timeout() -> None:
        timer.close()
        callback()

    timer = Timer(ontimeout=on_timeout)
    timer.start(ms)


def sleep(ms: float) -> None:
    time.sleep(ms / 1000)


def settle(callback: Callable[[], object], turns: int = 8) -> None:
    """Call it when what is under way has happened: after some turns of the loop, however slow."""
    later(5, callback if turns == 1 else lambda: settle(callback, turns - 1))


def black_hole(port: int, ready: Callable[[str, Callable[[], None]], object]) -> None:
    """Call ready(address, done) when connecting to this port there takes for ever. (Linux)"""
    address = "127.0.0.3"
    sockets = [socket.create_server((address, port), backlog=0)]

    def done() -> None:
        for each in sockets:
            each.close()

    for _ in range(8):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex((address, port))
        sockets.append(waiting)
    settle(lambda: ready(address, done))


def spawn(coroutine: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine: what an async function is as soon as it is called in JavaScript."""
    task = asyncio.ensure_future(coroutine)
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


def at_exit(callback: Callable[[], object]) -> None:
    """Call it when nothing is left to do."""
    exit_callbacks.append(callback)


def message(exc: BaseException) -> str:
    return str(exc)


def reading(socket: Any) -> bool:
    """Return whether the handle reads from the kernel."""
    return socket._handle.active

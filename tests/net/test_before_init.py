"""Sockets and servers whose __init__ never ran: every method and property is safe."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import itertools
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet.stream import Duplex, PassThrough, Readable, Transform, Writable

STREAMS = [net.Socket, Duplex, Readable, Writable, Transform, PassThrough]

ARGUMENTS: list[tuple[Any, ...]] = [
    (),
    (None,),
    (b"x",),
    ("close",),
    (1,),
    (lambda *args: None,),
    ("close", lambda *args: None),
    (None, None),
    ([], lambda *args: None),
    (None, None, None),
]

# These make or wait for something else, for which there are other tests.
LEFT_OUT = {"__class__", "__init_subclass__", "__new__", "__subclasshook__", "from_", "connect",
            "listen", "__reduce__", "__reduce_ex__", "__del__", "_accepted"}  # fmt: skip


def names_of(cls: type) -> list[str]:
    return sorted(name for name in dir(cls) if name not in LEFT_OUT)


@pytest.fixture(autouse=True)
def errors_pass() -> Any:
    """What a call leaves to the loop, an unheard 'error' say, is of no matter."""
    yield
    for _ in range(100):
        try:
            uvnet.run()
            break
        except Exception:
            pass


@pytest.mark.parametrize("cls", [*STREAMS, net.Server], ids=lambda cls: cls.__name__)
def test_every_method_and_property(cls: type[Any], unraisable: list[Any]) -> None:
    calls = 0
    for name in names_of(cls):
        for args in ARGUMENTS:
            target = cls.__new__(cls)
            if hasattr(target, "on"):
                target.on("error", lambda error: None)
            try:
                member = getattr(target, name)
                if callable(member):
                    calls += 1
                    result = member(*args)
                    if inspect.iscoroutine(result):
                        result.close()
            except Exception:
                pass
            if isinstance(target, net.Server) and isinstance(target._handle, _core.TCP):
                target.close()
    assert calls > 200


@pytest.mark.parametrize("cls", STREAMS, ids=lambda cls: cls.__name__)
def test_every_pair_of_methods(cls: type[Any], unraisable: list[Any]) -> None:
    """Each after each other, for what one leaves behind in the other's way."""
    useful = [
        name
        for name in names_of(cls)
        if not name.startswith("__") and callable(getattr(cls, name, None))
    ]
    for first, second in itertools.product(useful, useful):
        target = cls.__new__(cls)
        target.on("error", lambda error: None)
        for name in (first, second):
            for args in ((), (b"x",), ("data", print)):
                try:
                    result = getattr(target, name)(*args)
                    if inspect.iscoroutine(result):
                        result.close()
                except Exception:
                    pass
        target.destroy()


@pytest.mark.parametrize("cls", [*STREAMS, net.Server], ids=lambda cls: cls.__name__)
def test_every_attribute_can_be_set_or_not(cls: type[Any]) -> None:
    for name in names_of(cls):
        if name.startswith("__"):
            continue
        for value in (None, 0, 1, True, "x", b"x", [], (1, 2), object(), lambda *args: None):
            target = cls.__new__(cls)
            if isinstance(target, net.Socket):
                target.on("error", lambda error: None)
            try:
                setattr(target, name, value)
            except Exception:
                continue
            for method in ("pause", "resume", "destroy"):
                with contextlib.suppress(Exception):
                    getattr(target, method)()


@pytest.mark.parametrize("cls", [_core.TCP, _core.Pipe], ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("state", ["uninitialised", "closed"])
def test_every_method_with_a_dead_handle(cls: type[Any], state: str, unraisable: list[Any]) -> None:
    for name in names_of(net.Socket):
        for args in ARGUMENTS:
            handle = cls.__new__(cls) if state == "uninitialised" else cls()
            if state == "closed":
                handle.close()
            socket = net.Socket(handle=handle)
            socket.on("error", lambda error: None)
            try:
                member = getattr(socket, name)
                result = member(*args)
                if inspect.iscoroutine(result):
                    result.close()
            except Exception:
                pass
            socket.destroy()


MODULES = ["readable", "writable", "destroy", "pipe", "iterator", "state", "utils", "waiter"]


@pytest.mark.parametrize(
    "name",
    [
        *(f"uvnet.stream.{name}" for name in MODULES),
        "uvnet.net._stream_base",
        "uvnet.net._block_list",
        "uvnet.events",
    ],
)
def test_functions_and_classes_of_the_compiled_modules(
    name: str, python: Callable[..., Any]
) -> None:
    """They are internal, and yet None and wrong objects are errors and not crashes."""
    python(CALLS, name)


CALLS = """
import importlib, sys, warnings
from uvnet import net

warnings.simplefilter("ignore")  # of coroutines that are not awaited
module = importlib.import_module(sys.argv[1])
for name, member in list(vars(module).items()):
    if name.startswith("_") or getattr(member, "__module__", None) != sys.argv[1]:
        continue
    if not callable(member):
        continue
    for count in range(6):
        for value in (None, 1, "x", net.Socket(), object()):
            try:
                member(*[value] * count)
            except Exception:
                pass
    for attribute in dir(member) if isinstance(member, type) else ():
        if attribute in ("__class__", "__new__", "__init_subclass__", "__subclasshook__", "from_"):
            continue
        for args in ((), (None,), (b"x",), (1,), (lambda *args: None,), (None, None)):
            try:
                getattr(member.__new__(member), attribute)(*args)
            except Exception:
                pass
"""


def test_a_socket_can_be_used_at_once(must_call: Callable[..., Any]) -> None:
    server = net.create_server(lambda socket: (socket.pipe(socket), server.close())).listen(0)
    seen: list[bytes] = []
    socket = net.Socket.__new__(net.Socket)
    assert (socket.connecting, socket.pending, socket.destroyed) == (False, True, False)
    assert (socket.bytes_read, socket.bytes_written, socket.buffer_size) == (0, 0, None)
    assert socket.timeout is None and socket.server is None and socket.address() is None
    assert socket.readable_high_water_mark == socket.writable_high_water_mark == 65536
    socket.on("data", seen.append).on("close", must_call(lambda had_error: None))
    socket.connect(server.address().port, "127.0.0.1")
    socket.end(b"hello")
    uvnet.run()
    assert seen == [b"hello"]


def test_a_subclass_that_does_not_call_init() -> None:
    class Own(net.Socket):
        def __init__(self, number: int) -> None:
            self.number = number

    socket = Own(5)
    assert socket.number == 5
    socket.write(b"x")  # nowhere to go
    socket.on("error", lambda error: codes.append(error.code))
    codes: list[str] = []
    uvnet.run()
    assert codes == ["ERR_SOCKET_CLOSED"]


def test_awaiting_it_fails() -> None:
    async def main() -> None:
        socket = net.Socket.__new__(net.Socket)
        waiting = asyncio.ensure_future(wait(socket))
        await asyncio.sleep(0)
        socket.destroy()
        with pytest.raises(Exception, match="closed"):
            await waiting

    async def wait(socket: net.Socket) -> None:
        await socket

    uvnet.run(main())

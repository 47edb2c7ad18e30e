"""What a type checker must refuse. Not run.

Each comment names the error that is expected; where none is found, the checker reports that the
comment is of no use.
"""

from __future__ import annotations

import asyncio

import uvnet
from uvnet import _core


async def answer() -> int:
    return 42


def takes_int(number: int) -> None: ...


def takes_str(text: str) -> None: ...


def on_bytes(nread: int, data: bytes) -> None: ...


def on_read(nread: int) -> None: ...


def on_pipe(status: int, client: _core.Pipe | None) -> None: ...


def on_write(request: _core.WriteReq, status: int) -> None: ...


def running(loop: uvnet.Loop) -> None:
    uvnet.run(answer)  # type: ignore[call-overload]  # the function, not its coroutine
    uvnet.run(answer(), True)  # type: ignore[call-overload]  # debug is a keyword
    takes_str(uvnet.run(answer()))  # type: ignore[arg-type]
    takes_str(uvnet.run())  # type: ignore[arg-type]  # None
    asyncio.Runner(loop_factory=uvnet.Loop())  # type: ignore[arg-type]  # a loop, not a factory


def calling(loop: uvnet.Loop) -> None:
    loop.call_soon(takes_int)  # type: ignore[arg-type]  # an argument is missing
    loop.call_soon(takes_int, "1")  # type: ignore[arg-type]
    loop.call_soon(takes_int, 1, 2)  # type: ignore[arg-type]
    loop.call_later("1", takes_int, 1)  # type: ignore[arg-type]
    loop.call_later(takes_int, 1)  # type: ignore[arg-type]  # Node's order
    loop.add_reader(0, takes_int, "1")  # type: ignore[arg-type]
    loop.add_signal_handler(2, takes_int)  # type: ignore[arg-type]
    uvnet.next_tick(takes_int, "1")  # type: ignore[arg-type]
    uvnet.set_immediate(takes_int, None)  # type: ignore[arg-type]
    loop.call_soon(takes_int, 1).when()  # type: ignore[attr-defined]  # only timers have it
    _core.Call(takes_int)  # type: ignore[call-arg]  # the loop makes them


def making(loop: asyncio.AbstractEventLoop) -> None:
    _core.Handle(loop)  # type: ignore[arg-type]  # not made directly
    _core.TCP(loop)  # type: ignore[arg-type]  # any asyncio loop will not do
    _core.Pipe(None, True)  # type: ignore[call-arg]  # ipc is a keyword
    _core.Poll()  # type: ignore[call-arg]


def streams(tcp: _core.TCP, pipe: _core.Pipe) -> None:
    tcp.onread = on_read  # type: ignore[assignment]  # takes two arguments
    tcp.onread = on_bytes  # type: ignore[assignment]  # the data are None at the end
    tcp.onconnection = on_pipe  # type: ignore[assignment]  # a TCP's clients are TCPs
    pipe.onconnection = on_pipe
    tcp.fd = 3  # type: ignore[misc]
    tcp.loop = uvnet.Loop()  # type: ignore[misc]
    tcp.bind("127.0.0.1", "80")  # type: ignore[arg-type]
    tcp.bind(b"127.0.0.1", 80)  # type: ignore[arg-type]
    tcp.connect("127.0.0.1", 80)  # type: ignore[call-arg]  # the request is missing
    tcp.getsockname()[2]  # type: ignore[index]  # it may be an error number
    pipe.bind(80)  # type: ignore[arg-type]
    tcp.splice(None)  # type: ignore[arg-type]


def writing(tcp: _core.TCP) -> None:
    tcp.write_buffer(None, "text")  # type: ignore[arg-type]
    tcp.write_buffer(_core.ConnectReq(), b"data")  # type: ignore[arg-type]
    tcp.write_buffer(req=None, data=b"data")  # type: ignore[call-arg]  # by position only
    tcp.writev(None, b"data")  # type: ignore[arg-type]  # a list of them
    tcp.shutdown(_core.ShutdownReq(on_write))  # type: ignore[arg-type]  # of another request
    _core.WriteReq(on_write).handle = tcp  # type: ignore[misc]


def lookups() -> None:
    _core.getaddrinfo(_core.GetAddrInfoReq(), "localhost", 80)  # type: ignore[arg-type]
    _core.getaddrinfo("localhost")  # type: ignore[call-arg, arg-type]
    request = _core.GetAddrInfoReq()
    request.result[0]  # type: ignore[index]  # None until it is complete


def constants() -> None:
    _core.constants.UV_EOF = 0  # type: ignore[misc]
    takes_int(_core.UV_ENONSENSE)  # type: ignore[attr-defined]

"""What a type checker must refuse. Not run.

Each comment names the error that is expected; where none is found, the checker reports that the
comment is of no use.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import uvnet
from uvnet import _core, dns, events, net, stream


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


def emitters(emitter: events.EventEmitter) -> None:
    emitter.on(1, print)  # type: ignore[arg-type]
    emitter.on("event", None)  # type: ignore[arg-type]
    emitter.once("event")  # type: ignore[call-arg]  # nothing to await: that is events.once()
    emitter.emit(event="event")  # type: ignore[call-arg]  # by position only
    takes_int(emitter.emit("event").bit_count)  # type: ignore[arg-type]
    emitter.set_max_listeners("10")  # type: ignore[arg-type]
    events.on(emitter, "event", close=3)  # type: ignore[arg-type]


def reading(readable: stream.Readable, emitter: events.EventEmitter) -> None:
    readable.read("1")  # type: ignore[arg-type]
    readable.push(b"", 8)  # type: ignore[arg-type]
    readable.destroyed = True  # type: ignore[misc]
    readable.pipe(readable)  # type: ignore[type-var]  # it cannot be written
    readable.pipe(emitter)  # type: ignore[type-var]
    readable.pipe(stream.PassThrough(), False)  # type: ignore[call-arg]  # end is a keyword
    readable.write(b"")  # type: ignore[attr-defined]
    readable.destroy("reason")  # type: ignore[arg-type]
    readable.setEncoding("utf8")  # type: ignore[attr-defined]  # Node's name
    for _chunk in readable:  # type: ignore[attr-defined]  # async for
        pass
    stream.Readable(100)  # type: ignore[call-arg]
    stream.Readable(read=takes_int)  # type: ignore[arg-type]  # the stream is its first argument


def written(writable: stream.Writable, duplex: stream.Duplex) -> None:
    writable.write()  # type: ignore[call-overload]
    writable.write(b"", 8)  # type: ignore[call-overload]
    writable.write(b"", lambda: None)  # type: ignore[arg-type, misc]  # it gets the error
    writable.write(b"", print, print)  # type: ignore[call-overload]
    writable.write(b"", "utf8", takes_str)  # type: ignore[arg-type]  # which may be None
    writable.end(b"", None, "utf8")  # type: ignore[call-overload]
    writable.pipe(duplex)  # type: ignore[arg-type]  # it cannot be read
    writable.read()  # type: ignore[attr-defined]
    writable.writable_length = 0  # type: ignore[misc]
    takes_str(duplex.end())  # type: ignore[arg-type]
    stream.Duplex(objectMode=True)  # type: ignore[call-arg]
    stream.Writable(write=lambda stream, chunk: None)  # type: ignore[arg-type, misc]


class BadWritable(stream.Writable):
    def _write(self, chunk: Any, callback: Any) -> None:  # type: ignore[override]
        callback()


class BadReadable(stream.Readable):
    def _read(self) -> None:  # type: ignore[override]
        self.push(None)


def sockets(socket: net.Socket, server: net.Server) -> None:
    socket.write(1)  # type: ignore[call-overload]
    socket.write(["list"])  # type: ignore[call-overload]
    socket.write(b"data", size="1")  # type: ignore[call-overload]
    socket.write(b"data", None, None, 2)  # type: ignore[call-overload]  # size is a keyword
    socket.end(lambda: None)  # type: ignore[arg-type, misc]  # it gets the error
    socket.connect(80, allowHalfOpen=True)  # type: ignore[call-arg]
    socket.connect(80, timeout=1)  # type: ignore[call-arg]  # that is net.connect()
    socket.set_timeout("1")  # type: ignore[arg-type]
    socket.set_timeout(1, takes_int)  # type: ignore[arg-type]  # it gets nothing
    socket.set_keep_alive(True, "1")  # type: ignore[arg-type]
    socket.timeout = 5  # type: ignore[misc]
    socket.bytes_read += 1  # type: ignore[misc]
    takes_str(socket.remote_address)  # type: ignore[arg-type]  # None once it is closed
    socket.pipe(server)  # type: ignore[type-var]
    socket.onread = on_bytes  # type: ignore[attr-defined]
    net.Socket(3)  # type: ignore[call-arg]  # fd is a keyword
    net.BoundSocket("127.0.0.1", 80)  # type: ignore[call-arg]  # keywords as well
    takes_int(net.BoundSocket().address())  # type: ignore[arg-type]
    net.Socket(onread=on_read)  # type: ignore[arg-type]  # a pair
    net.Socket(onread=(bytearray(1), on_read))  # type: ignore[arg-type]
    net.Socket(signal=3)  # type: ignore[arg-type]


async def servers(socket: net.Socket, server: net.Server) -> None:
    net.create_server(takes_int)  # type: ignore[arg-type]  # it gets a Socket
    net.create_server(allow_half_open="no")  # type: ignore[arg-type]
    net.Server(None, True)  # type: ignore[call-arg]
    server.listen(80, backlog="1")  # type: ignore[arg-type]
    server.close(takes_str)  # type: ignore[arg-type]  # None, or an error
    server.get_connections(takes_int)  # type: ignore[arg-type]
    takes_int(server.address().port)  # type: ignore[union-attr]  # it may be a path, or None
    server.write(b"")  # type: ignore[attr-defined]
    with server:  # type: ignore[attr-defined]  # async with
        pass
    async for _connection in server:  # type: ignore[attr-defined]
        pass
    takes_str(await socket)  # type: ignore[arg-type]
    takes_str(await server)  # type: ignore[arg-type]


def constants() -> None:
    _core.constants.UV_EOF = 0  # type: ignore[misc]
    takes_int(_core.UV_ENONSENSE)  # type: ignore[attr-defined]


def looking_up(answered: Callable[[Exception | None, int], object]) -> None:
    dns.lookup("localhost", answered)  # type: ignore[arg-type]  # three arguments
    dns.lookup("localhost", print, family=5)  # type: ignore[call-overload]
    dns.lookup("localhost", print, order="first")  # type: ignore[call-overload]
    dns.lookup(b"localhost", print)  # type: ignore[call-overload]
    dns.lookup_service("127.0.0.1", 80, answered)  # type: ignore[arg-type]

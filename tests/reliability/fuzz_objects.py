"""Objects in the middle of their life, for the argument fuzz."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from uvnet import _core, net, stream


def other_loop() -> Any:
    return _core.Loop()


def pair_of_sockets() -> net.Socket:
    first, second = socket.socketpair()
    ours, peer = (net.Socket(fd=end.detach()) for end in (first, second))
    peer.on("error", ignore)
    peer.write(b"hello\nworld\n" * 10)
    ours.on("error", ignore)
    ours.fuzz_peer = peer  # type: ignore[attr-defined]
    return ours


def piped_sockets() -> net.Socket:
    ours = pair_of_sockets()
    ours.pipe(ours)
    return ours


def destroyed_socket() -> net.Socket:
    return pair_of_sockets().destroy()


def connecting_socket() -> net.Socket:
    socket = net.connect(60000, "127.0.0.1")
    socket.on("error", ignore)
    return socket


def listening_server() -> net.Server:
    def on_connection(socket: net.Socket) -> None:
        if isinstance(socket, net.Socket):  # it may be emitted with anything
            socket.on("error", ignore)
            socket.pipe(socket)

    server = net.create_server(on_connection)
    server.on("error", ignore)
    return server.listen(0, "127.0.0.1")


def closed_server() -> net.Server:
    return listening_server().close()


def fed() -> stream.PassThrough:
    through = stream.PassThrough()
    through.on("error", ignore)
    through.write(b"line\n" * 5)
    return through


def ended() -> stream.Readable:
    readable = stream.Readable(read=lambda stream, size: None)
    readable.on("error", ignore)
    readable.push(b"rest")
    readable.push(None)
    return readable


def objects_stream() -> stream.Readable:
    return stream.Readable.from_([1, "two", b"three", None.__class__])


def handle_of_a_socket() -> Any:
    return pair_of_sockets()._handle


def handle_of_another_loop() -> Any:
    return _core.TCP(_core.Loop())


def ignore(error: Exception) -> None:
    pass


SITUATIONS: list[tuple[str, Callable[[], Any]]] = [
    (function.__name__, function)
    for function in (
        *(other_loop, pair_of_sockets, pair_of_sockets, piped_sockets, destroyed_socket),
        *(connecting_socket, listening_server, closed_server, fed, ended, objects_stream),
        *(handle_of_a_socket, handle_of_another_loop),
    )
]


# What parameters of these names are made of, besides what is at hand.
MAKERS: dict[str, list[Callable[[], Any]]] = {
    "emitter": [fed, pair_of_sockets, listening_server],
    "stream": [fed, ended, pair_of_sockets, stream.PassThrough],
    "destination": [fed, pair_of_sockets, stream.PassThrough],
    "req": [_core.GetAddrInfoReq, _core.GetNameInfoReq, _core.ConnectReq, _core.WriteReq],
    "request": [_core.ConnectReq, _core.WriteReq, _core.ShutdownReq],
    "loop": [_core.current_loop, _core.current_loop, other_loop],
    "handle": [handle_of_a_socket, handle_of_another_loop, _core.TCP, _core.Pipe],
    "rules": [_core.BlockRules],
    "block_list": [net.BlockList],
    "reader": [fed],
}

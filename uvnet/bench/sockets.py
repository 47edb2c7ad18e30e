"""An echo server on uvnet.net, in each of the ways that a socket can be read and written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, get_args

import uvnet
from uvnet import _core, net

from .echo import BACKLOG, BUFFER_SIZE

Mode = Literal["data", "pipe", "onread", "async"]
MODES: tuple[Mode, ...] = get_args(Mode)


def echo_data(socket: net.Socket) -> None:
    """Write every chunk back; read no more while the kernel does not take them."""
    write = socket.write

    def on_data(chunk: bytes) -> None:
        if not write(chunk):
            socket.pause()

    socket.on("data", on_data)
    socket.on("drain", socket.resume)


def echo_pipe(socket: net.Socket) -> None:
    """Pipe the socket into itself: in C alone, with backpressure."""
    socket.pipe(socket)


def onread(socket: net.Socket) -> net.OnRead:
    """Read into one buffer and write out of it.

    As long as the kernel has not taken all, the buffer must not be read into again: with a high
    water mark of one byte write() answers False then, which pauses the socket until 'drain'.
    """
    write = socket.write

    def on_read(nread: int, buffer: bytearray) -> bool:
        return write(buffer, size=nread)

    socket.on("drain", socket.resume)
    return net.OnRead(bytearray(BUFFER_SIZE), on_read)


async def echo_async(socket: net.Socket) -> None:
    """Read and write as coroutines do. What is raised here becomes the socket's 'error'."""
    write = socket.write
    # At the end of its input a client still waits for what is written, so the socket has to stay.
    async for chunk in socket.iterator(destroy_on_return=False):
        if not write(chunk):
            await socket.drain()


def ignore(error: Exception) -> None:
    """Do nothing: a client that has gone is no fault of ours."""


Start = Callable[[net.Socket], object]

START: dict[Mode, Start] = {
    "data": echo_data,
    "pipe": echo_pipe,
    "async": echo_async,
}


class SocketServer:
    """A server on net.Server, on this thread's default loop.

    Args:
        start: Called with each connection; None if the options do it all.
        once: Stop listening when the last of the connections so far has closed.
        options: For `net.create_server()`.
    """

    def __init__(self, start: Start | None, *, once: bool = False, **options: Any) -> None:
        self._loop: Any = _core.current_loop()
        self._once = once
        self._clients: set[net.Socket] = set()
        self._server = net.create_server(self._on_connection, **options)
        self._start = start

    def listen(
        self, host: str = "127.0.0.1", port: int = 0, path: str | None = None
    ) -> tuple[str, int] | str:
        """Listen on an IP address and port (0: a free one), or on a Unix socket's path.

        Returns:
            (host, port) or the path.

        Raises:
            OSError: The address cannot be listened on.
        """

        async def listen() -> Any:
            if path is not None:
                self._server.listen(path=path, backlog=BACKLOG)
            else:
                self._server.listen(port, host, BACKLOG)
            await self._server
            return self._server.address()

        address = self._loop.run_until_complete(listen())
        return address if isinstance(address, str) else (address.address, address.port)

    def run(self) -> None:
        """Serve until Ctrl-C or, with `once`, until the run is over; then close everything."""
        try:
            uvnet.run()
        finally:
            for socket in tuple(self._clients):
                socket.destroy()
            self._server.close()
            uvnet.run()
            self._loop.close()

    def _on_connection(self, socket: net.Socket) -> object:
        self._clients.add(socket)
        socket.on("close", lambda had_error: self._on_close(socket))
        socket.on("error", ignore)
        return self._start(socket) if self._start is not None else None

    def _on_close(self, socket: net.Socket) -> None:
        self._clients.discard(socket)
        if self._once and not self._clients:
            self._server.close()


class SocketEcho(SocketServer):
    """An echo server on net.Server.

    Args:
        mode: How the bytes travel: "data" and "onread" call back into Python with each read, "pipe"
            is in C alone, "async" is a coroutine for each connection.
        once: Stop listening when the last of the connections so far has closed.
    """

    def __init__(self, mode: Mode = "pipe", *, once: bool = False) -> None:
        options: Any = {"onread": onread, "high_water_mark": 1} if mode == "onread" else {}
        super().__init__(START.get(mode), once=once, **options)

"""An echo server in three styles: with events, with a pipe, and as a coroutine.

    python examples/echo.py                    # or with: --style pipe, --style async
    nc localhost 8000                          # type something

None of them lets a client that does not read fill the memory. They differ in who does the work:
`events` calls Python for every chunk, `pipe` copies in C alone, `async` wakes a coroutine. A server
takes a function or a coroutine function as its listener, whichever reads better.
"""

from __future__ import annotations

import argparse
import contextlib

import uvnet
from uvnet import net


def with_events(socket: net.Socket) -> None:
    def on_data(chunk: bytes) -> None:
        if not socket.write(chunk):  # it reads too slowly: do not listen to it for a while
            socket.pause()
            socket.once("drain", socket.resume)

    socket.on("data", on_data)


def with_a_pipe(socket: net.Socket) -> None:
    socket.pipe(socket)


async def as_a_coroutine(socket: net.Socket) -> None:
    async for chunk in socket:
        if not socket.write(chunk):
            await socket.drain()


STYLES = {"events": with_events, "pipe": with_a_pipe, "async": as_a_coroutine}


def main(style: str, port: int) -> None:
    server = net.create_server(STYLES[style])
    # An error, of a connection that was reset for instance, ends the program unless it is heard.
    server.on("connection", lambda socket: socket.on("error", print))
    server.listen(port, "127.0.0.1", lambda: print("listening on", server.address(), flush=True))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C
        uvnet.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--style", choices=STYLES, default="events")
    parser.add_argument("--port", type=int, default=8000)
    main(**vars(parser.parse_args()))

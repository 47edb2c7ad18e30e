"""A Python server with a client in Node: lines of JSON, each answered by one.

Try it:
    python examples/node_client/server.py
    node examples/node_client/client.js 1 2 3  # in another terminal; prints 6
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json

import uvnet
from uvnet import net

MAX_LINE = 64 * 1024  # characters


async def answer(socket: net.Socket) -> None:
    """Answer each line, a list of numbers, with their sum."""
    socket.set_encoding("utf8")
    try:
        while True:
            line = await socket.read_until("\n", limit=MAX_LINE)
            socket.write(json.dumps(total(line)) + "\n")
            if socket.writable_need_drain:
                await socket.drain()
    except asyncio.IncompleteReadError:  # the client has ended
        socket.end()


def total(line: str) -> dict[str, object]:
    try:
        return {"sum": sum(json.loads(line))}
    except (TypeError, ValueError):
        return {"error": "not a list of numbers"}


def main(port: int) -> None:
    server = net.create_server(answer, allow_half_open=True)
    server.listen(port, "127.0.0.1", lambda: print("listening on", server.address(), flush=True))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C
        uvnet.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    main(**vars(parser.parse_args()))

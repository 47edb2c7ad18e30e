"""A key-value server with a protocol of lines: SET KEY VALUE, GET KEY, DEL KEY, KEYS.

    python examples/line_protocol.py
    printf 'SET colour blue\\nGET colour\\n' | nc -N localhost 8000

A coroutine for each client waits for a line, which may be so long and no longer, and answers it.
Clients may send many lines at once; one that does not read the answers is not listened to, one that
says nothing for a minute is let go.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

import uvnet
from uvnet import net

MAX_LINE = 4096  # bytes
MAX_KEYS = 100_000
PATIENCE = 60_000  # milliseconds


class Store:
    """Answers commands."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def answer(self, line: str) -> str:
        match line.split(" ", 2):
            case ["GET", key]:
                return self.values.get(key, "")
            case ["SET", key, _] if key not in self.values and len(self.values) >= MAX_KEYS:
                return "ERROR full"
            case ["SET", key, value]:
                self.values[key] = value
                return "OK"
            case ["DEL", key]:
                return "OK" if self.values.pop(key, None) is not None else "ERROR no such key"
            case ["KEYS"]:
                return " ".join(self.values)
            case _:
                return "ERROR unknown command"

    async def serve(self, socket: net.Socket) -> None:
        socket.set_timeout(PATIENCE, socket.destroy)
        try:
            while True:
                line = await socket.read_until(b"\n", limit=MAX_LINE)
                socket.write(self.answer(line.decode(errors="replace").strip()) + "\n")
                if socket.writable_need_drain:
                    await socket.drain()
        except asyncio.IncompleteReadError:  # the client has ended
            socket.end()
        except asyncio.LimitOverrunError:
            socket.write("ERROR line too long\n")
            socket.destroy_soon()  # without reading the rest


def main(port: int) -> None:
    # Half-open, so that a client that has asked and ended still gets its answers.
    server = net.create_server(Store().serve, allow_half_open=True)
    server.listen(port, "127.0.0.1", lambda: print("listening on", server.address(), flush=True))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C
        uvnet.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    main(**vars(parser.parse_args()))

"""A chat room: lines of text, names, who joins and who leaves.

    python examples/chat.py
    nc localhost 8000                          # in several terminals; the first line is your name

What a public server must not forget: lines, names and the number of members have limits, and who
does not read is dropped as soon as too much waits for them, so that one stuck client costs neither
memory nor the others' time.
"""

from __future__ import annotations

import argparse
import contextlib

import uvnet
from uvnet import net

MAX_MEMBERS = 1000
MAX_NAME = 20  # characters
MAX_LINE = 1000  # characters
MAX_WAITING = 256 * 1024  # bytes that may wait for one member


class Room:
    """Who is here, by name."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}

    def tell(self, line: str, *, but: Member | None = None) -> None:
        for member in self.members.values():
            if member is not but:
                member.send(line)


class Member:
    """One connection: its name, once that is known, and the line that is not complete yet."""

    def __init__(self, room: Room, socket: net.Socket) -> None:
        self.room = room
        self.socket = socket
        self.name = ""
        self.partial = ""
        socket.set_encoding("utf8")
        socket.on("data", self.on_data)
        socket.on("error", lambda error: print(f"{self.name or 'somebody'}: {error}", flush=True))
        socket.on("close", lambda had_error: self.leave())
        self.send("* your name?")

    def send(self, line: str) -> None:
        if self.socket.writable_length > MAX_WAITING:
            self.socket.destroy()
        elif self.socket.writable:  # not any more when its end has been heard
            self.socket.write(line + "\n")

    def on_data(self, text: str) -> None:
        *lines, self.partial = (self.partial + text).split("\n")
        if max(map(len, [*lines, self.partial])) > MAX_LINE:
            self.socket.destroy()
            return
        for line in lines:
            self.on_line("".join(filter(str.isprintable, line)))

    def on_line(self, line: str) -> None:
        if self.name:
            self.room.tell(f"{self.name}: {line}", but=self)
        else:
            self.join(line.strip())

    def join(self, name: str) -> None:
        members = self.room.members
        if not name or len(name) > MAX_NAME or name in members:
            self.send(f"* not free, or not of 1 to {MAX_NAME} characters; another name?")
            return
        self.send(f"* here are: {', '.join(members) or 'only you'}")
        self.room.tell(f"* {name} has joined")
        self.name = name
        members[name] = self

    def leave(self) -> None:
        if self.name:
            del self.room.members[self.name]
            self.room.tell(f"* {self.name} has left")


def main(port: int) -> None:
    room = Room()
    server = net.create_server(lambda socket: Member(room, socket))
    server.max_connections = MAX_MEMBERS
    server.listen(port, "127.0.0.1", lambda: print("listening on", server.address(), flush=True))
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl+C
        uvnet.run()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8000)
    main(**vars(parser.parse_args()))

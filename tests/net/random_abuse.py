"""Calls methods of sockets and of their handles at random, private ones too: nothing may crash.

Run as a program: first seed and number of seeds. It prints each seed to stderr before it begins.
"""

from __future__ import annotations

import contextlib
import gc
import random
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvnet
from uvnet import _core, net

STEPS = 60
DEPTH = 4  # of calls within callbacks
EVENTS = ["data", "readable", "end", "drain", "close", "finish", "pause", "resume", "timeout"]


def connected(kind: str) -> tuple[socket.socket, socket.socket]:
    if kind == "unix":
        return socket.socketpair(socket.AF_UNIX)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return socket.create_connection(listener.getsockname()), listener.accept()[0]


class Abuse:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loop = _core.current_loop()
        self.depth = 0
        self.sockets: list[net.Socket] = []
        self.peers: list[socket.socket] = []
        for _ in range(3):
            ours, peer = connected(self.random.choice(["unix", "tcp"]))
            peer.setblocking(False)
            self.peers.append(peer)
            buffer = bytearray(self.random.choice([1, 100, 70_000]))
            onread = (buffer, self.callback) if self.random.random() < 0.3 else None
            self.sockets.append(net.Socket(fd=ours.detach(), onread=onread))
            self.sockets[-1].on("error", lambda error: None)
        self.handles = [sock._handle for sock in self.sockets]

    def pick(self, *values: Any) -> Any:
        return self.random.choice(values)

    def callback(self, *args: Any) -> Any:
        if self.random.random() < 0.3:
            self.step()
        if self.random.random() < 0.05:
            raise ValueError
        return self.pick(None, False, True, bytearray(5), b"x")

    def actions(self) -> list[Callable[[], Any]]:
        one, other = self.random.choices(self.sockets, k=2)
        handle, second = self.random.choices([*self.handles, one._handle], k=2)
        peer = self.random.choice(self.peers)
        pick, call = self.pick, self.callback
        rarely = [
            lambda: one.destroy(pick(None, ValueError())),
            lambda: one.end(pick(None, b"x")),
            lambda: one.reset_and_destroy(),
            lambda: one.connect(pick("/nonexistent", 1)),
            lambda: one.set_encoding("utf8"),
            lambda: one._undestroy(),
            lambda: one._destroy(None, call),
            lambda: one._final(call),
            lambda: handle.close(call),
            lambda: handle.shutdown(_core.ShutdownReq(call)),
            lambda: peer.shutdown(socket.SHUT_WR),
            lambda: gc.collect(),
        ]
        return [
            lambda: peer.send(bytes(pick(1, 600, 70_000))),
            lambda: peer.recv(1 << 18),
            lambda: one.write(pick(b"x", bytes(100_000), "text", bytearray(5_000_000)), call),
            lambda: one.write(b"x"),
            lambda: one.pipe(other),
            lambda: one.unpipe(pick(None, other)),
            lambda: one.on(pick(*EVENTS), call),
            lambda: one.remove_all_listeners(pick(*EVENTS)),
            lambda: one.pause(),
            lambda: one.resume(),
            lambda: one.push(pick(None, b"x", "x", bytearray(70_000))),
            lambda: one.unshift(b"x"),
            lambda: one.read(pick(None, 0, 1, 100_000)),
            lambda: one.cork(),
            lambda: one.uncork(),
            lambda: one.set_timeout(pick(0, 1, 5), call),
            lambda: setattr(one, "readable_flowing", pick(None, True, False)),
            lambda: setattr(one, "connecting", pick(True, False)),
            lambda: setattr(one, "_onread", pick(None, (bytearray(9), call), (call, call))),
            lambda: one._attach(handle),
            lambda: one._read(10),
            lambda: one._write(b"abc", "buffer", call),
            lambda: one._writev([(b"a", "buffer"), ("b", "utf8")], call),
            lambda: one._written(pick(None, ValueError())),
            lambda: one._fail_pending(),
            lambda: one._connected(),
            lambda: one._idle_is_over(),
            lambda: one._splice_is_over(pick(0, -1, -11, -125), handle),
            lambda: handle.read_start(),
            lambda: handle.read_stop(),
            lambda: handle.splice(second),
            lambda: handle.unsplice(),
            lambda: handle.use_user_buffer(pick(None, bytearray(10), bytearray(100_000))),
            lambda: handle.write_buffer(_core.WriteReq(call), bytes(pick(1, 100_000))),
            lambda: setattr(handle, pick("onread", "onsplice"), pick(None, call)),
            pick(*rarely),
        ]

    def step(self) -> None:
        if self.depth >= DEPTH:
            return
        self.depth += 1
        try:
            self.random.choice(self.actions())()
        except Exception:
            pass
        finally:
            self.depth -= 1

    def turn(self) -> None:
        self.loop.stop()
        with contextlib.suppress(Exception):
            uvnet.run()

    def run(self) -> None:
        for _ in range(STEPS):
            self.step()
            self.turn()
        self.depth = DEPTH
        for thing in (*self.sockets, *self.handles):
            with contextlib.suppress(Exception):
                thing.destroy() if isinstance(thing, net.Socket) else thing.close()
        for peer in self.peers:
            peer.close()
        for _ in range(20):
            self.turn()


def main() -> None:
    sys.unraisablehook = lambda args: None
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for seed in range(first, first + count):
        print(seed, file=sys.stderr, flush=True)
        Abuse(seed).run()


if __name__ == "__main__":
    main()

"""Does the same random things to two sockets, seed for seed, and prints what could be seen of it.

Run as a program: first seed, number of seeds, and "full" for whole traces instead of their digests.
What it prints must not depend on UVNET_FAST. It is in lock-step with its peers, so that it does not
depend on the time either: after each step the loop turns until nothing moves any more.
"""

from __future__ import annotations

import hashlib
import random
import socket
import sys
from typing import Any

import uvnet
from uvnet import _core, net

NAMES = "ab"
STEPS = 40
EVENTS = ("end", "finish", "close", "pipe", "unpipe", "error", "timeout")


class Side:
    """A socket, its peer, and what has happened to it."""

    def __init__(self, name: str, options: dict[str, Any]) -> None:
        ours, self.peer = socket.socketpair(socket.AF_UNIX)
        self.peer.setblocking(False)
        self.name = name
        self.socket = net.Socket(fd=ours.detach(), **options)
        self.trace: list[str] = []
        # What the peer got, by where it comes from: one source does not wait for another.
        self.got = [hashlib.sha256() for _ in FROM]
        self.count = 0
        self.held = False  # the peer does not read
        self.peer_ended = False
        self.seen: list[bytes] = []  # by 'data' since the last note
        self.others: list[Any] = []
        for event in EVENTS:
            self.socket.on(event, lambda *args, event=event: self.heard(event, *args))

    def heard(self, event: str, *args: Any) -> None:
        shown = [str(getattr(arg, "code", arg)) for arg in args if not isinstance(arg, net.Socket)]
        self.trace.append(f"{event}({', '.join(shown[:1])})" if event != "unpipe" else event)

    def on_data(self, data: Any) -> None:
        self.seen.append(data.encode("latin1") if isinstance(data, str) else data)

    def on_readable(self) -> None:
        while (data := self.socket.read()) is not None:
            self.on_data(data)

    def receive(self) -> bool:
        """Let the peer read; return whether there was something."""
        moved = False
        while not self.held:
            try:
                data = self.peer.recv(1 << 18)
            except (BlockingIOError, ConnectionResetError, OSError):
                break
            if not data:
                break
            moved = True
            for digest, drop in zip(self.got, OTHERS, strict=True):
                digest.update(data.translate(None, drop))
            self.count += len(data)
        return moved

    def note(self) -> None:
        """Add what can be seen now to the trace."""
        stream = self.socket
        data = b"".join(self.seen)
        self.seen.clear()
        state: list[Any] = [
            stream.destroyed,
            stream.readable,
            stream.writable,
            stream.readable_ended,
            stream.writable_finished,
            stream.readable_encoding,
            stream.writable_corked,
            stream.timeout,
            stream.ready_state,
            {event: stream.listener_count(event) for event in ("data", "end", "unpipe")},
        ]
        if not stream.destroyed and not self.held and not any(side.held for side in self.others):
            # How far ahead a source is read while its destination waits is left open.
            state += [
                stream.bytes_read,
                stream.bytes_written,
                stream.is_paused(),
                stream.readable_flowing,
                stream.readable_length,
                stream.writable_length,
                stream.writable_need_drain,
            ]
        self.trace.append(
            f"data={len(data)}:{hashlib.sha256(data).hexdigest()[:8]} "
            f"peer={self.count}:{[digest.hexdigest()[:6] for digest in self.got]} {state}"
        )


class Program:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.loop = _core.current_loop()
        self.sides = []
        for name in NAMES:
            options: dict[str, Any] = {"allow_half_open": self.random.random() < 0.3}
            if self.random.random() < 0.3:
                options["high_water_mark"] = self.random.choice([1, 1000, 100_000])
            self.sides.append(Side(name, options))
        for side in self.sides:
            side.others = [other for other in self.sides if other is not side]
        self.log: list[str] = []
        self.callbacks = 0

    # ------------------------------------------------------------------ steps

    def size(self) -> int:
        return self.random.choice([0, 1, 10, 512, 513, 3000, 65535, 65536, 65537, 150_000])

    def do_send(self, side: Side) -> None:
        data = self.random.randbytes(self.size()).translate(FROM[self.sides.index(side)])
        if not side.peer_ended:
            try:
                self.log.append(f"sent {side.peer.send(data) if data else 0}")
            except (BlockingIOError, BrokenPipeError, ConnectionResetError):
                self.log.append("sent nothing")

    def do_write(self, side: Side) -> None:
        data = self.random.randbytes(self.size()).translate(FROM[2])
        number = self.callbacks
        self.callbacks += 1

        def written(error: Any) -> None:
            side.trace.append(f"written {number} {getattr(error, 'code', error)}")

        way = self.random.randrange(5)
        if way == 0:
            side.socket.write(data)
        elif way == 1:
            side.socket.write(data, written)
        elif way == 2:
            side.socket.write(data.decode("latin1"), "latin1", written)
        elif way == 3:
            side.socket.write(bytearray(data), size=len(data) // 2)
        else:
            for part in range(0, len(data), 20_000):
                side.socket.write(memoryview(data)[part : part + 20_000])

    def do_pipe(self, side: Side) -> None:
        side.socket.pipe(self.random.choice(self.sides).socket, end=self.random.random() < 0.7)

    def do_unpipe(self, side: Side) -> None:
        if self.random.random() < 0.5:
            side.socket.unpipe()
        else:
            side.socket.unpipe(self.random.choice(self.sides).socket)

    def do_listen(self, side: Side) -> None:
        if side.socket.listener_count("data") < 3:
            side.socket.on("data", side.on_data)

    def do_unlisten(self, side: Side) -> None:
        side.socket.off("data", side.on_data)

    def do_listen_readable(self, side: Side) -> None:
        if not side.socket.listener_count("readable"):
            side.socket.on("readable", side.on_readable)

    def do_unlisten_readable(self, side: Side) -> None:
        side.socket.off("readable", side.on_readable)

    def do_pause(self, side: Side) -> None:
        side.socket.pause()

    def do_resume(self, side: Side) -> None:
        side.socket.resume()

    def do_pause_later(self, side: Side) -> None:
        """In the middle of the data."""
        side.socket.once("data", lambda data: side.socket.pause())

    def do_read(self, side: Side) -> None:
        data = side.socket.read(self.random.choice([None, 0, 1, 100]))
        side.trace.append(f"read {None if data is None else len(data)}")

    def do_unshift(self, side: Side) -> None:
        if not side.socket.readable_ended and not side.socket.destroyed:
            side.socket.unshift(b"back")

    def do_cork(self, side: Side) -> None:
        side.socket.cork()

    def do_uncork(self, side: Side) -> None:
        side.socket.uncork()

    def do_encoding(self, side: Side) -> None:
        if self.random.random() < 0.2:
            side.socket.set_encoding("latin1")

    def do_timeout(self, side: Side) -> None:
        side.socket.set_timeout(self.random.choice([0, 100_000]))

    def do_hold(self, side: Side) -> None:
        side.held = True

    def do_release(self, side: Side) -> None:
        for other in self.sides:
            other.held = False
        self.settle()

    def do_peer_end(self, side: Side) -> None:
        if self.random.random() < 0.3 and not side.peer_ended:
            side.peer_ended = True
            side.peer.shutdown(socket.SHUT_WR)

    def do_end(self, side: Side) -> None:
        if self.random.random() < 0.2:
            side.socket.end(b"the end")

    def do_destroy(self, side: Side) -> None:
        if self.random.random() < 0.1:
            self.settle()  # how much of what is on its way gets lost is left open
            side.socket.destroy(self.random.choice([None, ValueError("destroyed")]))

    # ------------------------------------------------------------------ the run

    def step(self) -> None:
        side = self.random.choice(self.sides)
        name = self.random.choices(STEP_NAMES, WEIGHTS)[0]
        if any(other.held for other in self.sides) and name not in ANYTIME:
            name = "release"
        self.log.append(f"{side.name}.{name}")
        before = [len(other.trace) for other in self.sides]
        try:
            getattr(self, "do_" + name)(side)
        except Exception as exc:
            side.trace.append(f"raised {type(exc).__name__}: {exc}")
        if self.random.random() < 0.3:
            return  # the next step follows in the same turn
        self.settle()
        for other, length in zip(self.sides, before, strict=True):
            other.note()
            self.log += [f"  {other.name}: {line}" for line in other.trace[length:]]

    def settle(self) -> None:
        quiet = 0
        while quiet < 5:
            moved = [side.receive() for side in self.sides]
            before = self.measure()
            self.loop.stop()
            try:
                uvnet.run()
            except Exception as exc:
                self.log.append(f"raised {type(exc).__name__}: {exc}")
            quiet = 0 if any(moved) or self.measure() != before else quiet + 1

    def measure(self) -> list[Any]:
        return [
            (len(side.trace), len(side.seen), side.socket.bytes_read, side.socket.bytes_written)
            for side in self.sides
        ]

    def run(self) -> list[str]:
        for _ in range(STEPS):
            self.step()
        for side in self.sides:
            side.held = False
        self.settle()
        for side in self.sides:
            side.socket.destroy()
        self.settle()
        for side in self.sides:
            side.note()
            self.log += [f"  {side.name}: {line}" for line in side.trace]
            side.peer.close()
        assert self.loop.open_handles == 0
        return self.log


# Bytes of each peer, and of write(), are told apart by two bits; none that utf8 would make two of.
FROM = [bytes(number << 5 | byte & 31 for byte in range(256)) for number in range(4)]
OTHERS = [bytes(set(range(256)) - set(table)) for table in FROM]
WEIGHT = {"send": 20, "write": 6, "pipe": 8, "unpipe": 2, "listen": 3, "resume": 2, "release": 2}
STEP_NAMES = [name[3:] for name in vars(Program) if name.startswith("do_")]
WEIGHTS = [WEIGHT.get(name, 1) for name in STEP_NAMES]


# How far a source is ahead of what it is piped into is left open. It would show in what a listener,
# or another destination, that comes later sees first: so none comes while a peer does not read.
ANYTIME = {"send", "write", "cork", "uncork", "timeout", "hold", "release", "end", "resume"}


def main() -> None:
    first, count = int(sys.argv[1]), int(sys.argv[2])
    for seed in range(first, first + count):
        log = Program(seed).run()
        if sys.argv[3:] == ["full"]:
            print("\n".join(log))
        else:
            print(seed, hashlib.sha256("\n".join(log).encode()).hexdigest()[:16])
    print(_core.current_loop().counters())


if __name__ == "__main__":
    main()

"""Random programs for a reader: the native one does what asyncio's does, step by step."""

from __future__ import annotations

import asyncio
import random
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet.aio import streams

CASES = 40  # for each test
ALPHABET = b"aab\r\n"
SEPARATORS: list[Any] = [b"\n", b"\r\n", b"aab", b"a", bytearray(b"b\n"), b"", b"b\r\naaab"]
if sys.version_info >= (3, 13):  # asyncio's takes tuples
    SEPARATORS += [(b"\n", b"ab"), (b"b\n", b"\n"), (b"aaaa", b"ba"), (), (b"a", b"")]


class Wire:
    """A transport without a connection: what is sent while it is paused waits."""

    def __init__(self, reader: Any, can_pause: bool) -> None:
        self.reader = reader
        self.can_pause = can_pause
        self.paused = self.ended = False
        self.waiting: list[bytes] = []

    def __repr__(self) -> str:
        return "wire"

    def pause_reading(self) -> None:
        if not self.can_pause:
            raise NotImplementedError
        assert not self.paused
        self.paused = True

    def resume_reading(self) -> None:
        assert self.paused
        self.paused = False
        asyncio.get_running_loop().call_soon(self.flush)

    def send(self, data: bytes) -> None:
        self.waiting.append(data)
        self.flush()

    def flush(self) -> None:
        while self.waiting and not self.paused:
            self.reader.feed_data(self.waiting.pop(0))
        if self.ended and not self.waiting:
            self.reader.feed_eof()

    def end(self) -> None:
        self.ended = True
        self.flush()

    def close(self) -> None:
        pass


class Connection:
    """A real one, that the reader's own protocol reads from."""

    def __init__(self, reader: Any, sock: socket.socket, transport: Any) -> None:
        self.reader = reader
        self.sock = sock
        self.transport = transport

    @classmethod
    async def make(cls, reader: Any, protocol: Any) -> Connection:
        ours, peer = socket.socketpair()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, ours)
        return cls(reader, peer, transport)

    def send(self, data: bytes) -> None:
        if data:
            self.sock.send(data)

    def end(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self.transport.abort()
        self.sock.close()


class Subject:
    """A reader, where its data comes from, and the tasks that read."""

    def __init__(self, reader: Any, source: Any) -> None:
        self.reader = reader
        self.source = source
        self.tasks: list[asyncio.Task[Any]] = []

    def read(self, name: str, *args: Any) -> None:
        method: Callable[..., Any] = getattr(self.reader, name)

        async def reading() -> Any:
            return await method(*args)

        self.tasks.append(asyncio.create_task(reading()))

    def state(self, everything: bool) -> Any:
        told = [outcome(task) for task in self.tasks]
        self.tasks = [task for task in self.tasks if not task.done()]
        if not everything:
            return told
        return told, self.reader.at_eof(), words(self.reader)


def outcome(task: asyncio.Task[Any]) -> Any:
    if not task.done():
        return "waits"
    if task.cancelled():
        return "cancelled"
    exc = task.exception()
    if exc is None:
        return task.result()
    if isinstance(exc, TypeError):  # whose text is of what it is made with
        return TypeError
    details = getattr(exc, "partial", None), getattr(exc, "consumed", None)
    return type(exc), str(exc), details


def words(reader: Any) -> list[str]:
    """Return what repr() says of its buffer and state, which leaves the buffer alone."""
    text = repr(reader)
    known = [word for word in ("eof", "exception") if word in text]
    if "eof" not in text:  # then it does not matter any more
        known.append("paused" if "paused" in text else "reads")
    return known + [text.split(" bytes")[0] if " bytes" in text else ""]


async def make(native: bool, kind: str, limit: int) -> Subject:
    module: Any = streams if native else asyncio
    reader = module.StreamReader(limit=limit)
    source: Any
    if kind == "connection":
        protocol = module.StreamReaderProtocol(reader)
        source = await Connection.make(reader, protocol)
    else:
        source = Wire(reader, can_pause=kind == "fed")
        reader.set_transport(source)
    return Subject(reader, source)


def random_read(rng: random.Random) -> tuple[Any, ...]:
    kind = rng.randrange(6)
    if kind == 0:
        return "read", rng.choice([0, 1, 3, 10, 100, 2**80])
    if kind == 1:
        return "readexactly", rng.choice([0, 1, 2, 7, 30, -1])
    if kind == 2:
        return ("readline",)
    if kind == 3 and rng.random() < 0.2:
        return "read", -1
    if kind == 4:
        return ("__anext__",)
    return "readuntil", rng.choice(SEPARATORS)


def random_steps(rng: random.Random) -> list[tuple[Any, ...]]:
    steps: list[tuple[Any, ...]] = []
    for _ in range(rng.choice([5, 20, 60])):
        chance = rng.random()
        if chance < 0.45:
            size = rng.choice([1, 1, 2, 5, 20])
            steps.append(("send", bytes(rng.choices(ALPHABET, k=size))))
        elif chance < 0.9:
            steps.append(("read", *random_read(rng)))
        else:
            steps.append(("cancel",))
    steps.append(rng.choice([("end",), ("end",), ("fail",)]))
    return steps + [("read", *random_read(rng)) for _ in range(4)]


async def settle() -> None:
    for _ in range(30):  # asyncio lets one chunk pass in a turn while it pauses and resumes
        await asyncio.sleep(0)


async def compare(rng: random.Random, kind: str) -> None:
    limit = rng.choice([1, 3, 8, 65536])
    subjects = [await make(native, kind, limit) for native in (False, True)]
    reads_all = False
    error = ConnectionResetError("lost")
    try:
        for number, step in enumerate(random_steps(rng)):
            where = f"step {number}, {step}, limit {limit}"
            if step[0] == "read" and subjects[0].tasks and "bytes" in repr(subjects[0].reader):
                continue  # it would take bytes from who waits for more: asyncio miscounts then
            for subject in subjects:
                if step[0] == "send":
                    subject.source.send(step[1])
                elif step[0] == "read":
                    subject.read(*step[1:])
                elif step[0] == "cancel":
                    # asyncio loses what a read(-1) has read by then.
                    for task in [] if reads_all else subject.tasks:
                        task.cancel()
                elif step[0] == "fail":
                    subject.reader.set_exception(error)
                else:
                    subject.source.end()
            await settle()
            reads_all = step[:3] == ("read", "read", -1) or (reads_all and step[0] != "end")
            # With read(-1) under way, asyncio has the bytes elsewhere, and may lose them.
            stock, native = [subject.state(not reads_all) for subject in subjects]
            assert native == stock, where
    finally:
        for subject in subjects:
            for task in subject.tasks:
                task.cancel()
            subject.source.close()
        await settle()
        for subject in subjects:
            subject.state(False)


@pytest.mark.parametrize("kind", ["fed", "cannot pause", "connection"])
@pytest.mark.parametrize("seed", range(8))
def test_as_asyncio(kind: str, seed: int) -> None:
    async def main() -> None:
        for case in range(CASES):
            rng = random.Random(f"{kind} {seed} {case}")
            try:
                await compare(rng, kind)
            except AssertionError as exc:
                exc.add_note(f"case {case}")
                raise

    uvnet.run(main())


@pytest.mark.parametrize("seed", range(4))
def test_a_cancelled_read_loses_nothing(seed: int) -> None:
    async def main() -> None:
        for case in range(CASES):
            rng = random.Random(f"{seed} {case}")
            reader = streams.StreamReader(limit=rng.choice([3, 65536]))
            source = await Connection.make(reader, streams.StreamReaderProtocol(reader))
            sent = read = b""
            for _ in range(rng.choice([5, 30])):
                data = bytes(rng.choices(ALPHABET, k=rng.choice([1, 5, 40])))
                task = asyncio.ensure_future(
                    getattr(reader, (how := random_read(rng))[0])(*how[1:])
                )
                if rng.random() < 0.8:
                    await asyncio.sleep(0)
                source.send(data)
                sent += data
                for _ in range(rng.randrange(4)):
                    await asyncio.sleep(0)
                task.cancel()
                try:
                    read += await task
                except asyncio.LimitOverrunError:
                    pass
                except ValueError as exc:
                    if "Separator is" in str(exc):  # readline() throws the line away
                        sent = read = b""
                        break
                except (asyncio.CancelledError, StopAsyncIteration):
                    pass
            else:
                source.end()
                read += await reader.read()
                assert read == sent, f"case {case}"
            source.close()

    uvnet.run(main())

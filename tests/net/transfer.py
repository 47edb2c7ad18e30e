"""Many bytes, sent and received by threads: what the tests of the fast paths have in common."""

from __future__ import annotations

import hashlib
import random
import socket as plain
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import _core
from uvnet._core.fast import is_enabled

from .ends import InThread

SIZE = 20_000_000


def taken(counter: str) -> int:
    return _core.current_loop().counters()[counter]


def needs(name: str) -> Any:
    return pytest.mark.skipif(not is_enabled(name), reason=f"{name} is switched off")


class Transfer:
    """A thread that sends SIZE random bytes to one socket, and one that receives from another."""

    def __init__(
        self, sender: plain.socket, receiver: plain.socket | None = None, seed: int = 1
    ) -> None:
        self.random = random.Random(seed)
        self.sent = hashlib.sha256()
        self.got = hashlib.sha256()
        self.count = 0  # received
        self.extra = bytearray()  # bytes from 128 on are not the sender's
        self.sender = InThread(self.send, sender)
        self.receiver = InThread(self.receive, receiver) if receiver is not None else None

    def send(self, sender: plain.socket) -> None:
        pool = self.random.randbytes(400_000).translate(SEVEN_BITS)
        left = SIZE
        while left > 0:
            start = self.random.randrange(200_000)
            size = min(left, self.random.choice([1, 100, 512, 513, 5000, 65536, 200_000]))
            part = pool[start : start + size]
            sender.sendall(part)
            self.sent.update(part)
            left -= size
        sender.shutdown(plain.SHUT_WR)

    def receive(self, receiver: plain.socket) -> None:
        while data := receiver.recv(self.random.choice([4096, 1 << 18])):
            self.take(data)

    def take(self, data: bytes) -> None:
        if len(rest := data.translate(None, HIGH)) != len(data):
            self.extra += data.translate(None, LOW)
            data = rest
        self.got.update(data)
        self.count += len(data)

    def check(self) -> None:
        self.sender.result()
        if self.receiver is not None:
            self.receiver.result()
        assert self.count == SIZE
        assert self.got.hexdigest() == self.sent.hexdigest()


SEVEN_BITS = bytes(byte & 127 for byte in range(256))
LOW, HIGH = bytes(range(128)), bytes(range(128, 256))


def every(count: int, action: Callable[[int], Any], over: Callable[[], bool]) -> None:
    """Call action(number) in a later turn, and again each time so many turns later, until over."""
    number = 0
    turns = 0

    def step() -> None:
        nonlocal number, turns
        if over():
            return
        turns += 1
        if turns % count == 0:
            action(number)
            number += 1
        uvnet.set_immediate(step)

    uvnet.set_immediate(step)

"""What the argument fuzz passes: (label, value) pairs, drawn from a random.Random.

Nothing here can do harm: paths are in the working folder, which is a temporary one; descriptors are
numbers that this module opened, or that no process has; addresses are loopback's, ports 0 or high.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import math
import os
import socket
from collections.abc import Callable
from random import Random
from typing import Any

from uvnet.abort import AbortController

Value = tuple[str, Any]

NEVER_OPEN = [100_001, 1 << 20, (1 << 31) - 1]  # as descriptors; high numbers in other places
FIRST_OWN = 400  # descriptors of ours: the kernel gives out the lowest that is free

INTEGERS = [
    *(-(1 << 64), -(1 << 63), -(1 << 31) - 1, -(1 << 31), -65536, -2, -1, 0, 1, 2),
    *(*NEVER_OPEN, 1 << 31, 1 << 32, (1 << 63) - 1, 1 << 63, 1 << 64, 1 << 200),
]
FLOATS = [0.0, -0.0, -1.0, 0.5, 1.5, 1e-320, 1e18, 1e300, math.inf, -math.inf, math.nan]
PORTS: list[Any] = [0, "0", "0x0", 49152, 60000, 65535, 65536, -1, "", "http", 49152.5, "60000"]
HOSTS = ["127.0.0.1", "::1", "127.0.0.9", "localhost", "::ffff:127.0.0.1", "127.1", "::1%lo"]
EVENTS = ["data", "readable", "error", "close", "end", "drain", "finish", "connection", "listening"]
EVENTS += ["connect", "pause", "resume", "pipe", "lookup", "timeout", "drop", "new_listener", "x"]
ENCODINGS = [
    "utf8",
    "latin1",
    "ascii",
    "hex",
    "base64",
    "base64url",
    "utf16le",
    "UTF-8",
    "ucs2",
    "?",
]
WORDS = [
    "ipv4",
    "ipv6",
    "verbatim",
    "ipv4first",
    "tcp",
    "10.0.0.0/8",
    "::/0",
    "::1/129",
    "1.2.3.4:80",
]
WORDS += ["[::1]:80", "net.client.socket", "tracing:x:start"]
TEXTS = [
    "",
    "\0",
    "a\0b",
    "\ud800",
    "ü",
    "😀",
    "x" * 70,
    "x" * 100_000,
    "./path",
    "p" * 107,
    "p" * 200,
]


class Oops(Exception):
    """What hostile values raise: it may leave any call."""


class Hostile:
    """Raises wherever it is asked for something."""

    def _raise(self, *args: Any) -> Any:
        raise Oops

    __index__ = __int__ = __float__ = __fspath__ = __bool__ = __len__ = __iter__ = _raise
    __getitem__ = __call__ = __await__ = __enter__ = __exit__ = __contains__ = _raise
    __eq__ = __lt__ = __buffer__ = _raise
    __hash__ = _raise  # type: ignore[assignment]
    __str__ = __repr__ = _raise

    def __getattr__(self, name: str) -> Any:
        raise Oops


class Lying:
    """Answers everything, and never well."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __index__(self) -> Any:
        return self.answer

    __fspath__ = __float__ = __len__ = __int__ = __bool__ = __index__

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0

    def __iter__(self) -> Any:
        return iter([self, self.answer])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.answer


class Meddling:
    """Acts on what the fuzz has at hand in the middle of a call."""

    def __init__(self, act: Callable[[], None], answer: Any) -> None:
        self.act = act
        self.answer = answer

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.act()
        return self.answer

    def __index__(self) -> int:
        self.act()
        return 1

    def __fspath__(self) -> str:
        self.act()
        return "./meddling"

    def __bool__(self) -> bool:
        self.act()
        return True


class Text(str):
    """A subclass."""

    __slots__ = ()


class Octets(bytearray):
    """A subclass."""


def released() -> memoryview:
    view = memoryview(b"released")
    view.release()
    return view


def raising(*args: Any, **kwargs: Any) -> Any:
    raise Oops


async def coroutine_function(*args: Any, **kwargs: Any) -> Any:
    return args


async def raising_coroutine_function(*args: Any, **kwargs: Any) -> Any:
    raise Oops


def accepting(*args: Any, **kwargs: Any) -> None:
    pass


def refusing(*args: Any, **kwargs: Any) -> bool:
    return False


def nothing_of(*args: Any) -> bytes:
    return b""


CALLABLES: list[Callable[..., Any]] = [
    *(accepting, refusing, raising, nothing_of, coroutine_function, raising_coroutine_function),
    *(len, lambda: None, {}.get),
]


class Descriptors:
    """Descriptors that may be closed, or given away, without harm to anybody."""

    def __init__(self) -> None:
        self.opened: list[int] = []
        self.peers: list[socket.socket] = []

    def high(self, fd: int) -> int:
        number = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, FIRST_OWN)
        self.opened.append(number)
        return number

    def draw(self, rng: Random) -> Value:
        kind = rng.choice(["null", "pair", "tcp", "udp", "pipe", "file", "never", "closed"])
        if kind == "never":
            number = rng.choice(NEVER_OPEN)
        elif kind in ("null", "closed", "file"):
            with open("a file" if kind == "file" else os.devnull, "ab") as file:
                number = self.high(file.fileno())
            if kind == "closed":
                os.close(number)
        elif kind == "pipe":
            ends = os.pipe()
            number = self.high(ends[rng.randrange(2)])
            for end in ends:
                os.close(end)
        elif kind == "pair":
            first, second = socket.socketpair()
            with first:
                number = self.high(first.fileno())
            self.peers.append(second)
        else:
            family = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
            with socket.socket(socket.AF_INET, family) as plain:
                number = self.high(plain.fileno())
        return f"<descriptor {number}: {kind}>", number

    def close(self) -> None:
        """Close what nobody has taken; who has taken one closes it, and this finds it closed."""
        for peer in self.peers:
            peer.close()
        for number in self.opened:
            with contextlib.suppress(OSError):
                os.close(number)
        self.opened.clear()
        self.peers.clear()


def buffers() -> list[Callable[[], Any]]:
    whole = bytearray(range(256)) * 8
    return [
        lambda: b"",
        lambda: b"x",
        lambda: b"line\nline\n",
        lambda: b"x" * 70_000,
        lambda: bytearray(b"bytes"),
        lambda: bytearray(65536),
        lambda: Octets(b"sub"),
        lambda: memoryview(b"read-only"),
        lambda: memoryview(bytearray(100)),
        lambda: memoryview(whole)[::3],
        lambda: memoryview(whole).cast("B", [32, 64]),
        lambda: memoryview(whole).cast("I"),
        lambda: memoryview(b"")[:],
        lambda: array.array("d", [1.0, 2.0]),
        lambda: array.array("H", range(300)),
        lambda: array.array("b"),
        released,
    ]


BUFFERS = buffers()


class Values:
    """Draws arguments.

    Args:
        rng: What decides.
        objects: The instances of our own classes that are at hand, labelled; it grows.
        act: What a Meddling value does.
        makers: For names of parameters, what makes objects for them.
    """

    def __init__(
        self,
        rng: Random,
        objects: list[Value],
        act: Callable[[], None],
        makers: dict[str, list[Callable[[], Any]]],
    ) -> None:
        self.rng = rng
        self.makers = makers
        self.objects = objects
        self.act = act
        self.descriptors = Descriptors()

    def named(self, name: str) -> Value:
        """Return a value that a parameter of this name may well have; anything now and then."""
        rng = self.rng
        name = name.lower()
        if rng.random() < 0.15:
            return self.any()
        if name in self.makers:
            value = rng.choice(self.makers[name])()
            if name != "loop":  # a loop of asyncio's kind could start programs
                self.objects.append((f"<{name}>", value))
            return f"<{name}: {type(value).__name__}>", value
        if name in ("fd", "fileno"):
            return self.descriptors.draw(rng)
        for words, values in NAMED:
            if any(word == name or (len(word) > 2 and word in name) for word in words):
                value = rng.choice(values)
                return describe(value), value
        for word, draw in (
            ("signal", self.signal),
            ("call", self.callable),
            ("listener", self.callable),
            ("func", self.callable),
            ("subscri", self.callable),
            ("buffer", self.buffer),
            ("chunk", self.buffer),
            ("data", self.buffer),
            ("onread", self.pair),
        ):
            if word in name:
                return draw()
        return self.any()

    def any(self) -> Value:
        draws = (
            *(self.object, self.object, self.integer, self.integer, self.text, self.callable),
            *(self.buffer, self.odd, self.pair),
        )
        return self.rng.choice(draws)()

    def object(self) -> Value:
        return self.rng.choice(self.objects) if self.objects else self.odd()

    def integer(self) -> Value:
        value = self.rng.choice(FLOATS if self.rng.random() < 0.3 else INTEGERS)
        return describe(value), value

    def text(self) -> Value:
        value = self.rng.choice(self.rng.choice([TEXTS, EVENTS, HOSTS, ENCODINGS, WORDS]))
        if self.rng.random() < 0.1:
            return f"Text({describe(value)})", Text(value)
        return describe(value), value

    def callable(self) -> Value:
        if self.rng.random() < 0.15:
            return "Meddling()", Meddling(self.act, self.rng.choice([None, False, b"x"]))
        index = self.rng.randrange(len(CALLABLES))
        return f"CALLABLES[{index}]", CALLABLES[index]

    def buffer(self) -> Value:
        index = self.rng.randrange(len(BUFFERS))
        return f"BUFFERS[{index}]()", BUFFERS[index]()

    def signal(self) -> Value:
        controller = AbortController()
        if self.rng.random() < 0.4:
            controller.abort(self.rng.choice([None, Oops(), "reason"]))
        self.objects.append(("AbortController()", controller))
        return "AbortController().signal", controller.signal

    def odd(self) -> Value:
        kind = self.rng.randrange(10)
        if kind == 0:
            return "Hostile()", Hostile()
        if kind == 1:
            answer = self.rng.choice([*INTEGERS, None, "x", b"x", True])
            return f"Lying({describe(answer)})", Lying(answer)
        if kind == 2:
            return "Meddling()", Meddling(self.act, None)
        if kind == 3:
            return "Oops()", Oops()
        values: list[Any] = [
            None,
            None,
            True,
            False,
            [],
            (),
            {},
            {"port": 0},
            {1: 2},
            object(),
            int,
        ]
        values += [b"./bytes/path", 1j, ..., set(), [b"a", b"b"], ["x", None], range(3), Oops]
        value = self.rng.choice(values)
        return describe(value), value

    def pair(self) -> Value:
        """Return a tuple: what onread, separators and lists of chunks are."""
        drawn = [
            self.rng.choice([self.buffer, self.callable, self.text, self.odd])()
            for _ in range(self.rng.randrange(4))
        ]
        values: Any = tuple(value for _, value in drawn)
        label = f"({', '.join(label for label, _ in drawn)},)"
        return (f"list({label})", list(values)) if self.rng.random() < 0.3 else (label, values)


NAMED: list[tuple[tuple[str, ...], list[Any]]] = [
    (("port", "service"), PORTS),
    (("host", "address", "ip", "start", "end", "network"), HOSTS),
    (("cidr", "text"), WORDS),
    (("path",), ["./path", "./other", "./path\0", "", b"./path", "p" * 200]),
    (("event",), EVENTS),
    (("encoding",), ENCODINGS),
    (("family", "order"), ["ipv4", "ipv6", "IPv4", 4, 6, 0, *WORDS[2:4]]),
    (("separator",), [b"\n", b"", (b"\n", b"ab"), (), "x", b"x" * 1000]),
    (("limit", "size", "mark", "backlog", "prefix", "n"), [0, 1, 8, 64, 65536, -1, 1 << 31, 0.5]),
    (("value", "enable", "mode", "wait"), [True, False, 0, 1, 500, 65536]),
    (("count", "interval", "number", "signum", "flags", "hints", "secs", "when"), [0, 1, 10, 32]),
    (("name",), ["net.client.socket", "net.server.socket", "fuzz", "signal", ""]),
    (("msecs", "timeout", "delay"), [0, 1, 0.5, -1, 1 << 31, math.nan, math.inf, "1"]),
]


def describe(value: Any) -> str:
    if isinstance(value, str) and len(value) > 40:
        return f"{value[0]!r} * {len(value)}"
    text = ascii(value)
    return text if len(text) < 60 else text[:57] + "..."

"""Call everything public with everything: `python -m tests.reliability.argument_fuzz SEED CALLS`.

With `shrink` for the seed Hypothesis draws what is random, and shortens what shows a fault: for a
fault that is an exception; a crash ends both.

Prints the number of calls made, and exits with 1 after printing a fault: an exception that is not
documented, a descriptor or thread that is left, memory that grows. What it was doing when it died
stands in the file named by FUZZ_LOG. The same seed makes the same calls.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import faulthandler
import fcntl
import functools
import gc
import importlib
import inspect
import logging
import os
import resource
import socket
import struct
import sys
import tempfile
import threading
import traceback
import types
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import hypothesis
import hypothesis.strategies

from uvnet import _core, net, stream

from .fuzz_objects import MAKERS, SITUATIONS
from .fuzz_values import Hostile, Oops, Value, Values, describe

MODULES = ["net", "stream", "stream.promises", "events", "dns", "dns.promises", "abort"]
MODULES += ["diagnostics", "_core"]

# What may leave a call. Oops is what the arguments raise; the others are asyncio's.
DOCUMENTED = (TypeError, ValueError, RuntimeError, OSError, BufferError, Oops, EOFError)
DOCUMENTED += (asyncio.CancelledError, asyncio.InvalidStateError, asyncio.LimitOverrunError)
DOCUMENTED += (StopIteration, StopAsyncIteration, GeneratorExit, Warning)

# Never called: they block, by what they are for, or act on this process, or are not public.
LEFT_OUT = {"run", "run_forever", "run_until_complete", "echo_ceiling", "set_blocking", "validate"}
LEFT_OUT |= {"bulk_ceiling", "kill", "spawn", "fork"}
FATAL = {4, 6, 7, 8, 11}  # a handler of ours for these would hide a crash

PROTOCOLS = ["__init__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__aiter__"]
PROTOCOLS += ["__anext__", "__await__", "__iter__", "__next__", "__call__", "__repr__", "__eq__"]
PROTOCOLS += ["__hash__", "__lt__", "__reduce_ex__", "__copy__", "__len__", "__bool__", "__str__"]

SEQUENCE = 12  # calls
HANGS_AFTER = 60.0  # seconds without the end of a sequence


class Fault(Exception):
    """What the fuzz is looking for."""


# ------------------------------------------------------------------ no harm


def leave_the_network() -> bool:
    """Move to a network of our own, where there is only a loopback; return whether that worked."""
    new_user, new_net = 0x10000000, 0x40000000
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is None or (unshare(new_net) and unshare(new_user | new_net)):
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        request = bytearray(struct.pack("16sh14x", b"lo", 0))
        fcntl.ioctl(plain, 0x8913, request)  # SIOCGIFFLAGS
        [flags] = struct.unpack_from("h", request, 16)
        struct.pack_into("h", request, 16, flags | 1)
        fcntl.ioctl(plain, 0x8914, request)  # SIOCSIFFLAGS, up
    return True


def only_loopback(event: str, args: tuple[Any, ...]) -> None:
    """Forbid what leaves the loopback: an audit hook, where there is no network of our own."""
    if event in ("socket.connect", "socket.bind"):
        address = args[1]
        host = address[0] if isinstance(address, tuple) else "127.0.0.1"
    elif event in ("socket.getaddrinfo", "socket.getnameinfo"):
        host = args[0][0] if isinstance(args[0], tuple) else args[0]
    else:
        return
    if host not in ("localhost", "::1", "::ffff:127.0.0.1") and not str(host).startswith("127."):
        raise Oops


def fill_low_descriptors() -> None:
    """Let 0, 1 and 2 be /dev/null: as arguments they stand for anything, and may be closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            fd = os.open(os.devnull, os.O_RDWR)
            if fd != number:
                os.dup2(fd, number)
                os.close(fd)


# ------------------------------------------------------------------ what there is to call


def public(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    for name in getattr(module, "__all__", None) or dir(module):
        if not name.startswith("_"):
            yield f"{module.__name__}.{name}", getattr(module, name)


@functools.cache
def discover() -> tuple[list[tuple[str, Any]], list[type]]:
    """Return all public functions, labelled, and all public classes."""
    functions, classes = [], []
    for name in MODULES:
        for label, found in public(importlib.import_module(f"uvnet.{name}")):
            if isinstance(found, type):
                classes.append(found)
            elif callable(found) and label.rsplit(".", 1)[1] not in LEFT_OUT:
                functions.append((label, found))
    return functions, list(dict.fromkeys(classes))


@functools.cache
def members(cls: type) -> list[str]:
    """Return what can be called, got or set on an instance."""
    names = [name for name in dir(cls) if not name.startswith("_") and name not in LEFT_OUT]
    return names + [name for name in PROTOCOLS if hasattr(cls, name)]


@functools.cache
def parameters(function: Any) -> tuple[list[str], list[str], int, bool]:
    """Return its positional parameters, the keywords, how many it needs, and whether any do."""
    try:
        found = inspect.signature(function).parameters.values()
    except (ValueError, TypeError):
        return [], [], 0, True
    kinds = inspect.Parameter
    positional = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    keywords = [p.name for p in found if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)]
    several = any(p.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD) for p in found)
    positional = [name for name in positional if name != "self"]
    needed = [p for p in found if p.name in positional and p.default is p.empty]
    return positional, keywords, len(needed), several


@functools.cache
def all_keywords() -> list[str]:
    """Return every keyword of every public constructor and function: for **options."""
    functions, classes = discover()
    names = {"no_such_option", "port", "host", "path", "fd", "backlog", "lookup", "local_port"}
    for function in [*(found for _, found in functions), *classes]:
        names.update(parameters(function)[1])
    return sorted(names)


# ------------------------------------------------------------------ one sequence of calls


class Sequence:
    """Some calls on some objects, and the cleaning up."""

    def __init__(self, fuzz: Fuzz, rng: Random) -> None:
        self.fuzz = fuzz
        self.rng = rng
        self.objects: list[Value] = []
        self.values = Values(self.rng, self.objects, self.meddle, MAKERS)
        self.depth = 0
        self.loop: Any = _core.current_loop()

    def run(self) -> None:
        for _ in range(self.rng.randint(1, 3)):
            self.make()
        for _ in range(SEQUENCE):
            self.step()
            fill_low_descriptors()
            if self.rng.random() < 0.3:
                self.turn()

    def make(self) -> None:
        """Put an object at hand: made well or badly, not initialised, or in mid-life."""
        kind = self.rng.random()
        if kind < 0.5:
            label, factory = self.rng.choice(SITUATIONS)
            self.keep(label, self.fuzz.guard(f"situation {label}", factory))
            return
        cls = self.rng.choice(discover()[1])
        if kind < 0.7:
            new: Any = cls.__new__
            self.keep(f"{cls.__name__}.__new__()", self.call(f"{cls.__name__}.__new__", new, [cls]))
        else:
            self.keep(f"{cls.__name__}()", self.call(cls.__name__, cls))

    def step(self) -> None:
        functions, _ = discover()
        if not self.objects or self.rng.random() < 0.15:
            label, function = self.rng.choice(functions)
            self.keep(f"{label}()", self.call(label, function))
            return
        if self.rng.random() < 0.1:
            self.make()
            return
        owner, obj = self.rng.choice(self.objects)
        name = self.rng.choice(members(type(obj)))
        label = f"{owner}.{name}"
        found = inspect.getattr_static(type(obj), name, None)
        if isinstance(found, property | types.GetSetDescriptorType | types.MemberDescriptorType):
            plain = isinstance(found, types.MemberDescriptorType)  # anything can be assigned
            if self.rng.random() < 0.5 and not plain and getattr(found, "fset", found) is not None:
                what, value = self.values.named(name)
                self.fuzz.guard(f"{label} = {what}", lambda: assign(obj, name, value))
            else:
                self.keep(label, self.fuzz.guard(label, lambda: getattr(obj, name)))
            return
        method = getattr(obj, name, None)
        if callable(method):
            self.keep(f"{label}()", self.call(label, method, hint=getattr(type(obj), name, None)))

    def call(
        self, label: str, function: Any, first: list[Any] | None = None, hint: Any = None
    ) -> Any:
        """Call it with arguments that it may take, or with others."""
        rng = self.rng
        positional, keywords, required, several = parameters(hint if hint is not None else function)
        drawn: list[Value] = [(describe(value), value) for value in first or []]
        if first is None or rng.random() < 0.1:
            names = positional[: rng.randint(0, len(positional))]
            if rng.random() < 0.8:
                names = positional[: rng.randint(required, len(positional))]
            drawn += [self.values.named(name) for name in names]
            keywords = [name for name in keywords if name not in names]
            if several or rng.random() < 0.05:
                drawn += [self.values.any() for _ in range(rng.choice([0, 0, 1, 1, 2, 3]))]
        options: dict[str, Value] = {}
        for _ in range(rng.choice([0, 0, 0, 1, 2]) if first is None else 0):
            if several or rng.random() < 0.05:
                keywords = all_keywords()
            if keywords:
                name = rng.choice(keywords)
                options[name] = self.values.named(name)
        args = [value for _, value in drawn]
        if "pipe" in label and goes_in_circles(getattr(function, "__self__", None), args):
            return None
        if "Signal" in label and any(isinstance(arg, int) and arg in FATAL for arg in args):
            return None
        said = [what for what, _ in drawn] + [
            f"{name}={what}" for name, (what, _) in options.items()
        ]
        text = f"{label}({', '.join(said)})"
        kwargs = {name: value for name, (_, value) in options.items()}
        return self.fuzz.guard(text, lambda: function(*args, **kwargs))

    def keep(self, label: str, value: Any) -> None:
        """Use what a call has returned: our objects are called in turn, awaitables awaited."""
        if type(value).__module__ == Hostile.__module__:
            return
        if inspect.isawaitable(value) and not isinstance(value, net.Socket | net.Server):
            if self.rng.random() < 0.3 and hasattr(value, "close"):
                self.fuzz.guard(f"{label}.close()", value.close)
            else:
                self.fuzz.spawn(label, value)
        elif inspect.isgenerator(value) or inspect.iscoroutine(value):
            value.close()
        elif type(value).__module__.startswith("uvnet") and value is not self.loop:
            if len(label) > 120:
                label = f"<{type(value).__name__}>"
            if type(value) in discover()[1] or type(value).__name__ == "StreamIterator":
                self.objects.append((label, value))

    def meddle(self) -> None:
        """Close something, in the middle of a call."""
        if self.objects and self.depth < 3:
            self.depth += 1
            owner, obj = self.rng.choice(self.objects)
            for name in ("destroy", "close", "abort", "pause", "resume", "stop", "cancel", "clear"):
                if self.rng.random() < 0.5 and hasattr(type(obj), name):
                    self.fuzz.guard(f"meddling: {owner}.{name}()", getattr(obj, name))
                    break
            self.depth -= 1

    def turn(self) -> None:
        self.fuzz.turn(self.loop)

    def clean_up(self) -> None:
        for owner, obj in self.objects:
            for name in ("destroy", "close"):
                if obj is not self.loop and callable(getattr(type(obj), name, None)):
                    self.fuzz.guard(f"cleaning up: {owner}.{name}()", getattr(obj, name))
                    break
        self.objects.clear()


def goes_in_circles(source: Any, args: list[Any]) -> bool:
    """Return whether data might, for ever and within one turn, as it does in Node."""
    streams = [obj for obj in [source, *args] if isinstance(obj, stream.Duplex)]
    return len([obj for obj in streams if not isinstance(obj, net.Socket)]) > 1


def assign(obj: Any, name: str, value: Any) -> None:
    with contextlib.suppress(AttributeError):  # read-only
        setattr(obj, name, value)


# ------------------------------------------------------------------ the whole


class Fuzz:
    """Runs sequences until enough calls are made.

    Args:
        seed: Of everything.
        log: A descriptor that each call is written to before it is made; the last one stays.
    """

    def __init__(self, seed: str, log: int) -> None:
        self.seed = seed
        self.log = log
        self.calls = 0
        self.sequence: list[str] = []
        self.tasks: list[asyncio.Task[Any]] = []
        self.faults: dict[str, str] = {}

    def guard(self, text: str, function: Callable[[], Any]) -> Any:
        """Make a call; return what it returns, or None for an exception that is documented."""
        self.calls += 1
        self.sequence.append(text)
        os.write(self.log, (text + "\n").encode("ascii", "backslashreplace"))
        try:
            return function()
        except DOCUMENTED:
            return None
        except BaseException as error:
            self.report(text, error)
            return None

    def report(self, text: str, error: BaseException) -> None:
        if isinstance(error, BaseExceptionGroup) and error.split(DOCUMENTED)[1] is None:
            return
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        library = [name for name in frames if name.startswith("uvnet") or "/uvnet/" in name]
        if isinstance(error, OverflowError) and all(
            "uvnet/_core/" in name for name in library[-1:]
        ):
            return  # a C integer's: Python's own way
        if isinstance(error, AttributeError) and (".__new__()" in text or not library):
            return  # a class in Python that is not initialised: so says Python
        where = traceback.format_exception(error)
        place = where[-2].strip().splitlines()[0] if len(where) > 2 else text
        key = f"{type(error).__name__} {place}"
        if key not in self.faults:
            calls = "\n    ".join(self.sequence)
            self.faults[key] = f"{text}\n{''.join(where)}  after\n    {calls}"

    def report_unraisable(self, unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, DOCUMENTED):
            self.report(f"unraisable in {type(unraisable.object)}", unraisable.exc_value)

    def spawn(self, label: str, awaitable: Any) -> None:
        async def wait() -> Any:
            try:
                return await awaitable
            except DOCUMENTED:
                return None
            except BaseException as error:
                self.report(f"await {label}", error)

        loop: Any = _core.current_loop()
        self.tasks.append(asyncio.Task(wait(), loop=loop))

    def turn(self, loop: Any) -> None:
        def one() -> None:
            loop.stop()
            loop.run()

        if not loop.is_closed():
            self.guard("turn", one)

    def run_one(self, number: int, rng: Random) -> None:
        faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
        os.lseek(self.log, 0, os.SEEK_SET)
        os.ftruncate(self.log, 0)
        self.sequence.clear()
        os.write(self.log, f"sequence {number} of seed {self.seed}:\n".encode())
        sequence = Sequence(self, rng)
        try:
            sequence.run()
        finally:
            loop = sequence.loop
            sequence.clean_up()
            for task in self.tasks:
                task.cancel()
            for _ in range(3):
                self.turn(loop)
            self.tasks.clear()
            sequence.values.descriptors.close()
            fill_low_descriptors()

    def run(self, calls: int) -> None:
        number = 0
        while self.calls < calls:
            self.run_one(number, Random(f"{self.seed} {number}"))
            number += 1
            if number % 20 == 0:
                self.close_loops()
        self.close_loops()
        faulthandler.cancel_dump_traceback_later()

    def search(self, calls: int) -> None:
        """Run sequences that Hypothesis draws; of those with a fault it leaves the simplest."""

        @hypothesis.settings(
            max_examples=max(calls // SEQUENCE, 1),
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(hypothesis.strategies.randoms(use_true_random=False))
        def one(rng: Random) -> None:
            self.faults.clear()
            self.run_one(0, rng)
            self.close_loops()
            assert not self.faults

        with contextlib.suppress(AssertionError):
            one()
        faulthandler.cancel_dump_traceback_later()

    def close_loops(self) -> None:
        for loop in list(_core.loop._live_loops):
            with contextlib.suppress(*DOCUMENTED):
                loop.close()


def descriptors() -> set[int]:
    return {
        int(name) for name in os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd")
    }


def resident() -> int:
    """Return the memory of this process, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def main(seed: str, calls: int) -> int:
    out = os.dup2(1, 300, inheritable=False)
    log = os.open(os.environ["FUZZ_LOG"], os.O_WRONLY | os.O_CREAT, 0o600)
    log = os.dup2(log, 301, inheritable=False)
    sys.stderr = os.fdopen(os.dup2(2, 302, inheritable=False), "w", 1)
    faulthandler.enable()
    alone = leave_the_network()
    if not alone:
        sys.addaudithook(only_loopback)
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(null, number)
    logging.disable()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        fuzz = Fuzz(seed, log)
        sys.unraisablehook = fuzz.report_unraisable
        fuzz.run(min(calls, 2000))  # what is made once a process
        gc.collect()
        before, size, threads = descriptors(), resident(), threading.active_count()
        if seed == "shrink":
            fuzz.search(calls)
        else:
            fuzz.run(calls)
        gc.collect()
        faults = list(fuzz.faults.values())
        if left := descriptors() - before:
            names = [
                f"{fd} -> {os.readlink(f'/proc/self/fd/{fd}')}"
                for fd in left
                if fd in descriptors()
            ]
            if names:
                faults.append(f"descriptors are left: {names}")
        if threading.active_count() > threads:
            faults.append(f"threads are left: {threading.enumerate()}")
        plain = "LD_PRELOAD" not in os.environ  # a sanitizer keeps what is freed
        if plain and resident() - size > (64 << 20) + 100 * calls:
            faults.append(f"{size >> 20} MiB have become {resident() >> 20} MiB")
        os.chdir("/")
    for fault in faults:
        os.write(out, f"FAULT {fault}\n".encode("ascii", "backslashreplace"))
    os.write(out, f"{fuzz.calls} calls, own network: {alone}\n".encode())
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))

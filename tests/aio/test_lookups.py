"""loop.getaddrinfo(): it answers as socket.getaddrinfo() does, with and without a thread."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import itertools
import random
import socket
from decimal import Decimal
from typing import Any

import pytest

import uvnet

ASKED: list[tuple[Any, Any, dict[str, Any]]] = [
    ("127.0.0.1", 80, {}),
    ("127.0.0.1", None, {"type": socket.SOCK_STREAM}),
    ("::1", 80, {"type": socket.SOCK_DGRAM}),
    ("::ffff:1.2.3.4", 5, {"family": socket.AF_INET}),
    ("1.2.3.4", 5, {"family": socket.AF_INET6, "flags": socket.AI_V4MAPPED}),
    ("1.2.3.4", 5, {"flags": socket.AI_CANONNAME, "type": socket.SOCK_STREAM}),
    ("1.2.3.4", 5, {"flags": socket.AI_ADDRCONFIG}),
    ("127.0.0.1", 70000, {}),
    # Faults.
    ("10.0.0.1", 80, {"family": socket.AF_INET6}),
    ("127.0.0.1", -1, {}),
    ("127.0.0.1", 5, {"type": 99}),
    ("127.0.0.1", 5, {"family": 99}),
    ("fe80::1%nowhere", 5, {}),
]


async def outcome(lookup: Any, host: Any, port: Any, options: dict[str, Any]) -> Any:
    try:
        found = await lookup(host, port, **options)
    except Exception as error:
        return type(error), error.args
    return [(repr(family), repr(kind), *rest) for family, kind, *rest in found]


async def compare(host: Any, port: Any, options: dict[str, Any]) -> Any:
    """Check that the loop answers as the socket module does, and return the answer."""
    loop: Any = asyncio.get_running_loop()
    ours = await outcome(loop.getaddrinfo, host, port, options)

    async def theirs(*args: Any, **named: Any) -> Any:
        return socket.getaddrinfo(*args, **named)

    assert ours == await outcome(theirs, host, port, options), (host, port, options)
    return ours


@pytest.mark.parametrize(("host", "port", "options"), ASKED)
def test_numeric_addresses_need_no_thread(host: Any, port: Any, options: dict[str, Any]) -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        with pytest.raises((StopIteration, OSError)):  # it has come to its end
            loop.getaddrinfo(host, port, **options).send(None)
        await compare(host, port, options)
        assert loop._default_executor is None

    uvnet.run(main())


def test_all_combinations_of_arguments() -> None:
    """Of a numeric address, which no name server is asked for."""
    kinds = (0, socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET)
    flags = (0, socket.AI_PASSIVE, socket.AI_CANONNAME, socket.AI_NUMERICSERV, 1 << 20)
    chosen = itertools.product(
        ("127.0.0.1", "::1", "fe80::1%1", b"127.0.0.1"),
        (80, 0, None, "80", "no-such-service"),
        (0, socket.AF_INET, socket.AF_INET6, socket.AF_UNIX),
        kinds,
        (0, socket.IPPROTO_TCP, socket.IPPROTO_UDP, 132),
        flags,
    )
    some = random.Random(1).sample(list(chosen), 1500)

    async def main() -> None:
        answers = 0
        for host, port, family, kind, proto, flag in some:
            options = {"family": family, "type": kind, "proto": proto, "flags": flag}
            answers += isinstance(await compare(host, port, options), list)
        assert 100 < answers < 1500

    uvnet.run(main())


def test_addresses_are_written_as_the_socket_module_does() -> None:
    chance = random.Random(2)
    numbers = [0, 1, 0xFFFF, 1 << 32, 0xFFFF << 32 | 0x01020304, 0x01020304, (1 << 128) - 1]
    for _ in range(300):  # with runs of zeros, which are written short
        words = [chance.choice((0, 0, 1, chance.getrandbits(16))) for _ in range(8)]
        numbers.append(int("".join(f"{word:04x}" for word in words), 16))
    texts = [str(ipaddress.IPv6Address(number)) for number in numbers]
    texts += [str(ipaddress.IPv4Address(chance.getrandbits(32))) for _ in range(100)]

    async def main() -> None:
        for text in texts:
            assert isinstance(await compare(text, chance.randrange(65536), {}), list)

    uvnet.run(main())


NAMES: list[tuple[Any, Any, dict[str, Any]]] = [
    ("localhost", 80, {"type": socket.SOCK_STREAM}),
    ("localhost", 80, {"family": socket.AF_INET, "proto": socket.IPPROTO_UDP}),
    ("localhost", "http", {"proto": socket.IPPROTO_TCP}),
    ("localhost", "8080", {"type": socket.SOCK_DGRAM}),
    ("localhost", None, {"flags": socket.AI_CANONNAME}),
    ("localhost.", 1, {}),
    ("LocalHost", 1, {"family": socket.AddressFamily.AF_INET}),
    ("127.1", 1, {}),
    ("0x7f000001", 1, {"type": socket.SOCK_STREAM}),
    ("127.0.0.1", "http", {"type": socket.SOCK_STREAM}),
    ("localhost", -1, {}),
    ("localhost", 1 << 16, {}),
    # Faults.
    ("localhost", "no-such-service", {}),
    ("localhost", 80, {"flags": socket.AI_NUMERICHOST}),
    ("localhost", "http", {"flags": socket.AI_NUMERICSERV, "type": socket.SOCK_STREAM}),
    ("localhost", 80, {"type": 99}),
    ("localhost", 80, {"family": 99}),
]

# What libuv would take otherwise than the socket module does.
RARE: list[tuple[Any, Any, dict[str, Any]]] = [
    (b"localhost", 80, {}),
    ("localhost", b"80", {}),
    ("localhost", True, {}),
    (None, 80, {}),
    (None, 80, {"flags": socket.AI_PASSIVE}),
    (None, None, {}),
    ("", 80, {}),
    ("l\xf6calhost", 80, {"flags": socket.AI_NUMERICHOST}),
    ("localhost", 80, {"flags": getattr(socket, "AI_IDN", 0x40)}),
    ("localhost", 1 << 70, {}),
    ("localhost", "80\0", {}),
    ("local..host", 80, {}),
    (".localhost", 80, {}),
    ("x" * 64, 80, {}),
    ("x" * 64 + ".x", 80, {}),
    ("localhost", 80, {"family": "2"}),
    ("localhost", 80, {"family": 1 << 40}),
    (5, 80, {}),
    ("localhost", 1.5, {}),
    ("\ud800", 80, {}),
]


@pytest.mark.parametrize(("host", "port", "options"), NAMES)
def test_names_go_to_the_thread_pool(host: Any, port: Any, options: dict[str, Any]) -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        await compare(host, port, options)
        assert loop._default_executor is None

    uvnet.run(main())


@pytest.mark.parametrize(("host", "port", "options"), RARE, ids=map(str, range(len(RARE))))
def test_rare_arguments_go_to_the_executor(host: Any, port: Any, options: dict[str, Any]) -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        await compare(host, port, options)
        assert loop._default_executor is not None

    uvnet.run(main())


def test_labels_of_the_longest_kind_go_to_the_thread_pool() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        numeric = {"flags": socket.AI_NUMERICHOST}
        for name in ("x" * 63, "x" * 63 + ".", ".".join(["x" * 63] * 3) + "." + "x" * 61):
            assert (await compare(name, 80, numeric))[0] is socket.gaierror
        assert loop._default_executor is None

    uvnet.run(main())


def test_in_debug_mode_all_lookups_go_to_the_executor() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        assert await loop.getaddrinfo("127.0.0.1", 80)
        assert loop._default_executor is not None

    uvnet.run(main(), debug=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "name.invalid"])
def test_who_replaces_the_function_is_asked(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def getaddrinfo(*args: Any) -> Any:
        asked.append(args)
        return ["found"]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        found: Any = await loop.getaddrinfo(host, 80, type=socket.SOCK_STREAM)
        assert found == ["found"]

    uvnet.run(main())
    assert asked == [(host, 80, 0, socket.SOCK_STREAM, 0, 0)]


def test_who_has_replaced_it_before_the_import_is_asked(python: Any) -> None:
    done = python(
        """
import socket
theirs = socket.getaddrinfo
def getaddrinfo(host, *args, **named):
    print("asked", host)
    return theirs(host, *args, **named)
socket.getaddrinfo = getaddrinfo

import asyncio, uvnet
async def main():
    loop = asyncio.get_running_loop()
    for host in ("127.0.0.1", "localhost"):
        await loop.getaddrinfo(host, 80)
uvnet.run(main())
"""
    )
    assert done.stdout.split() == ["asked", "127.0.0.1", "asked", "localhost"]


@pytest.mark.parametrize("name", ["family", "type", "proto", "flags"])
@pytest.mark.parametrize("value", [1.0, Decimal(1)], ids=repr)
def test_no_other_numbers_than_the_socket_module_takes(name: str, value: Any) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(TypeError):
                await loop.getaddrinfo(host, 80, **{name: value})

    uvnet.run(main())


@pytest.mark.parametrize("how", ["close", "throw"])
def test_who_gives_up_waiting_hears_no_more(how: str) -> None:
    heard = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: heard.append(context))
        for _ in range(30):
            waiting: Any = loop.getaddrinfo("localhost", 80)
            waiting.send(None)
            if how == "close":
                waiting.close()
            else:
                with pytest.raises(ZeroDivisionError):
                    waiting.throw(ZeroDivisionError)
        await loop.getaddrinfo("localhost", 80)
        await asyncio.sleep(0.01)

    uvnet.run(main())
    gc.collect()
    assert heard == []


def test_a_failure_leaves_no_cycle() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        for _ in range(20):
            with contextlib.suppress(OSError):
                await loop.getaddrinfo("localhost", "no such service")
        await asyncio.sleep(0)
        gc.collect()
        gc.disable()
        try:
            for _ in range(20):
                with contextlib.suppress(OSError):
                    await loop.getaddrinfo("localhost", "no such service")
            await asyncio.sleep(0)
            assert gc.collect() < 10
        finally:
            gc.enable()

    uvnet.run(main())


def test_many_at_once_and_some_cancelled() -> None:
    """More than the pool has threads; a cancelled one that has not begun is called off."""

    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def find(port: int) -> int:
            [found] = await loop.getaddrinfo("localhost", port, family=socket.AF_INET, proto=6)
            assert found[4][0] == "127.0.0.1"
            return int(found[4][1])

        for turns in range(3):
            tasks = [asyncio.create_task(find(port)) for port in range(1, 101)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            assert found[1::2] == list(range(2, 101, 2))
            for i, each in enumerate(found[::2]):
                assert isinstance(each, asyncio.CancelledError) or each == 2 * i + 1
            assert isinstance(found[98], asyncio.CancelledError)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(find(1), 0)

    uvnet.run(main())


@pytest.mark.parametrize("turns", [0, 1, 2])
def test_a_loop_may_close_while_it_looks_up(turns: int) -> None:
    loop: Any = uvnet.new_event_loop()
    tasks = [loop.create_task(loop.getaddrinfo("localhost", 1)) for _ in range(20)]
    for _ in range(turns):
        loop.call_soon(loop.stop)
        loop.run_forever()
    loop.close()
    for task in tasks:
        task._log_destroy_pending = False
        task.get_coro().close()
    for host in ("localhost", "127.0.0.1"):
        with pytest.raises(RuntimeError):
            asyncio.run(loop.getaddrinfo(host, 1))


def test_hooks_hear_of_each_lookup_once(python: Any) -> None:
    done = python(
        """
import asyncio, socket, sys
import uvnet

def hook(event, args):
    if event == "socket.getaddrinfo":
        print(*args)
        if args[0] == "forbidden":
            raise PermissionError

sys.addaudithook(hook)

async def main():
    loop = asyncio.get_running_loop()
    for host in ("127.0.0.1", "127.0.0.1x", "localhost", b"localhost", "forbidden"):
        try:
            await loop.getaddrinfo(host, 80, family=2, type=1, flags=socket.AI_NUMERICHOST)
        except OSError as error:
            print(type(error).__name__)

uvnet.run(main())
"""
    )
    assert done.stdout.splitlines() == [
        "127.0.0.1 80 2 1 0",
        "127.0.0.1x 80 2 1 0",
        "gaierror",
        "localhost 80 2 1 0",
        "gaierror",
        "b'localhost' 80 2 1 0",
        "gaierror",
        "forbidden 80 2 1 0",
        "PermissionError",
    ]

"""loop.getaddrinfo(): what it answers is the same with and without a thread."""

from __future__ import annotations

import asyncio
import socket
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
        return await lookup(host, port, **options)
    except OSError as error:
        return type(error), error.args


@pytest.mark.parametrize(("host", "port", "options"), ASKED)
def test_numeric_addresses_need_no_thread(host: Any, port: Any, options: dict[str, Any]) -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        ours = await outcome(loop.getaddrinfo, host, port, options)
        assert loop._default_executor is None
        in_thread = asyncio.BaseEventLoop.getaddrinfo
        assert ours == await outcome(
            lambda *args, **named: in_thread(loop, *args, **named), host, port, options
        )
        assert loop._default_executor is not None

    uvnet.run(main())


def test_names_go_to_the_executor() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        found = await loop.getaddrinfo("localhost", 80, family=socket.AF_INET, proto=6)
        assert [info[4] for info in found] == [("127.0.0.1", 80)]
        assert loop._default_executor is not None

    uvnet.run(main())


def test_in_debug_mode_all_lookups_do() -> None:
    async def main() -> None:
        loop: Any = asyncio.get_running_loop()
        assert await loop.getaddrinfo("127.0.0.1", 80)
        assert loop._default_executor is not None

    uvnet.run(main(), debug=True)

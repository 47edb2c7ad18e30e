"""dns.promises: lookups that are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import uvnet
from uvnet import dns
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_BAD_PORT,
    DNSError,
)

from .helpers import blocking, look_up


def test_lookup() -> None:
    async def main() -> None:
        found = await dns.promises.lookup("localhost", family=4)
        assert type(found) is dns.LookupAddress and found == ("127.0.0.1", 4)
        several = await dns.promises.lookup("localhost", all=True)
        assert several == expected
        assert all(type(each) is dns.LookupAddress for each in several)
        assert await dns.promises.lookup("::1", all=True) == [("::1", 6)]
        literal = await dns.promises.lookup("127.0.0.1", family="IPv6")
        assert type(literal) is dns.LookupAddress and literal == ("127.0.0.1", 4)

    expected = look_up("localhost", all=True)[1]
    uvnet.run(main())


def test_lookup_service() -> None:
    async def main() -> None:
        found = await dns.promises.lookup_service("127.0.0.1", "80")
        assert type(found) is dns.LookupService
        assert found == (found.hostname, found.service)

    uvnet.run(main())


@pytest.mark.parametrize("hostname", ["a..b", "x" * 300])
@pytest.mark.parametrize("several", [False, True])
def test_an_error_is_raised(hostname: str, several: bool) -> None:
    async def main() -> None:
        with pytest.raises(DNSError) as caught:
            await dns.promises.lookup(hostname, all=several)
        assert caught.value.code == "ENOTFOUND" and caught.value.hostname == hostname

    uvnet.run(main())


@pytest.mark.parametrize(
    ("start", "error"),
    [
        (lambda: dns.promises.lookup(""), ERR_INVALID_ARG_VALUE),
        (lambda: dns.promises.lookup(None), ERR_INVALID_ARG_VALUE),  # type: ignore[call-overload]
        (lambda: dns.promises.lookup("a\0"), ERR_INVALID_ARG_VALUE),
        (lambda: dns.promises.lookup(5), ERR_INVALID_ARG_TYPE),  # type: ignore[call-overload]
        (lambda: dns.promises.lookup("x", hints=1 << 30), ERR_INVALID_ARG_VALUE),
        (lambda: dns.promises.lookup_service("x", 80), ERR_INVALID_ARG_VALUE),
        (lambda: dns.promises.lookup_service("::1", 1 << 16), ERR_SOCKET_BAD_PORT),
    ],
)
def test_wrong_arguments(
    start: Callable[[], Coroutine[Any, Any, object]], error: type[Exception]
) -> None:
    async def main() -> None:
        coroutine = start()  # which checks nothing yet
        with pytest.raises(error):
            await coroutine

    uvnet.run(main())


def test_on_a_loop_of_another_kind() -> None:
    async def main() -> None:
        with pytest.raises(RuntimeError):
            await dns.promises.lookup("localhost")

    asyncio.run(main())


def test_many_at_once() -> None:
    async def main() -> None:
        names = ["127.1", "a..b", "127.0.0.1"] * 100
        tasks = [dns.promises.lookup(name) for name in names]
        for name, found in zip(
            names, await asyncio.gather(*tasks, return_exceptions=True), strict=True
        ):
            if name == "a..b":
                assert isinstance(found, DNSError)
            else:
                assert found == ("127.0.0.1", 4)

    uvnet.run(main())


def test_a_timeout() -> None:
    """Cancelled at any moment, it raises nothing else and leaves nothing."""

    async def main() -> None:
        for turns in range(6):
            task = asyncio.ensure_future(dns.promises.lookup("localhost"))
            for _ in range(turns):
                await asyncio.sleep(0)
            done = task.done()
            task.cancel()
            if not done:
                with pytest.raises(asyncio.CancelledError):
                    await task
            else:
                await task

    uvnet.run(main())


def test_cancelled_in_the_turn_of_the_answer() -> None:
    """What is not retrieved is not complained about: the suite watches asyncio's log."""

    async def main() -> None:
        for name in ("127.0.0.1", "x" * 300):
            task = asyncio.ensure_future(dns.promises.lookup(name))
            await asyncio.sleep(0)  # it has begun; the answer came on the next tick
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    uvnet.run(main())


@blocking
def test_a_cancelled_task_does_not_keep_the_loop(blocked: Any) -> None:
    blocked("""
other = _core.Loop()
block(other)

async def main():
    tasks = [
        asyncio.ensure_future(dns.promises.lookup("name2")),
        asyncio.ensure_future(dns.promises.lookup_service("127.0.0.1", 80)),
    ]
    for _ in range(3):
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
        else:
            unexpected()
    try:
        async with asyncio.timeout(0):
            await dns.promises.lookup("name3")
    except TimeoutError:
        pass
    else:
        unexpected()

uvnet.run(main())  # which closes the loop: that would wait for what is in flight
os._exit(0)
""")

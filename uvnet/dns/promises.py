"""lookup() and lookup_service() to be awaited. Node: dns.promises

Arguments are checked when the coroutine runs. Cancelling the task that awaits one gives the lookup
up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, overload

from uvnet.dns._lookup import LookupAddress, LookupRequest
from uvnet.dns._lookup import lookup as _lookup
from uvnet.dns._lookup_service import LookupService, LookupServiceRequest
from uvnet.dns._lookup_service import lookup_service as _lookup_service
from uvnet.dns._options import (
    NOTFOUND,
    Family,
    Order,
    get_default_result_order,
    set_default_result_order,
)
from uvnet.errors import DNSError

__all__ = [
    "NOTFOUND",
    "get_default_result_order",
    "lookup",
    "lookup_service",
    "set_default_result_order",
]


@overload
async def lookup(
    hostname: str,
    *,
    family: Family = 0,
    hints: int = 0,
    all: Literal[False] = False,
    order: Order | None = None,
) -> LookupAddress: ...
@overload
async def lookup(
    hostname: str,
    *,
    family: Family = 0,
    hints: int = 0,
    all: Literal[True],
    order: Order | None = None,
) -> list[LookupAddress]: ...
@overload
async def lookup(
    hostname: str,
    *,
    family: Family = 0,
    hints: int = 0,
    all: bool,
    order: Order | None = None,
) -> LookupAddress | list[LookupAddress]: ...


async def lookup(
    hostname: str,
    *,
    family: Family = 0,
    hints: int = 0,
    all: bool = False,
    order: Order | None = None,
) -> LookupAddress | list[LookupAddress]:
    """Look up the addresses of a host. Node: dns.promises.lookup

    Args:
        hostname, family, hints, all, order: As of uvnet.dns.lookup().

    Returns:
        An address; with `all` a list of them.

    Raises:
        DNSError: There is none.
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: An argument is wrong.
        RuntimeError: The running loop is not uvnet's.
    """

    def start(callback: Callable[..., object]) -> LookupRequest | None:
        return _lookup(hostname, callback, family=family, hints=hints, all=all, order=order)

    found: list[Any] = await _answer(start)
    return found[0] if all else LookupAddress(*found)


async def lookup_service(address: str, port: int | str) -> LookupService:
    """Look up the names of an address and of a port. Node: dns.promises.lookupService

    Args:
        address, port: As of uvnet.dns.lookup_service().

    Returns:
        The names: (hostname, service).

    Raises:
        DNSError: The address has no name.
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_SOCKET_BAD_PORT: An argument is wrong.
        RuntimeError: The running loop is not uvnet's.
    """
    return LookupService(*await _answer(lambda done: _lookup_service(address, port, done)))


async def _answer(
    start: Callable[[Callable[..., object]], LookupRequest | LookupServiceRequest | None],
) -> list[Any]:
    """Start a lookup and wait for what its callback gets; an error is raised."""
    future: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()

    def done(error: DNSError | None, *found: Any) -> None:
        if future.done():
            return  # the task was cancelled
        if error is None:
            future.set_result(list(found))
        else:
            future.set_exception(error)

    request = start(done)
    try:
        return await future
    finally:
        if request is not None:
            request.cancel()

"""The addresses of a host name, from the system's resolver. Node: dns.lookup.

A function to be given as `lookup=` has the signature of lookup() here.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from uvnet import _core
from uvnet.errors import DNSError


class Found(NamedTuple):
    """An address of a host.

    Attributes:
        address: An IP literal.
        family: 4 or 6.
    """

    address: str
    family: int


class Lookup(Protocol):
    """What `lookup=` takes; see lookup()."""

    def __call__(
        self, host: str, callback: Callable[..., object], /, *, family: int, hints: int, all: bool
    ) -> object: ...


_AF = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


def lookup(
    host: str,
    callback: Callable[..., object],
    /,
    *,
    family: int = 0,
    hints: int = 0,
    all: bool = False,
) -> None:
    """Look up a host name, in libuv's thread pool. An IP literal is its own address.

    Args:
        host: A name or literal.
        callback: Called later with callback(err, address, family); with `all`, with
            callback(err, addresses), pairs of an address and a family. err is a DNSError or None.
        family: 4 or 6 for addresses of that family alone; 0, the default, for both.
        hints: socket.AI_ADDRCONFIG, AI_V4MAPPED and AI_ALL.
        all: Whether to give all addresses, in the resolver's order, or the first.
    """

    def answer(err: DNSError | None, found: list[Found]) -> None:
        if err is not None:
            callback(err, *(() if all else (None, None)))
        elif all:
            callback(None, found)
        else:
            callback(None, *found[0])

    def completed(request: _core.GetAddrInfoReq, status: int) -> None:
        found = addresses_in(request.result)
        if status == 0 and not found:
            status = _core.UV_EAI_NODATA
        answer(DNSError(status, "getaddrinfo", host) if status else None, found)

    loop = _core.current_loop()
    literal = _core.is_ip(host)
    if literal:
        loop.next_tick(answer, None, [Found(host, literal)])
        return
    request = _core.GetAddrInfoReq(completed)
    try:
        status = _core.getaddrinfo(
            request, host, loop=loop, family=_AF[family], type=socket.SOCK_STREAM, flags=hints
        )
    except ValueError:  # a name that no host can have: a label of 64 letters, say
        status = _core.UV_EAI_NONAME
    if status:
        loop.next_tick(answer, DNSError(status, "getaddrinfo", host), [])


def addresses_in(result: list[Any] | None) -> list[Found]:
    """Return the different addresses of a getaddrinfo result, in its order."""
    found = []
    for family, _, _, _, address in result or ():
        literal = address[0]
        if family == socket.AF_INET6 and address[3]:
            literal = f"{literal}%{scope_name(address[3])}"
        found.append(Found(literal, 6 if family == socket.AF_INET6 else 4))
    return list(dict.fromkeys(found))


def scope_name(number: int) -> str:
    """Return the name of the interface that is a link-local address's zone, or its number."""
    try:
        return socket.if_indextoname(number)
    except OSError:
        return str(number)

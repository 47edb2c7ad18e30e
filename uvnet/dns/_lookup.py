"""lookup(): the addresses of a host name, from the system's resolver. Node: dns.lookup"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any, Literal, NamedTuple, Protocol, overload

from uvnet import _core
from uvnet._core.dns import encode_name
from uvnet._validators import validate_callable, validate_switch
from uvnet.dns._options import (
    Family,
    Order,
    Version,
    checked_family,
    checked_hints,
    checked_order,
    get_default_result_order,
)
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, DNSError

_AF = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


class LookupAddress(NamedTuple):
    """An address of a host.

    Attributes:
        address: An IP literal; one that is link-local has its zone: 'fe80::1%eth0'.
        family: 4 or 6.
    """

    address: str
    family: int


OneAddress = Callable[[DNSError | None, str | None, int | None], object]
AllAddresses = Callable[[DNSError | None, list[LookupAddress] | None], object]


class LookupFunction(Protocol):
    """What connect() takes as `lookup=`; see lookup()."""

    def __call__(
        self,
        hostname: str,
        callback: Callable[..., object],
        /,
        *,
        family: Version,
        hints: int,
        all: bool,
    ) -> object: ...


class LookupRequest(_core.GetAddrInfoReq):
    """A lookup that is under way. Made by lookup().

    Attributes:
        hostname: What is looked up.
    """

    __slots__ = ("_all", "_callback", "_order", "hostname")

    def __init__(
        self, hostname: str, callback: Callable[..., object], all: bool, order: Order
    ) -> None:
        super().__init__(_completed)
        self.hostname = hostname
        self._callback: Callable[..., object] | None = callback
        self._all = all
        self._order = order

    def cancel(self) -> int:
        """Give the lookup up: its callback is not called any more.

        Returns:
            0 if it had not begun, and is not pending for more than a moment; UV_EBUSY if a thread
            is at it: the loop goes on until it is done. UV_EINVAL if it is not pending.
        """
        self._callback = None
        return super().cancel()


@overload
def lookup(
    hostname: str,
    callback: OneAddress,
    *,
    family: Family = 0,
    hints: int = 0,
    all: Literal[False] = False,
    order: Order | None = None,
) -> LookupRequest | None: ...
@overload
def lookup(
    hostname: str,
    callback: AllAddresses,
    *,
    family: Family = 0,
    hints: int = 0,
    all: Literal[True],
    order: Order | None = None,
) -> LookupRequest | None: ...
@overload
def lookup(
    hostname: str,
    callback: Callable[..., object],
    *,
    family: Family = 0,
    hints: int = 0,
    all: bool,
    order: Order | None = None,
) -> LookupRequest | None: ...


def lookup(
    hostname: str,
    callback: Callable[..., object],
    *,
    family: Family = 0,
    hints: int = 0,
    all: bool = False,
    order: Order | None = None,
) -> LookupRequest | None:
    """Look up the addresses of a host, as getaddrinfo(3) does, in libuv's thread pool.

    An IP literal is its own address, whatever the family asked for. Node: dns.lookup

    Args:
        hostname: A name or literal. Beyond ASCII it is encoded by Python's 'idna' codec, which is
            IDNA 2003.
        callback: Called later with callback(error, address, family); with `all`, with
            callback(error, addresses), a list of LookupAddress. `error` is None or a DNSError, and
            what follows an error is None. Of a literal, and of a name that no host can have, it is
            called on the next tick.
        family: 4 or 'IPv4', 6 or 'IPv6' for addresses of that family alone; 0 for both.
        hints: ADDRCONFIG, V4MAPPED and ALL, combined with `|`.
        all: Whether to give all addresses, each once, or the first.
        order: 'verbatim', the resolver's; 'ipv4first' or 'ipv6first', the addresses of that family
            before the others. None for that of get_default_result_order().

    Returns:
        The request, whose cancel() gives it up; or None when there is nothing to wait for.

    Raises:
        ERR_INVALID_ARG_TYPE: `hostname` is no str, `callback` cannot be called, `hints` is no
            number, or `all` no bool.
        ERR_INVALID_ARG_VALUE: `hostname` is empty or has a NUL; or there is no such family, flag
            or order.
        RuntimeError: A loop that is not uvnet's is running in this thread.
    """
    name = checked_hostname(hostname)
    validate_callable(callback, "callback")
    flags = checked_hints(hints)
    version = checked_family(family)
    several = validate_switch(all, "all")
    chosen = get_default_result_order() if order is None else checked_order(order)
    if not name:
        raise ERR_INVALID_ARG_VALUE("hostname", hostname, "must be a non-empty string")
    loop = _core.current_loop()
    literal = _core.is_ip(name)
    if literal:
        loop.next_tick(answer, callback, several, [LookupAddress(name, literal)])
        return None
    try:
        encode_name(name, "hostname")
    except ValueError:  # too long, say, or no Unicode text
        error = DNSError(_core.UV_EAI_NONAME, "getaddrinfo", name)
        loop.next_tick(fail, callback, several, error)
        return None
    request = LookupRequest(name, callback, several, chosen)
    status = _core.getaddrinfo(
        request, name, loop=loop, family=_AF[version], type=socket.SOCK_STREAM, flags=flags
    )
    if status:
        loop.next_tick(fail, callback, several, DNSError(status, "getaddrinfo", name))
        return None
    return request


def checked_hostname(hostname: object) -> str:
    """Return a host name, which may be empty still; None is.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: It is no str, or has a NUL.
    """
    if hostname is None:
        return ""
    if not isinstance(hostname, str):
        raise ERR_INVALID_ARG_TYPE("hostname", "string", hostname)
    if "\0" in hostname:
        raise ERR_INVALID_ARG_VALUE("hostname", hostname, "must be a string without null bytes")
    return hostname


# ------------------------------------------------------------------------ the answer


def _completed(request: _core.Request, status: int) -> None:
    assert isinstance(request, LookupRequest)
    callback, request._callback = request._callback, None
    if callback is None:
        return  # cancelled
    found = in_order(addresses_in(request.result), request._order)
    if status == 0 and not found:
        status = _core.UV_EAI_NODATA
    if status:
        fail(callback, request._all, DNSError(status, "getaddrinfo", request.hostname))
    else:
        answer(callback, request._all, found)


def answer(callback: Callable[..., object], several: bool, found: list[LookupAddress]) -> None:
    """Call back with what was found, one address at least."""
    if several:
        callback(None, found)
    else:
        callback(None, *found[0])


def fail(callback: Callable[..., object], several: bool, error: DNSError) -> None:
    """Call back with an error."""
    if several:
        callback(error, None)
    else:
        callback(error, None, None)


def addresses_in(result: list[Any] | None) -> list[LookupAddress]:
    """Return the different addresses of a getaddrinfo result, in its order."""
    found = []
    for family, _, _, _, address in result or ():
        literal = address[0]
        if family == socket.AF_INET6 and address[3]:
            literal = f"{literal}%{scope_name(address[3])}"
        found.append(LookupAddress(literal, 6 if family == socket.AF_INET6 else 4))
    return list(dict.fromkeys(found))


def scope_name(number: int) -> str:
    """Return the name of the interface that is a link-local address's zone, or its number."""
    try:
        return socket.if_indextoname(number)
    except OSError:
        return str(number)


def in_order(found: list[LookupAddress], order: Order) -> list[LookupAddress]:
    """Return addresses with those of one family first, otherwise as they are."""
    if order == "verbatim":
        return found
    first = 4 if order == "ipv4first" else 6
    return sorted(found, key=lambda each: each.family != first)

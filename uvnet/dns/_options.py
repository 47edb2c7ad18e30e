"""What lookups can be told: the options of lookup(), and the order of what it finds by default."""

from __future__ import annotations

import socket
from typing import Literal, TypeAlias, cast, get_args

from uvnet._validators import is_number
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE

Family: TypeAlias = Literal[0, 4, 6, "IPv4", "IPv6"]
Version: TypeAlias = Literal[0, 4, 6]
Order: TypeAlias = Literal["verbatim", "ipv4first", "ipv6first"]

# The flags of getaddrinfo(3) that lookup() takes as hints.
ADDRCONFIG: int = socket.AI_ADDRCONFIG
V4MAPPED: int = socket.AI_V4MAPPED
ALL: int = socket.AI_ALL

# The `code` of an error: there is no such name, or it has no address.
NOTFOUND = "ENOTFOUND"

_FAMILIES: dict[object, Version] = {0: 0, 4: 4, 6: 6, "IPv4": 4, "IPv6": 6}
_ORDERS = get_args(Order)

_default_order: Order = "verbatim"


def get_default_result_order() -> Order:
    """Return the order that lookup() gives addresses in by default: 'verbatim' at first.

    Node: dns.getDefaultResultOrder
    """
    return _default_order


def set_default_result_order(order: Order) -> None:
    """Set the order that lookup() gives addresses in by default, for the whole process.

    That of `net.connect()` is the same. Node: dns.setDefaultResultOrder

    Args:
        order: 'verbatim', the resolver's; 'ipv4first' or 'ipv6first', the addresses of that family
            before the others.

    Raises:
        ERR_INVALID_ARG_VALUE: It is none of these.
    """
    global _default_order
    _default_order = checked_order(order)


def checked_order(order: object) -> Order:
    """Return one of the three orders.

    Raises:
        ERR_INVALID_ARG_VALUE: It is something else.
    """
    if isinstance(order, str) and order in _ORDERS:
        return cast(Order, order)
    names = ", ".join(map(repr, _ORDERS))
    raise ERR_INVALID_ARG_VALUE("order", order, f"must be one of: {names}")


def checked_family(family: object) -> Version:
    """Return 4 or 6, or 0 for both, which None is too.

    Raises:
        ERR_INVALID_ARG_VALUE: It is no family.
    """
    if family is None:
        return 0
    if is_number(family) or isinstance(family, str):
        number = _FAMILIES.get(family)
        if number is not None:
            return number
    raise ERR_INVALID_ARG_VALUE("family", family, "must be one of: 0, 4, 6")


def checked_hints(hints: object) -> int:
    """Return a sum of flags; None is 0.

    Raises:
        ERR_INVALID_ARG_TYPE: It is no number.
        ERR_INVALID_ARG_VALUE: It is a number with other bits.
    """
    if hints is None:
        return 0
    if not is_number(hints):
        raise ERR_INVALID_ARG_TYPE("hints", "number", hints)
    known = ADDRCONFIG | V4MAPPED | ALL
    if not 0 <= hints <= known or hints != int(hints) or int(hints) & ~known:
        raise ERR_INVALID_ARG_VALUE("hints", hints)
    return int(hints)

"""The rules of a BlockList as its methods are given them, and as BlockRules wants them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, TypeAlias

from uvnet import _core
from uvnet._core import BlockRules, SockAddr
from uvnet.errors import ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE
from uvnet.net._socket_address import VERSIONS
from uvnet.net._validators import validate_int

PREFIX_MAX = {4: 32, 6: 128}

# The arguments of BlockRules.add(): an address, the last one of a range, the prefix of a subnet.
Rule: TypeAlias = tuple[SockAddr, SockAddr | None, int | None]

_RULE = re.compile(
    r"Address: IPv[46] (?P<address>[^\s/-]+)"
    r"|Range: IPv[46] (?P<start>[^\s/-]+)-(?P<end>[^\s/-]+)"
    r"|Subnet: IPv[46] (?P<network>[^\s/-]+)/(?P<prefix>[0-9]{1,3})"
)


# ---------------------------------------------------------------------- adding


def add(
    rules: BlockRules, first: SockAddr, last: SockAddr | None = None, prefix: int | None = None
) -> bool:
    """Add a rule; return whether it was not there yet.

    Raises:
        ERR_INVALID_ARG_VALUE: A range ends before it starts.
        MemoryError: There is none.
    """
    status = rules.add(first, last, prefix)
    if status == _core.UV_ENOMEM:
        raise MemoryError
    if status == _core.UV_EINVAL and last is not None:
        raise ERR_INVALID_ARG_VALUE("start", first.ip, f"must come before end, {last.ip}")
    return status == 0


def add_all(rules: BlockRules, wanted: Iterable[Rule]) -> None:
    """Add all rules, or none."""
    added = []
    try:
        for each in wanted:
            if add(rules, *each):
                added.append(each)
    except BaseException:
        for each in added:
            rules.remove(*each)
        raise


# --------------------------------------------------------------------- parsing


def version_of(family: object) -> int:
    """Return 4 or 6 for the name of a family.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: It is none.
    """
    if not isinstance(family, str):
        raise ERR_INVALID_ARG_TYPE("family", "string", family)
    version = VERSIONS.get(family.lower())
    if version is None:
        raise ERR_INVALID_ARG_VALUE("family", family, "must be 'ipv4' or 'ipv6'")
    return version


def literal(text: str, version: int) -> SockAddr:
    """Return the address that a literal stands for.

    Raises:
        ERR_INVALID_ADDRESS: It is no literal of that family.
    """
    try:
        return SockAddr(text, 0, version)
    except ValueError:
        raise ERR_INVALID_ADDRESS() from None


def parsed(address: object, family: object, name: str) -> SockAddr:
    """Return the argument `name` as an address.

    Raises:
        ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: It is none, or its family.
    """
    if isinstance(address, SockAddr):
        return address
    if not isinstance(address, str):
        raise ERR_INVALID_ARG_TYPE(name, ["string", "net.SocketAddress"], address)
    return literal(address, version_of(family))


def checked_prefix(prefix: object, network: SockAddr) -> int:
    """Return the length of a prefix that an address of this family may have.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE: It is none.
    """
    if prefix != prefix:  # for Node a NaN is a number, and out of range
        prefix = -1
    return validate_int(prefix, "prefix", 0, PREFIX_MAX[network.version])


def check_list(value: object, name: str) -> None:
    """Check that an argument is a list or a tuple.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither.
    """
    if not isinstance(value, (list, tuple)):
        raise ERR_INVALID_ARG_TYPE(name, ["list", "tuple"], value)


def parsed_cidr(text: object) -> Rule:
    """Return the rule for '10.0.0.0/8'.

    Raises:
        ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE: There is
            none.
    """
    if not isinstance(text, str):
        raise ERR_INVALID_ARG_TYPE("cidr", "string", text)
    address, slash, digits = text.rpartition("/")
    if not slash:
        what = "must contain a prefix length, as in '10.0.0.0/8'"
        raise ERR_INVALID_ARG_VALUE("cidr", text, what)
    if not re.fullmatch(r"0|-?[1-9][0-9]{0,8}", digits):
        raise ERR_INVALID_ARG_VALUE("cidr", text, "must end in a prefix length, a decimal number")
    network = literal(address, 6 if ":" in address else 4)
    return network, None, checked_prefix(int(digits), network)


def parsed_rule(text: str) -> Rule:
    """Return the rule for its words, such as 'Address: IPv4 10.0.0.1'.

    Raises:
        ERR_INVALID_ADDRESS, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE: There is none.
    """
    match = _RULE.fullmatch(text)
    if match is None:
        what = "must be a rule, as in 'Address: IPv4 10.0.0.1'"
        raise ERR_INVALID_ARG_VALUE("data", text, what)
    version = 6 if "IPv6" in text else 4
    words: dict[str, Any] = match.groupdict()
    if words["start"]:
        end = words["end"]
        return literal(words["start"], version), literal(end, 6 if ":" in end else 4), None
    if words["network"]:
        network = literal(words["network"], version)
        return network, None, checked_prefix(int(words["prefix"]), network)
    return literal(words["address"], version), None, None

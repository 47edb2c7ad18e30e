"""BlockList: addresses that a server does not serve, or a socket does not connect to.

Compiled, for check(). Node: net.BlockList
"""

from __future__ import annotations

import json
from typing import Any

from uvnet.errors import ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE
from uvnet.net._block_rules import (
    add,
    add_all,
    check_list,
    checked_prefix,
    parsed,
    parsed_cidr,
    parsed_rule,
    version_of,
)

_SHOWN = 6  # rules in repr()
_IPV4 = "ipv4"


class BlockList:
    """A set of rules that forbid IP addresses. Node: net.BlockList

    The option `block_list` of a Server closes whom it forbids, and that of a Socket does not
    connect there. Both follow the rules as they change.

    A rule is an address, a range or a subnet, of IPv4 or IPv6. An IPv4 address and the IPv6
    address that it is mapped to, ::ffff:a.b.c.d, are the same. A rule that is there already is not
    added again. However many rules there are, a check takes a fraction of a microsecond.

    Wherever an address is wanted it is a SocketAddress, or a string with `family` 'ipv4', the
    default, or 'ipv6', in any case. What raises has changed nothing.

    copy.copy() makes another BlockList of the same rules: what is added to one is in the other
    (Node: structuredClone). A deep or pickled copy has rules of its own.

    Attributes:
        rules: The rules in words, the newest first, as a new list: 'Address: IPv4 10.0.0.1',
            'Range: IPv6 ::1-::9', 'Subnet: IPv4 10.0.0.0/8'.
        size: How many there are. (v26)
        PRIVATE_RANGES: The private, loopback and link-local networks, for add_cidrs(). (v26)
    """

    PRIVATE_RANGES = (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "::1/128",
        "169.254.0.0/16",
        "fe80::/10",
        "fc00::/7",
    )

    def __cinit__(self):
        self._rules = BlockRules()

    def __init__(self) -> None:
        pass

    # -------------------------------------------------------------------------- asking

    def check(self, address: Any, family: str = "ipv4") -> bool:
        """Return whether a rule forbids the address.

        Raises:
            ERR_INVALID_ADDRESS: It is no address of that family.
            ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: An argument is wrong.
        """
        if isinstance(address, Parsed):
            return self._rules.covers(address)
        if not isinstance(address, str):
            raise ERR_INVALID_ARG_TYPE("address", ["string", "net.SocketAddress"], address)
        version = 4 if family is _IPV4 else version_of(family)
        found = self._rules.covers_literal(address, version)
        if found < 0:
            raise ERR_INVALID_ADDRESS()
        return found != 0

    @property
    def rules(self) -> list[str]:
        return self._rules.texts()

    @property
    def size(self) -> int:
        return len(self._rules)

    @staticmethod
    def is_block_list(value: object) -> bool:
        """Return whether a value is a BlockList."""
        return isinstance(value, BlockList)

    # ------------------------------------------------------------------- one by one

    def add_address(self, address: Any, family: str = "ipv4") -> None:
        """Forbid an address. The port of a SocketAddress is of no matter.

        Raises:
            ERR_INVALID_ADDRESS: It is no address of that family.
            ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: An argument is wrong.
        """
        add(self._rules, parsed(address, family, "address"))

    def add_range(self, start: Any, end: Any, family: str = "ipv4") -> None:
        """Forbid the addresses from `start` to `end`, both included.

        Raises:
            ERR_INVALID_ADDRESS: One is no address of that family.
            ERR_INVALID_ARG_VALUE: The end comes before the start.
            ERR_INVALID_ARG_TYPE: An argument is of a wrong type.
        """
        first = parsed(start, family, "start")
        add(self._rules, first, parsed(end, family, "end"))

    def add_subnet(self, network: Any, prefix: int, family: str = "ipv4") -> None:
        """Forbid the addresses that start with the first `prefix` bits of `network`.

        Args:
            network: An address of the subnet; the rule shows it as it is given.
            prefix: 0 to 32, or to 128 of IPv6.
            family: Of `network`, if that is a string.

        Raises:
            ERR_INVALID_ADDRESS: It is no address of that family.
            ERR_OUT_OF_RANGE: There are not so many bits.
            ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: An argument is wrong.
        """
        first = parsed(network, family, "network")
        add(self._rules, first, None, checked_prefix(prefix, first))

    def add_cidr(self, cidr: str) -> None:
        """Forbid a subnet: '10.0.0.0/8' or 'fc00::/7'. (v26)

        Raises:
            ERR_INVALID_ADDRESS: What is before the slash is no address.
            ERR_INVALID_ARG_VALUE: There is no slash, or no number after it.
            ERR_OUT_OF_RANGE: The number is too large.
            ERR_INVALID_ARG_TYPE: It is no string.
        """
        add(self._rules, *parsed_cidr(cidr))

    def remove_address(self, address: Any, family: str = "ipv4") -> None:
        """Remove the rule that add_address() made; without one, do nothing. (v26)

        Raises:
            ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: As add_address().
        """
        self._rules.remove(parsed(address, family, "address"))

    def remove_range(self, start: Any, end: Any, family: str = "ipv4") -> None:
        """Remove the rule that add_range() made for exactly these; else do nothing. (v26)

        Raises:
            ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: As add_range().
        """
        first = parsed(start, family, "start")
        self._rules.remove(first, parsed(end, family, "end"))

    def remove_subnet(self, network: Any, prefix: int, family: str = "ipv4") -> None:
        """Remove the rule that add_subnet() made for exactly these; else do nothing. (v26)

        Args:
            network, prefix, family: As given to add_subnet().

        Raises:
            ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE: As
                add_subnet().
        """
        first = parsed(network, family, "network")
        self._rules.remove(first, None, checked_prefix(prefix, first))

    def remove_cidr(self, cidr: str) -> None:
        """Remove the rule that add_cidr() made for exactly this; else do nothing. (v26)

        Raises:
            ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE: As
                add_cidr().
        """
        self._rules.remove(*parsed_cidr(cidr))

    # ---------------------------------------------------------------------- many at once

    def add_addresses(self, addresses: Any, family: str = "ipv4") -> None:
        """Forbid each address of a list or tuple, or none if one of them is wrong. (v26)

        Raises:
            ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE: As add_address().
        """
        check_list(addresses, "addresses")
        add_all(self._rules, [(parsed(each, family, "address"), None, None) for each in addresses])

    def add_cidrs(self, cidrs: Any) -> None:
        """Forbid each subnet of a list or tuple, or none if one of them is wrong. (v26)

        Raises:
            ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE: As
                add_cidr().
        """
        check_list(cidrs, "cidrs")
        add_all(self._rules, [parsed_cidr(each) for each in cidrs])

    def clear(self) -> None:
        """Remove every rule. (v26)"""
        self._rules.clear()

    def to_json(self) -> list[str]:
        """Return the rules: what from_json() takes. (v26)"""
        return self.rules

    def from_json(self, data: Any) -> None:
        """Add rules in words, as `rules` has them; none if one of them is wrong. (v26)

        Args:
            data: A list or tuple of them, the newest first; or the JSON text of one.

        Raises:
            ERR_INVALID_ARG_TYPE: It is neither.
            ERR_INVALID_ARG_VALUE: One is no rule.
            ERR_INVALID_ADDRESS, ERR_OUT_OF_RANGE: One has a wrong address or prefix.
            json.JSONDecodeError: The text is no JSON.
        """
        texts = json.loads(data) if isinstance(data, str) else data
        if not isinstance(texts, (list, tuple)) or not all(isinstance(each, str) for each in texts):
            raise ERR_INVALID_ARG_TYPE("data", ["string", "string[]"], data)
        add_all(self._rules, [parsed_rule(each) for each in reversed(texts)])

    # -------------------------------------------------------------------------- copies

    def __copy__(self) -> BlockList:
        twin = type(self).__new__(type(self))
        share(twin, self)
        vars(twin).update(vars(self))
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.rules), vars(self) or None

    def __repr__(self) -> str:
        shown = [repr(each) for each in self._rules.texts(_SHOWN)]
        if self.size > _SHOWN:
            shown.append("...")
        return f"{type(self).__name__}(rules=[{', '.join(shown)}])"


def check_block_list(value):
    """Return the value of an option that is a BlockList or None.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither.
    """
    if value is not None and not isinstance(value, BlockList):
        raise ERR_INVALID_ARG_TYPE("block_list", "net.BlockList", value)
    return value


def share(twin, original):
    """Give one list the rules of another."""
    twin._rules = original._rules
    return 0


def _restore(cls: type[BlockList], rules: list[str]) -> BlockList:
    """Make a list with these rules."""
    self = cls.__new__(cls)
    BlockList.from_json(self, rules)
    return self

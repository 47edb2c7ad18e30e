"""SocketAddress: an address and a port as one value. Node: net.SocketAddress"""

from __future__ import annotations

import re
from typing import Any, Self, TypeGuard

from uvnet._core import SockAddr
from uvnet.errors import (
    ERR_INVALID_ADDRESS,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_BAD_PORT,
)
from uvnet.net._validators import is_number, validate_int, validate_port

DEFAULTS = {4: "127.0.0.1", 6: "::"}
VERSIONS = {"ipv4": 4, "ipv6": 6}
FLOWLABEL_MAX = 0xFFFFF  # of 20 bits

_WITH_PORT = re.compile(r"(?:\[([0-9a-f:.]+)\]|([0-9.]+))(?::([0-9]{1,5}))?", re.IGNORECASE)


class SocketAddress(SockAddr):
    """An IP address with a port. Immutable, hashable, equal to another of the same value.

    Node: net.SocketAddress

    A BlockList checks one faster than a string, which it would have to parse each time.

    Args:
        address: An IP literal of that family; None, the default, is '127.0.0.1' or '::'. A zone
            is left out.
        family: 'ipv4', the default, or 'ipv6', in any case.
        port: 0 to 65535, as a number or as a string that stands for one.
        flowlabel: Of IPv6, 0 to 0xFFFFF.

    Attributes:
        address: The address in its canonical form.
        family: 'ipv4' or 'ipv6'.
        port, flowlabel: As given; the flow label of an IPv4 address is 0.

    Raises:
        ERR_INVALID_ADDRESS: The address is no literal of that family.
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_SOCKET_BAD_PORT: An
            argument is wrong.
    """

    __slots__ = ()

    def __init__(
        self,
        *,
        address: str | None = None,
        family: str = "ipv4",
        port: int | str = 0,
        flowlabel: int = 0,
    ) -> None:
        version = VERSIONS.get(family.lower()) if isinstance(family, str) else None
        if version is None:
            raise ERR_INVALID_ARG_VALUE("family", family, "must be 'ipv4' or 'ipv6'")
        if not (is_number(port) or isinstance(port, str)):
            raise ERR_SOCKET_BAD_PORT("port", port)
        number = validate_port(port)
        label = validate_int(flowlabel, "flowlabel", 0, FLOWLABEL_MAX)
        if address is None:
            address = DEFAULTS[version]
        elif not isinstance(address, str):
            raise ERR_INVALID_ARG_TYPE("address", "string", address)
        try:
            super().__init__(address, number, version, label)
        except ValueError:
            raise ERR_INVALID_ADDRESS() from None

    @property
    def address(self) -> str:
        return self.ip

    @property
    def family(self) -> str:
        return f"ipv{self.version}"

    def to_json(self) -> dict[str, Any]:
        """Return the address, port, family and flowlabel as a dict, in this order.

        Node: socketaddress.toJSON (v26)
        """
        return {
            "address": self.address,
            "port": self.port,
            "family": self.family,
            "flowlabel": self.flowlabel,
        }

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the address that a text stands for, or None if it is none.

        Node: SocketAddress.parse

        Args:
            text: '1.2.3.4', '1.2.3.4:80', '[::1]' or '[::1]:80'. Nothing else: no bare IPv6
                address, no zone, no white space, no numbers that are short for an address.

        Raises:
            ERR_INVALID_ARG_TYPE: It is no string.
        """
        if not isinstance(text, str):
            raise ERR_INVALID_ARG_TYPE("text", "string", text)
        match = _WITH_PORT.fullmatch(text)
        if match is None:
            return None
        six, four, port = match.groups(default="")
        try:
            return cls(address=six or four, family="ipv6" if six else "ipv4", port=port or 0)
        except (ERR_INVALID_ADDRESS, ERR_SOCKET_BAD_PORT):
            return None

    @staticmethod
    def is_socket_address(value: object) -> TypeGuard[SocketAddress]:
        """Return whether a value is a SocketAddress."""
        return isinstance(value, SocketAddress)

    def __repr__(self) -> str:
        values = f"address={self.address!r}, family={self.family!r}, port={self.port}"
        if self.flowlabel:
            values += f", flowlabel={self.flowlabel:#x}"
        return f"{type(self).__name__}({values})"

    def __reduce__(self) -> tuple[Any, ...]:
        return restore, (type(self), self.to_json())


def restore(cls: type[SocketAddress], values: dict[str, Any]) -> SocketAddress:
    """Make a SocketAddress, or one of a subclass, from what to_json() gave."""
    self = cls.__new__(cls)
    SocketAddress.__init__(self, **values)
    return self

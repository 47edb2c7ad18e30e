"""The addresses of sockets, as users see them."""

from __future__ import annotations

from typing import NamedTuple

from uvnet import _core

FAMILIES = {4: "IPv4", 6: "IPv6"}
ANY = {4: "0.0.0.0", 6: "::"}


class Address(NamedTuple):
    """One end of a TCP connection, or what a server is bound to.

    Attributes:
        address: An IP literal.
        family: 'IPv4' or 'IPv6'.
        port: 0 to 65535.
    """

    address: str
    family: str
    port: int


class Dropped(NamedTuple):
    """Both ends of a connection that a server did not want: the data of its 'drop' event.

    An end that is not known any more is None throughout.

    Attributes:
        local_address, local_port, local_family: The server's end; see Address.
        remote_address, remote_port, remote_family: The client's.
    """

    local_address: str | None
    local_port: int | None
    local_family: str | None
    remote_address: str | None
    remote_port: int | None
    remote_family: str | None


def address_from(found: tuple[str, int, int] | int) -> Address | None:
    """Return what getsockname() and getpeername() of a handle give; None of an error."""
    if isinstance(found, int):
        return None
    address, family, port = found
    return Address(address, FAMILIES[family], port)


def dropped(client: _core.Stream) -> Dropped | None:
    """Return the ends of an accepted connection; None of a Unix socket, which has no addresses."""
    if not isinstance(client, _core.TCP):
        return None
    local = address_from(client.getsockname())
    remote = address_from(client.getpeername())
    return Dropped(
        local and local.address,
        local and local.port,
        local and local.family,
        remote and remote.address,
        remote and remote.port,
        remote and remote.family,
    )

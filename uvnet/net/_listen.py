"""How a server comes to listen: the options of listen(), the handle, and errors."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from os import PathLike
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from uvnet import _core, abort, dns
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_FD_TYPE,
    ERR_OUT_OF_RANGE,
    ERR_SERVER_ALREADY_LISTEN,
    uv_error,
    uv_error_with_text,
)
from uvnet.net._address import ANY
from uvnet.net._arguments import handle_in
from uvnet.net._bound_socket import BoundSocket
from uvnet.net._channels import server_listen
from uvnet.net._debug import debug, name_of
from uvnet.net._descriptor import handle_for
from uvnet.net._validators import (
    is_number,
    is_pipe_name,
    validate_fd,
    validate_int,
    validate_path,
    validate_port,
    validate_switch,
)

if TYPE_CHECKING:
    from uvnet.abort import AbortSignal
    from uvnet.net._server import Server

Handle: TypeAlias = _core.TCP | _core.Pipe

# The kernel rounds one more than this up to a power of two: 512.
BACKLOG = 511


class ListenOptions(TypedDict, total=False):
    """The options of Server.listen(), where they are described."""

    port: int | str | None
    host: str | None
    path: str | PathLike[str] | None
    backlog: int | None
    exclusive: bool | None
    ipv6_only: bool | None
    reuse_port: bool | None
    readable_all: bool | None
    writable_all: bool | None
    signal: AbortSignal | None
    fd: int | None
    handle: Any


OPTIONS = frozenset(ListenOptions.__annotations__)


def start(server: Server, options: dict[str, Any]) -> None:
    """Do what listen() was asked for.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_SOCKET_BAD_PORT: One of
            the options is wrong, or there is neither a port nor a path.
        UVError: The rights of the path could not be changed.
    """
    switches = {
        name: validate_switch(options.get(name), name)
        for name in ("exclusive", "ipv6_only", "reuse_port", "readable_all", "writable_all")
    }
    flags = _core.UV_TCP_IPV6ONLY if switches["ipv6_only"] else 0
    flags |= _core.UV_TCP_REUSEPORT if switches["reuse_port"] else 0
    backlog = checked_backlog(options.get("backlog"))
    signal = options.get("signal")
    if signal is not None:
        abort.validate(signal, "signal")
        server._follow(signal)
    if options.get("handle") is not None:
        found = handle_in(options["handle"])
        if found is None:
            kinds = ["TCP", "Pipe", "BoundSocket"]
            raise ERR_INVALID_ARG_TYPE("handle", kinds, options["handle"])
        if isinstance(found, int):
            listen_on_descriptor(server, found, backlog)
        else:
            listen_on(server, found, backlog)
        return
    fd = options.get("fd")
    if is_number(fd) and fd >= 0:
        listen_on_descriptor(server, fd, backlog)
        return
    port, path = options.get("port"), options.get("path")
    if not options or (port is None and path is None and "port" in options):
        port = 0
    if is_number(port) or isinstance(port, str):
        number, host = validate_port(port), options.get("host")
        if host:
            look_up(server, host, number, backlog, flags)
        else:
            listen_anywhere(server, number, backlog, flags)
    elif path and is_pipe_name(path):
        rights = _core.UV_READABLE if switches["readable_all"] else 0
        rights |= _core.UV_WRITABLE if switches["writable_all"] else 0
        name = validate_path(path)
        if rights and name.startswith("\0"):
            raise ERR_INVALID_ARG_VALUE(
                "options",
                options,
                "cannot have readable_all or writable_all with an abstract path, "
                "which has no access rights",
            )
        listen_on_path(server, name, backlog, rights)
    elif "port" in options or "path" in options:
        raise ERR_INVALID_ARG_VALUE("options", options)
    else:
        raise ERR_INVALID_ARG_VALUE("options", options, 'must have the property "port" or "path"')


def checked_backlog(backlog: object) -> int:
    """Return how many connections may wait."""
    return validate_int(backlog or BACKLOG, "backlog", 0)


# ------------------------------------------------------------------------ TCP


def listen_anywhere(server: Server, port: int, backlog: int, flags: int) -> None:
    """Listen on all addresses of the machine: of IPv6 and IPv4 at once, or of IPv4 alone."""
    family = 6
    handle = bound(ANY[6], port, 6, flags)
    if isinstance(handle, int):
        family = 4
        handle = bound(ANY[4], port, 4, flags)
    finish(server, handle, ANY[family], port, family, backlog)


def look_up(server: Server, host: object, port: int, backlog: int, flags: int) -> None:
    """Look up the host, even if it is a literal, and listen on the address that it has.

    close() and another listen() call this off.
    """
    if not isinstance(host, str):
        raise ERR_INVALID_ARG_TYPE("host", "string", host)
    if "\0" in host:
        raise ERR_INVALID_ARG_VALUE("host", host, "must be a string without null bytes")
    listening_id = server._listening_id

    def looked_up(err: Exception | None, addresses: list[dns.LookupAddress] | None) -> None:
        if listening_id != server._listening_id:
            return
        server._lookup = None
        if err is not None or not addresses:
            server._failed(err)
            return
        address, family = preferred(addresses)
        try:
            finish(server, bound(address, port, family, flags), address, port, family, backlog)
        except Exception as exc:  # an audit hook's, which listen() cannot raise any more
            tell(server, exc)
            server._failed(exc)

    server._lookup = dns.lookup(host, looked_up, all=True)


def preferred(addresses: list[dns.LookupAddress]) -> dns.LookupAddress:
    """Return the first address that is not link-local, if there is one; else the first."""
    for found in addresses:
        if found.family == 4 or not ipaddress.IPv6Address(found.address).is_link_local:
            return found
    return addresses[0]


def bound(address: str, port: int, family: int, flags: int) -> _core.TCP | int:
    """Return a TCP handle bound to an address, or a negative errno."""
    handle = _core.TCP()
    bind = handle.bind6 if family == 6 else handle.bind
    status = closed_on_error(handle, bind, address, port, flags)
    return status or handle


def closed_on_error(handle: Handle, operation: Callable[..., int], *args: object) -> int:
    """Return the status of operation(*args). If it fails or raises, the handle is closed."""
    try:
        status = operation(*args)
    except BaseException:  # an audit hook's
        handle.close()
        raise
    if status:
        handle.close()
    return status


# ---------------------------------------------------------- paths, descriptors, handles


def listen_on_path(server: Server, path: str, backlog: int, rights: int) -> None:
    handle = _core.Pipe()
    status = closed_on_error(handle, handle.bind, path)
    finish(server, status or handle, path, None, -1, backlog)
    if rights and server._handle is handle:
        status = handle.fchmod(rights)
        if status:
            server._handle = None
            handle.close()
            raise uv_error(status, "uv_pipe_chmod", path=path)


def listen_on_descriptor(server: Server, fd: float, backlog: int) -> None:
    """Listen on a bound socket that somebody else made; it becomes the server's."""
    try:
        number = validate_fd(fd)
        handle = handle_for(number)
    except (ERR_INVALID_FD_TYPE, ERR_OUT_OF_RANGE):
        fail(server, _core.UV_EINVAL, None, None)
        return
    status = closed_on_error(handle, handle.open, number)
    finish(server, status or handle, None, None, None, backlog)


def listen_on(server: Server, bound: Handle | BoundSocket, backlog: int) -> None:
    """Listen on what somebody else has bound; it becomes the server's."""
    handle = bound._adopt() if isinstance(bound, BoundSocket) else bound
    finish(server, handle, None, -1, -1, backlog)


# ------------------------------------------------------------------------- outcome


def finish(
    server: Server,
    handle: Handle | int,
    address: str | None,
    port: int | None,
    family: int | None,
    backlog: int,
) -> None:
    """Listen with a bound handle, or tell of the negative errno that stands in its place."""
    if isinstance(handle, int):
        fail(server, handle, address, port)
        return
    handle.onconnection = server._on_connection
    if server.block_list is not None and isinstance(handle, _core.TCP):
        handle.set_block_rules(server.block_list._rules)
    status = closed_on_error(handle, handle.listen, backlog)
    if status:
        fail(server, status, address, port)
        return
    if server._handle is not None:  # a subscriber or an audit hook has called listen(), too
        handle.onconnection = None
        handle.close()
        raise ERR_SERVER_ALREADY_LISTEN()
    server._listens(handle, f"{family}:{address}:{-1 if port is None else port}")


def fail(server: Server, status: int, address: str | None, port: int | None) -> None:
    """Emit 'error' on the next tick; the server may listen again."""
    error = uv_error_with_text(status, "listen", address, port or None)
    if address is not None and port is None:
        error.path = address
    tell(server, error)
    server._next_tick(server._failed, error)


def tell(server: Server, error: Exception) -> None:
    """Tell who watches that a server cannot listen."""
    if debug is not None:
        debug("%s: cannot listen: %s", name_of(server), error)
    if server_listen.has_subscribers:
        server_listen.error.publish(SimpleNamespace(server=server, error=error))

"""How a socket connects: the options of connect(), the lookup, and the only attempt, if it is one.

With several addresses, _auto_select makes the attempts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from uvnet import _core
from uvnet.dns._lookup import LookupAddress, LookupFunction, LookupRequest, lookup
from uvnet.dns._options import ADDRCONFIG, Version, checked_family, checked_hints
from uvnet.errors import (
    ERR_INVALID_ADDRESS_FAMILY,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_IP_ADDRESS,
)
from uvnet.net import _auto_select
from uvnet.net._address import ANY, Address
from uvnet.net._attempt import Attempt, Handle, bind, connected, current
from uvnet.net._debug import debug, name_of
from uvnet.net._validators import (
    is_number,
    validate_bool,
    validate_callable,
    validate_port,
)

if TYPE_CHECKING:
    from uvnet.net._socket import Socket


class ConnectOptions(TypedDict, total=False):
    """The options of Socket.connect(), where they are described."""

    port: int | str | None
    host: str | None
    path: str | PathLike[str] | None
    local_address: str | None
    local_port: int | None
    family: int | str | None
    hints: int | None
    lookup: LookupFunction | None
    auto_select_family: bool | None
    auto_select_family_attempt_timeout: int | None
    no_delay: bool | None
    keep_alive: bool | None
    keep_alive_initial_delay: float | None


OPTIONS = frozenset(ConnectOptions.__annotations__)


class Target(NamedTuple):
    """Where a TCP connection goes, and how."""

    host: str
    port: int
    local_address: str | None
    local_port: int
    family: Version  # 0: both
    hints: int
    lookup: LookupFunction
    auto_select: bool
    attempt_timeout: float  # milliseconds


def tcp_target(options: Mapping[str, Any]) -> Target:
    """Return what the options say, in Node's order of checks.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_IP_ADDRESS, ERR_OUT_OF_RANGE,
        ERR_SOCKET_BAD_PORT: One of them is wrong.
    """
    host: Any = options.get("host") or "localhost"
    if not isinstance(host, str):
        raise ERR_INVALID_ARG_TYPE("host", "string", host)
    if "\0" in host:
        raise ERR_INVALID_ARG_VALUE("host", host, "must be a string without null bytes")
    local_address = options.get("local_address") or None
    if local_address is not None and not _core.is_ip(local_address):
        raise ERR_INVALID_IP_ADDRESS(local_address)
    local_port: Any = options.get("local_port") or 0
    if not is_number(local_port):
        raise ERR_INVALID_ARG_TYPE("local_port", "number", local_port)
    port = options.get("port")
    auto_select = options.get("auto_select_family")
    attempt_timeout = options.get("auto_select_family_attempt_timeout")
    own_lookup = options.get("lookup")
    return Target(
        host,
        0 if port is None else validate_port(port),
        local_address,
        validate_port(local_port, "local_port"),
        checked_family(options.get("family")),
        checked_hints(options.get("hints")),
        lookup if own_lookup is None else validate_callable(own_lookup, "lookup"),
        _auto_select.default
        if auto_select is None
        else validate_bool(auto_select, "auto_select_family"),
        _auto_select.default_attempt_timeout
        if attempt_timeout is None
        else _auto_select.checked_timeout(attempt_timeout, "auto_select_family_attempt_timeout"),
    )


def check_bound(bound: Address | str, options: Mapping[str, Any]) -> None:
    """Check the options against the end of ours that a BoundSocket had.

    Raises:
        ERR_INVALID_ARG_VALUE: They want another one, or a socket of the other kind.
    """
    if options.get("local_address") is not None or options.get("local_port") is not None:
        what = "cannot have local_address or local_port: the socket is bound already"
        raise ERR_INVALID_ARG_VALUE("options", options, what)
    if bool(options.get("path")) is not isinstance(bound, str):
        kind = "path" if isinstance(bound, str) else "port"
        raise ERR_INVALID_ARG_VALUE("options", options, f"must have a {kind}, as the bound socket")


# ---------------------------------------------------------------------------- start


def connect_pipe(socket: Socket, path: str) -> None:
    """Connect to a Unix socket, at once: an error that comes at once is an event even so."""
    handle = socket._handle
    assert handle is not None  # connect() has attached it
    start(Attempt(after_connect, socket, path), handle)


def connect_tcp(socket: Socket, target: Target) -> None:
    """Connect to an IP literal on the next tick, or to a host when it has been looked up."""
    handle = socket._handle
    assert handle is not None  # connect() has attached it
    family = _core.is_ip(target.host)
    if family and socket._bound is not None:
        connect_to(socket, handle, target, LookupAddress(target.host, family))
        return
    if family:
        handle.loop.next_tick(
            connect_to, socket, handle, target, LookupAddress(target.host, family)
        )
        return
    select = target.auto_select and not target.family and target.local_address is None
    if socket._bound is not None:
        select = False
    hints = target.hints
    if not target.family and not hints:
        hints = ADDRCONFIG

    def looked_up(err: Exception | None, found: Any = None, family: Any = None) -> None:
        if current(socket, handle):
            _looked_up(socket, handle, target, select, err, found, family)

    try:
        request = target.lookup(
            target.host, looked_up, family=target.family, hints=hints, all=select
        )
    except Exception as exc:
        fail_soon(socket, handle, exc)
        return
    if target.lookup is lookup and isinstance(request, LookupRequest):
        socket._lookup = request


def _looked_up(
    socket: Socket,
    handle: Handle,
    target: Target,
    select: bool,
    err: Exception | None,
    found: Any,
    family: Any,
) -> None:
    socket._lookup = None
    host = target.host
    if debug is not None:
        debug("%s: lookup of %s: %s", name_of(socket), host, found if err is None else err)
    if err is not None:
        socket.emit("lookup", err, None, None, host)
        fail_soon(socket, handle, err)
        return
    # With several wanted, a function that knows nothing of `all` may answer with one.
    answers: list[tuple[Any, Any]] = [(found, family)]
    if isinstance(found, Sequence) and not isinstance(found, str):
        answers = [as_pair(answer) for answer in found] or [(None, None)]
    usable = []
    for address, number in answers if select else answers[:1]:
        socket.emit("lookup", None, address, number, host)
        if not current(socket, handle):
            return
        if _core.is_ip(address) and number in (4, 6):
            usable.append(LookupAddress(address, number))
    if not usable:
        address, number = answers[0]
        wrong: Exception = ERR_INVALID_IP_ADDRESS(address)
        if _core.is_ip(address):
            wrong = ERR_INVALID_ADDRESS_FAMILY(number, host, target.port)
        fail_soon(socket, handle, wrong)
        return
    socket._refresh_timeout()
    addresses = _auto_select.alternate(usable)
    if len(addresses) == 1:
        connect_to(socket, handle, target, addresses[0])
    else:
        _auto_select.Selection(socket, target, addresses).next()


def as_pair(answer: Any) -> tuple[Any, Any]:
    """Return the address and family of one answer, whatever it is."""
    try:
        address, family = answer
    except (TypeError, ValueError):
        return answer, None
    return address, family


def fail_soon(socket: Socket, handle: Handle, error: Exception) -> None:
    """Destroy the socket on the next tick: its user has not had time to add listeners yet."""

    def fail() -> None:
        if socket._handle is handle:
            socket.destroy(error)

    handle.loop.next_tick(fail)


def connect_to(socket: Socket, handle: Handle, target: Target, found: LookupAddress) -> None:
    """Make the only attempt there is, unless the socket has been destroyed."""
    if not current(socket, handle):
        return
    local = None
    if target.local_address is not None or target.local_port:
        address = target.local_address or ANY[found.family]
        error = bind(handle, found.family, address, target.local_port)
        if error is not None:
            socket.destroy(error)
            return
        if target.local_port:
            local = (address, target.local_port)
    start(Attempt(after_connect, socket, *found, target.port, local), handle)


def start(attempt: Attempt, handle: Handle) -> None:
    error = attempt.start(handle)
    if error is not None:
        attempt.socket.destroy(error)


def after_connect(attempt: Attempt, status: int) -> None:
    """The only attempt has ended."""
    socket, handle = attempt.socket, attempt.handle
    if socket._handle is not handle or handle is None:
        return  # destroyed meanwhile
    if status == 0:
        connected(socket, handle)
        return
    socket.connecting = False
    socket._sockname = None
    error = attempt.error(status)
    attempt.failed(error)
    socket.destroy(error)

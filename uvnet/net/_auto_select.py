"""Automatic selection of the address family: several addresses of a host, tried in turn.

Families alternate, and an address that does not answer in time is given up for the next one: RFC
8305 in the loose form of Node's `autoSelectFamily`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from uvnet import _core
from uvnet.dns import LookupAddress
from uvnet.errors import ERR_IP_BLOCKED, AggregateError, UVError
from uvnet.net._address import ANY
from uvnet.net._attempt import Attempt, bind, connected, current
from uvnet.net._debug import debug, name_of
from uvnet.net._validators import validate_bool, validate_int

if TYPE_CHECKING:
    from uvnet.net._connect import Target
    from uvnet.net._socket import Socket

SHORTEST_ATTEMPT = 10  # milliseconds

default = True
default_attempt_timeout = 250  # milliseconds


def get_default_auto_select_family() -> bool:
    """Return whether connect() tries several addresses of a host by default: True at first."""
    return default


def set_default_auto_select_family(value: bool) -> None:
    """Set what `auto_select_family` of connect() is by default.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither True nor False.
    """
    global default
    default = validate_bool(value, "value")


def get_default_auto_select_family_attempt_timeout() -> int:
    """Return how long connect() waits for one of several addresses by default: 250 ms at first."""
    return default_attempt_timeout


def set_default_auto_select_family_attempt_timeout(value: int) -> None:
    """Set what `auto_select_family_attempt_timeout` of connect() is by default.

    Args:
        value: Milliseconds, from 1; less than 10 count as 10.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE: It is no such number.
    """
    global default_attempt_timeout
    default_attempt_timeout = checked_timeout(value, "value")


def checked_timeout(value: object, name: str) -> int:
    """Return the milliseconds that an attempt may take."""
    return max(validate_int(value, name, 1), SHORTEST_ATTEMPT)


def alternate(found: Iterable[LookupAddress]) -> list[LookupAddress]:
    """Return the different addresses with their families in turn, that of the first one first."""
    families: dict[int, dict[LookupAddress, None]] = {}
    for each in found:
        families.setdefault(each.family, {})[each] = None
    queues = [list(addresses) for addresses in families.values()]
    longest = max(map(len, queues), default=0)
    return [queue[i] for i in range(longest) for queue in queues if i < len(queue)]


class Selection:
    """The attempts of one connect(), one after the other. Node: internalConnectMultiple."""

    def __init__(self, socket: Socket, target: Target, addresses: list[LookupAddress]) -> None:
        self.socket = socket
        self.target = target
        self.left = addresses[::-1]
        self.errors: list[Exception] = []
        assert isinstance(socket._handle, _core.TCP)  # connect() has attached it
        self.handle = socket._handle
        self.used = False  # the handle has been in an attempt
        self.timer: _core.TimerCall | None = None
        self.attempted: list[str] = []
        socket.auto_select_family_attempted_addresses = self.attempted

    def next(self) -> None:
        """Try what is left, until an attempt is under way; or destroy the socket."""
        while current(self.socket, self.handle):
            if not self.left:
                self.socket.destroy(AggregateError(self.errors))
                return
            attempt = self.begin(self.left.pop())
            if attempt is None or not attempt.pending:
                continue  # it has failed, or a listener has destroyed the socket
            if self.left:  # the last one has all the time that it wants
                seconds = self.target.attempt_timeout / 1000
                self.timer = self.handle.loop.call_later(seconds, self.timed_out, attempt)
            return

    def begin(self, found: LookupAddress) -> Attempt | None:
        """Start an attempt; return it, unless there is none."""
        if self.used:
            self.replace_handle()
        self.used = True
        port, local_port = self.target.port, self.target.local_port
        local = (ANY[found.family], local_port) if local_port else None
        if local is not None:
            error = bind(self.handle, found.family, *local)
            if error is not None:
                self.abandon(error)
                return None
        attempt = Attempt(self.completed, self.socket, *found, port, local)
        blocked = attempt.blocked()
        if isinstance(blocked, ERR_IP_BLOCKED):
            self.failed(attempt, blocked)
            return None
        if blocked is not None:
            self.abandon(blocked)
            return None
        self.attempted.append(f"{found.address}:{port}")
        error = attempt.start(self.handle)
        if isinstance(error, (UVError, ERR_IP_BLOCKED)):
            self.failed(attempt, error)
        elif error is not None:
            self.abandon(error)
        return attempt

    def abandon(self, error: Exception) -> None:
        """An attempt has not begun. What an audit hook forbids is not tried in another way."""
        if isinstance(error, UVError):
            self.errors.append(error)
        else:
            self.socket.destroy(error)

    def replace_handle(self) -> None:
        """Give the socket another handle: one that has failed to connect cannot try again."""
        old = self.handle
        self.handle = _core.TCP(old.loop)
        if not old.has_ref():
            self.handle.unref()
        self.socket._attach(self.handle)
        old.close()

    def completed(self, attempt: Attempt, status: int) -> None:
        given_up = attempt.handle is not self.handle
        if given_up:
            return
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if not current(self.socket, self.handle):
            return
        if status == 0:
            connected(self.socket, self.handle)
        else:
            if status == _core.UV_ECANCELED:  # the loop is closing: there is no next one
                self.left.clear()
            self.failed(attempt, attempt.error(status))
            self.next()

    def failed(self, attempt: Attempt, error: Exception) -> None:
        self.errors.append(error)
        attempt.failed(error)

    def timed_out(self, attempt: Attempt) -> None:
        self.timer = None
        if current(self.socket, self.handle):
            if debug is not None:
                debug("%s: attempt timed out: %s", name_of(self.socket), attempt.address)
            self.socket.emit(
                "connection_attempt_timeout", attempt.address, attempt.port, attempt.family
            )
            self.errors.append(attempt.error(_core.UV_ETIMEDOUT))
            self.next()

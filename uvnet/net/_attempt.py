"""One attempt of a socket to connect, and what follows when it succeeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from uvnet import _core
from uvnet.errors import ERR_IP_BLOCKED, UVError, uv_error
from uvnet.net._debug import debug, ends_of, name_of

if TYPE_CHECKING:
    from uvnet.net._socket import Socket

Handle: TypeAlias = _core.TCP | _core.Pipe


def current(socket: Socket, handle: Handle) -> bool:
    """Return whether the socket is still connecting with this handle.

    It may have been destroyed, and even be connecting to somewhere else, in the meantime.
    """
    return socket._handle is handle and socket.connecting


def bind(handle: Handle, family: int, address: str, port: int) -> Exception | None:
    """Bind a TCP handle before it connects; return what is wrong.

    That a port is taken shows in connect(), which then takes another: so the port is compared.
    """
    assert isinstance(handle, _core.TCP)
    try:
        status = (handle.bind if family == 4 else handle.bind6)(address, port)
    except Exception as exc:  # an audit hook's
        return exc
    if status == 0 and port:
        found = handle.getsockname()
        if isinstance(found, int):
            status = found
        elif found[2] != port:
            status = _core.UV_EADDRINUSE
    return uv_error(status, "bind", address=address, port=port or None) if status else None


class Attempt(_core.ConnectReq):
    """A connect() of a socket.

    Args:
        oncomplete: Called with the attempt and a status when it ends, unless start() fails.
        socket: Whose it is.
        address: An IP literal, or a path.
        family: 4 or 6; None of a path, as is the port.
        port: Where to.
        local: The address and port that were asked for at this end, or None: for messages.
    """

    __slots__ = ("address", "family", "local", "port", "socket")

    def __init__(
        self,
        oncomplete: Callable[[Attempt, int], object],
        socket: Socket,
        address: str,
        family: int | None = None,
        port: int | None = None,
        local: tuple[str, int] | None = None,
    ) -> None:
        super().__init__(oncomplete)
        self.socket = socket
        self.address = address
        self.family = family
        self.port = port
        self.local = local

    def start(self, handle: Handle) -> Exception | None:
        """Emit 'connection_attempt' and connect.

        Returns:
            What went wrong at once, a UVError, or what a hook or list has raised. Without an error
            it is pending; or not, when a listener or hook has destroyed the socket.
        """
        self.socket.emit("connection_attempt", self.address, self.port, self.family)
        if not current(self.socket, handle):
            return None
        blocked = self.blocked()
        if blocked is not None:
            return blocked
        if debug is not None:
            where = (
                repr(self.address) if self.family is None else f"{self.address} port {self.port}"
            )
            debug("%s: attempt to connect to %s", name_of(self.socket), where)
        try:
            status = self.connect(handle)
        except Exception as exc:
            return exc
        if not status or not current(self.socket, handle):
            return None
        if isinstance(handle, _core.Pipe):
            return self.error(status)
        ours = handle.getsockname()
        self.local = None if isinstance(ours, int) else (ours[0], ours[2])
        return self.error(status)

    def connect(self, handle: Handle) -> int:
        """Connect; return a status."""
        if isinstance(handle, _core.Pipe):
            return handle.connect(self, self.address)
        connect = handle.connect if self.family == 4 else handle.connect6
        return connect(self, self.address, self.port or 0)

    def blocked(self) -> Exception | None:
        """Return ERR_IP_BLOCKED if the socket's block list forbids the address.

        Or what the check() of a subclass raises.
        """
        rules = self.socket.block_list
        if rules is None or self.family is None:
            return None
        try:
            blocked = rules.check(self.address, f"ipv{self.family}")
        except Exception as exc:
            return exc
        return ERR_IP_BLOCKED(self.address) if blocked else None

    def error(self, status: int) -> UVError:
        """Return what a status means: `connect ECONNREFUSED 127.0.0.1:80`."""
        if self.family is None:
            return uv_error(status, "connect", path=self.address)
        local_address, local_port = self.local or (None, None)
        return uv_error(
            status,
            "connect",
            address=self.address,
            port=self.port or None,
            local_address=local_address,
            local_port=local_port,
        )

    def failed(self, error: Exception) -> None:
        """Emit 'connection_attempt_failed'."""
        if debug is not None:
            debug("%s: attempt failed: %s", name_of(self.socket), error)
        self.socket.emit("connection_attempt_failed", self.address, self.port, self.family, error)


def connected(socket: Socket, handle: Handle) -> None:
    """Make the socket what it is from 'connect' on. Node: afterConnect."""
    socket.connecting = False
    socket._sockname = None
    readable = handle.readable
    if socket.readable and not readable:
        socket.push(None)
        socket.read()
    if socket.writable and not handle.writable:
        socket.end()
    socket._refresh_timeout()
    socket._apply_settings()
    if debug is not None:
        debug("%s: connected, %s", name_of(socket), ends_of(handle))
    try:
        socket.emit("connect")
        socket.emit("ready")
    finally:  # whatever a listener raises
        socket._connected()
        if readable and not socket.is_paused():
            socket.read(0)  # starts reading, or finds that the peer has ended already

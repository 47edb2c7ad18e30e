"""Socket: a TCP connection, or one on a Unix socket, as a Duplex stream. Node: net.Socket"""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Self, Unpack

from uvnet import _core, abort
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_MISSING_ARGS,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_CLOSED_BEFORE_CONNECTION,
    uv_error,
)
from uvnet.net import _connect
from uvnet.net._address import Address, address_from
from uvnet.net._arguments import normalize
from uvnet.net._block_list import BlockList, check_block_list
from uvnet.net._bound_socket import BoundSocket
from uvnet.net._channels import client_socket
from uvnet.net._connect import ConnectOptions
from uvnet.net._debug import debug, name_of
from uvnet.net._descriptor import handle_for
from uvnet.net._onread import OnRead, check_onread
from uvnet.net._splice import SpliceBase
from uvnet.net._validators import validate_delay, validate_fd, validate_int, validate_path
from uvnet.net._waiting import pass_tick, wait_for
from uvnet.stream.add_abort_signal import add_abort_signal
from uvnet.stream.duplex import Duplex
from uvnet.stream.state import get_default_high_water_mark

if TYPE_CHECKING:
    from uvnet.abort import AbortSignal
    from uvnet.dns import LookupRequest
    from uvnet.net._server import Server


class Socket(SpliceBase, Duplex):
    """A TCP connection, or one on a Unix socket: connected to, accepted, or adopted.

    Node: net.Socket

    Args:
        fd: A connected descriptor, which becomes the socket's.
        handle: A TCP or Pipe of uvnet._core, or a BoundSocket (since v26), which becomes the
            socket's.
        allow_half_open: Whether it stays writable when the peer has ended; end() is up to the user
            then. By default it ends itself.
        readable, writable: Of an `fd` or `handle`, whether to read from it and to write to it.
        onread: Read into a buffer, see OnRead; 'data' is not emitted then. A plain pair will do.
        signal: An AbortSignal that destroys the socket with an AbortError. Once it is aborted,
            connect() does nothing: the socket stays destroyed.
        no_delay, keep_alive, keep_alive_initial_delay, type_of_service: As by the methods
            set_no_delay(), set_keep_alive() and set_type_of_service(), when it has connected.
        high_water_mark: In bytes, for both directions; None, the default, for what streams have.
        readable_high_water_mark, writable_high_water_mark: For one direction.
        block_list: A BlockList: connect() fails with ERR_IP_BLOCKED where the address is one that
            it forbids. Not on a Unix socket. An attribute too.

    Attributes:
        connecting: Whether connect() has been called and is not decided yet.
        server: The Server that accepted it, or None.
        timeout: The milliseconds given to set_timeout(), or None.
        bytes_read: What the peer has sent, in bytes.
        bytes_written: What has been written, what waits to be sent included, in bytes.
        auto_select_family_attempted_addresses: 'address:port' of each attempt, if the host of
            connect() had several addresses; else None.

    Events:
        'lookup'(error, address, family, host): The host has been looked up; for each address.
        'connection_attempt'(address, port, family): It starts to connect. On a Unix socket the
            path, None and None.
        'connection_attempt_failed'(address, port, family, error), and
        'connection_attempt_timeout'(address, port, family): One of several addresses did not do.
        'connect'(), then 'ready'(): It is connected.
        'data'(chunk), 'end'(), 'drain'(), 'finish'() and the others of Duplex.
        'timeout'(): Nothing happened for the time of set_timeout().
        'error'(error): It broke; 'close' follows.
        'close'(had_error): It is closed; had_error is None if it never had a handle.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_FD_TYPE, ERR_OUT_OF_RANGE: An
            option is wrong.
        UVError: The descriptor cannot be opened.
    """

    __slots__ = ()

    # Found here unless set, so that an accepted socket has no dictionary.
    auto_select_family_attempted_addresses: list[str] | None = None
    _no_delay: bool | None = None
    _keep_alive: tuple[bool, int, int | None, int | None] | None = None
    _type_of_service: int | None = None
    _signal: AbortSignal | None = None
    _bound: Address | str | None = None  # the end of ours that a BoundSocket had
    _lookup: LookupRequest | None = None  # of the host to connect to
    block_list: BlockList | None = None

    def __init__(
        self,
        *,
        fd: int | None = None,
        handle: _core.TCP | _core.Pipe | BoundSocket | None = None,
        allow_half_open: bool = False,
        readable: bool = True,
        writable: bool = True,
        onread: OnRead | tuple[Any, Callable[[int, Any], object]] | None = None,
        signal: AbortSignal | None = None,
        no_delay: bool = False,
        keep_alive: bool = False,
        keep_alive_initial_delay: float | None = 0,
        type_of_service: int | None = None,
        high_water_mark: int | None = None,
        readable_high_water_mark: int | None = None,
        writable_high_water_mark: int | None = None,
        block_list: BlockList | None = None,
        object_mode: bool = False,
        readable_object_mode: bool = False,
        writable_object_mode: bool = False,
    ) -> None:
        objects = {
            "object_mode": object_mode,
            "readable_object_mode": readable_object_mode,
            "writable_object_mode": writable_object_mode,
        }
        for name, value in objects.items():
            if value:
                raise ERR_INVALID_ARG_VALUE(name, value, "is not supported")
        delay = validate_delay(keep_alive_initial_delay, "keep_alive_initial_delay")
        if type_of_service is not None:
            validate_int(type_of_service, "type_of_service", 0, 255)
        if signal is not None:
            abort.validate(signal, "signal")
        check_block_list(block_list)
        pair = None if onread is None else check_onread(onread)
        Duplex.__init__(
            self,
            allow_half_open=bool(allow_half_open),
            readable=readable,
            writable=writable,
            high_water_mark=high_water_mark,
            readable_high_water_mark=readable_high_water_mark,
            writable_high_water_mark=writable_high_water_mark,
            emit_close=False,
            decode_strings=True,
        )
        if allow_half_open:
            self.allow_half_open = True
        self._onread = pair
        if no_delay:
            self._no_delay = True
        if keep_alive:
            self._keep_alive = (True, int(delay) // 1000, None, None)
        if type_of_service is not None:
            self._type_of_service = type_of_service
        if block_list is not None:
            self.block_list = block_list
        if isinstance(handle, BoundSocket):
            self._bound = handle.address()
            self._attach(handle._adopt())
            self._unconnected = True
        else:
            if handle is None and fd is not None:
                handle = opened(fd)
            if handle is not None:
                if not isinstance(handle, (_core.TCP, _core.Pipe)):
                    raise ERR_INVALID_ARG_TYPE("handle", ["TCP", "Pipe", "BoundSocket"], handle)
                self._attach(handle)
                if readable and handle.readable:
                    self.read(0)
        if signal is not None:
            self._signal = signal
            add_abort_signal(signal, self)

    @classmethod
    def _accepted(cls, handle: _core.TCP | _core.Pipe, server: Server) -> Self:
        """Make the socket of a connection that a server has accepted; without __init__, to be lean.

        It has no dictionary and no listeners before the user adds some.
        """
        self = cls.__new__(cls)
        mark = server.high_water_mark
        if mark is not None and mark != get_default_high_water_mark(False):
            self._set_sides(False, True, True, (mark, None, None), False, False, None, True, None)
        if server.allow_half_open:
            self.allow_half_open = True
        onread = server._onread
        if onread is not None:
            self._onread = onread if isinstance(onread, OnRead) else check_onread(onread(self))
        self._attach(handle)
        if isinstance(handle, _core.TCP):
            if server.no_delay:
                handle.set_no_delay(True)
            if server.keep_alive:
                handle.set_keep_alive(True, int(server.keep_alive_initial_delay) // 1000)
        if server.pause_on_connect:
            self.readable_flowing = False
        else:
            self.read(0)
        self.server = server
        return self

    # -------------------------------------------------------------------- connecting

    def connect(self, *args: Any, **options: Unpack[ConnectOptions]) -> Self:
        """Connect. 'connect' follows, or 'error'. Node: socket.connect

        Forms, each with options and a callback, once called on 'connect', as well:
            connect(port, host="localhost")
            connect(path): To a Unix socket; a string that reads like a number is a port. A leading
                NUL makes an abstract name (Linux).

        A socket that has closed may connect again, as if it were new.

        Args:
            port: A number, or a string that stands for one.
            host: A name or literal.
            path: Instead of both.
            local_address, local_port: Which end of ours to connect from. A BoundSocket has one.
            family: 4, 6 or, the default, 0 for addresses of both.
            hints: ADDRCONFIG, V4MAPPED and ALL of uvnet.dns, for the lookup. By default ADDRCONFIG
                unless a family is given.
            lookup: Looks up the host, unless it is a literal, instead of uvnet.dns.lookup():
                lookup(host, callback, *, family, hints, all) calls callback(error, address,
                family), or with `all` callback(error, [(address, family), ...]).
            auto_select_family: Whether to try all addresses of the host, in turn; not with a
                family or a local address.
            auto_select_family_attempt_timeout: Milliseconds that each but the last may take, from
                10.
            no_delay, keep_alive, keep_alive_initial_delay: As of the constructor.

        Raises:
            ERR_MISSING_ARGS: There is neither a port nor a path.
            ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_INVALID_IP_ADDRESS, ERR_OUT_OF_RANGE,
            ERR_SOCKET_BAD_PORT: An argument is wrong. System errors are events.
        """
        chosen, callback = normalize("connect", args, dict(options), _connect.OPTIONS)
        if client_socket.has_subscribers:
            client_socket.publish(SimpleNamespace(socket=self))
        if callback is not None:
            self.once("connect", callback)
        path = chosen.get("path")
        if path is None and chosen.get("port") is None:
            raise ERR_MISSING_ARGS(["port", "path"])
        name = validate_path(path) if path else ""
        if self._bound is not None and self._handle is not None:
            _connect.check_bound(self._bound, chosen)
        target = None if name else _connect.tcp_target(chosen)
        self._remember(chosen)
        if self._signal is not None and self._signal.aborted:
            return self
        if self.destroyed:
            self._peername = self._sockname = self.server = None
        if self._handle is None:
            self._bound = None
            self._undestroy()
            self._attach(_core.Pipe() if name else _core.TCP())
        self._refresh_timeout()
        self._sockname = None  # what a bound socket has said may become more exact
        self.connecting = True
        if debug is not None:
            where = repr(name) if target is None else f"{target.host} port {target.port}"
            debug("%s: connect to %s", name_of(self), where)
        if target is None:
            _connect.connect_pipe(self, name)
        else:
            _connect.connect_tcp(self, target)
        return self

    @property
    def pending(self) -> bool:
        """Whether it is not connected: not yet, or not any more."""
        return self._handle is None or self.connecting

    @property
    def ready_state(self) -> str:
        """'opening' while it connects, then 'open', 'read_only', 'write_only' or 'closed'."""
        if self.connecting:
            return "opening"
        if self.readable:
            return "open" if self.writable else "read_only"
        return "write_only" if self.writable else "closed"

    def __await__(self) -> Generator[Any, None, Self]:
        """Wait until it is connected.

        Returns:
            The socket.

        Raises:
            Exception: What 'error' came with; ERR_SOCKET_CLOSED if it is destroyed without one,
                ERR_SOCKET_CLOSED_BEFORE_CONNECTION if that happens meanwhile.
        """
        return self._until_connected().__await__()

    async def _until_connected(self) -> Self:
        if self.destroyed:
            await pass_tick(self)
            raise self.errored or ERR_SOCKET_CLOSED()
        if self.pending:
            await wait_for(self, "connect", ERR_SOCKET_CLOSED_BEFORE_CONNECTION)
        return self

    # --------------------------------------------------------------------- addresses

    def address(self) -> Address | None:
        """Return the address of this end; None unless it is connected, by TCP."""
        handle = self._handle
        if not isinstance(handle, _core.TCP):
            return None
        if self._sockname is None:
            self._sockname = address_from(handle.getsockname())
        return self._sockname

    def _peer(self) -> Address | None:
        handle = self._handle
        if self._peername is None and isinstance(handle, _core.TCP) and not self.connecting:
            self._peername = address_from(handle.getpeername())
        return self._peername

    @property
    def local_address(self) -> str | None:
        """The IP address of this end; None when there is none.

        The path, of a Unix socket that was a BoundSocket.
        """
        if isinstance(self._bound, str):
            return self._bound
        found = self.address()
        return found and found.address

    @property
    def local_port(self) -> int | None:
        """The port of this end."""
        found = self.address()
        return found and found.port

    @property
    def local_family(self) -> str | None:
        """'IPv4' or 'IPv6'."""
        found = self.address()
        return found and found.family

    @property
    def remote_address(self) -> str | None:
        """The IP address of the peer. Once asked for, it stays known when the socket closes."""
        found = self._peer()
        return found and found.address

    @property
    def remote_port(self) -> int | None:
        """The port of the peer, as remote_address."""
        found = self._peer()
        return found and found.port

    @property
    def remote_family(self) -> str | None:
        """'IPv4' or 'IPv6', as remote_address."""
        found = self._peer()
        return found and found.family

    # ----------------------------------------------------------------------- options

    def set_no_delay(self, enable: bool = True) -> Self:
        """Turn Nagle's algorithm off, or on again: whether small writes leave at once.

        Before the connection is there, it is remembered. Node: socket.setNoDelay
        """
        enable = bool(enable)
        handle = self._handle
        if handle is None or (isinstance(handle, _core.TCP) and enable is not self._no_delay):
            self._no_delay = enable
            if handle is not None:
                handle.set_no_delay(enable)
        return self

    def set_keep_alive(
        self,
        enable: bool = False,
        initial_delay: float | None = 0,
        interval: float | None = None,
        count: int | None = None,
    ) -> Self:
        """Turn probes of an idle connection on or off.

        Before the connection is there, it is remembered. Node: socket.setKeepAlive

        Args:
            enable: Whether to probe.
            initial_delay: Milliseconds of silence before the first probe, in whole seconds; 0
                leaves it, and what follows, to the system.
            interval: Milliseconds between probes, in whole seconds, at least one. Default: 1000.
            count: Probes without an answer before the connection counts as broken. Default: 10.

        Raises:
            ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE: An argument is no such number.
        """
        delay = int(validate_delay(initial_delay, "initial_delay")) // 1000
        seconds = None
        if interval is not None:
            seconds = max(int(validate_delay(interval, "interval")) // 1000, 1)
        if count is not None:
            count = validate_int(count, "count", 1)
        wanted = (bool(enable), delay, seconds, count)
        handle = self._handle
        if handle is None:
            self._keep_alive = wanted
        elif isinstance(handle, _core.TCP):
            current = self._keep_alive
            if current is None or wanted[0] is not current[0] or (enable and wanted != current):
                self._keep_alive = wanted
                set_keep_alive(handle, wanted)
        return self

    def set_type_of_service(self, tos: int) -> Self:
        """Set the type-of-service byte of outgoing packets: DSCP and ECN.

        Before the connection is there, it is remembered. Node: socket.setTypeOfService, since v24

        Args:
            tos: 0 to 255.

        Raises:
            ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE: It is no such number.
            UVError: The system does not let it be set.
        """
        tos = validate_int(tos, "tos", 0, 255)
        handle = self._handle
        if isinstance(handle, _core.TCP) and tos != self._type_of_service:
            status = handle.set_type_of_service(tos)
            if status:
                raise uv_error(status, "set_type_of_service")
        self._type_of_service = tos
        return self

    def get_type_of_service(self) -> int:
        """Return the type-of-service byte; what was set, before the connection is there.

        Node: socket.getTypeOfService, since v24

        Raises:
            UVError: The system does not say, or there is no descriptor yet.
        """
        handle = self._handle
        if not isinstance(handle, _core.TCP):
            return self._type_of_service or 0
        found = handle.get_type_of_service()
        if found < 0:
            raise uv_error(found, "get_type_of_service")
        return found

    def _remember(self, options: dict[str, Any]) -> None:
        """Keep what connect() was told to set."""
        delay = validate_delay(options.get("keep_alive_initial_delay"), "keep_alive_initial_delay")
        if options.get("no_delay"):
            self._no_delay = True
        if options.get("keep_alive"):
            self._keep_alive = (True, int(delay) // 1000, None, None)

    def _apply_settings(self) -> None:
        """Set what was remembered; called when the socket has connected."""
        handle = self._handle
        if not isinstance(handle, _core.TCP):
            return
        if self._no_delay:
            handle.set_no_delay(True)
        if self._keep_alive is not None and self._keep_alive[0]:
            set_keep_alive(handle, self._keep_alive)
        if self._type_of_service is not None:
            status = handle.set_type_of_service(self._type_of_service)
            if status and status != _core.UV_EBADF:
                self.emit("error", uv_error(status, "set_type_of_service"))

    # --------------------------------------------------------------------- the loop

    def ref(self) -> Self:
        """Let the socket keep the loop alive, as by default. Node: socket.ref"""
        if self._handle is None:
            self.once("connect", self.ref)
        else:
            self._handle.ref()
        return self

    def unref(self) -> Self:
        """Let the loop end although the socket is open. Node: socket.unref"""
        if self._handle is None:
            self.once("connect", self.unref)
        else:
            self._handle.unref()
        return self


def opened(fd: int) -> _core.TCP | _core.Pipe:
    """Return a handle that has adopted a descriptor.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_FD_TYPE, ERR_OUT_OF_RANGE: It is no TCP socket or pipe.
        UVError: It cannot be opened; it is still the caller's.
    """
    number = validate_fd(fd)
    handle = handle_for(number)
    status = handle.open(number)
    if status:
        handle.close()
        raise uv_error(status, "open")
    return handle


def set_keep_alive(handle: _core.TCP, wanted: tuple[bool, int, int | None, int | None]) -> None:
    """Pass (enable, delay, interval, count) on, times in seconds; None is the default."""
    enable, delay, interval, count = wanted
    if interval is None and count is None:
        handle.set_keep_alive(enable, delay)
    else:
        handle.set_keep_alive(enable, delay, interval or 1, count or 10)

"""Server: listens, and makes a Socket of every connection. Node: net.Server"""

from __future__ import annotations

from collections.abc import Callable, Generator
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from uvnet import _core, dns
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SERVER_ALREADY_LISTEN,
    ERR_SERVER_NOT_RUNNING,
    uv_error,
)
from uvnet.events import EventEmitter
from uvnet.net import _listen
from uvnet.net._address import Address, address_from, dropped
from uvnet.net._arguments import normalize
from uvnet.net._block_list import BlockList, check_block_list
from uvnet.net._channels import server_listen, server_socket
from uvnet.net._debug import address_text, debug, ends_of, name_of
from uvnet.net._listen import ListenOptions
from uvnet.net._onread import OnRead, check_onread
from uvnet.net._socket import Socket
from uvnet.net._validators import INT32_MAX, validate_callable, validate_delay, validate_int
from uvnet.net._waiting import wait_for
from uvnet.stream.state import get_default_high_water_mark

if TYPE_CHECKING:
    from uvnet.abort import AbortSignal

OnReadOption = OnRead | tuple[Any, Callable[[int, Any], object]] | Callable[[Socket], Any]


class Server(EventEmitter):
    """A TCP server, or one on a Unix socket. Node: net.Server

    Args:
        connection_listener: Listens to 'connection'; it may be a coroutine function.
        allow_half_open: Whether an accepted socket stays writable when the client has ended; it
            must be ended explicitly then.
        pause_on_connect: Whether accepted sockets are paused: nothing is read from one before its
            resume().
        no_delay: Turn off Nagle's algorithm on accepted sockets.
        keep_alive: Turn on keep-alive on accepted sockets.
        keep_alive_initial_delay: Milliseconds of silence before the first probe, in whole seconds;
            0, the default, leaves it to the system.
        high_water_mark: Of accepted sockets, in bytes, for both directions; None, the default, and
            a negative number for what streams have: 65536.
        onread: Accepted sockets read into buffers, see OnRead, and do not emit 'data'. Either a
            pair whose buffer is a function, so that each socket has buffers of its own; or a
            function that is called with each new socket and returns its pair. Not in Node.
        block_list: A BlockList: who connects from an address that it forbids is closed at once,
            without any event. Not on a Unix socket. Without one, a handle or server that it listens
            on keeps its own.

    Attributes:
        max_connections: How many connections there may be at a time: further ones are closed, with
            a 'drop' event. 0 for none at all; None, the default, for any number.
        drop_max_connection: Without effect outside a cluster. False.
        block_list: As given. Another one, or None, counts for who connects from then on.
        allow_half_open, pause_on_connect, no_delay, keep_alive, keep_alive_initial_delay,
            high_water_mark: As given.

    Events:
        'listening'(): It listens.
        'connection'(socket): A connection was accepted. When a coroutine of a listener raises, the
            socket is destroyed with that error.
        'drop'(data): A connection was closed because of max_connections. data has the addresses of
            both ends, see Dropped; it is None on a Unix socket.
        'error'(error): It cannot listen, or a connection could not be accepted. 'close' does not
            follow; it may listen again.
        'close'(): It does not listen any more, and its last connection has been destroyed.

    Raises:
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE: An option is wrong.
    """

    # What there is before __init__, and where a subclass does not call it.
    allow_half_open = False
    pause_on_connect = False
    no_delay = False
    keep_alive = False
    keep_alive_initial_delay: float = 0
    high_water_mark: int | None = None
    max_connections: int | None = None
    _drop_max_connection = False
    _block_list: BlockList | None = None
    _onread: Any = None  # OnRead, or what makes one for a socket
    _handle: _core.TCP | _core.Pipe | None = None
    _loop: _core.Loop | None = None  # where it listened last
    _connections = 0
    _connection_key: str | None = None
    _listening_id = 0  # of the latest listen() or close()
    _lookup: dns.LookupRequest | None = None  # of the host to listen on
    _pending = False  # listen() has been called, and has neither failed nor been emitted
    _unref = False
    _signal: AbortSignal | None = None

    def __init__(
        self,
        connection_listener: Callable[[Socket], object] | None = None,
        *,
        allow_half_open: bool = False,
        pause_on_connect: bool = False,
        no_delay: bool = False,
        keep_alive: bool = False,
        keep_alive_initial_delay: float | None = 0,
        high_water_mark: int | None = None,
        onread: OnReadOption | None = None,
        block_list: BlockList | None = None,
    ) -> None:
        super().__init__()
        if connection_listener is not None:
            validate_callable(connection_listener, "connection_listener")
        if high_water_mark is not None:
            high_water_mark = validate_int(high_water_mark, "high_water_mark", -INT32_MAX)
            if high_water_mark < 0:
                high_water_mark = None
        self.block_list = block_list
        self.allow_half_open = bool(allow_half_open)
        self.pause_on_connect = bool(pause_on_connect)
        self.no_delay = bool(no_delay)
        self.keep_alive = bool(keep_alive)
        self.keep_alive_initial_delay = validate_delay(
            keep_alive_initial_delay, "keep_alive_initial_delay"
        )
        if high_water_mark is None:
            high_water_mark = get_default_high_water_mark(False)
        self.high_water_mark = high_water_mark
        if onread is not None:
            self._onread = check_server_onread(onread)
        if connection_listener is not None:
            self.on("connection", connection_listener)

    # --------------------------------------------------------------------- listening

    def listen(self, *args: Any, **options: Unpack[ListenOptions]) -> Self:
        """Start listening. 'listening' follows, or 'error'. Node: server.listen

        Forms, each with options and a callback, once called on 'listening', as well:
            listen(port=0, host=None, backlog=511): port 0 is any free one. Without a host it
                listens on all addresses, IPv6 and IPv4, and does so at once; the host is looked up
                even if it is a literal.
            listen(path, backlog=511): On a Unix socket. The path must not exist, and is removed by
                close() unless another file is there by then. A leading NUL makes an abstract name
                (Linux).
            listen(handle, backlog=511): On a bound TCP or Pipe of uvnet._core, a BoundSocket (since
                v26), or what has one as `_handle` or `handle`, or a descriptor as `fd`. It becomes
                the server's. On another server, both have its handle, connections go to this
                one, and it is closed when either closes.

        Args:
            port: A number, or a string that stands for one.
            host: A name or literal.
            path: Instead of a port; a port outranks it.
            backlog: How many connections may wait to be accepted. The system has a limit too.
            ipv6_only: Whether '::' takes no IPv4 clients.
            reuse_port: Whether several servers may share the port, the system distributing the
                connections.
            readable_all, writable_all: Give all users these rights to a Unix socket.
            signal: An AbortSignal that closes the server.
            fd: A bound descriptor, which becomes the server's.
            handle: As the positional one.
            exclusive: Without effect outside a cluster.

        Raises:
            ERR_SERVER_ALREADY_LISTEN: It listens.
            ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_SOCKET_BAD_PORT: An
                argument is wrong. System errors are events.
        """
        chosen, callback = normalize("listen", args, dict(options), _listen.OPTIONS)
        if self._handle is not None:
            raise ERR_SERVER_ALREADY_LISTEN()
        if server_listen.has_subscribers:
            server_listen.async_start.publish(SimpleNamespace(server=self, options=chosen))
        if callback is not None:
            self.once("listening", callback)
        self._call_off_listening()
        self._pending = True
        try:
            _listen.start(self, chosen)
        except BaseException:
            self._pending = False
            self._forget_signal()
            raise
        return self

    def _call_off_listening(self) -> None:
        """Let nothing come of an earlier listen() whose host is being looked up."""
        self._listening_id += 1
        request, self._lookup = self._lookup, None
        if request is not None:
            request.cancel()

    def _listens(self, handle: _core.TCP | _core.Pipe, key: str) -> None:
        """Take a handle that listens."""
        self._handle = handle
        self._loop = handle.loop
        if debug is not None:
            debug("%s: listens on %s", name_of(self), address_text(handle.getsockname()))
        if server_listen.has_subscribers:
            server_listen.async_end.publish(SimpleNamespace(server=self))
        self._connection_key = key
        if self._unref:
            handle.unref()
        self._next_tick(self._emit_listening, handle)

    def _emit_listening(self, handle: _core.TCP | _core.Pipe) -> None:
        if self._handle is handle:  # it was not closed meanwhile
            self._pending = False
            self.emit("listening")

    def _failed(self, error: Exception | None) -> None:
        self._pending = False
        self.emit("error", error)

    def _next_tick(self, callback: Callable[..., object], *args: Any) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            loop = _core.current_loop()
        loop.next_tick(callback, *args)

    @property
    def listening(self) -> bool:
        """Whether it listens."""
        return self._handle is not None

    def address(self) -> Address | str | None:
        """Return what it listens on: an Address, or the path of a Unix socket, or None.

        Raises:
            UVError: The system does not say.
        """
        handle = self._handle
        if handle is None:
            return None
        found = handle.getsockname()
        if isinstance(found, int):
            raise uv_error(found, "address")
        return found if isinstance(found, str) else address_from(found)

    # ------------------------------------------------------------------- connections

    def _on_connection(self, status: int, client: Any) -> None:
        if status:
            error = uv_error(status, "accept")
            if debug is not None:
                debug("%s: %s", name_of(self), error)
            self.emit("error", error)
            return
        if self.max_connections is not None and self._connections >= self.max_connections:
            if debug is not None:
                debug("%s: drop %s: too many connections", name_of(self), ends_of(client))
            try:
                self.emit("drop", dropped(client))
            finally:
                client.close()
            return
        try:
            socket = Socket._accepted(client, self)
        except BaseException:
            client.close()
            raise
        self._connections += 1
        if debug is not None:
            debug("%s: accepted %s, %s", name_of(self), name_of(socket), ends_of(client))
        self.emit("connection", socket)
        if server_socket.has_subscribers:
            server_socket.publish(SimpleNamespace(socket=socket))

    def _connection_closed(self) -> None:
        """A socket of this server was destroyed."""
        self._connections -= 1
        self._close_if_drained()

    def get_connections(self, callback: Callable[[Exception | None, int], object]) -> Self:
        """Count the connections that there are. Node: server.getConnections

        Args:
            callback: Called on the next tick with callback(None, count).

        Raises:
            ERR_INVALID_ARG_TYPE: `callback` cannot be called.
        """
        validate_callable(callback, "callback")
        self._next_tick(callback, None, self._connections)
        return self

    @property
    def drop_max_connection(self) -> bool:
        return self._drop_max_connection

    @drop_max_connection.setter
    def drop_max_connection(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise ERR_INVALID_ARG_TYPE("drop_max_connection", "boolean", value)
        self._drop_max_connection = value

    @property
    def block_list(self) -> BlockList | None:
        return self._block_list

    @block_list.setter
    def block_list(self, value: BlockList | None) -> None:
        check_block_list(value)
        if isinstance(self._handle, _core.TCP):
            self._handle.set_block_rules(None if value is None else value._rules)
        self._block_list = value

    def on_rejection(self, error: Exception, event: str, *args: Any) -> None:
        """A listener's coroutine has raised. Node: captureRejections"""
        if event == "connection" and args and isinstance(args[0], Socket):
            args[0].destroy(error)
        else:
            self.emit("error", error)

    # ------------------------------------------------------------------------- close

    def close(self, callback: Callable[[Exception | None], object] | None = None) -> Self:
        """Stop listening, at once; 'close' follows when the last connection is gone.

        Node: server.close

        Args:
            callback: Called on 'close' with None, or with ERR_SERVER_NOT_RUNNING if the server did
                not listen.

        Raises:
            ERR_INVALID_ARG_TYPE: `callback` cannot be called.
        """
        if callback is not None:
            validate_callable(callback, "callback")
            error = ERR_SERVER_NOT_RUNNING() if self._handle is None else None
            self.once("close", lambda: callback(error))
        self._call_off_listening()
        self._pending = False
        self._forget_signal()
        handle, self._handle = self._handle, None
        if debug is not None:
            debug("%s: close, with %d connections", name_of(self), self._connections)
        if handle is not None:
            handle.close()
        self._close_if_drained()
        return self

    def _close_if_drained(self) -> None:
        if self._handle is None and self._connections == 0:
            self._next_tick(self.emit, "close")

    def _follow(self, signal: AbortSignal) -> None:
        """Close the server when the signal says so."""
        self._forget_signal()
        if signal.aborted:
            self._next_tick(self.close)
        else:
            self._signal = signal
            signal.add_listener(self.close)

    def _forget_signal(self) -> None:
        signal, self._signal = self._signal, None
        if signal is not None:
            signal.remove_listener(self.close)

    def ref(self) -> Self:
        """Let the server keep the loop alive while it listens, as by default."""
        self._unref = False
        if self._handle is not None:
            self._handle.ref()
        return self

    def unref(self) -> Self:
        """Let the loop end although the server listens, or will listen."""
        self._unref = True
        if self._handle is not None:
            self._handle.unref()
        return self

    # ------------------------------------------------------------------------- async

    def __await__(self) -> Generator[Any, None, Self]:
        """Wait until it listens.

        Returns:
            The server.

        Raises:
            Exception: What 'error' came with; ERR_SERVER_NOT_RUNNING if it was closed.
        """
        return self._until_listening().__await__()

    async def _until_listening(self) -> Self:
        if self._handle is None:
            await wait_for(self, "listening", ERR_SERVER_NOT_RUNNING)
        return self

    async def __aenter__(self) -> Self:
        """Wait until it listens, if listen() has been called."""
        return await self if self._pending else self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it, if it listens, and wait for 'close'. Node: server[Symbol.asyncDispose]

        An exception, such as a cancellation, does not wait for clients to leave.
        """
        if self._handle is not None:
            self.close()
            if kind is None:
                await wait_for(self, "close")


def check_server_onread(value: Any) -> Any:
    """Return the OnRead of a server, or the function that makes one for each socket.

    Raises:
        ERR_INVALID_ARG_TYPE: It is neither.
        ERR_INVALID_ARG_VALUE: Its buffer would be shared by all sockets.
    """
    if callable(value):
        return value
    onread = check_onread(value)
    if not callable(onread.buffer):
        raise ERR_INVALID_ARG_VALUE(
            "onread.buffer",
            onread.buffer,
            "must be a function that returns a buffer: sockets cannot share one",
        )
    return onread

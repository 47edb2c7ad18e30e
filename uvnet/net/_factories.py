"""The functions that make sockets and servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvnet.net._block_list import BlockList
from uvnet.net._connect import OPTIONS
from uvnet.net._server import OnReadOption, Server
from uvnet.net._socket import Socket


def create_server(
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
) -> Server:
    """Make a Server, which has the description of the arguments. Node: net.createServer"""
    return Server(
        connection_listener,
        allow_half_open=allow_half_open,
        pause_on_connect=pause_on_connect,
        no_delay=no_delay,
        keep_alive=keep_alive,
        keep_alive_initial_delay=keep_alive_initial_delay,
        high_water_mark=high_water_mark,
        onread=onread,
        block_list=block_list,
    )


def connect(*args: Any, timeout: float | None = None, **options: Any) -> Socket:
    """Make a Socket and connect it. Node: net.connect

    Args:
        args: As for Socket.connect(): port[, host][, callback], or path[, callback].
        timeout: The idle timeout in milliseconds, as by Socket.set_timeout(), from now on.
        options: Those of Socket and of Socket.connect().

    Returns:
        The socket; await it for the connection.

    Raises:
        ERR_MISSING_ARGS: There is neither a port nor a path.
        ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE, ERR_SOCKET_BAD_PORT: An
            argument is wrong. System errors are events.
    """
    where = {name: options.pop(name) for name in options.keys() & OPTIONS}
    socket = Socket(**options)
    if timeout:
        socket.set_timeout(timeout)
    return socket.connect(*args, **where)


create_connection = connect

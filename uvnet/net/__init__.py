"""Node's net: TCP and Unix socket servers and clients as streams.

Start:
    server = net.create_server(on_connection).listen(8000)
    socket = net.connect(8000, "localhost", on_connect)

Times are in milliseconds.
"""

from __future__ import annotations

from uvnet.net._address import Address, Dropped
from uvnet.net._auto_select import (
    get_default_auto_select_family,
    get_default_auto_select_family_attempt_timeout,
    set_default_auto_select_family,
    set_default_auto_select_family_attempt_timeout,
)
from uvnet.net._block_list import BlockList
from uvnet.net._bound_socket import BoundSocket
from uvnet.net._factories import connect, create_connection, create_server
from uvnet.net._ip import is_ip, is_ipv4, is_ipv6
from uvnet.net._onread import OnRead
from uvnet.net._server import Server
from uvnet.net._socket import Socket
from uvnet.net._socket_address import SocketAddress

Stream = Socket  # its old name in Node

__all__ = [
    "Address",
    "BlockList",
    "BoundSocket",
    "Dropped",
    "OnRead",
    "Server",
    "Socket",
    "SocketAddress",
    "Stream",
    "connect",
    "create_connection",
    "create_server",
    "get_default_auto_select_family",
    "get_default_auto_select_family_attempt_timeout",
    "is_ip",
    "is_ipv4",
    "is_ipv6",
    "set_default_auto_select_family",
    "set_default_auto_select_family_attempt_timeout",
]

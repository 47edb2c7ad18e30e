"""lookup_service(): the name of an address, and of a port. Node: dns.lookupService"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import NamedTuple

from uvnet import _core
from uvnet._validators import is_number, validate_callable, validate_port
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_BAD_PORT,
    DNSError,
)


class LookupService(NamedTuple):
    """The names of an address and of a port.

    Attributes:
        hostname: The name of the host: 'localhost'.
        service: That of the service, 'http', or the port's number if it has no name.
    """

    hostname: str
    service: str


ServiceCallback = Callable[[DNSError | None, str | None, str | None], object]


class LookupServiceRequest(_core.GetNameInfoReq):
    """A lookup of an address that is under way. Made by lookup_service().

    Attributes:
        hostname: The address that is looked up. (Node: hostname)
    """

    __slots__ = ("_callback", "hostname")

    def __init__(self, hostname: str, callback: ServiceCallback) -> None:
        super().__init__(_completed)
        self.hostname = hostname
        self._callback: ServiceCallback | None = callback

    def cancel(self) -> int:
        """Give the lookup up: its callback is not called any more.

        Returns:
            As LookupRequest.cancel().
        """
        self._callback = None
        return super().cancel()


def lookup_service(
    address: str, port: int | str, callback: ServiceCallback
) -> LookupServiceRequest | None:
    """Look up the names of an address and of a port, as getnameinfo(3), in libuv's thread pool.

    Node: dns.lookupService

    Args:
        address: An IP literal.
        port: A number, or a string that stands for one.
        callback: Called later with callback(error, hostname, service). `error` is None or a
            DNSError, ENOTFOUND if the address has no name; the others are None after an error.

    Returns:
        The request, whose cancel() gives it up; or None when there is nothing to wait for.

    Raises:
        ERR_INVALID_ARG_TYPE: `address` is no str, or `callback` cannot be called.
        ERR_INVALID_ARG_VALUE: `address` is no literal.
        ERR_SOCKET_BAD_PORT: `port` is nothing from 0 to 65535.
        RuntimeError: A loop that is not uvnet's is running in this thread.
    """
    if not isinstance(address, str):
        raise ERR_INVALID_ARG_TYPE("address", "string", address)
    if not _core.is_ip(address):
        raise ERR_INVALID_ARG_VALUE("address", address)
    if not is_number(port) and not isinstance(port, str):
        raise ERR_SOCKET_BAD_PORT("Port", port)
    number = validate_port(port, "Port")
    validate_callable(callback, "callback")
    loop = _core.current_loop()
    request = LookupServiceRequest(address, callback)
    status = _core.getnameinfo(request, address, number, loop=loop, flags=socket.NI_NAMEREQD)
    if status:
        loop.next_tick(callback, DNSError(status, "getnameinfo", address), None, None)
        return None
    return request


def _completed(request: _core.Request, status: int) -> None:
    assert isinstance(request, LookupServiceRequest)
    callback, request._callback = request._callback, None
    if callback is None:
        return  # cancelled
    if request.result is None:
        callback(DNSError(status, "getnameinfo", request.hostname), None, None)
    else:
        callback(None, *request.result)

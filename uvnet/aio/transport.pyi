import asyncio
from collections.abc import Iterable
from contextvars import Context
from socket import socket
from typing import Any

from uvnet import _core

# For isinstance() it is an asyncio.Transport, by its __class__. It does not derive from one.
class StreamTransport(asyncio.Transport):
    max_size: int
    def __init__(
        self,
        loop: _core.Loop,
        handle: _core.Stream,
        protocol: asyncio.BaseProtocol,
        sock: socket | None = None,
        extra: dict[str, Any] | None = None,
        server: Any = None,
        context: Context | None = None,
    ) -> None: ...
    def start(self, waiter: asyncio.Future[None] | None = None) -> None: ...
    def writelines(self, list_of_data: Iterable[Any]) -> None: ...
    def _abandon(self) -> None: ...
    @property
    def _context(self) -> Context: ...
    @property
    def _server(self) -> Any: ...

def os_error(status: int) -> OSError: ...

import asyncio
from collections.abc import Callable, Iterable
from contextvars import Context
from socket import socket
from traceback import StackSummary
from typing import Any
from typing_extensions import disjoint_base

from uvnet import _core
from uvnet._core.corked import Corked

class NativeProtocol(Corked): ...

# For isinstance() it is an asyncio.Transport, by its __class__. It does not derive from one.
@disjoint_base
class StreamTransport(asyncio.Transport):
    max_size: int
    _source_traceback: StackSummary | None
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

@disjoint_base
class Details: ...

@disjoint_base
class TransportWrite(_core.WriteReq): ...

def method_of(protocol: object, name: str) -> tuple[Callable[..., Any], bool]: ...
def os_error(status: int) -> OSError: ...

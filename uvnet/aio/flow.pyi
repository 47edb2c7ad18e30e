import asyncio
from traceback import StackSummary
from typing import Any
from typing_extensions import disjoint_base

from uvnet.aio.transport import NativeProtocol

@disjoint_base
class DrainWait: ...

# Its methods are those of asyncio's: it derives from NativeProtocol alone.
@disjoint_base
class NativeStreamProtocol(NativeProtocol, asyncio.StreamReaderProtocol):
    _client_connected_cb: Any
    _source_traceback: StackSummary | None
    _strong_reader: Any
    _stream_writer: Any
    _task: Any
    _over_ssl: bool
    _reject_connection: bool
    _connection_lost: bool
    _paused: bool
    _transport: Any
    _stream_reader_wr: Any
    @property
    def _stream_reader(self) -> Any: ...
    @property
    def _loop(self) -> Any: ...
    @property
    def _closed(self) -> asyncio.Future[None]: ...
    def _lost(self, exc: Exception | None) -> None: ...

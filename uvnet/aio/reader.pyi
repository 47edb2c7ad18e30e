import asyncio
from traceback import StackSummary
from typing import Any, Self
from typing_extensions import disjoint_base

DEFAULT_LIMIT: int

@disjoint_base
class Reading:
    @property
    def __name__(self) -> str: ...
    @property
    def __qualname__(self) -> str: ...
    def __await__(self) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...
    def send(self, value: object) -> Any: ...
    def throw(self, typ: Any, val: Any = None, tb: Any = None) -> Any: ...
    def close(self) -> None: ...

# Its methods are those of asyncio's: it derives from nothing.
@disjoint_base
class NativeReader(asyncio.StreamReader):
    _buffer: bytearray
    _limit: int
    _loop: asyncio.AbstractEventLoop
    _eof: bool
    _exception: Exception | None
    _paused: bool
    _transport: Any
    _waiter: Any
    def _move_to(self, transport: Any) -> None: ...
    @property
    def _source_traceback(self) -> StackSummary | None: ...

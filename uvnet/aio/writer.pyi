import asyncio
from typing import Any, Self
from typing_extensions import disjoint_base

@disjoint_base
class Draining:
    __name__: str
    __qualname__: str
    def __await__(self) -> Self: ...
    def __iter__(self) -> Self: ...
    def __next__(self) -> Any: ...
    def send(self, value: object) -> Any: ...
    def throw(self, typ: Any, val: Any = None, tb: Any = None) -> Any: ...
    def close(self) -> None: ...

# Its methods are those of asyncio's: it derives from nothing.
@disjoint_base
class NativeWriter(asyncio.StreamWriter):
    _transport: Any
    _protocol: Any
    _reader: Any
    _loop: asyncio.AbstractEventLoop
    @property
    def _complete_fut(self) -> asyncio.Future[None]: ...

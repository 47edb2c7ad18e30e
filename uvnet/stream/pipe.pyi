from typing import TypeVar

from uvnet.stream.readable import Readable
from uvnet.stream.writable import Writable

_W = TypeVar("_W", bound=Writable)

class UnpipeInfo:
    __slots__ = ("has_unpiped",)
    has_unpiped: bool
    def __init__(self) -> None: ...

def start(source: Readable, destination: _W, end: bool) -> _W: ...
def stop(source: Readable, destination: Writable | None) -> None: ...

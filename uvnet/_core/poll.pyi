from collections.abc import Callable
from typing import TypeVarTuple
from typing_extensions import disjoint_base

from uvnet._core.call import Call
from uvnet._core.handle import Handle
from uvnet._core.loop import Loop

_Ts = TypeVarTuple("_Ts")

@disjoint_base
class Poll(Handle):
    onpoll: Callable[[int, int], object] | None
    def __init__(
        self, loop: Loop | None, fd: int, onpoll: Callable[[int, int], object] | None = None
    ) -> None: ...
    @property
    def fd(self) -> int: ...
    def start(self, events: int) -> int: ...
    def stop(self) -> int: ...

@disjoint_base
class Watch(Poll):
    @property
    def idle(self) -> bool: ...
    def set(self, write: bool, callback: Callable[[*_Ts], object], args: tuple[*_Ts]) -> Call: ...
    def remove(self, write: bool, keep_watching: bool = False) -> bool: ...

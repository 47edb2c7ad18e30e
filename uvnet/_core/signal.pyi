from collections.abc import Callable
from typing_extensions import disjoint_base

from uvnet._core.handle import Handle
from uvnet._core.loop import Loop

@disjoint_base
class Signal(Handle):
    onsignal: Callable[[int], object] | None
    def __init__(
        self, loop: Loop | None = None, onsignal: Callable[[int], object] | None = None
    ) -> None: ...
    def start(self, signum: int) -> int: ...
    def stop(self) -> int: ...

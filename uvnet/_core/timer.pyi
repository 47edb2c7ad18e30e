from collections.abc import Callable
from typing_extensions import disjoint_base

from uvnet._core.handle import Handle
from uvnet._core.loop import Loop

@disjoint_base
class Timer(Handle):
    ontimeout: Callable[[], object] | None
    def __init__(
        self, loop: Loop | None = None, ontimeout: Callable[[], object] | None = None
    ) -> None: ...
    @property
    def due_in(self) -> int: ...
    def start(self, timeout: int, repeat: int = 0) -> int: ...
    def stop(self) -> int: ...
    def again(self) -> int: ...

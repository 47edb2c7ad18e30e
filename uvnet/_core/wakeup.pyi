from collections.abc import Callable
from typing_extensions import disjoint_base

from uvnet._core.handle import Handle
from uvnet._core.loop import Loop

@disjoint_base
class Async(Handle):
    onasync: Callable[[], object] | None
    def __init__(
        self, loop: Loop | None = None, onasync: Callable[[], object] | None = None
    ) -> None: ...
    def send(self) -> int: ...

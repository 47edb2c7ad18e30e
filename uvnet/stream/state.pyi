from collections.abc import Callable
from typing import Any, Protocol
from typing_extensions import disjoint_base

from uvnet.abort import AbortSignal
from uvnet.events import EventEmitter

def get_default_high_water_mark(object_mode: bool) -> int: ...
def set_default_high_water_mark(object_mode: bool, value: int) -> None: ...

# What an implementation is given to call once, when it is done.
class _Done(Protocol):
    def __call__(self, error: Exception | None = None) -> object: ...

@disjoint_base
class Stream(EventEmitter):
    @property
    def errored(self) -> Exception | None: ...
    @property
    def allow_half_open(self) -> bool: ...
    @allow_half_open.setter
    def allow_half_open(self, value: bool) -> None: ...
    @property
    def destroyed(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    def _set_options(
        self,
        emit_close: bool,
        auto_destroy: bool,
        signal: AbortSignal | None,
        **functions: Callable[..., object] | None,
    ) -> None: ...
    def _set_sides(
        self,
        allow_half_open: bool,
        readable: bool,
        writable: bool,
        high_water_marks: tuple[int | None, int | None, int | None],
        readable_objects: bool,
        writable_objects: bool,
        encoding: str | None,
        decode_strings: bool,
        default_encoding: str | None,
    ) -> None: ...

@disjoint_base
class Completion:
    def __init__(self, stream: Any) -> None: ...
    def __call__(self, error: Exception | None = None) -> None: ...

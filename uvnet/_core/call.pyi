import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import Any

# For isinstance() a Call is an asyncio.Handle, by its __class__, once uvnet is imported. It does
# not derive from one, nor could it, for its layout is another. @disjoint_base would say so, and a
# type checker could then not take a TimerCall for both.
class Call(asyncio.Handle):
    def __init__(self) -> None: ...
    def cancel(self) -> None: ...
    def cancelled(self) -> bool: ...
    # Asyncio's is there from 3.12 on, and is never None.
    def get_context(self) -> Context | None: ...  # type: ignore[override, unused-ignore]

def call_types(
    describe_callback: Callable[[Callable[..., object], tuple[Any, ...], bool], str],
    types: tuple[type[asyncio.Handle], type[asyncio.TimerHandle]],
) -> None: ...

_asyncio_types: list[type[asyncio.Handle] | None]

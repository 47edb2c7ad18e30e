from collections.abc import Awaitable, Callable
from typing import Any, Self
from typing_extensions import disjoint_base

from uvnet._core.waiter import Steps
from uvnet.stream.readable import Readable

plain_reads: set[Callable[..., Any]]

# Any: what Readable.read() returns.
@disjoint_base
class StreamIterator(Steps):
    def __init__(self, stream: Readable, destroy_on_return: bool) -> None: ...
    def __aiter__(self) -> Self: ...
    def __anext__(self) -> Awaitable[Any]: ...
    async def aclose(self) -> None: ...
    def __del__(self) -> None: ...

from types import TracebackType
from typing import Any
from typing_extensions import disjoint_base

from uvnet.stream.state import Stream
from uvnet.stream.waiter import Awaiting

DEFAULT_LIMIT: int

@disjoint_base
class Reading(Awaiting):
    def throw(
        self,
        kind: type[BaseException] | BaseException,
        value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> Any: ...
    def close(self) -> None: ...

def read_exactly(stream: Stream, n: int) -> Reading: ...
def read_until(
    stream: Stream, separator: bytes | str | tuple[bytes | str, ...], limit: int | None
) -> Reading: ...

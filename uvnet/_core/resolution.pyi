from asyncio import Future
from typing import Any
from typing_extensions import disjoint_base

from uvnet._core.dns import GetAddrInfoReq
from uvnet._core.loop import Loop

@disjoint_base
class Resolution(GetAddrInfoReq):
    @property
    def future(self) -> Future[list[Any]]: ...

def resolve(
    loop: Loop, host: Any, port: Any, family: Any, type: Any, proto: Any, flags: Any
) -> list[Any] | Resolution | None: ...

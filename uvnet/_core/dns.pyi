from typing import Any, Final, TypeAlias
from typing_extensions import disjoint_base

from uvnet._core.handle import Request
from uvnet._core.loop import Loop

# (ip, port), or for IPv6 (ip, port, flowinfo, scope_id).
_Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

LONGEST_NAME: Final[int]
LONGEST_TEXT: Final[int]

@disjoint_base
class LookupReq(Request):
    @property
    def loop(self) -> Loop | None: ...
    @property
    def result(self) -> Any | None: ...

@disjoint_base
class GetAddrInfoReq(LookupReq):
    # [(family, type, proto, canonname, address), ...]
    @property
    def result(self) -> list[tuple[int, int, int, str, _Address]] | None: ...
    def cancel(self) -> int: ...

@disjoint_base
class GetNameInfoReq(LookupReq):
    # (host, service)
    @property
    def result(self) -> tuple[str, str] | None: ...
    def cancel(self) -> int: ...

def encode_name(name: str | bytes | None, what: str) -> bytes | None: ...
def getaddrinfo(
    req: GetAddrInfoReq,
    host: str | bytes | None,
    service: str | bytes | None = None,
    *,
    loop: Loop | None = None,
    family: int = 0,
    type: int = 0,
    proto: int = 0,
    flags: int = 0,
) -> int: ...
def getnameinfo(
    req: GetNameInfoReq, ip: str, port: int, *, loop: Loop | None = None, flags: int = 0
) -> int: ...

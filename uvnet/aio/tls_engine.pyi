from ssl import SSLContext, SSLObject
from typing import Self
from typing_extensions import disjoint_base

@disjoint_base
class Window: ...

@disjoint_base
class Scratch:
    def __new__(cls, size: int = 65536) -> Self: ...

@disjoint_base
class Engine:
    ssl_object: SSLObject
    def __init__(
        self,
        context: SSLContext,
        server_side: bool,
        server_hostname: str | None,
        scratch: Scratch,
    ) -> None: ...

import weakref
from socket import socket
from typing_extensions import disjoint_base

from uvnet._core.poll import Watch
from uvnet._core.waiter import Waiter

@disjoint_base
class SockWaiter(Waiter): ...

@disjoint_base
class Side: ...

@disjoint_base
class SockWatch(Watch):
    @property
    def idle(self) -> bool: ...
    @property
    def sock(self) -> weakref.ref[socket] | None: ...

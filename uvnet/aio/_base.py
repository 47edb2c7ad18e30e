"""LoopBase: what type checkers are told of the loop that its parts are mixed into.

Not imported at run time, where each part is a plain class.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVarTuple

from uvnet import _core

if TYPE_CHECKING:
    from uvnet.aio.processes import ProcessTransport
    from uvnet.aio.registry import Transports

_Ts = TypeVarTuple("_Ts")


class LoopBase(_core.Loop, asyncio.BaseEventLoop):
    """The two loops joined as uvnet.aio.Loop joins them, with what typeshed leaves out.

    That is the part of CPython's Lib/asyncio/base_events.py which subclasses live on.
    """

    _closed: bool
    _debug: bool
    _default_executor: ThreadPoolExecutor | None
    _executor_shutdown_called: bool
    _thread_id: int | None

    def _check_closed(self) -> None: ...
    def _check_running(self) -> None: ...
    def _check_thread(self) -> None: ...
    def _set_coroutine_origin_tracking(self, enabled: bool) -> None: ...
    def _asyncgen_firstiter_hook(self, agen: AsyncGenerator[Any, Any]) -> None: ...
    def _asyncgen_finalizer_hook(self, agen: AsyncGenerator[Any, Any]) -> None: ...
    async def _ensure_resolved(self, address: Any, **options: Any) -> list[Any]:
        raise NotImplementedError

    async def _create_connection_transport(
        self, sock: Any, protocol_factory: Any, ssl: Any, server_hostname: Any, **options: Any
    ) -> tuple[Any, Any]:
        raise NotImplementedError

    # Of the parts: what the others call.
    _children: set[ProcessTransport]
    _transports: Transports  # by the descriptor that each owns

    def _add_reader(self, fd: int, callback: Callable[[*_Ts], object], *args: *_Ts) -> _core.Call:
        raise NotImplementedError

    def _add_writer(self, fd: int, callback: Callable[[*_Ts], object], *args: *_Ts) -> _core.Call:
        raise NotImplementedError

    def _remove_reader(self, fd: int) -> bool:
        raise NotImplementedError

    def _remove_writer(self, fd: int) -> bool:
        raise NotImplementedError

    def _make_socket_transport(self, sock: Any, protocol: Any, *args: Any, **kwds: Any) -> Any: ...
    def _make_tls(
        self,
        protocol: Any,
        sslcontext: Any,
        waiter: Any,
        *,
        server_side: bool,
        handshake_timeout: float | None,
        shutdown_timeout: float | None,
    ) -> Any: ...
    def _forget_watch(self, fd: int) -> None: ...

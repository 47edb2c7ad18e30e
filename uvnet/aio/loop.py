"""Loop: asyncio's event loop. What runs per callback is native; here is what runs per loop."""

from __future__ import annotations

import asyncio
import sys
import threading
import warnings
from asyncio import base_events, events, format_helpers
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from uvnet import _core
from uvnet.aio.connections import Connections
from uvnet.aio.datagrams import Datagrams
from uvnet.aio.lookups import Lookups
from uvnet.aio.pipes import Pipes
from uvnet.aio.processes import Processes
from uvnet.aio.secure import Secure
from uvnet.aio.servers import Serving
from uvnet.aio.signals import Signals
from uvnet.aio.sockets import Sockets
from uvnet.aio.waking import Waking
from uvnet.aio.watching import Watching


class Loop(
    Connections,
    Datagrams,
    Lookups,
    Pipes,
    Processes,
    Secure,
    Serving,
    Signals,
    Sockets,
    Waking,
    Watching,
    _core.Loop,
    asyncio.BaseEventLoop,
):
    """An asyncio event loop on libuv. Make it with uvnet.new_event_loop().

    Of its bases, _core.Loop comes before asyncio.BaseEventLoop, so that the native methods win:
    call_soon, call_later, call_at, call_soon_threadsafe, time, stop and the run itself.
    """

    def __init__(self) -> None:
        asyncio.BaseEventLoop.__init__(self)
        Processes.__init__(self)
        Signals.__init__(self)
        Watching.__init__(self)
        Connections.__init__(self)
        Secure.__init__(self)
        Serving.__init__(self)

    call_exception_handler = asyncio.BaseEventLoop.call_exception_handler

    # ------------------------------------------------------------------ running

    def run_forever(self) -> None:
        """Run until stop() is called.

        Raises:
            RuntimeError: It is closed, or it or another loop runs in this thread.
        """
        with self._running():
            _core.Loop.run_forever(self)

    def run(self) -> None:
        """Run until nothing referenced is left: handles, timers, ready callbacks, requests.

        Raises:
            RuntimeError: As run_forever.
            Exception: What no callback caught, unless an exception handler is set.
        """
        with self._running():
            _core.Loop.run(self)

    @contextmanager
    def _running(self) -> Iterator[None]:
        self._check_closed()
        self._check_running()
        self._set_coroutine_origin_tracking(self._debug)
        old_hooks = sys.get_asyncgen_hooks()
        self._thread_id = threading.get_ident()
        sys.set_asyncgen_hooks(
            firstiter=self._asyncgen_firstiter_hook, finalizer=self._asyncgen_finalizer_hook
        )
        events._set_running_loop(self)
        self._quicken(True)
        try:
            yield
        finally:
            self._quicken(False)
            events._set_running_loop(None)
            sys.set_asyncgen_hooks(*old_hooks)
            self._thread_id = None
            self._set_coroutine_origin_tracking(False)

    # -------------------------------------------------------------------- state

    def close(self) -> None:
        """Close the loop, what is open on it, and the default executor without waiting for it.

        Raises:
            RuntimeError: The loop is running.
        """
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        if self.is_closed():
            return
        self._close_signals()
        self._close_children()
        self._close_watches()
        self._closed = True
        with ExitStack() as last:  # all of it, also when a warning of what is open is an error
            last.callback(self._close_executor)
            last.callback(_core.Loop.close, self)
            last.callback(self._close_transports)
            last.callback(self._close_servers)

    def __del__(
        self,
        _warn: Callable[..., None] = warnings.warn,
        _is_finalizing: Callable[[], bool] = sys.is_finalizing,
    ) -> None:
        if not _is_finalizing():
            asyncio.BaseEventLoop.__del__(self)
        elif not self._closed:
            # The modules that close() needs may be empty already; the system closes the rest.
            _warn(f"unclosed event loop {self!r}", ResourceWarning, source=self)

    def _close_executor(self) -> None:
        self._executor_shutdown_called = True
        executor, self._default_executor = self._default_executor, None
        if executor is not None:
            executor.shutdown(wait=False)

    def set_debug(self, enabled: bool) -> None:
        """Turn asyncio's debug mode on if `enabled`, else off, also while the loop runs."""
        _core.Loop.set_debug(self, enabled)
        asyncio.BaseEventLoop.set_debug(self, enabled)

    def _report_slow(
        self,
        call: _core.Call | None,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        seconds: float,
    ) -> None:
        # Typeshed leaves out what asyncio keeps to itself.
        source = (
            format_helpers._format_callback_source(callback, args)
            if call is None  # a transport's protocol
            else base_events._format_handle(call)  # type: ignore[attr-defined]
        )
        base_events.logger.warning(  # type: ignore[attr-defined]
            "Executing %s took %.3f seconds", source, seconds
        )

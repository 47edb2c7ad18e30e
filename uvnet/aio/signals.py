"""Signals: add_signal_handler and its like, by Python's own signal handling."""

from __future__ import annotations

import asyncio
import contextvars
import errno
import inspect
import signal
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVarTuple

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

_Ts = TypeVarTuple("_Ts")


def _noop(signum: int, frame: object) -> None:
    """Python's handler: the loop is told by the wake-up descriptor, after the C handler."""


class Signals(LoopBase):
    """The part of the loop that calls back for signals. Main thread only, as in asyncio."""

    def __init__(self) -> None:
        self._signal_handlers: dict[
            int, tuple[Callable[..., object], tuple[object, ...], contextvars.Context]
        ] = {}

    def add_signal_handler(self, sig: int, callback: Callable[[*_Ts], object], *args: *_Ts) -> None:
        """Call callback(*args) in the loop when the signal arrives; replaces what was set.

        Raises:
            TypeError: The callback is a coroutine, or `sig` is not an int.
            ValueError: There is no such signal.
            RuntimeError: It cannot be caught, this is not the main thread, or the loop is closed.
        """
        if asyncio.iscoroutine(callback) or inspect.iscoroutinefunction(callback):
            raise TypeError("coroutines cannot be used with add_signal_handler()")
        _check_signal(sig)
        self._check_closed()
        try:
            # Also without a running loop: what arrives then waits in the pipe.
            self._hear_signals(True)
        except (ValueError, OSError) as exc:
            raise RuntimeError(str(exc)) from None
        self._signal_handlers[sig] = callback, args, contextvars.copy_context()
        try:
            signal.signal(sig, _noop)
            signal.siginterrupt(sig, False)  # system calls of other code go on
        except OSError as exc:
            del self._signal_handlers[sig]
            self._hear_signals(bool(self._signal_handlers))
            if exc.errno == errno.EINVAL:
                raise RuntimeError(f"sig {sig} cannot be caught") from None
            raise

    def remove_signal_handler(self, sig: int) -> bool:
        """Restore Python's default for the signal; return whether a handler was set.

        Raises:
            TypeError, ValueError: As add_signal_handler.
        """
        _check_signal(sig)
        if self._signal_handlers.pop(sig, None) is None:
            return False
        default = signal.default_int_handler if sig == signal.SIGINT else signal.SIG_DFL
        try:
            signal.signal(sig, default)
        except OSError as exc:
            if exc.errno == errno.EINVAL:
                raise RuntimeError(f"sig {sig} cannot be caught") from None
            raise
        if not self._signal_handlers:
            self._hear_signals(False)
        return True

    def _process_signals(self, numbers: bytes) -> None:
        for number in numbers:
            handler = self._signal_handlers.get(number)
            if handler is not None:
                callback, args, context = handler
                self.call_soon(callback, *args, context=context)

    def _close_signals(self) -> None:
        if sys.is_finalizing():
            if self._signal_handlers:
                warnings.warn(
                    f"{self!r} is closed while the interpreter finalizes: its signal handlers "
                    "stay as they are",
                    ResourceWarning,
                    stacklevel=2,
                    source=self,
                )
                self._signal_handlers.clear()
            return
        for sig in list(self._signal_handlers):
            self.remove_signal_handler(sig)


def _check_signal(sig: int) -> None:
    if not isinstance(sig, int):
        raise TypeError(f"sig must be an int, not {sig!r}")
    if sig not in signal.valid_signals():
        raise ValueError(f"invalid signal number {sig}")

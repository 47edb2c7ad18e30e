"""AbortController and AbortSignal: one way to say "stop" to whatever takes a `signal`.

    controller = AbortController()
    socket = net.connect(80, "example.org", signal=controller.signal)
    controller.abort()

A controller and its signals belong to one thread. (Node: lib/internal/abort_controller.js)
"""

from __future__ import annotations

import asyncio
import itertools
import math
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, Self

from uvnet import _core
from uvnet.errors import (
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ARG_TYPE,
    ERR_OUT_OF_RANGE,
    AbortError,
    AbortTimeoutError,
)

__all__ = ["AbortController", "AbortSignal", "validate"]

_Listener = Callable[[], object]

_MAX_DELAY = 2**32 - 1  # milliseconds: Node's, 49 days

_numbers = itertools.count()


class AbortSignal:
    """Tells those who listen, once, that something is to stop.

    There is one in each AbortController; others are made by abort(), timeout() and any().
    """

    # In the class, so that a signal without listeners has none of its own.
    _aborted = False
    _reason: object = None
    _since: tuple[float, int]  # when, by time.monotonic(), and the how manieth; once it is aborted
    _onabort: _Listener | None = None

    # In the order to call them, once; the key None stands for whatever `onabort` is then.
    _listeners: dict[_Listener | None, None]
    # The signals of any() that follow this one, while somebody listens to them.
    _dependents: dict[_Any, None]

    def __init__(self) -> None:
        raise ERR_ILLEGAL_CONSTRUCTOR()

    def __new__(cls) -> Self:
        self = super().__new__(cls)
        self._listeners = {}
        self._dependents = {}
        return self

    # ----------------------------------------------------------------------- kinds

    @staticmethod
    def abort(reason: object = None) -> AbortSignal:
        """Return a signal that is aborted already.

        Args:
            reason: Why; by default a new AbortError.
        """
        signal = AbortSignal.__new__(AbortSignal)
        signal._abort(_reason_or_default(reason))
        return signal

    @staticmethod
    def timeout(delay: int) -> AbortSignal:
        """Return a signal that is aborted after a time, with an AbortTimeoutError for reason.

        It does not keep uvnet.run() waiting. It needs a loop only while somebody listens.

        Args:
            delay: Milliseconds, at most 2**32 - 1.

        Raises:
            TypeError: ERR_INVALID_ARG_TYPE.
            ValueError: ERR_OUT_OF_RANGE.
        """
        if isinstance(delay, bool) or not isinstance(delay, (int, float)):
            raise ERR_INVALID_ARG_TYPE("delay", "int", delay)
        if delay != delay or delay in (math.inf, -math.inf) or delay != int(delay):
            raise ERR_OUT_OF_RANGE("delay", "an integer", delay)
        if not 0 <= delay <= _MAX_DELAY:
            raise ERR_OUT_OF_RANGE("delay", f">= 0 && <= {_MAX_DELAY}", delay)
        signal = _Timeout.__new__(_Timeout)
        signal._deadline = time.monotonic() + delay / 1000
        return signal

    @staticmethod
    def any(signals: Iterable[AbortSignal]) -> AbortSignal:
        """Return a signal that is aborted as soon as one of these is, with the same reason.

        Nothing of it is left in them when it is dropped, unless somebody listens to it.

        Args:
            signals: Any number; without any it is never aborted.

        Raises:
            TypeError: ERR_INVALID_ARG_TYPE.
        """
        try:
            sources = list(signals)
        except TypeError:
            raise ERR_INVALID_ARG_TYPE("signals", "Iterable", signals) from None
        for index, source in enumerate(sources):
            if not isinstance(source, AbortSignal):
                raise ERR_INVALID_ARG_TYPE(f"signals[{index}]", "AbortSignal", source)
        signal = _Any.__new__(_Any)
        signal._number = next(_numbers)
        # What is followed is never an any() itself.
        signal._sources = tuple(dict.fromkeys(s for source in sources for s in source._origins()))
        aborted = next((source for source in sources if source.aborted), None)
        if aborted is not None:
            signal._abort(aborted._reason)
        return signal

    # ----------------------------------------------------------------------- state

    @property
    def aborted(self) -> bool:
        """Whether it is over."""
        self._refresh()
        return self._aborted

    @property
    def reason(self) -> Any:
        """Why: what abort() was given, or a new AbortError. None before that."""
        self._refresh()
        return self._reason

    def throw_if_aborted(self) -> None:
        """Raise the reason, if there is one.

        Raises:
            Exception: The reason; AbortError with the reason as its cause, if it is no exception.
        """
        if self.aborted:
            if isinstance(self._reason, BaseException):
                raise self._reason
            raise AbortError(cause=self._reason)

    def __repr__(self) -> str:
        return f"<AbortSignal aborted={self.aborted}>"

    # ------------------------------------------------------------------- listeners

    def add_listener(self, callback: _Listener) -> None:
        """Have callback() called when the signal is aborted: never, if it already is.

        Listeners are called once, in the order in which they were added. What one raises goes
        where uncaught exceptions go, and the others are called nevertheless.

        Args:
            callback: Adding it again does nothing.

        Raises:
            TypeError: ERR_INVALID_ARG_TYPE.
            RuntimeError: The signal is of timeout(), and a loop is running that is not ours.
        """
        if not callable(callback):
            raise ERR_INVALID_ARG_TYPE("callback", "function", callback)
        self._add(callback)

    def remove_listener(self, callback: _Listener) -> None:
        """Do not call `callback` any more; nothing happens if it was not to be called."""
        self._remove(callback)

    @property
    def onabort(self) -> _Listener | None:
        """A listener to set and to replace, or None. Raises ERR_INVALID_ARG_TYPE otherwise."""
        return self._onabort

    @onabort.setter
    def onabort(self, callback: _Listener | None) -> None:
        if callback is not None and not callable(callback):
            raise ERR_INVALID_ARG_TYPE("onabort", ["function", "None"], callback)
        self._onabort = callback
        if callback is None:
            self._remove(None)
        else:
            self._add(None)

    def _add(self, key: _Listener | None) -> None:
        if self._aborted:
            return
        if not self._is_followed():
            self._start()
        self._listeners[key] = None
        self._refresh()  # what it follows may have been aborted before it followed

    def _remove(self, key: _Listener | None) -> None:
        if key in self._listeners:
            del self._listeners[key]
            if not self._is_followed():
                self._stop()

    def _follow(self, dependent: _Any) -> None:
        if self._aborted:
            return
        if not self._is_followed():
            self._start()
        self._dependents[dependent] = None

    def _unfollow(self, dependent: _Any) -> None:
        if dependent in self._dependents:
            del self._dependents[dependent]
            if not self._is_followed():
                self._stop()

    def _is_followed(self) -> bool:
        return bool(self._listeners or self._dependents)

    # ----------------------------------------------------- for the kinds that have sources

    def _origins(self) -> Iterable[AbortSignal]:
        """Return the signals that an any() of this one has to follow."""
        return (self,)

    def _refresh(self) -> None:
        """Find out whether it is aborted, where that is not known while nobody listens."""

    def _start(self) -> None:
        """Somebody listens: see to it that _abort() is called in time."""

    def _stop(self) -> None:
        """Nobody listens any more. May be called twice."""

    # --------------------------------------------------------------------- abortion

    def _abort(self, reason: object, at: float | None = None) -> None:
        if self._aborted:
            return
        self._since = time.monotonic() if at is None else at, next(_numbers)
        followers = sorted(self._dependents, key=lambda signal: signal._number)
        signals = [self, *(signal for signal in followers if not signal._aborted)]
        # All of them are aborted before any listener can look.
        for signal in signals:
            signal._aborted = True
            signal._reason = reason
        for signal in signals:
            signal._call_listeners()

    def _call_listeners(self) -> None:
        try:
            for key in list(self._listeners):
                if key not in self._listeners:  # another listener has removed it
                    continue
                callback = self._onabort if key is None else key
                assert callback is not None
                try:
                    callback()
                except Exception as error:
                    _report(error)
        finally:
            self._listeners.clear()
            self._dependents.clear()
            self._stop()


class _Timeout(AbortSignal):
    """A signal of timeout(). It runs a timer, which keeps it alive, while somebody listens.

    Else it looks at the clock when it is asked. So it leaves no handle behind on a loop, as long as
    those who listen stop listening.
    """

    _deadline: float  # by time.monotonic(), seconds
    _timer: _core.Timer | None = None

    def _refresh(self) -> None:
        ticking = self._timer is not None and not self._timer.closing
        if not ticking and not self._aborted and time.monotonic() >= self._deadline:
            self._expire()

    def _start(self) -> None:
        left = max(0.0, self._deadline - time.monotonic())
        self._timer = timer = _core.Timer(ontimeout=self._expire)
        timer.start(math.ceil(left * 1000))
        timer.unref()

    def _stop(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.close()

    def _expire(self) -> None:
        self._abort(AbortTimeoutError(), at=self._deadline)


class _Any(AbortSignal):
    """A signal of any(). Its sources know of it, and keep it alive, while somebody listens.

    Else it looks at them when it is asked.
    """

    _number: int  # of two that are aborted at once, the elder is first
    _sources: tuple[AbortSignal, ...]

    def _origins(self) -> Iterable[AbortSignal]:
        return self._sources

    def _refresh(self) -> None:
        if not self._aborted:
            aborted = [source for source in self._sources if source.aborted]
            if aborted:
                self._abort(min(aborted, key=lambda source: source._since)._reason)

    def _start(self) -> None:
        try:
            for source in self._sources:
                source._follow(self)
        except BaseException:
            self._stop()
            raise

    def _stop(self) -> None:
        for source in self._sources:
            source._unfollow(self)
        if self._aborted:
            self._sources = ()


class AbortController:
    """Aborts its signal.

    Attributes:
        signal: The AbortSignal, to be given to what is to be stopped. Read-only.
    """

    _signal: AbortSignal

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        self = super().__new__(cls)
        self._signal = AbortSignal.__new__(AbortSignal)
        return self

    def __init__(self) -> None:
        pass

    @property
    def signal(self) -> AbortSignal:
        """See AbortController."""
        return self._signal

    def abort(self, reason: object = None) -> None:
        """Abort the signal: its listeners are called before this returns. Again: does nothing.

        Args:
            reason: Why; by default a new AbortError.
        """
        self._signal._abort(_reason_or_default(reason))

    def __repr__(self) -> str:
        return f"<AbortController signal={self._signal!r}>"


def validate(signal: object, name: str) -> None:
    """Check that an argument can be used as a signal: that it has a boolean `aborted`.

    Args:
        signal: It.
        name: What it is called in the error.

    Raises:
        TypeError: ERR_INVALID_ARG_TYPE.
    """
    if not isinstance(getattr(signal, "aborted", None), bool):
        raise ERR_INVALID_ARG_TYPE(name, "AbortSignal", signal)


def _reason_or_default(reason: object) -> object:
    return AbortError("This operation was aborted") if reason is None else reason


def _report(error: Exception) -> None:
    """Take what a listener raised to where uncaught exceptions go."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        sys.excepthook(type(error), error, error.__traceback__)
        return
    if isinstance(loop, _core.Loop):
        loop.next_tick(_throw, error)  # as if it had not been called from here (Node does so, too)
    else:
        loop.call_exception_handler(
            {"message": "Exception in a listener of an AbortSignal", "exception": error}
        )


def _throw(error: Exception) -> NoReturn:
    raise error

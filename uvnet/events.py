"""EventEmitter: an object that tells its listeners, in order, what happens. (Node: lib/events.js)

What runs per event is C: see events.pxd, through which Cython code emits without a tuple.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from cython.cimports.uvnet.events import (  # type: ignore[import-untyped]
    as_tuple,
    call,
    clear,
    drop_dict,
    finish_type,
    fire_tuple,
    first_name,
    heat,
    is_coroutine,
    is_interned,
    item,
    put,
    remove,
    send,
    send0,
    send1,
    send2,
    send_tuple,
    size,
)

from uvnet._events_async import EventIterator, as_exception, on, once, run_listener
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE

if TYPE_CHECKING:
    from types import FrameType
    from typing import Self

__all__ = [
    "EventEmitter",
    "EventIterator",
    "MaxListenersExceededWarning",
    "default_max_listeners",
    "error_monitor",
    "get_event_listeners",
    "get_max_listeners",
    "listener_count",
    "on",
    "once",
    "set_max_listeners",
]

Listener = Callable[..., object]
_Emitter = TypeVar("_Emitter", bound="EventEmitter")

# The name of an event: its listeners are told of each 'error' first, and do not handle it.
error_monitor = "events.error_monitor"

# How many listeners an event may have before a warning; 0 and math.inf for any number.
default_max_listeners: float = 10

_UNLIMITED = 2**31 - 1


class MaxListenersExceededWarning(RuntimeWarning):
    """An event has suspiciously many listeners: are they added again and again?

    Attributes:
        emitter: Whose event it is.
        event: Its name.
        count: How many listeners it has.
    """

    def __init__(self, message: str, emitter: EventEmitter, event: str, count: int) -> None:
        super().__init__(message)
        self.emitter = emitter
        self.event = event
        self.count = count


# ------------------------------------------------------------------------------ emit


class _Listeners(list):  # type: ignore[type-arg]
    if TYPE_CHECKING:
        emitting: int
        warned: bool


class _Once:
    if TYPE_CHECKING:

        def __init__(self, emitter: EventEmitter, event: str, listener: Listener) -> None:
            self.emitter, self.event, self.listener, self.fired = emitter, event, listener, False

    def __cinit__(self, emitter: EventEmitter, event: str, listener: Listener) -> None:
        self.emitter = emitter
        self.event = event
        self.listener = listener

    def __call__(self, *args: Any) -> Any:
        return fire_tuple(self, args)

    def __repr__(self) -> str:
        return f"<once {self.listener!r}>"


def fire(once: _Once, args: Any, nargsf: int) -> Any:
    """Call the listener, if this is the first time."""
    if once.fired:
        return None
    once.fired = True
    once.emitter.remove_listener(once.event, once)
    return call(once.listener, args, nargsf)


def find_and_send(self: EventEmitter, event: str, args: Any, nargsf: int) -> bool:
    """Send an event that is not hot."""
    if len(event) == 5 and event == "error":
        send_error(self, args, nargsf)
    handler = None if self._events is None else self._events.get(event)
    if handler is None:
        return False
    if type(handler) is _Listeners:
        return send_all(self, event, handler, args, nargsf)
    if type(handler) is not _Once and event != "error":
        heat(self, event, handler)
    result = call(handler, args, nargsf)
    if result is not None:
        take(self, event, result, args, nargsf)
    return True


def send_all(self: EventEmitter, event: str, handlers: _Listeners, args: Any, nargsf: int) -> bool:
    i = 0
    handlers.emitting += 1
    try:
        while i < size(handlers):
            result = call(item(handlers, i), args, nargsf)
            if result is not None:
                take(self, event, result, args, nargsf)
            i += 1
    finally:
        handlers.emitting -= 1
    return True


def send_error(self: EventEmitter, args: Any, nargsf: int) -> int:
    """Tell who monitors errors, and raise the error if nobody listens for it."""
    if self.has(error_monitor):
        self.emit_many(error_monitor, as_tuple(args, nargsf))
    if not self.has("error"):
        values = as_tuple(args, nargsf)
        raise as_exception(values[0] if values else None)
    return 0


def take(self: EventEmitter, event: str, result: Any, args: Any, nargsf: int) -> int:
    """Run what a listener has returned, if it is a coroutine."""
    if is_coroutine(result):
        run_listener(self, result, event, as_tuple(args, nargsf))
    return 0


def emit_fast(self: EventEmitter, args: Any, nargs: int) -> bool:
    """What EventEmitter.emit really is."""
    if nargs == 0:
        raise TypeError("emit() missing 1 required positional argument: 'event'")
    return bool(send(self, first_name(args), args + 1, nargs - 1))


# ------------------------------------------------------------------------- listeners


def event_name(event: object) -> str:
    if type(event) is str:
        return event
    if isinstance(event, str):  # of a StrEnum, say
        return str.__str__(event)
    raise ERR_INVALID_ARG_TYPE("event", "string", event)


def check_listener(listener: object) -> int:
    if not callable(listener):
        raise ERR_INVALID_ARG_TYPE("listener", "function", listener)
    return 0


def original(listener: Any) -> Any:
    return listener.listener if type(listener) is _Once else listener


def matches(candidate: Any, listener: Any) -> bool:
    """Compare by equality: a bound method is a new object each time it is looked up."""
    if candidate is listener:
        return True
    if type(listener) is _Once:
        return False
    candidate = original(candidate)
    return candidate is listener or bool(candidate == listener)


def find_last(handlers: _Listeners, listener: Listener) -> int:
    """Return the position of the last such listener, or -1."""
    i: int = size(handlers) - 1
    handlers.emitting += 1  # whatever a listener's __eq__ does leaves this list alone
    try:
        while i >= 0 and not matches(item(handlers, i), listener):
            i -= 1
    finally:
        handlers.emitting -= 1
    return i


def raw(self: EventEmitter, event: object) -> list[Any]:
    """Return a new list of what was added for `event`, a _Once for each once()."""
    event = event_name(event)
    handler = None if self._events is None else self._events.get(event)
    if handler is None:
        return []
    return list(handler) if type(handler) is _Listeners else [handler]


def mutable(self: EventEmitter, event: str, handlers: _Listeners) -> _Listeners:
    """Return `handlers`, or a copy that takes their place while they are emitted."""
    if handlers.emitting == 0:
        return handlers
    copy = _Listeners(handlers)
    copy.warned = handlers.warned
    put(self, event, copy)
    return copy


def add(self: _Emitter, event: Any, listener: Listener, prepend: bool) -> _Emitter:
    check_listener(listener)
    event = event_name(event)
    if not is_interned(event):
        event = sys.intern(event)
    if self.has("new_listener"):
        self.emit2("new_listener", event, original(listener))
    existing = None if self._events is None else self._events.get(event)
    if existing is None:
        put(self, event, listener)
        return self
    if type(existing) is _Listeners:
        handlers = mutable(self, event, existing)
        handlers.insert(0 if prepend else size(handlers), listener)
    else:
        handlers = _Listeners([listener, existing] if prepend else [existing, listener])
        put(self, event, handlers)
    limit = self._max_listeners
    if limit < 0:
        limit = to_limit(default_max_listeners, "default_max_listeners")
    if 0 < limit < size(handlers) and not handlers.warned:
        handlers.warned = True
        warn(self, event, size(handlers), limit)
    return self


def subtract(self: _Emitter, event: Any, listener: Listener) -> _Emitter:
    check_listener(listener)
    event = event_name(event)
    events = self._events
    handler = None if events is None else events.get(event)
    if handler is None:
        return self
    if type(handler) is _Listeners:
        position = find_last(handler, listener)
    else:
        position = 0 if matches(handler, listener) else -1
    if position < 0:
        return self
    if self._events is not events or events.get(event) is not handler:
        return subtract(self, event, listener)  # an __eq__ has changed the listeners
    if type(handler) is _Listeners:
        handlers = mutable(self, event, handler)
        handler = handlers.pop(position)
        if size(handlers) == 1:
            put(self, event, item(handlers, 0))
    else:
        remove(self, event)
    if self.has("remove_listener"):
        self.emit2("remove_listener", event, original(handler))
    return self


def warn(self: EventEmitter, event: str, count: int, limit: int) -> int:
    """Warn; the line that is shown is the one outside this package that added the listener."""
    package = __name__.partition(".")[0] + "."
    frame: FrameType | None = sys._getframe()  # the innermost one of Python code
    level = 1
    while frame is not None and str(frame.f_globals.get("__name__")).startswith(package):
        frame = frame.f_back
        level += 1
    message = (
        f"{count} listeners for {event!r} of {object.__repr__(self)}, where more than {limit} are "
        "taken for a leak; set_max_listeners() sets the limit"
    )
    warnings.warn(MaxListenersExceededWarning(message, self, event, count), stacklevel=level)
    return 0


def to_limit(n: Any, name: str) -> int:
    """Return a greatest number of listeners as a C int."""
    if isinstance(n, bool) or not isinstance(n, (int, float)):
        raise ERR_INVALID_ARG_TYPE(name, "number", n)
    if n >= _UNLIMITED:
        return _UNLIMITED
    if n >= 0 and n == int(n):
        return int(n)
    raise ERR_OUT_OF_RANGE(name, "an integer >= 0", n)


class EventEmitter:
    """Tells listeners, in the order in which they were added, what happens. (Node: EventEmitter)

    Events are named by str. A listener is a callable that takes the arguments of the event; what
    it returns is ignored unless it is a coroutine: that is run as a task of the current loop, and
    what it raises goes to `on_rejection(error, event, *args)` where the emitter has that method,
    else to 'error'. Listeners are compared by equality, so that
    `emitter.off("data", self.on_data)` removes what `emitter.on("data", self.on_data)` added.

    Events:
        'new_listener' (event, listener): A listener is about to be added.
        'remove_listener' (event, listener): A listener has been removed.
        'error' (error): Raised by emit() if nobody listens for it.

    An emitter works before __init__ has run. Where a class overrides emit(), compiled code goes
    through it too; an `emit` that is set on an instance, or on a class that has instances already,
    is not seen.
    """

    if TYPE_CHECKING:
        _events: dict[str, Any]

    def __cinit__(self) -> None:
        drop_dict(self)
        self._max_listeners = -1
        self._emits = type(self) is not EventEmitter and type(self).emit is not EventEmitter.emit

    def __init__(self) -> None:
        """Make an emitter without listeners."""

    def emit(self, event: str, /, *args: Any) -> bool:
        """Call the listeners of `event` with `args`, and return whether there were any.

        Listeners that are added meanwhile are not called; such as are removed still are. What a
        listener raises ends it.

        Raises:
            BaseException: 'error' was emitted and has no listener: its first argument, or
                ERR_UNHANDLED_ERROR about it if it cannot be raised.
        """
        return bool(send_tuple(self, event_name(event), args))  # see finish_type()

    def emit0(self, event: str) -> bool:
        return self.emit(event) if self._emits else send0(self, event)

    def emit1(self, event: str, a: Any) -> bool:
        return self.emit(event, a) if self._emits else send1(self, event, a)

    def emit2(self, event: str, a: Any, b: Any) -> bool:
        return self.emit(event, a, b) if self._emits else send2(self, event, a, b)

    def emit_many(self, event: str, args: tuple[Any, ...]) -> bool:
        return self.emit(event, *args) if self._emits else send_tuple(self, event, args)

    # ------------------------------------------------------------- adding, removing

    def on(self, event: str, listener: Listener) -> Self:
        """Call `listener` each time `event` is emitted; once for each time it was added.

        Raises:
            TypeError: ERR_INVALID_ARG_TYPE: `listener` is not callable, or `event` not a str.
        """
        return add(self, event, listener, False)

    def add_listener(self, event: str, listener: Listener) -> Self:
        """The same as on()."""
        return add(self, event, listener, False)

    def prepend_listener(self, event: str, listener: Listener) -> Self:
        """As on(), but before the listeners that are there."""
        return add(self, event, listener, True)

    def once(self, event: str, listener: Listener) -> Self:
        """Call `listener` the next time `event` is emitted, after removing it."""
        check_listener(listener)
        return self.on(event, _Once(self, event_name(event), listener))

    def prepend_once_listener(self, event: str, listener: Listener) -> Self:
        """As once(), but before the listeners that are there."""
        check_listener(listener)
        return self.prepend_listener(event, _Once(self, event_name(event), listener))

    def remove_listener(self, event: str, listener: Listener) -> Self:
        """Remove `listener`; where it was added several times, the last of them.

        Args:
            event: The name.
            listener: What was added with on() or once(), or an element of raw_listeners().

        Raises:
            TypeError: ERR_INVALID_ARG_TYPE: `listener` is not callable, or `event` not a str.
        """
        return subtract(self, event, listener)

    def off(self, event: str, listener: Listener) -> Self:
        """The same as remove_listener()."""
        return subtract(self, event, listener)

    def remove_all_listeners(self, event: str | None = None) -> Self:
        """Remove all listeners of `event`, the last first; by default those of all events."""
        if event is not None:
            event = event_name(event)
        if not self.has("remove_listener"):
            if event is None:
                clear(self)
            elif self.has(event):
                remove(self, event)
        elif event is None:
            for name in list(self._events):
                if name != "remove_listener":
                    self.remove_all_listeners(name)
            self.remove_all_listeners("remove_listener")
            clear(self)
        else:
            for listener in reversed(raw(self, event)):
                self.remove_listener(event, listener)
        return self

    # ---------------------------------------------------------------------- looking

    def listeners(self, event: str) -> list[Listener]:
        """Return a copy of the list of listeners, as they were given to on() and once()."""
        return [original(listener) for listener in raw(self, event)]

    def raw_listeners(self, event: str) -> list[Listener]:
        """As listeners(), but for once() what was added: a wrapper with the attribute `listener`.

        Calling the wrapper removes it and calls the listener.
        """
        return raw(self, event)

    def listener_count(self, event: str, listener: Listener | None = None) -> int:
        """Return how many listeners `event` has; or how often `listener` is among them."""
        if listener is None:
            return self.count(event_name(event))
        return sum([matches(candidate, listener) for candidate in raw(self, event)])

    def event_names(self) -> list[str]:
        """Return the names of the events that have listeners, in the order they got the first."""
        return [] if self._events is None else list(self._events)

    def has(self, event: str) -> bool:
        return self._events is not None and event in self._events

    def count(self, event: str) -> int:
        handler = None if self._events is None else self._events.get(event)
        if handler is None:
            return 0
        return size(handler) if type(handler) is _Listeners else 1

    def set_max_listeners(self, n: float) -> Self:
        """Set how many listeners an event may have before a MaxListenersExceededWarning.

        Args:
            n: 0 and math.inf for any number. The default is that of the module, 10.

        Raises:
            TypeError: ERR_INVALID_ARG_TYPE: `n` is not a number.
            ValueError: ERR_OUT_OF_RANGE: `n` is negative, or no integer.
        """
        self._max_listeners = to_limit(n, "n")
        return self

    def get_max_listeners(self) -> float:
        """Return what set_max_listeners() has set, or default_max_listeners."""
        if self._max_listeners < 0:
            return default_max_listeners
        return math.inf if self._max_listeners == _UNLIMITED else self._max_listeners


finish_type()


# -------------------------------------------------------------------- of the module


def set_max_listeners(n: float | None = None, *emitters: EventEmitter) -> None:
    """Set the limit of each of `emitters`; without any, default_max_listeners.

    Args:
        n: As for EventEmitter.set_max_listeners; None for default_max_listeners.
        emitters: Whose limit it is to be.
    """
    global default_max_listeners
    if n is None:
        n = default_max_listeners
    to_limit(n, "n")
    if not emitters:
        default_max_listeners = n
    for emitter in emitters:
        check_emitter(emitter).set_max_listeners(n)


def get_max_listeners(emitter: EventEmitter) -> float:
    """Return emitter.get_max_listeners()."""
    return check_emitter(emitter).get_max_listeners()


def get_event_listeners(emitter: EventEmitter, event: str) -> list[Listener]:
    """Return emitter.listeners(event)."""
    return check_emitter(emitter).listeners(event)


def listener_count(emitter: EventEmitter, event: str) -> int:
    """Return emitter.listener_count(event)."""
    return check_emitter(emitter).listener_count(event)


def check_emitter(emitter: EventEmitter) -> EventEmitter:
    """Return it, or raise ERR_INVALID_ARG_TYPE."""
    if not isinstance(emitter, EventEmitter):
        raise ERR_INVALID_ARG_TYPE("emitter", "EventEmitter", emitter)
    return emitter

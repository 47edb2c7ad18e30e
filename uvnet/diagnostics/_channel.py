"""Channel: who wants to hear what is published under a name."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from typing import Any, ParamSpec, Self, TypeVar
from weakref import WeakValueDictionary

from uvnet.errors import ERR_INVALID_ARG_TYPE

Subscriber = Callable[[Any, str], object]

_P = ParamSpec("_P")
_T = TypeVar("_T")

_channels: WeakValueDictionary[str, Channel] = WeakValueDictionary()
_wanted: set[Channel] = set()  # those that somebody listens to, which nobody else may hold
_lock = threading.RLock()  # a finaliser may subscribe too


class Channel:
    """A channel, of which there is one a name: Channel(name) is channel(name).

    It lasts while somebody holds it or listens to it. Node: diagnostics_channel.Channel

    Attributes:
        name: Its name.
        has_subscribers: Whether there is a subscriber or a store. To be looked at before a message
            is made: publish() without subscribers does nothing. Read-only.

    Raises:
        ERR_INVALID_ARG_TYPE: `name` is no string.
    """

    __slots__ = ("__weakref__", "_stores", "_subscribers", "has_subscribers", "name")

    name: str
    has_subscribers: bool
    _subscribers: tuple[Subscriber, ...]
    _stores: dict[ContextVar[Any], Callable[[Any], Any] | None]

    def __new__(cls, name: str) -> Self:
        if not isinstance(name, str):
            raise ERR_INVALID_ARG_TYPE("channel", "string", name)
        with _lock:
            found = _channels.get(name)
            if found is None:
                found = super().__new__(cls)
                found.name = name
                found.has_subscribers = False
                found._subscribers = ()
                found._stores = {}
                _channels[name] = found
            return found  # type: ignore[return-value]

    def __init_subclass__(cls) -> None:
        raise TypeError("Channel cannot be subclassed: there is one a name, for everybody")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}, {len(self._subscribers)} subscriber(s)>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Channel, (self.name,)

    def _changed(self) -> None:
        self.has_subscribers = bool(self._subscribers or self._stores)
        (_wanted.add if self.has_subscribers else _wanted.discard)(self)

    def subscribe(self, subscription: Subscriber) -> None:
        """Have a function called with every message. Node: channel.subscribe

        Args:
            subscription: Called with (message, name), after those that subscribed before. One that
                subscribes twice is called twice. What it raises is reported on the next tick as
                any exception that nothing catches; who publishes and the others do not notice.
                Where no loop runs it goes to sys.excepthook.

        Raises:
            ERR_INVALID_ARG_TYPE: It cannot be called.
        """
        if not callable(subscription):
            raise ERR_INVALID_ARG_TYPE("subscription", "function", subscription)
        with _lock:
            self._subscribers = (*self._subscribers, subscription)
            self._changed()

    def unsubscribe(self, subscription: Subscriber) -> bool:
        """Call a function no more. Node: channel.unsubscribe

        Args:
            subscription: What subscribe() was given; compared by equality, as bound methods are.

        Returns:
            Whether it was subscribed.
        """
        with _lock:
            found = list(self._subscribers)
            try:
                found.remove(subscription)
            except ValueError:
                return False
            self._subscribers = tuple(found)
            self._changed()
            return True

    def publish(self, message: Any) -> None:
        """Call each subscriber with (message, name), at once. Node: channel.publish

        Args:
            message: Anything. Subscribers get the object itself.
        """
        for subscription in self._subscribers:
            try:
                subscription(message, self.name)
            except Exception as exc:
                report(exc)

    def bind_store(
        self, store: ContextVar[Any], transform: Callable[[Any], Any] | None = None
    ) -> None:
        """Set a context variable to each message of run_stores(). Node: channel.bindStore

        Args:
            store: The variable; Node has an AsyncLocalStorage there. Binding it again replaces its
                `transform`.
            transform: Makes the value of the message. None, the default, for the message itself.
                If it raises, that is reported as what a subscriber raises, and the variable is
                left as it was.

        Raises:
            ERR_INVALID_ARG_TYPE: `store` is no ContextVar, or `transform` cannot be called.
        """
        if not isinstance(store, ContextVar):
            raise ERR_INVALID_ARG_TYPE("store", "ContextVar", store)
        if transform is not None and not callable(transform):
            raise ERR_INVALID_ARG_TYPE("transform", "function", transform)
        with _lock:
            self._stores = {**self._stores, store: transform}
            self._changed()

    def unbind_store(self, store: ContextVar[Any]) -> bool:
        """Leave a context variable alone again. Node: channel.unbindStore

        Returns:
            Whether it was bound.
        """
        with _lock:
            if store not in self._stores:
                return False
            self._stores = {key: value for key, value in self._stores.items() if key is not store}
            self._changed()
            return True

    def run_stores(
        self, message: Any, function: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Call function(*args, **kwargs) with the bound variables set. Node: channel.runStores

        Args:
            message: What the variables are set to, and what is published once they are.
            function: What it calls, and whose callbacks and tasks inherit the variables, does too.

        Returns:
            What it returns. What it raises is raised.
        """
        with self._scope(message):
            return function(*args, **kwargs)

    @contextmanager
    def _scope(self, message: Any) -> Iterator[None]:
        """Publish a message with the variables set, and give them back at the end."""
        tokens: list[tuple[ContextVar[Any], Token[Any]]] = []
        for store, transform in self._stores.items():
            try:
                value = message if transform is None else transform(message)
            except Exception as exc:
                report(exc)
            else:
                tokens.append((store, store.set(value)))
        try:
            self.publish(message)
            yield
        finally:
            for store, token in reversed(tokens):
                with suppress(ValueError):  # a coroutine that was dropped ends in any context
                    store.reset(token)


def report(error: Exception) -> None:
    """Have an exception raised where nobody catches it. Node: triggerUncaughtException"""
    loop = asyncio._get_running_loop()
    if loop is None:
        sys.excepthook(type(error), error, error.__traceback__)
    else:  # of which one that is not ours has no ticks
        getattr(loop, "next_tick", loop.call_soon)(_raise, error)


def _raise(error: Exception) -> None:
    raise error


def channel(name: str) -> Channel:
    """Return the channel of this name: always the same. Node: diagnostics_channel.channel

    Who publishes often keeps it, and asks for its has_subscribers first.

    Raises:
        ERR_INVALID_ARG_TYPE: `name` is no string.
    """
    return Channel(name)


def has_subscribers(name: str) -> bool:
    """Return whether anybody listens to a channel, without making one.

    Node: diagnostics_channel.hasSubscribers
    """
    found = _channels.get(name)
    return found is not None and found.has_subscribers


def subscribe(name: str, subscription: Subscriber) -> None:
    """Have a function called with every message of a channel: see Channel.subscribe().

    Node: diagnostics_channel.subscribe

    Raises:
        ERR_INVALID_ARG_TYPE: `name` is no string, or `subscription` cannot be called.
    """
    Channel(name).subscribe(subscription)


def unsubscribe(name: str, subscription: Subscriber) -> bool:
    """Call a function no more: see Channel.unsubscribe(). Node: diagnostics_channel.unsubscribe

    Returns:
        Whether it was subscribed.
    """
    return Channel(name).unsubscribe(subscription)

"""Channel: one a name, subscribers in order, and what becomes of their exceptions."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest

import uvnet
from uvnet import diagnostics
from uvnet.diagnostics import Channel, channel
from uvnet.errors import ERR_INVALID_ARG_TYPE


@pytest.fixture
def name(request: pytest.FixtureRequest) -> str:
    """A name of the test's own."""
    return f"test.{request.node.name}"


def test_one_a_name(name: str) -> None:
    held = channel(name)
    assert channel(name) is held
    assert Channel(name) is held
    assert isinstance(held, Channel)
    assert channel(name + "2") is not held
    assert held.name == name
    assert repr(held) == f"<Channel {name!r}, 0 subscriber(s)>"
    assert copy.copy(held) is held
    assert copy.deepcopy(held) is held
    assert pickle.loads(pickle.dumps(held)) is held


def test_it_goes_when_nobody_holds_it(name: str) -> None:
    watched = weakref.ref(channel(name))
    gc.collect()
    assert watched() is None


def test_it_stays_while_somebody_listens(name: str) -> None:
    heard: list[Any] = []
    listener = lambda message, name: heard.append((message, name))  # noqa: E731
    diagnostics.subscribe(name, listener)
    watched = weakref.ref(channel(name))
    gc.collect()
    assert watched() is channel(name)
    channel(name).publish(1)
    assert heard == [(1, name)]
    assert diagnostics.unsubscribe(name, listener)
    gc.collect()
    assert watched() is None


def test_it_stays_while_a_store_is_bound(name: str) -> None:
    store: ContextVar[Any] = ContextVar(name)
    channel(name).bind_store(store)
    gc.collect()
    assert diagnostics.has_subscribers(name)
    assert channel(name).unbind_store(store)
    assert not diagnostics.has_subscribers(name)


def test_has_subscribers(name: str) -> None:
    assert not diagnostics.has_subscribers(name)
    held = channel(name)
    assert held.has_subscribers is False
    held.subscribe(print)
    assert held.has_subscribers is True
    assert diagnostics.has_subscribers(name)
    held.subscribe(print)
    assert held.unsubscribe(print)
    assert held.has_subscribers is True
    assert held.unsubscribe(print)
    assert held.has_subscribers is False
    assert not diagnostics.has_subscribers(name)


def test_asking_makes_no_channel(name: str) -> None:
    assert not diagnostics.has_subscribers(name)
    assert name not in diagnostics._channel._channels


def test_subscribers_are_called_in_order_with_the_object_itself(name: str) -> None:
    held = channel(name)
    heard: list[tuple[int, Any, str]] = []
    listeners = [lambda m, n, i=i: heard.append((i, m, n)) for i in range(3)]
    for listener in (*listeners, listeners[0]):
        held.subscribe(listener)
    message = object()
    assert held.publish(message) is None
    assert heard == [(i, message, name) for i in (0, 1, 2, 0)]
    heard.clear()
    assert held.unsubscribe(listeners[0])  # once
    held.publish(message)
    assert [i for i, _, _ in heard] == [1, 2, 0]
    for listener in listeners:
        assert held.unsubscribe(listener)
        assert not held.unsubscribe(listener)
    heard.clear()
    held.publish(message)
    assert not heard


def test_bound_methods_are_compared_by_equality(name: str) -> None:
    heard: list[Any] = []

    class Listener:
        def on_message(self, message: Any, name: str) -> None:
            heard.append(message)

    listener = Listener()
    diagnostics.subscribe(name, listener.on_message)
    assert diagnostics.unsubscribe(name, listener.on_message)
    channel(name).publish(1)
    assert not heard


def test_changes_during_a_message_are_for_the_next_one(name: str) -> None:
    held = channel(name)
    heard: list[str] = []

    def first(message: Any, name: str) -> None:
        heard.append("first")
        held.unsubscribe(second)
        held.subscribe(third)

    def second(message: Any, name: str) -> None:
        heard.append("second")

    def third(message: Any, name: str) -> None:
        heard.append("third")

    held.subscribe(first)
    held.subscribe(second)
    held.publish(None)
    assert heard == ["first", "second"]
    held.unsubscribe(first)
    held.publish(None)
    assert heard == ["first", "second", "third"]
    assert held.unsubscribe(third)


@pytest.mark.parametrize("value", [1, None, b"name", print])
def test_wrong_names(value: Any) -> None:
    functions: list[Callable[[Any], object]] = [
        channel,
        Channel,
        lambda wrong: diagnostics.subscribe(wrong, print),
        lambda wrong: diagnostics.unsubscribe(wrong, print),
    ]
    for function in functions:
        with pytest.raises(ERR_INVALID_ARG_TYPE, match='"channel" argument must be of type string'):
            function(value)


def test_wrong_subscribers(name: str) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="subscription"):
        channel(name).subscribe(1)  # type: ignore[arg-type]
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="store"):
        channel(name).bind_store("store")  # type: ignore[arg-type]
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="transform"):
        channel(name).bind_store(ContextVar("store"), 1)  # type: ignore[arg-type]
    assert not diagnostics.has_subscribers(name)


def test_it_cannot_be_subclassed() -> None:
    with pytest.raises(TypeError, match="one a name"):
        type("Other", (Channel,), {})


# -------------------------------------------------------------------- what they raise


def test_an_exception_is_raised_on_the_next_tick(name: str) -> None:
    order: list[str] = []

    def broken(message: Any, name: str) -> None:
        raise KeyError("broken")

    held = channel(name)
    held.subscribe(broken)
    held.subscribe(lambda message, name: order.append("other"))
    loop = uvnet.new_event_loop()
    loop.set_exception_handler(lambda loop, context: order.append(repr(context["exception"])))

    def publish() -> None:
        held.publish(None)
        order.append("published")
        loop.next_tick(order.append, "tick")
        loop.stop()

    loop.call_soon(publish)
    loop.run_forever()
    loop.close()
    assert order == ["other", "published", "KeyError('broken')", "tick"]
    held.unsubscribe(broken)


def test_under_run_it_ends_the_run(name: str) -> None:
    def broken(message: Any, name: str) -> None:
        raise KeyError("broken")

    diagnostics.subscribe(name, broken)
    uvnet.set_immediate(channel(name).publish, 1)
    with pytest.raises(KeyError, match="broken"):
        uvnet.run()
    diagnostics.unsubscribe(name, broken)


def test_on_another_loop_it_goes_to_its_handler(name: str) -> None:
    found: list[str] = []

    def broken(message: Any, name: str) -> None:
        raise KeyError("broken")

    async def main() -> None:
        handler = lambda loop, context: found.append(repr(context["exception"]))  # noqa: E731
        asyncio.get_running_loop().set_exception_handler(handler)
        channel(name).publish(None)
        await asyncio.sleep(0)

    diagnostics.subscribe(name, broken)
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(main())
    assert found == ["KeyError('broken')"]
    diagnostics.unsubscribe(name, broken)


def test_without_a_loop_it_goes_to_the_hook(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: found.append(args))
    error = KeyError("broken")

    def broken(message: Any, name: str) -> None:
        raise error

    held = channel(name)
    held.subscribe(broken)
    held.publish(None)
    [(kind, value, traceback)] = found
    assert (kind, value) == (KeyError, error)
    assert traceback is not None
    held.unsubscribe(broken)


def test_what_ends_a_program_is_not_caught(name: str) -> None:
    def ends(message: Any, name: str) -> None:
        raise SystemExit(3)

    held = channel(name)
    held.subscribe(ends)
    with pytest.raises(SystemExit):
        held.publish(None)
    held.unsubscribe(ends)


# ------------------------------------------------------------------------- the stores


def test_stores_are_set_while_the_function_runs(name: str) -> None:
    plain: ContextVar[Any] = ContextVar("plain")
    made: ContextVar[Any] = ContextVar("made", default="before")
    held = channel(name)
    held.bind_store(plain)
    held.bind_store(made, lambda message: message * 10)
    heard: list[Any] = []
    listener = lambda message, name: heard.append((message, made.get()))  # noqa: E731
    held.subscribe(listener)

    def function(*args: int, more: int) -> Any:
        return plain.get(), made.get(), args, more

    assert held.run_stores(4, function, 1, 2, more=3) == (4, 40, (1, 2), 3)
    assert heard == [(4, 40)]
    assert plain.get(None) is None
    assert made.get() == "before"
    with pytest.raises(ZeroDivisionError):
        held.run_stores(4, lambda: 1 / 0)
    assert made.get() == "before"
    assert held.unbind_store(made)
    assert not held.unbind_store(made)
    assert held.run_stores(5, made.get) == "before"
    assert held.unbind_store(plain)
    assert held.unsubscribe(listener)


def test_binding_again_replaces_the_transform(name: str) -> None:
    store: ContextVar[Any] = ContextVar("store")
    held = channel(name)
    held.bind_store(store, lambda message: "first")
    held.bind_store(store, lambda message: "second")
    assert held.run_stores(None, store.get) == "second"
    assert held.unbind_store(store)
    assert not held.has_subscribers


def test_a_transform_that_raises_leaves_the_store(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: found.append(args[1]))
    broken: ContextVar[Any] = ContextVar("broken", default="before")
    sound: ContextVar[Any] = ContextVar("sound")
    held = channel(name)
    held.bind_store(broken, lambda message: 1 / 0)
    held.bind_store(sound)
    assert held.run_stores(7, lambda: (broken.get(), sound.get())) == ("before", 7)
    assert [type(error) for error in found] == [ZeroDivisionError]
    held.unbind_store(broken)
    held.unbind_store(sound)


def test_what_the_function_starts_inherits_the_stores(name: str) -> None:
    store: ContextVar[Any] = ContextVar("store")
    seen: list[Any] = []
    held = channel(name)
    held.bind_store(store)
    held.run_stores(1, uvnet.set_immediate, lambda: seen.append(store.get()))
    uvnet.run()
    assert seen == [1]
    held.unbind_store(store)


# --------------------------------------------------------------------------- threads


def test_threads_get_one_channel_and_lose_no_subscriber(name: str) -> None:
    rounds = 200
    start = threading.Barrier(4)
    found: list[Channel] = []

    def work() -> None:
        start.wait()
        for _ in range(rounds):
            held = channel(name)
            held.subscribe(print)
            found.append(held)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    for _ in range(4 * rounds):
        assert found[0].unsubscribe(print)
    assert not found[0].has_subscribers

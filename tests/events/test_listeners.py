"""Adding, removing and counting listeners, as Node 26 does it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import inf, nan
from typing import Any

import pytest

from uvnet import errors, events
from uvnet.events import EventEmitter, MaxListenersExceededWarning


class Numbered:
    """A listener that does nothing but have a number."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, *args: Any) -> None:
        pass


@pytest.fixture
def emitter() -> EventEmitter:
    return EventEmitter()


@pytest.fixture
def log() -> list[Any]:
    return []


# ----------------------------------------------------------------------------- once


def test_once(emitter: EventEmitter, log: list[Any]) -> None:
    def listener(value: int) -> None:
        log.append((value, emitter.listener_count("x"), emitter.emit("x", 2)))

    emitter.once("x", listener)
    assert emitter.emit("x", 1)
    assert not emitter.emit("x", 3)
    assert log == [(1, 0, False)]


def test_several_once_that_emit_again(emitter: EventEmitter, log: list[Any]) -> None:
    def first(value: int) -> None:
        log.append(f"a{value}")
        emitter.emit("x", 2)

    emitter.once("x", first).once("x", lambda value: log.append(f"b{value}"))
    emitter.emit("x", 1)
    assert log == ["a1", "b2"]
    assert emitter.event_names() == []


def test_prepend_once(emitter: EventEmitter, log: list[Any]) -> None:
    emitter.on("x", lambda: log.append("a"))
    emitter.prepend_once_listener("x", lambda: log.append("p"))
    emitter.emit("x")
    emitter.emit("x")
    assert log == ["p", "a", "a"]


def test_wrappers(emitter: EventEmitter, log: list[Any]) -> None:
    listener = log.append
    emitter.on("x", listener).once("x", listener)
    plain, wrapper = emitter.raw_listeners("x")
    assert plain is listener
    assert wrapper is not listener and wrapper.listener is listener  # type: ignore[attr-defined]
    assert emitter.listeners("x") == [listener, listener]
    wrapper(1)  # fires, and is gone
    assert log == [1]
    assert emitter.listener_count("x") == 1
    wrapper(2)
    assert log == [1]
    emitter.raw_listeners("x").clear()
    emitter.listeners("x").clear()
    assert emitter.listener_count("x") == 1


def test_a_wrapper_returns_what_the_listener_returns(emitter: EventEmitter) -> None:
    emitter.once("x", lambda a, b: a + b)
    [wrapper] = emitter.raw_listeners("x")
    assert wrapper(1, 2) == 3
    assert wrapper(1, 2) is None
    assert "lambda" in repr(wrapper)


# ------------------------------------------------------------------------- removing


def test_off_removes_the_last_of_equals(emitter: EventEmitter, log: list[Any]) -> None:
    def listener() -> None:
        log.append("f")

    emitter.on("x", listener).on("x", lambda: log.append("g")).on("x", listener)
    emitter.off("x", listener).emit("x")
    assert log == ["f", "g"]
    emitter.off("x", listener).off("x", listener)
    assert emitter.listener_count("x") == 1


def test_off_once_by_listener_and_by_wrapper(emitter: EventEmitter) -> None:
    emitter.once("x", print).off("x", print)
    assert (emitter.emit("x"), emitter.event_names()) == (False, [])
    emitter.once("x", print).once("x", print)
    first, second = emitter.raw_listeners("x")
    emitter.off("x", first)
    assert emitter.raw_listeners("x") == [second]
    emitter.off("x", first).off("y", first)
    assert emitter.listener_count("x") == 1


def test_bound_methods_are_compared_by_equality(emitter: EventEmitter) -> None:
    class Consumer:
        got = 0

        def on_data(self, value: int) -> None:
            self.got += value

    one, two = Consumer(), Consumer()
    for consumer in (one, two, one):
        emitter.on("x", consumer.on_data)
    assert emitter.listener_count("x", one.on_data) == 2
    emitter.off("x", one.on_data).emit("x", 1)
    assert (one.got, two.got) == (1, 1)
    emitter.off("x", two.on_data).once("x", two.on_data).off("x", two.on_data)
    emitter.off("x", one.on_data)
    assert emitter.event_names() == []
    values: list[int] = []
    emitter.on("x", values.append).off("x", values.append)
    assert not emitter.emit("x", 1)


def test_an_eq_that_changes_the_listeners(emitter: EventEmitter) -> None:
    class Awkward(Numbered):
        def __eq__(self, other: object) -> bool:
            emitter.remove_all_listeners("x")
            emitter.on("x", kept)
            return isinstance(other, Numbered) and other.number == self.number

        __hash__ = None  # type: ignore[assignment]

    kept = Numbered(0)
    for count in (1, 2, 5):
        emitter.remove_all_listeners()
        for _ in range(count):
            emitter.on("x", Awkward(1))
        emitter.off("x", Numbered(1))
        assert emitter.raw_listeners("x") == [kept]


def test_remove_all_is_last_in_first_out(emitter: EventEmitter, log: list[Any]) -> None:
    emitter.on("remove_listener", lambda event, listener: log.append(listener.number))
    for number in range(3):
        emitter.on("x", Numbered(number))
    emitter.remove_all_listeners("x")
    assert log == [2, 1, 0]
    assert emitter.event_names() == ["remove_listener"]


def test_remove_all_of_all_events(emitter: EventEmitter, log: list[Any]) -> None:
    emitter.on("remove_listener", lambda event, listener: log.append((event, listener.number)))
    for number in range(2):
        emitter.on("x", Numbered(number)).on("y", Numbered(number))
    emitter.remove_all_listeners()
    assert log == [("x", 1), ("x", 0), ("y", 1), ("y", 0)]
    assert emitter.event_names() == []


def test_remove_all_unobserved(emitter: EventEmitter) -> None:
    assert emitter.remove_all_listeners() is emitter
    emitter.on("x", print).on("x", print).on("y", print)
    emitter.remove_all_listeners("x").remove_all_listeners("z")
    assert emitter.event_names() == ["y"]
    emitter.remove_all_listeners()
    assert emitter.event_names() == []


# --------------------------------------------------------- new_listener, remove_listener


def test_new_listener_comes_before(emitter: EventEmitter, log: list[Any]) -> None:
    def about(event: str, listener: Any) -> None:
        log.append((event, listener is print, emitter.listener_count(event)))

    emitter.on("new_listener", about).on("x", print).once("y", print)
    emitter.on("new_listener", lambda *args: log.append("second")).on("z", print)
    assert log == [
        ("x", True, 0),
        ("y", True, 0),
        ("new_listener", False, 1),
        ("z", True, 0),
        "second",
    ]


def test_new_listener_may_add_one_before(emitter: EventEmitter, log: list[Any]) -> None:
    emitter.once("new_listener", lambda *args: emitter.on("x", lambda: log.append("B")))
    emitter.on("x", lambda: log.append("A"))
    emitter.emit("x")
    assert log == ["B", "A"]


def test_new_listener_may_remove_everything(emitter: EventEmitter) -> None:
    emitter.on("new_listener", lambda *args: emitter.remove_all_listeners())
    emitter.on("x", print)
    assert emitter.event_names() == ["x"]


def test_remove_listener_comes_after(emitter: EventEmitter, log: list[Any]) -> None:
    def about(event: str, listener: Any) -> None:
        log.append((event, listener is print, emitter.listener_count(event)))

    emitter.on("remove_listener", about).on("x", print).on("x", print)
    emitter.off("x", print).off("x", print).off("x", print)
    assert log == [("x", True, 1), ("x", True, 0)]


def test_remove_listener_gets_what_was_given_to_once(emitter: EventEmitter) -> None:
    """Node gives the wrapper when one of several fires; here it is always the listener."""
    seen: list[Any] = []

    def listener() -> None:
        pass

    emitter.on("remove_listener", lambda event, listener: seen.append(listener))
    emitter.once("x", listener).emit("x")
    emitter.once("x", listener).off("x", listener)
    emitter.once("x", listener).once("x", listener).emit("x")
    assert seen == [listener] * 4


def test_remove_listener_is_not_told_of_itself(emitter: EventEmitter, log: list[Any]) -> None:
    def about(event: str, listener: Any) -> None:
        log.append(event)

    emitter.on("remove_listener", about).off("remove_listener", about)
    emitter.on("remove_listener", about).on("remove_listener", lambda *args: log.append("two"))
    emitter.off("remove_listener", about)
    assert log == ["two"]


# -------------------------------------------------------------------------- looking


def test_counts(emitter: EventEmitter) -> None:
    def other() -> None:
        pass

    emitter.on("x", print)
    assert (emitter.listener_count("x", print), emitter.listener_count("x", other)) == (1, 0)
    emitter.once("x", print).on("x", other)
    assert emitter.listener_count("x") == events.listener_count(emitter, "x") == 3
    assert (emitter.listener_count("x", print), emitter.listener_count("x", other)) == (2, 1)
    assert emitter.listener_count("y") == emitter.listener_count("y", print) == 0
    assert events.get_event_listeners(emitter, "x") == [print, print, other]


def test_names_are_in_order_of_arrival(emitter: EventEmitter) -> None:
    emitter.on("b", print).on("a", print).on("c", print)
    assert emitter.event_names() == ["b", "a", "c"]
    emitter.off("b", print).on("b", print).off("zz", print)
    assert emitter.event_names() == ["a", "c", "b"]


@pytest.mark.parametrize("value", [5, None, "f"])
def test_listeners_are_callable(emitter: EventEmitter, value: Any) -> None:
    for method in (
        emitter.on,
        emitter.once,
        emitter.off,
        emitter.remove_listener,
        emitter.prepend_listener,
        emitter.prepend_once_listener,
    ):
        with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"listener" argument must be'):
            method("x", value)
    assert emitter.event_names() == []


# --------------------------------------------------------------------- max listeners


@pytest.fixture
def default_limit() -> Any:
    before = events.default_max_listeners
    yield
    events.default_max_listeners = before


def test_too_many_listeners_warn_once_where_they_are_added(emitter: EventEmitter) -> None:
    for _ in range(10):
        emitter.on("x", print)
    with pytest.warns(MaxListenersExceededWarning, match="^11 listeners for 'x' of <") as caught:
        emitter.on("x", print)
    [record] = caught
    assert record.filename == __file__
    warning = record.message
    assert isinstance(warning, MaxListenersExceededWarning)
    assert (warning.emitter, warning.event, warning.count) == (emitter, "x", 11)
    emitter.on("x", print)
    emitter.on("x", lambda: emitter.on("x", print)).emit("x")  # nor does a copy


def test_each_event_and_each_emitter_warns() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            emitter = EventEmitter().set_max_listeners(1)
            for event in ("x", "y", "x", "y", "x", "y"):
                emitter.once(event, print)
    messages: list[Any] = [each.message for each in caught]
    assert [(message.event, message.count) for message in messages] == [
        ("x", 2),
        ("y", 2),
    ] * 2


def test_a_warning_that_is_an_error_does_not_undo(emitter: EventEmitter) -> None:
    emitter.set_max_listeners(1).on("x", print)
    with pytest.raises(MaxListenersExceededWarning):
        emitter.on("x", print)
    assert emitter.listener_count("x") == 2


def test_limits(emitter: EventEmitter, default_limit: None) -> None:
    assert emitter.get_max_listeners() == 10
    assert emitter.set_max_listeners(0) is emitter
    assert events.get_max_listeners(emitter) == 0
    events.set_max_listeners(3, emitter)
    assert emitter.get_max_listeners() == 3
    assert emitter.set_max_listeners(inf).get_max_listeners() == inf
    events.set_max_listeners(2)
    assert EventEmitter().get_max_listeners() == events.default_max_listeners == 2
    events.default_max_listeners = 1
    other = EventEmitter().on("x", print)
    with pytest.warns(MaxListenersExceededWarning):
        other.on("x", print)


@pytest.mark.parametrize("limit", [0, inf])
def test_no_limit(emitter: EventEmitter, limit: float) -> None:
    emitter.set_max_listeners(limit)
    for _ in range(50):
        emitter.on("x", print)
    assert emitter.listener_count("x") == 50


@pytest.mark.parametrize("setter", ["method", "function"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (-1, errors.ERR_OUT_OF_RANGE),
        (nan, errors.ERR_OUT_OF_RANGE),
        (-inf, errors.ERR_OUT_OF_RANGE),
        (1.5, errors.ERR_OUT_OF_RANGE),
        ("1", errors.ERR_INVALID_ARG_TYPE),
        (True, errors.ERR_INVALID_ARG_TYPE),
    ],
)
def test_wrong_limits(
    emitter: EventEmitter, setter: str, value: Any, error: type[Exception]
) -> None:
    set_limit: Callable[[Any], object] = (
        emitter.set_max_listeners if setter == "method" else events.set_max_listeners
    )
    with pytest.raises(error):
        set_limit(value)
    assert emitter.get_max_listeners() == 10

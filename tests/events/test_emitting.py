"""emit(): who is called, in which order, and what an 'error' does. As Node 26 does it."""

from __future__ import annotations

import enum
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from uvnet import errors
from uvnet.events import EventEmitter, error_monitor


@pytest.fixture
def emitter() -> EventEmitter:
    return EventEmitter()


@pytest.fixture
def log() -> list[Any]:
    return []


@pytest.fixture
def say(log: list[Any]) -> Callable[[Any], Callable[..., None]]:
    """say(word): a new listener that writes `word` to the log."""
    return lambda word: lambda *args: log.append(word)


def test_order_and_result(emitter: EventEmitter, log: list[Any], say: Any) -> None:
    emitter.on("x", say(1)).on("x", say(2)).prepend_listener("x", say(0)).add_listener("x", say(3))
    assert emitter.emit("x") is True
    assert emitter.emit("y") is False
    assert log == [0, 1, 2, 3]


@pytest.mark.parametrize("count", range(6))
def test_arguments(emitter: EventEmitter, log: list[Any], count: int) -> None:
    arguments = tuple(object() for _ in range(count))
    emitter.on("x", lambda *args: log.append(args))
    emitter.once("x", lambda *args: log.append(args))
    assert emitter.emit("x", *arguments)  # to two of them
    assert emitter.emit("x", *arguments)  # to one, which is looked up
    assert emitter.emit("x", *arguments)  # and to one that is found at once
    assert log == [arguments] * 4


def test_a_listener_added_by_the_only_one_is_not_called(
    emitter: EventEmitter, log: list[Any], say: Any
) -> None:
    def first() -> None:
        log.append("a")
        emitter.on("x", say("new"))

    emitter.on("x", first)
    emitter.emit("x")
    assert log == ["a"]
    emitter.emit("x")
    assert log == ["a", "a", "new"]


def test_a_listener_added_by_one_of_several_is_not_called(
    emitter: EventEmitter, log: list[Any], say: Any
) -> None:
    def first() -> None:
        log.append("a")
        emitter.on("x", say("new"))

    emitter.on("x", first).on("x", say("b"))
    emitter.emit("x")
    assert log == ["a", "b"]
    emitter.emit("x")
    assert log == ["a", "b", "a", "b", "new"]


def test_a_listener_removed_meanwhile_is_still_called(
    emitter: EventEmitter, log: list[Any], say: Any
) -> None:
    last = say("b")

    def first() -> None:
        log.append("a")
        emitter.off("x", last)

    emitter.on("x", first).on("x", last)
    emitter.emit("x")
    emitter.emit("x")
    assert log == ["a", "b", "a"]


def test_all_removed_meanwhile(emitter: EventEmitter, log: list[Any], say: Any) -> None:
    emitter.on("x", lambda: emitter.remove_all_listeners("x")).on("x", say("b"))
    assert emitter.emit("x")
    assert not emitter.emit("x")
    assert log == ["b"]


def test_changes_in_a_nested_emit(emitter: EventEmitter, log: list[Any], say: Any) -> None:
    extra = say("extra")

    def first(depth: int) -> None:
        log.append(depth)
        if depth:
            emitter.prepend_listener("x", extra)
            emitter.emit("x", depth - 1)
            emitter.off("x", extra)

    emitter.on("x", first).on("x", say("last"))
    emitter.emit("x", 2)
    assert log == [2, "extra", 1, "extra", "extra", 0, "last", "last", "last"]
    assert emitter.listener_count("x") == 2


def test_a_listener_that_removes_itself(emitter: EventEmitter, log: list[Any]) -> None:
    def listener(value: int) -> None:
        emitter.off("x", listener)
        log.append(value)

    for _ in range(3):
        emitter.on("x", listener)
        emitter.emit("x", 1)
    emitter.emit("x", 2)
    assert log == [1, 1, 1]


def test_the_listener_found_last_is_forgotten_when_it_is_replaced(
    emitter: EventEmitter, log: list[Any], say: Any
) -> None:
    for word in range(5):
        listener = say(word)
        emitter.on("x", listener)
        emitter.emit("x")
        emitter.emit("x")
        if word % 2:
            emitter.off("x", listener)
        else:
            emitter.remove_all_listeners("x" if word % 4 else None)
        del listener
        emitter.on("other", print)  # so that there are listeners at all
        assert not emitter.emit("x")
    assert log == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_equal_names_are_the_same_event(emitter: EventEmitter, log: list[Any], say: Any) -> None:
    class Name(enum.StrEnum):
        DATA = "da-ta"

    class Mixed(str, enum.Enum):  # noqa: UP042  # whose str() is not its value
        DATA = "da-ta"

    emitter.on("".join(["da", "-ta"]), say(1))
    for name in ("da-ta", "-".join(["da", "ta"]), Name.DATA, Mixed.DATA, "da-ta"):
        assert emitter.emit(name)
    emitter.on(Name.DATA, say(2))
    assert emitter.listener_count("da-ta") == 2
    assert [type(name) for name in emitter.event_names()] == [str]
    assert len(log) == 5


def test_a_name_in_the_memory_of_another_one(emitter: EventEmitter, say: Any) -> None:
    """The event that was emitted last is known by its address, but a name may be freed."""

    one, two = list("event-1"), list("event-2")
    emitter.on("".join(one), say(1))
    for intern in (str, sys.intern):
        for _ in range(100):
            name = intern("".join(one))
            found = emitter.emit(name)
            address = id(name)
            del name
            other = intern("".join(two))
            found_other = emitter.emit(other)
            reused = id(other) == address
            del other
            assert (found, found_other) == (True, False)
            if intern is str:  # what is interned is the emitter's name, too, and lives
                assert reused or "LD_PRELOAD" in os.environ


@pytest.mark.parametrize("name", [None, 5, b"x", ("x",), []])
def test_names_are_strings(emitter: EventEmitter, name: Any) -> None:
    for call in (emitter.emit, emitter.listeners, emitter.raw_listeners, emitter.listener_count):
        with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"event" argument'):
            call(name)
    for add in (emitter.on, emitter.once, emitter.off, emitter.prepend_listener):
        with pytest.raises(errors.ERR_INVALID_ARG_TYPE, match='"event" argument'):
            add(name, print)
    assert emitter.event_names() == []


def test_wrong_calls(emitter: EventEmitter) -> None:
    with pytest.raises(TypeError, match="event"):
        emitter.emit()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        emitter.emit(event="x")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        EventEmitter.emit(object(), "x")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        EventEmitter("x")  # type: ignore[call-arg]


def test_what_a_listener_raises_comes_out(emitter: EventEmitter, log: list[Any], say: Any) -> None:
    def fails() -> None:
        raise KeyError("t")

    emitter.on("x", say(1)).on("x", fails).on("x", say(3))
    with pytest.raises(KeyError, match="t"):
        emitter.emit("x")
    assert log == [1]
    emitter.on("x", say(4))  # into the list itself: nothing is being emitted
    assert emitter.listener_count("x") == 4


def test_a_listener_that_fails_is_gone_after_once(emitter: EventEmitter) -> None:
    def fails() -> None:
        raise KeyError("t")

    emitter.once("x", fails)
    with pytest.raises(KeyError):
        emitter.emit("x")
    assert not emitter.emit("x")


# ------------------------------------------------------------------------------ error


def test_an_error_without_listener_is_raised(emitter: EventEmitter) -> None:
    error = OSError("boom")
    with pytest.raises(OSError, match="boom") as caught:
        emitter.emit("error", error)
    assert caught.value is error
    emitter.on("other", print)
    with pytest.raises(OSError, match="boom"):
        emitter.emit("".join(["err", "or"]), error)


@pytest.mark.parametrize(("arguments", "text"), [((5,), "(5)"), ((), "(None)")])
def test_what_is_no_exception_is_raised_in_one(
    emitter: EventEmitter, arguments: tuple[Any, ...], text: str
) -> None:
    with pytest.raises(errors.ERR_UNHANDLED_ERROR) as caught:
        emitter.emit("error", *arguments)
    assert str(caught.value) == f"Unhandled error. {text}"


def test_an_error_with_a_listener(emitter: EventEmitter, log: list[Any]) -> None:
    emitter.on("error", log.append)
    for value in range(3):
        assert emitter.emit("error", value)
    assert log == [0, 1, 2]


def test_monitors_come_first_and_handle_nothing(emitter: EventEmitter, log: list[Any]) -> None:
    emitter.on(error_monitor, lambda error: log.append(("monitor", str(error))))
    with pytest.raises(OSError, match="one"):
        emitter.emit("error", OSError("one"))
    emitter.on("error", lambda error: log.append(("listener", str(error))))
    assert emitter.emit("error", OSError("two"))
    assert emitter.emit("error", OSError("three"))
    assert log == [
        ("monitor", "one"),
        *(("monitor", "two"), ("listener", "two")),
        *(("monitor", "three"), ("listener", "three")),
    ]


def test_a_monitor_may_add_the_listener(emitter: EventEmitter, log: list[Any]) -> None:
    emitter.on(error_monitor, lambda error: emitter.once("error", log.append))
    assert emitter.emit("error", 1)
    assert log == [1]


# --------------------------------------------------------------------------- overriding


class Spy(EventEmitter):
    """Writes down which of its methods are called."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def on(self, event: str, listener: Any) -> Any:
        self.calls.append(f"on {event}")
        return super().on(event, listener)

    def prepend_listener(self, event: str, listener: Any) -> Any:
        self.calls.append(f"prepend {event}")
        return super().prepend_listener(event, listener)

    def remove_listener(self, event: str, listener: Any) -> Any:
        self.calls.append(f"remove {event}")
        return super().remove_listener(event, listener)

    def emit(self, event: str, *args: Any) -> bool:
        self.calls.append(f"emit {event}")
        return super().emit(event, *args)


def test_overridden_methods_are_used_where_node_uses_them() -> None:
    spy = Spy()
    nothing = print
    spy.once("x", nothing).prepend_once_listener("y", nothing).add_listener("z", nothing)
    assert spy.calls == ["on x", "prepend y"]
    spy.calls.clear()
    spy.once("x", lambda: None)
    spy.off("x", nothing)
    spy.emit("x")
    assert spy.calls == ["on x", "emit x", "remove x"]
    spy.calls.clear()
    spy.on("new_listener", lambda *args: None).on("w", nothing)
    spy.off("w", nothing)
    assert spy.calls == ["on new_listener", "on w", "emit new_listener"]
    spy.calls.clear()
    spy.on("remove_listener", lambda *args: None)
    spy.remove_all_listeners("z")
    assert spy.calls[-2:] == ["remove z", "emit remove_listener"]

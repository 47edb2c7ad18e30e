"""EventEmitter as an object: its size, subclasses, garbage, and its state before __init__."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from uvnet.events import EventEmitter


class Plain(EventEmitter):
    pass


class Slotted(EventEmitter):
    __slots__ = ("extra",)
    extra: int


class Mixed(Plain, Slotted):
    def __init__(self, value: int) -> None:
        super().__init__()
        self.value = value


KINDS = [EventEmitter, Plain, Slotted]


def dicts(emitter: EventEmitter) -> list[Any]:
    return [each for each in gc.get_referents(emitter) if isinstance(each, dict)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_idle_emitter_has_no_dict(kind: type[EventEmitter]) -> None:
    emitter = kind()
    assert dicts(emitter) == []
    assert emitter.listeners("x") == []
    assert emitter.event_names() == []
    emitter.emit("x")
    emitter.off("x", print).remove_all_listeners()
    assert dicts(emitter) == []
    emitter.on("x", print)
    assert dicts(emitter) == [{"x": print}]  # of events, none of attributes
    emitter.remove_all_listeners()
    assert dicts(emitter) == []


def test_it_is_small() -> None:
    words = sys.getsizeof(EventEmitter()) / tuple.__itemsize__
    assert words <= 11
    assert sys.getsizeof(Plain()) == sys.getsizeof(EventEmitter())


def test_attributes() -> None:
    for emitter in (EventEmitter(), Plain(), Slotted(), Mixed(1)):
        emitter.name = "a"  # type: ignore[attr-defined]
        assert vars(emitter)["name"] == "a"
        with pytest.raises(AttributeError):
            _ = emitter.other  # type: ignore[attr-defined]
    mixed = Mixed(2)
    mixed.extra = 3
    assert (vars(mixed), mixed.extra) == ({"value": 2}, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_before_init(kind: type[EventEmitter]) -> None:
    emitter = kind.__new__(kind)
    assert not emitter.emit("x")
    assert emitter.get_max_listeners() == 10
    got: list[int] = []
    emitter.on("x", got.append).once("x", got.append)
    emitter.emit("x", 1)
    assert got == [1, 1]
    with pytest.raises(OSError, match="boom"):
        kind.__new__(kind).emit("error", OSError("boom"))


def test_a_subclass_with_arguments_that_does_not_call_init() -> None:
    class Careless(EventEmitter):
        def __init__(self, a: int, *, b: int) -> None:
            self.sum = a + b

    emitter = Careless(1, b=2).on("x", print)
    assert (emitter.sum, emitter.listener_count("x")) == (3, 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["on", "once"])
@pytest.mark.parametrize("count", [1, 3])
def test_a_cycle_through_its_listeners_is_collected(
    kind: type[EventEmitter], method: str, count: int
) -> None:
    emitter = kind()
    for _ in range(count):
        getattr(emitter, method)("x", lambda emitter=emitter: emitter)
    emitter.on("y", lambda emitter=emitter: emitter).emit("y")
    dead = weakref.ref(emitter)
    del emitter
    gc.collect()
    assert dead() is None


@pytest.mark.parametrize("kind", KINDS)
def test_a_cycle_through_its_attributes_is_collected(kind: type[EventEmitter]) -> None:
    emitter = kind()
    emitter.me = emitter  # type: ignore[attr-defined]
    dead = weakref.ref(emitter)
    del emitter
    gc.collect()
    assert dead() is None


def test_without_a_cycle_it_dies_at_once() -> None:
    got: list[int] = []
    emitter = EventEmitter().on("x", print).on("x", print).on("y", got.append)
    emitter.once("z", got.append).emit("z", 1)  # while one waits, it keeps its emitter
    emitter.emit("y", 2)
    dead = weakref.ref(emitter)
    del emitter
    assert dead() is None


@pytest.mark.parametrize("emits", [1, 2, 3])
@pytest.mark.parametrize("several", [False, True])
def test_a_listener_may_drop_the_emitter_and_itself(emits: int, several: bool) -> None:
    got: list[str] = []

    class Listener:
        calls = 0

        def __call__(self) -> None:
            self.calls += 1
            if self.calls == emits:
                holder.pop().remove_all_listeners()
                gc.collect()
                got.append("alive")

        def __del__(self) -> None:
            got.append("gone")

    holder = [EventEmitter().on("x", Listener())]
    if several:
        holder[0].on("x", lambda: got.append("second"))
    while holder:
        holder[0].emit("x")
    assert got == ["second"] * (emits - 1) * several + ["alive"] + ["second"] * several + ["gone"]


def test_a_listener_that_adds_one_when_it_is_destroyed() -> None:
    emitter = EventEmitter()

    class Last:
        def __call__(self) -> None:
            pass

        def __del__(self) -> None:
            emitter.on("x", print)

    removals: list[Callable[[], object]] = [
        lambda: emitter.remove_all_listeners(),
        lambda: emitter.remove_all_listeners("x"),
        lambda: emitter.off("x", emitter.listeners("x")[0]),
    ]
    for remove in removals:
        emitter.on("x", Last())
        emitter.emit("x")
        remove()
        assert emitter.listeners("x") == [print]
        emitter.remove_all_listeners()


def test_no_copies() -> None:
    """There would be two owners of what the first one listens for."""
    emitter = EventEmitter().on("x", print)
    with pytest.raises(TypeError):
        copy.copy(emitter)
    with pytest.raises(TypeError):
        pickle.dumps(emitter)


def test_nothing_leaks() -> None:
    def round_trip() -> None:
        emitter = EventEmitter()
        listener = list[Any]().append
        emitter.on("x", listener).once("x", listener).prepend_listener("x", listener)
        emitter.emit("x", object())
        emitter.emit("x", object())
        emitter.off("x", listener).off("x", listener).off("x", listener)
        emitter.on("error", listener).emit("error", object())
        emitter.remove_all_listeners()
        for wrong in (("x", 5), (5, print)):
            with pytest.raises(TypeError):
                emitter.on(*wrong)
        with pytest.raises(OSError, match="boom"):
            emitter.emit("error", OSError("boom"))

    round_trip()
    gc.collect()
    before = len(gc.get_objects())
    for _ in range(200):
        round_trip()
    gc.collect()
    assert len(gc.get_objects()) - before < 100

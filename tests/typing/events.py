"""Event emitters in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, assert_type

import uvnet
from uvnet import events
from uvnet.abort import AbortController
from uvnet.events import EventEmitter

heard: list[object] = []


class Door(EventEmitter):
    def knock(self) -> bool:
        return self.emit("knock", 3)


async def answer(times: int) -> None:
    await asyncio.sleep(0)
    heard.append(times)


def listeners() -> None:
    door = Door()
    assert_type(door.on("knock", heard.append), Door)
    assert_type(door.once("knock", lambda times: heard.append(times * 2)), Door)
    assert_type(door.prepend_listener("knock", lambda *args: None).set_max_listeners(20), Door)
    assert_type(door.knock(), bool)
    assert_type(door.listeners("knock"), list[Callable[..., object]])
    assert_type(door.listener_count("knock", heard.append), int)
    assert_type(door.event_names(), list[str])
    assert_type(door.get_max_listeners(), float)
    assert_type(door.off("knock", heard.append).remove_all_listeners(), Door)
    assert heard == [3, 6]
    heard.clear()

    assert_type(events.get_event_listeners(door, "knock"), list[Callable[..., object]])
    assert_type(events.error_monitor, str)
    events.set_max_listeners(10, door)


async def coroutines() -> None:
    door = Door()
    door.on("knock", answer)
    asyncio.get_running_loop().call_soon(door.knock)
    assert_type(await events.once(door, "knock"), tuple[Any, ...])
    await asyncio.sleep(0.01)
    assert heard == [3]

    controller = AbortController()
    knocks = events.on(door, "knock", signal=controller.signal, close=["shut"])
    assert_type(knocks, events.EventIterator)
    door.knock()
    door.emit("shut")
    async for args in knocks:
        assert_type(args, tuple[Any, ...])
        assert args == (3,)
    await knocks.aclose()


def main() -> None:
    listeners()
    uvnet.run(coroutines())


if __name__ == "__main__":
    main()

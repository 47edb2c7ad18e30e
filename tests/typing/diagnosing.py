"""Channels and metrics in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, assert_type

import uvnet
from uvnet import _core, diagnostics, net

heard: list[str] = []
user: ContextVar[str] = ContextVar("user", default="nobody")


def on_message(message: Any, name: str) -> None:
    heard.append(name)


async def half(number: int) -> float:
    return number / 2


def channels() -> None:
    channel = diagnostics.channel("sample")
    assert_type(channel, diagnostics.Channel)
    assert_type(channel.has_subscribers, bool)
    channel.subscribe(on_message)
    channel.publish(SimpleNamespace(text="hello"))
    channel.bind_store(user, lambda message: message.text)
    assert_type(channel.run_stores(SimpleNamespace(text="me"), user.get), str)
    assert_type(channel.unbind_store(user), bool)
    assert_type(diagnostics.unsubscribe("sample", on_message), bool)
    assert_type(diagnostics.has_subscribers("sample"), bool)


def tracing() -> None:
    traced = diagnostics.tracing_channel("sample")
    assert_type(traced, diagnostics.TracingChannel)
    assert_type(traced.async_start, diagnostics.Channel)
    traced.subscribe(start=on_message, error=on_message)
    assert_type(traced.trace_sync(len, None, "text"), int)
    assert_type(uvnet.run(traced.trace_async(half, SimpleNamespace(), 3)), float)
    traced.trace_callback(lambda callback: callback(None, 1), -1, None, lambda error, one: None)
    assert_type(traced.unsubscribe(start=on_message, error=on_message), bool)


def metrics() -> None:
    loop = _core.current_loop()
    found = loop.metrics(reset=True)
    assert_type(found, _core.LoopMetrics)
    assert_type(found.max_lag, float)
    assert_type(found.open_handles, dict[str, int])


channels()
tracing()
metrics()
diagnostics.subscribe("net.client.socket", on_message)
net.connect(1, "127.0.0.1").on("error", lambda error: None)
uvnet.run()
assert heard == ["sample"] * 2 + ["tracing:sample:start"] * 3 + ["net.client.socket"], heard

"""Named channels on which a library tells what it does. Node: diagnostics_channel

Start:
    diagnostics.subscribe("net.server.socket", lambda message, name: print(message.socket))

A channel without subscribers costs who publishes one look at an attribute.
"""

from __future__ import annotations

from uvnet.diagnostics._channel import (
    Channel,
    channel,
    has_subscribers,
    subscribe,
    unsubscribe,
)
from uvnet.diagnostics._tracing import TracingChannel, tracing_channel

__all__ = [
    "Channel",
    "TracingChannel",
    "channel",
    "has_subscribers",
    "subscribe",
    "tracing_channel",
    "unsubscribe",
]

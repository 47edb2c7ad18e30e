"""The channels of uvnet.diagnostics that net publishes on, under Node's names."""

from __future__ import annotations

from uvnet.diagnostics import channel, tracing_channel

client_socket = channel("net.client.socket")  # message.socket: connect() was called
server_socket = channel("net.server.socket")  # message.socket: after 'connection'
# async_start: message.server and .options; async_end: .server; error: .server and .error
server_listen = tracing_channel("net.server.listen")

"""destroy() in 'connectionAttempt'."""

from tracer import CLOSED_PORT, HOST, trace_uncaught, watch

from uvnet import net

DIFFERS = "Node goes on to use the handle, and throws a TypeError; ours stops"

trace_uncaught("C")
client = watch(net.connect(CLOSED_PORT, HOST), "C")
client.on("connection_attempt", lambda address, port, family: client.destroy())

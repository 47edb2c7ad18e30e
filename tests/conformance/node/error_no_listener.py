"""An 'error' that nobody listens to is an uncaught exception; 'close' follows."""

from tracer import CLOSED_PORT, HOST, t, trace_uncaught

from uvnet import net

trace_uncaught("C")
client = net.connect(CLOSED_PORT, HOST)
client.on("close", lambda had_error: t("C.close", had_error))

"""An exception in 'error': 'close' follows."""

from tracer import CLOSED_PORT, HOST, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")
client = watch(net.connect(CLOSED_PORT, HOST), "C")


def on_error(err):
    raise Exception("in error")


client.on("error", on_error)

"""destroy() inside 'error' changes nothing."""

from tracer import CLOSED_PORT, HOST, nt, watch

from uvnet import net

client = watch(net.connect(CLOSED_PORT, HOST), "C")


def on_error(err):
    client.destroy()
    client.destroy(Exception("another"))
    nt("C.nt")


client.on("error", on_error)

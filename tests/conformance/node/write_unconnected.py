"""write() on a socket that was never connected."""

from tracer import t, watch

from uvnet import net

socket = watch(net.Socket(), "C")
t("C.write", socket.write("x", lambda err: t("C.written", err)))

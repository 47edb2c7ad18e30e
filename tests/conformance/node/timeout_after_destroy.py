"""setTimeout() after destroy() is without effect."""

from tracer import later, t, watch

from uvnet import net

socket = watch(net.Socket(), "C")
socket.destroy()
t(
    "C.same",
    socket.set_timeout(10, lambda: t("C.callback")) is socket,
    timeout=socket.timeout,
)
later(60, lambda: t("C.later", socket.listener_count("timeout")))

"""end() on a socket that was never connected finishes, and does not destroy it."""

from tracer import later, t, watch

from uvnet import net

socket = watch(net.Socket(), "C")
socket.end(lambda error: t("C.end_callback"))
later(
    20,
    lambda: t("C.state", destroyed=socket.destroyed, writable_finished=socket.writable_finished),
)

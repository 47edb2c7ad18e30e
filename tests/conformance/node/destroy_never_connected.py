"""Without a handle 'close' comes in the next tick, and does not say whether there was an error."""

from tracer import im, nt, t, watch

from uvnet import net

socket = watch(net.Socket(), "C")
socket.destroy()
t("C.sync")
nt("C.nt")
im("C.im")

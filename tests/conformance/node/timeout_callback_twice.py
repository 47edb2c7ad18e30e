"""setTimeout() twice with the same callback: one 'timeout' calls it twice."""

from tracer import later, t

from uvnet import net

socket = net.Socket()


def callback():
    t("C.callback", socket.listener_count("timeout"))


def on_later():
    t("C.later", socket.listener_count("timeout"))
    socket.destroy()


socket.set_timeout(10, callback)
socket.set_timeout(20, callback)
t("C.set", socket.listener_count("timeout"), timeout=socket.timeout)
later(120, on_later)

"""setTimeout()'s callback is an ordinary once-listener; an unconnected socket has timeouts too."""

from tracer import later, t

from uvnet import net

socket = net.Socket()
socket.on("timeout", lambda: t("C.first"))
socket.set_timeout(20, lambda: t("C.callback"))


def last():
    t("C.last", socket.listener_count("timeout"))
    socket.destroy()


socket.on("timeout", last)
socket.on("close", lambda had_error: t("C.close", had_error))
later(100, lambda: socket.set_timeout(10))  # and does nothing on a destroyed one
later(200, lambda: t("C.state", timeout=socket.timeout))

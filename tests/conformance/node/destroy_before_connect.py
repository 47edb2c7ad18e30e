"""destroy() right after connect(): no attempt is made, and the server sees nothing."""

from tracer import HOST, im, nt, serve, settle, t, watch

from uvnet import net


def on_listening(port):
    client = watch(net.connect(port, HOST, lambda: t("C.callback")), "C")
    client.destroy()
    nt("C.nt")
    im("C.im")
    client.on("close", lambda had_error: settle(server.close))


server = serve(lambda socket: t("srv.connection"), on_listening)

"""Aborting right after connect(): no attempt is made."""

from tracer import HOST, serve, settle, t, watch

from uvnet import abort, net

controller = abort.AbortController()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, signal=controller.signal), "C")
    client.write("x", lambda err: t("C.written", err))
    controller.abort()
    t("C.sync", destroyed=client.destroyed)
    client.on("close", lambda had_error: settle(server.close))


server = serve(lambda socket: t("srv.connection"), on_listening)

"""close() of a server without sockets: 'close' in the next tick, its own callback last."""

from tracer import im, nt, serve, t, watch


def on_listening(port):
    watch(server, "srv", ["close"])
    server.close(lambda err: t("srv.callback"))
    t("srv.sync")
    nt("srv.nt")
    im("srv.im")


server = serve(lambda socket: None, on_listening)

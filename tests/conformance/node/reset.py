"""resetAndDestroy(): the peer gets an error, this side does not."""

from tracer import HOST, im, message, nt, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()
    socket.on("error", lambda err: t("S.message", message(err)))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def reset():
        t("C.sync", same=client.reset_and_destroy() is client, destroyed=client.destroyed)
        nt("C.nt")
        im("C.im")

    client.on("connect", lambda: settle(reset))


server = serve(on_connection, on_listening)

"""resetAndDestroy() while the end is on its way."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

DIFFERS = "Node emits EINVAL inside the call and never 'close', and the handle stays open"


def on_connection(socket):
    socket.resume()
    socket.on("error", lambda err: None)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def reset():
        client.end()
        client.reset_and_destroy()
        t("C.sync", destroyed=client.destroyed)

    client.on("connect", lambda: settle(reset))


server = serve(on_connection, on_listening)

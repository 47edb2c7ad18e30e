"""resetAndDestroy() twice: the second one finds no handle, and the socket is destroyed already."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    socket.on("error", lambda err: None)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.reset_and_destroy()
        client.reset_and_destroy()
        t("C.sync", destroyed=client.destroyed)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

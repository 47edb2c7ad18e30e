"""destroy() while the end is on its way."""

from tracer import HOST, im, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.end(lambda err: t("C.end_callback", err))
        client.destroy()
        nt("C.nt")
        im("C.im")

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

"""What is queued in 'close': ticks and immediates, and the next connection."""

from tracer import HOST, im, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    socket.resume()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C", ["connect", "end", "close"])
    client.resume()

    def on_close(had_error):
        nt("C.nt")
        im("C.im")
        server.close(lambda err: t("C.closed"))
        t("C.sync")

    client.on("close", on_close)


server = serve(on_connection, on_listening)

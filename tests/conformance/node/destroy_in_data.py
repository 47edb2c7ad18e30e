"""destroy() in 'data': nothing more of what has been sent arrives."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.on("error", lambda err: None)
    socket.end(bytes(1_000_000))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        t("C.data")
        client.destroy()

    client.on("data", on_data)


server = serve(on_connection, on_listening)

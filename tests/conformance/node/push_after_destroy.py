"""push() after destroy() in 'data' is without effect."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.on("error", lambda err: None)
    socket.write("one")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        t("C.data", chunk)
        client.destroy()
        t("C.push", client.push("two"), readable_length=client.readable_length)

    client.on("data", on_data)


server = serve(on_connection, on_listening)

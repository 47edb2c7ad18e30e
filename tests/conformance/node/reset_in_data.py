"""resetAndDestroy() in 'data'."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S", ["end", "finish", "error", "close"]).resume()
    socket.write("x")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        t("C.data", chunk)
        client.reset_and_destroy()

    client.on("data", on_data)


server = serve(on_connection, on_listening)

"""unshift() after 'end' is an error."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")

    def on_end():
        client.unshift("x")
        t("C.sync", destroyed=client.destroyed)

    client.on("end", on_end)


server = serve(on_connection, on_listening)

"""resetAndDestroy() in 'end', with both directions half gone."""

from tracer import HOST, nt, serve, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S", ["finish", "error", "close"]).end("x")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")
    client.resume()

    def on_end():
        client.reset_and_destroy()
        nt("C.nt")

    client.on("end", on_end)


server = serve(on_connection, on_listening)

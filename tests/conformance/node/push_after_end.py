"""push() after the end is an error."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")
    client.on("end", lambda: t("C.push", client.push("x"), destroyed=client.destroyed))


server = serve(on_connection, on_listening)

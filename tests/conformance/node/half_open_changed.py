"""allowHalfOpen may be set before the peer ends."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S").end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    t("C.state", allow_half_open=client.allow_half_open)
    client.allow_half_open = True

    def end():
        t("C.state", writable=client.writable)
        client.end("late")

    client.on("end", lambda: settle(end))


server = serve(on_connection, on_listening)

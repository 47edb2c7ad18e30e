"""A tick after the peer's end the socket has ended itself: a write gets EPIPE, and 'error' too."""

from tracer import HOST, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_prefinish():
        t("C.write", client.write("x", lambda err: t("C.written", err)))
        nt("C.nt")

    client.on("prefinish", on_prefinish)


server = serve(on_connection, on_listening)

"""end() was called before the peer's end: a write inside 'end' gets EPIPE."""

from tracer import HOST, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.end()

    def on_end():
        t("C.write", client.write("x", lambda err: t("C.written", err)))
        nt("C.nt")

    client.on("end", on_end)


server = serve(on_connection, on_listening)

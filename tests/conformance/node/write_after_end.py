"""write() after end(): the callback and 'error' both get the error."""

from tracer import HOST, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.end()
        t("C.write", client.write("x", lambda err: t("C.written", err)))
        nt("C.nt")

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

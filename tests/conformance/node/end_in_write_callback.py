"""end() in the callback of a write."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.write("a", lambda err: client.end("c", lambda err: t("C.end_callback")))
        client.write("b", lambda err: t("C.written"))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

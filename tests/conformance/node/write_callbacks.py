"""The callbacks of writes come in order, and that of end() last."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.write("a", lambda err: t("C.written", "a"))
        client.write("", lambda err: t("C.written", "nothing"))
        client.write("b", lambda err: t("C.written", "b"))
        client.end("c", lambda err: t("C.end_callback"))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

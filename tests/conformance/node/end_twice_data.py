"""The second end() brings data: that is a write after the end, and the first callback fails too."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    socket.on("error", lambda err: None)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.end("a", lambda err: t("C.end_1", err))
        client.end("b", lambda err: t("C.end_2", err))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

"""Two end() calls: both callbacks succeed. A third, after 'finish', is told that it is too late."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.end(lambda err: t("C.end_1", err))
        client.end(lambda err: t("C.end_2", err))

    client.on("connect", on_connect)
    client.on("finish", lambda: client.end(lambda err: t("C.end_3", err)))


server = serve(on_connection, on_listening)

"""destroy() in the callback of the first of three writes."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_written(err):
        t("C.written_1", err)
        client.destroy()

    def on_connect():
        client.write("a", on_written)
        client.write("b", lambda err: t("C.written_2", err))
        client.write("c", lambda err: t("C.written_3", err))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

"""unref() before connect() is remembered: the client does not keep the program alive."""

from tracer import HOST, at_exit, serve, t

from uvnet import net


def on_connection(socket):
    t("S.connection")
    socket.unref()
    server.close()
    at_exit(socket.destroy)


def on_listening(port):
    client = net.Socket()
    client.unref()
    client.connect(port, HOST, lambda: t("C.connect"))

    def on_exit():
        t("C.exit", destroyed=client.destroyed)
        client.destroy()

    at_exit(on_exit)


server = serve(on_connection, on_listening)

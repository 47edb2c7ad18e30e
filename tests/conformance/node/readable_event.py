"""'readable' and read(): by size, and what is left."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abcdef")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_readable():
        t("C.read", client.read(2), client.read(100), left=client.readable_length)
        t("C.read", client.read(1), client.read(), client.read())
        client.on("readable", lambda: t("C.readable", client.read()))

    client.once("readable", on_readable)


server = serve(on_connection, on_listening)

"""read() takes from a paused socket what it has buffered."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abcdef")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def read():
        t("C.read", client.read(3), readable_length=client.readable_length)
        client.on("data", lambda chunk: t("C.data", chunk))

    client.on("connect", lambda: settle(read))


server = serve(on_connection, on_listening)

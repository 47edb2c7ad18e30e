"""A reset destroys the socket although data is unread; the data is lost."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("data")
    settle(socket.reset_and_destroy)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def late():
        t("C.later", destroyed=client.destroyed, readable_length=client.readable_length)

    def on_close(had_error):
        client.on("data", lambda chunk: t("C.data", chunk))
        settle(late)

    client.on("close", on_close)


server = serve(on_connection, on_listening)

"""A local port that is taken: the error is of bind, and no attempt is made."""

from tracer import HOST, message, serve, t, watch

from uvnet import net


def on_listening(port):
    client = net.connect(port=port, host=HOST, local_address=HOST, local_port=port)
    watch(client, "C")

    def on_error(err):
        t("C.message", message(err))
        server.close()

    client.on("error", on_error)


server = serve(lambda socket: None, on_listening)

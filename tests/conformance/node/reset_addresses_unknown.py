"""In 'error' a remote address that nobody has asked for before is not known."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    settle(socket.reset_and_destroy)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_error(err):
        t(
            "C.state",
            remote_address=client.remote_address,
            remote_family=client.remote_family,
        )

    client.on("error", on_error)


server = serve(on_connection, on_listening)

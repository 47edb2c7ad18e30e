"""In 'error' the handle is gone: the remote address is known only if it was asked for before."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    settle(socket.reset_and_destroy)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("connect", lambda: t("C.asked", client.remote_port))

    def on_error(err):
        t(
            "C.state",
            remote_address=client.remote_address,
            local_address=client.local_address,
            handle=client._handle,
            ready_state=client.ready_state,
        )

    client.on("error", on_error)


server = serve(on_connection, on_listening)

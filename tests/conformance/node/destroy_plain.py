"""destroy() in 'connect': 'ready' still comes, and 'close' after the immediates."""

from tracer import HOST, im, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.destroy()
        t(
            "C.sync",
            destroyed=client.destroyed,
            handle=client._handle,
            ready_state=client.ready_state,
        )
        nt("C.nt")
        im("C.im")

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)

"""What can be seen while a client connects: the callback is the first 'connect' listener."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    t("srv.connection")
    socket.end()
    server.close()


def on_listening(port):
    client = net.connect(port, HOST, lambda: t("C.callback"))

    def state():
        return {
            "connecting": client.connecting,
            "pending": client.pending,
            "ready_state": client.ready_state,
        }

    t("C.sync", **state())
    watch(client, "C").resume()
    client.on("connect", lambda: t("C.connected", **state()))


server = serve(on_connection, on_listening)

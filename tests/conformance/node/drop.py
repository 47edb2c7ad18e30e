"""Above maxConnections a client is dropped: it connects, and then sees the end."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    t("srv.connection")
    socket.resume()


def on_listening(port):
    server.max_connections = 1

    def on_drop(peer):
        t(
            "srv.drop",
            peer.local_address,
            peer.local_family,
            peer.remote_address,
            peer.remote_family,
        )
        t("srv.drop", local_port=peer.local_port, has_remote_port=peer.remote_port > 0)

    def on_first():
        second = watch(net.connect(port, HOST), "C")
        second.resume()

        def on_close(had_error):
            first.destroy()
            server.close()

        second.on("close", on_close)

    server.on("drop", on_drop)
    first = net.connect(port, HOST, on_first)


server = serve(on_connection, on_listening)

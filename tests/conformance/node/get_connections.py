"""getConnections() answers in a later tick."""

from tracer import HOST, nt, serve, t

from uvnet import net


def on_connection(socket):
    def on_count(err, count):
        t("srv.count", err, count)
        socket.destroy()
        server.close()
        server.get_connections(lambda err, count: t("srv.count", err, count))

    server.get_connections(on_count)
    t("srv.sync")
    nt("srv.nt")


def on_listening(port):
    net.connect(port, HOST).on("error", lambda err: None).resume()


server = serve(on_connection, on_listening)

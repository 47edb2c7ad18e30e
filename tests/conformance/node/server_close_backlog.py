"""A connection that the server has not accepted when it closes is reset, before it connects."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    t("srv.connection")
    socket.end()
    server.close()


def on_listening(port):
    watch(server, "srv", ["close"])
    net.connect(port, HOST).resume()
    watch(net.connect(port, HOST), "C").resume()


server = serve(on_connection, on_listening)

"""maxConnections of 0 drops every connection; the client connects all the same."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_listening(port):
    server.max_connections = 0
    server.on("drop", lambda peer: t("srv.drop"))
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("close", lambda had_error: server.close())


server = serve(lambda socket: t("srv.connection"), on_listening)

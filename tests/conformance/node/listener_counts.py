"""The callbacks of connect(), listen() and close() are once-listeners."""

from tracer import HOST, serve, t

from uvnet import net


def on_connection(socket):
    t("S.server", socket.server is server)
    socket.end()
    server.close(lambda err: t("srv.close_listeners", server.listener_count("close")))


def on_listening(port):
    t("srv.listeners", server.listener_count("listening"), server.listener_count("connection"))
    client = net.connect(port, HOST, lambda: None)
    t("C.listeners", client.listener_count("connect"), client.server)
    client.on("ready", lambda: t("C.listeners", client.listener_count("connect")))
    client.resume()


server = serve(on_connection, on_listening)

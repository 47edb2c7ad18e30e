"""The descriptor of an accepted socket."""

from tracer import HOST, serve, t

from uvnet import net


def on_connection(socket):
    t("S.fd", socket._handle.fd >= 0)
    socket.destroy()
    t("S.handle", socket._handle)
    server.close()


def on_listening(port):
    net.connect(port, HOST).resume()


server = serve(on_connection, on_listening)

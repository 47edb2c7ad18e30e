"""localAddress is what the peer sees."""

from tracer import HOST, serve, t, watch

from uvnet import net

PLATFORM = "linux"


def on_connection(socket):
    t("S.remote", socket.remote_address)
    socket.end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, local_address="127.0.0.9"), "C")
    client.on("connect", lambda: t("C.local", client.local_address, client.local_family))
    client.resume()


server = serve(on_connection, on_listening)

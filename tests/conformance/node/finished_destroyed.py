"""finished() of a socket that is destroyed too early."""

from tracer import HOST, serve, t, watch

from uvnet import net, stream


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    stream.finished(client, lambda err: t("C.finished", err))
    client.on("connect", client.destroy)


server = serve(on_connection, on_listening)
